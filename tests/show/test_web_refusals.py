"""What the workspace refuses, and what its jobs say, in the reader's language."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select
from web_people import Visitor, shielded

from sungari.errors import Infeasible
from sungari.operate import packages, tables
from sungari.operate.access import accounts
from sungari.operate.access.actor import LOCAL
from sungari.operate.access.records import Account
from sungari.operate.jobs import queue, worker
from sungari.operate.jobs.record import JobLine
from sungari.operate.jobs.worker import CALLED, LONGEST, Pulse, cut
from sungari.operate.register import Register
from sungari.operate.tables import Edit
from sungari.show.i18n import Translator
from sungari.words import Words, several

LANGUAGES = ("zh", "ru")
#: Words of a sentence, one after the other, that are English and no name.
ENGLISH = re.compile(r"\b(?:the|is|was|are|of|to|no|not|can't|expected|done|begins|left)\b \b[a-z']+\b")


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
def test_a_job_tells_its_story_in_the_readers_language(
    register: Register, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, tell = visitor(register, "anna", lang), Pulse.tell
    doing: list[str] = []

    def listen(pulse: Pulse, what: str, share: float | None = None) -> None:
        doing.append(what)
        tell(pulse, what, share)

    monkeypatch.setattr(Pulse, "tell", listen)
    with register.reading() as work:
        actor = accounts.actor_of(work, work.get(Account, "anna"))
    asked = {"plan": {}, "fund": {}, "appraisal": {}, "portfolio": {}, "sharing": {"by": "country"}}
    for kind, options in asked.items():
        job = queue.start(register, kind, options, actor, who="Anna", why="a test")
        worker.carry_out(register, job.id)
        page = anna.get(f"/studies/{job.id}")
        log = page.split('<ol class="log"')[1]
        assert Translator(lang).said(CALLED[kind]) in log
        assert not english(re.sub(r"<[^>]+>", " ", log)), log
    assert {"working out the aggregate claims", "choosing", "keeping the result"} <= set(doing)
    assert all(isinstance(what, Words) or what in CALLED for what in doing)
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


def test_a_reason_too_long_to_keep_loses_its_last_lines_only() -> None:
    line = Words("  - {text}", text=Words("demand for {what}", what="coal"))
    kept = cut(several([Words("No plan: the package's limits contradict one another."), *[line] * 1000], "\n"))
    assert LONGEST - 100 < len(kept) <= LONGEST + 2
    assert kept.endswith("  - demand for coal\n…")
    assert "demand for" not in Translator("ru").said(kept)
    assert cut("x" * 5000) == "x" * LONGEST


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_a_form_expects_is_in_the_readers_language(register: Register, lang: str) -> None:
    """Wrong cells of all kinds of records, each with the sentence that says what belongs there."""
    tr = Translator(lang)
    anna, li = visitor(register, "anna", lang), visitor(register, "li", lang)
    records = "/projects/second/records"
    meeting = {"title": "May", "begins": "soon", "parties": ["cn"]}
    case = {"kind": "permit-refused", "on": "project", "subject": "secnd", "party": "cn", "title": "X"}
    told = {
        "number": (anna.post(f"{records}/finance/new", {"source": "B", "kind": "loan", "amount": "x"}, 422),
                   tr("expected a number")),
        "least": (anna.post(f"{records}/finance/new", {"source": "B", "kind": "loan", "amount": "-1"}, 422),
                  tr("expected a number of at least {low:g}", low=0)),
        "date": (anna.post(f"{records}/permit/new", {"kind": "construction", "applied": "soon"}, 422),
                 tr("expected a date, YYYY-MM-DD")),
        "choice": (anna.post(f"{records}/permit/new", {"kind": "construction", "status": "lost"}, 422),
                   tr("expected one of {names}", names="needed, applied, granted, refused, expired")),
        "blank": (anna.post(f"{records}/contact/new", {"email": "x@y.z"}, 422), tr("blank; it must be given")),
        "moment": (li.post("/committee/meetings/new", meeting, 422), tr("expected a day and a time")),
        "party": (anna.post(f"{records}/permit/new", {"kind": "construction", "party": "cnn"}, 422),
                  tr("expected a party of the register")),
        "subject": (li.post("/committee/new", case, 422),
                    tr("expected a {record} of the register", record=tr("project"))),
    }  # fmt: skip
    for what, (page, wanted) in told.items():
        said = message(page)
        assert wanted in said, (what, said)
        assert not english(said), what


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_is_too_late_or_too_early_is_told_in_the_readers_language(register: Register, lang: str) -> None:
    tr = Translator(lang)
    anna, li = visitor(register, "anna", lang), visitor(register, "li", lang)
    records = "/projects/second/records"
    anna.post(f"{records}/risk/new", {"title": "Flood", "status": "open"})
    old = {"title": "Ice", "status": "open", "expected": "1"}
    anna.post(f"{records}/risk/1", old)
    page = message(anna.post(f"{records}/risk/1", old, 409))
    assert tr("Somebody was faster") in page
    assert tr("risk") in page
    assert not english(page)

    shut = anna.post("/projects/second/move", {"stage": "screening"})
    assert "shut" in shut
    page = message(anna.get(shut.split("#")[0]))
    assert tr("What is missing keeps it closed.") in page
    assert not english(page)

    case = {"kind": "permit-refused", "on": "project", "subject": "second", "party": "cn", "title": "X"}
    at = li.post("/committee/new", case).split("?")[0]
    page = message(li.post(f"{at}/close", {"party": "cn", "why": "over"}, 400))
    assert tr("close") in page
    assert tr("decided") in page
    assert not english(page)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_door_refuses_in_the_readers_language(register: Register, lang: str) -> None:
    tr, browser = Translator(lang), visitor(register, "anna", lang).client
    browser.cookies.clear()
    browser.cookies.set("sungari-language", lang)
    form = re.search(r'name="_form" value="(\w+)"', browser.get("/login").text)
    assert form is not None
    answer = browser.post("/login", data={"_form": form[1], "name": "anna", "password": "wrong"})
    assert answer.status_code == 403
    said = html.unescape(re.sub(r"<[^>]+>", " ", answer.text))
    assert tr("The name or the password is wrong, or there were too many attempts; wait a little before you try "
              "again.") in said  # fmt: skip
    assert not english(said)
