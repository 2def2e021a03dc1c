"""What the workspace's pages say, and to whom: without a browser."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from web_server import PASSWORD, joint

from sungari.errors import UsageError
from sungari.operate.access import signing
from sungari.operate.jobs import queue, worker
from sungari.operate.jobs.adopt import adopt
from sungari.operate.register import Register
from sungari.show.web import shield
from sungari.show.web.app import create
from sungari.show.web.shelf import Memory
from sungari.show.web.statics import statics

MOST = 800_000  # bytes of scripts, compressed


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    made = joint(tmp_path_factory.mktemp("studied"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    made = joint(tmp_path_factory.mktemp("bare"), studied=False)
    yield made
    made.close()


def client(register: Register, who: str = "anna") -> TestClient:
    app = create(register)
    shield.protect(app, shield.Settings(sign_ins="1000 per minute"))
    made = TestClient(app, base_url="http://localhost", follow_redirects=False)
    made.cookies.set(shield.SESSION, signing.sign_in(register, who, PASSWORD, address="test", agent="test"))
    return made


def token(text: str) -> str:
    found = re.search(r'name="_form" value="([0-9a-f]{64})"', text)
    assert found
    return found[1]


@pytest.mark.parametrize(("path", "offer"), [
    ("/region", "Solve the region"), ("/decide/appraisal", "Appraise the projects"),
    ("/decide/sharing", "Work out the split"), ("/fund", "Size the fund"), ("/decide", "Search the best set"),
    ("/region/change/second", "Solve the region"),
])  # fmt: skip
def test_without_a_result_a_page_offers_to_make_one(bare: Register, path: str, offer: str) -> None:
    text = client(bare).get(path).text
    assert offer in text
    assert 'class="chart' not in text
    assert offer not in client(bare, "rita").get(path).text or path == "/decide"


def test_a_reader_may_look_and_not_run(studied: Register) -> None:
    rita = client(studied, "rita")
    form = token(client(studied).get("/decide").text)
    assert rita.get("/studies").status_code == 200
    assert "Study all" not in rita.get("/studies").text
    sent = rita.post("/studies/run/plan", data={"_form": form, "back": "/region"})
    assert sent.status_code == 403
    own = token(rita.get("/region/tables/links/row?position=0").text)
    refused = rita.post("/region/tables/links/save", data={
        "_form": own, "position": "0", "expected": "1", "remove": "yes"})  # fmt: skip
    assert refused.status_code in (200, 403)
    assert "taken out" not in refused.text


def test_what_is_asked_wrongly_is_listed_and_the_form_stays(studied: Register) -> None:
    anna = client(studied)
    form = token(anna.get("/decide").text)
    answer = anna.post("/decide", data={"_form": form, "budget:ru": "much", "gain:cn": "10%", "frontier": "budget",
                                        "points": "1"})  # fmt: skip
    assert answer.status_code == 422
    assert "expected a number" in answer.text
    assert 'value="much"' in answer.text
    answer = anna.post("/decide", data={"_form": form, "frontier": "budget", "points": "1"})
    assert answer.status_code == 422
    assert "between 2 and 50" in answer.text


def test_a_job_waits_is_cancelled_and_asked_again(studied: Register) -> None:
    anna = client(studied)
    form = token(anna.get("/studies").text)
    begun = anna.post("/studies/run/today", data={"_form": form, "back": "/studies"})
    assert (begun.status_code, begun.headers["location"]) == (303, "/studies")
    with studied.reading() as work:
        job = queue.listed(work, limit=1).rows[0].job.id
    assert "every 1s" in anna.get(f"/studies/{job}/progress").text
    assert anna.post(f"/studies/{job}/cancel", data={"_form": form}).status_code == 303
    assert "cancelled" in anna.get(f"/studies/{job}").text
    assert anna.get(f"/studies/{job}/progress?back=/region").headers["hx-redirect"] == f"/studies/{job}"
    again = anna.post(f"/studies/{job}/again", data={"_form": form})
    assert again.headers["location"] == f"/studies/{job + 1}"
    worker.carry_out(studied, job + 1)
    assert anna.get(f"/studies/{job + 1}/progress?back=//evil.example").headers["hx-redirect"] == f"/studies/{job + 1}"


def test_two_results_are_compared_and_reports_come_in_three_languages(studied: Register) -> None:
    for kind in ("plan", "today"):
        worker.carry_out(studied, queue.start(studied, kind).id)
    anna = client(studied)
    with studied.reading() as work:
        plan = queue.listed(work, kind="plan", limit=1).rows[0].job.id
        today = queue.listed(work, kind="today", limit=2).rows[0].job.id
    same = anna.get(f"/studies/compare?a={plan}&b={plan}")
    assert "The two are the same" in same.text
    assert anna.get(f"/studies/compare?a={plan}&b={today}").status_code == 400
    report = anna.get(f"/studies/{plan}/report/zh")
    assert report.headers["content-disposition"] == f'attachment; filename="demo-plan-{plan}-zh.html"'
    assert 'lang="zh-Hans"' in report.text


def test_a_study_of_other_figures_is_not_taken_in(bare: Register, tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text('{"sha256": "0", "parts": {}}')
    with pytest.raises(UsageError, match="no study of the register's region"):
        adopt(bare, tmp_path)
    with bare.reading() as work:
        assert queue.listed(work).total == 0
    assert not list(bare.studies.glob("job-*"))


def test_unknown_things_are_not_found(studied: Register) -> None:
    anna = client(studied)
    for path in ("/nowhere", "/region/story/place/harbim", "/region/story/corridor/99", "/region/tables/link",
                 "/studies/999", "/studies/one", "/region/change/nothing", "/charts/plans.json",
                 "/decide/point/99"):  # fmt: skip
        assert anna.get(path).status_code == 404, path
    assert "harbin" in anna.get("/region/story/place/harbim").text
    part = anna.get("/region/story/place/harbim", headers={"HX-Request": "true"}).text
    assert part.startswith('<div class="problem"')


def test_a_language_is_chosen_only_among_those_there_are_and_leads_nowhere_else(studied: Register) -> None:
    anna = client(studied)
    assert anna.get("/language/ru?back=/fund").headers["location"] == "/fund"
    assert anna.get("/language/ru?back=//evil.example").headers["location"] == "/"
    assert anna.get("/language/fr").status_code == 400


def test_hostile_names_stay_texts(studied: Register) -> None:
    story = client(studied).get("/region/story/place/odd").text
    assert "<img" not in story
    assert "&lt;img" in story


def test_scripts_are_few_and_kept_for_good(studied: Register) -> None:
    scripts = [s for name, s in statics().items() if name.endswith(".js")]
    assert sum(len(s.packed) for s in scripts) < MOST
    anna = client(studied)
    for name in re.findall(r'"(/static/[^"]+)"', anna.get("/studies").text):
        answer = anna.get(name)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
    assert all(gzip.decompress(s.packed) == s.body for s in statics().values())


def test_what_is_asked_for_twice_is_made_once_and_the_oldest_goes() -> None:
    memory, made = Memory(2), list[int]()
    for key in (1, 1, 2, 1, 3, 2):
        memory.get(key, lambda key=key: made.append(key))  # type: ignore[misc]
    assert made == [1, 2, 3, 2]
