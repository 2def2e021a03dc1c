"""What the workspace refuses, and what its jobs say, in the reader's language."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from web_people import Visitor, add_people, shielded
from web_server import joint

from sungari.errors import Infeasible
from sungari.operate import packages, tables
from sungari.operate.access import accounts
from sungari.operate.access.actor import LOCAL
from sungari.operate.access.records import Account
from sungari.operate.jobs import queue, worker
from sungari.operate.jobs.record import JobLine
from sungari.operate.jobs.worker import CALLED
from sungari.operate.register import Register
from sungari.operate.tables import Edit
from sungari.show.i18n import Translator

LANGUAGES = ("zh", "ru")
#: Words of a sentence, one after the other, that are English and no name.
ENGLISH = re.compile(r"\b(?:the|is|was|are|of|to|no|not|can't|expected|done|begins|left)\b \b[a-z']+\b")


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    made = joint(tmp_path, studied=False)
    add_people(made)
    yield made
    made.close()


def visitor(register: Register, who: str, lang: str) -> Visitor:
    made = Visitor(shielded(register), register, who)
    made.client.cookies.set("sungari-language", lang)
    return made


def message(page: str) -> str:
    """What a page of a refusal says."""
    found = re.search(r'<main.*?</main>', page, re.S)
    assert found is not None
    return html.unescape(re.sub(r"<[^>]+>", " ", found[0]))


def english(text: str) -> str:
    """What of a text is English sentences; empty where none is."""
    found = ENGLISH.search(text)
    return text[max(0, found.start() - 60): found.end() + 60] if found else ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_refusals_are_in_the_readers_language(register: Register, lang: str) -> None:
    tr = Translator(lang)
    anna, ivan = visitor(register, "anna", lang), visitor(register, "ivan", lang)
    move, papers = "/projects/second/move", "/projects/second/documents"
    near = tr("did you mean {name!r}?", name="second")
    told = {
        "unknown": (anna.get("/projects/secnd", 404), near),
        "order": (anna.get("/projects?sort=hosst", 400), tr("did you mean {name!r}?", name="host")),
        "skipped": (anna.post(move, {"stage": "operation"}, 400),
                    {"zh": "筛选", "ru": "Предварительный отбор"}[lang]),
        "rights": (ivan.get("/administration/accounts", 403),
                   tr("{who} may not do this ({action})", who="Ivan Petrov", action="accounts")),
        "paper": (anna.send(papers, papers, 422, {"file": ("x.pdf", b"<html><script>1</script>", "application/pdf")}),
                  tr("web pages, drawings with script and XML are not taken as documents; print them to PDF")),
        "import": (anna.post("/projects/-/import", {}, 400, {"file": ("x.exe", b"MZ", "x/y")}), "OC4IDS"),
    }  # fmt: skip
    for what, (page, wanted) in told.items():
        said = message(page)
        assert wanted in said, what
        assert not english(said), what


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_job_tells_its_story_in_the_readers_language(register: Register, lang: str) -> None:
    anna = visitor(register, "anna", lang)
    with register.reading() as work:
        actor = accounts.actor_of(work, work.get(Account, "anna"))
    for kind, options in (("plan", {}), ("sharing", {"by": "country"})):
        job = queue.start(register, kind, options, actor, who="Anna", why="a test")
        worker.carry_out(register, job.id)
        page = anna.get(f"/studies/{job.id}")
        log = page.split('<ol class="log"')[1]
        assert Translator(lang).said(CALLED["plan"]) in log
        assert not english(re.sub(r"<[^>]+>", " ", log)), log
    with register.reading() as work:
        line = work.session.scalars(select(JobLine).where(JobLine.job == job.id).order_by(JobLine.id.desc())).first()
    assert line is not None
    assert re.fullmatch(r"done in [\d.]+ s", line.text), "the library and the API go on in English"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_job_that_can_have_no_plan_says_why_in_the_readers_language(register: Register, lang: str) -> None:
    anna, tr = visitor(register, "anna", lang), Translator(lang)
    with register.writing("test") as work:
        region = packages.region(work)
        row = tables.frame(region, "demand").iloc[0]
        cells = {str(c): tables.written(v) for c, v in row.items()}
        tables.save(work, region, Edit("demand", 0, {**cells, "quantity": "1e12", "price": "", "elasticity": ""}))
    job = queue.start(register, "plan", {}, LOCAL, who="Anna", why="a test")
    with pytest.raises(Infeasible) as caught:
        worker.carry_out(register, job.id)
    page = message(anna.get(f"/studies/{job.id}"))
    assert tr("No plan: what must be met cannot be met (1 row falls short).").split("1")[0] in page
    assert str(caught.value).splitlines()[0] not in page
    assert not english(page)
