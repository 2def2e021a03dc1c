"""A whole study in one go: every part and the report, kept, taken up again after a stop, remade after a change."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_process import TINY, as_json, inside, sungari, write

from sungari.decide.compare import compare
from sungari.decide.study import open_study

BRIDGES = {
    "links": TINY["links"] + "second,mine,border,rail,5,0\nthird,mine,border,rail,5,0\n",
    "projects": "project,name,capex,life,lumpy\nsecond,Second bridge,1000,20,true\nthird,Third bridge,1200,20,true\n",
    "effects": "project,table,row,column,change\nsecond,links,second,capacity,150\nthird,links,third,capacity,150\n",
    "shares": "project,party,share\nsecond,ru,0.5\nsecond,cn,0.5\nthird,ru,1\n",
    "scenarios": "scenario,table,row,column,factor,probability\npoor,demand,city/coal,price,0.9,0.5\n",
}
PARTS = ["today", "plan", "appraisal", "portfolio", "sharing"]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("region") / "bridges", **BRIDGES)


@pytest.fixture(scope="module")
def folder(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study."""
    out = tmp_path_factory.mktemp("studies") / "study"
    done = sungari("study", package, "--out", out, "--lang", "en", "--lang", "ru", "--json")
    assert done.returncode == 0, done.stderr
    found = as_json(done)
    assert found["status"] == "done"
    assert {name: part["state"] for name, part in found["parts"].items()} == dict.fromkeys(  # type: ignore[attr-defined]
        [*PARTS, "report-en", "report-ru"], "made"
    )
    return out


def test_every_part_is_there_and_agrees_with_the_others(folder: Path) -> None:
    study = open_study(folder)
    assert list(study.parts) == PARTS
    assert study.plan is not None
    assert study.today is not None
    assert study.appraisal is not None
    assert study.portfolio is not None
    assert study.sharing is not None
    # Without the bridges 600 cross, with them all 800 that are wanted: 200 · (100 − 20 − 505 · 0.02) less annuities.
    gain = 200 * (100 - 20 - 505 * 0.02) - 1000 / 20 - 1200 / 20
    assert study.plan.objective - study.today.objective == pytest.approx(gain)
    assert study.appraisal.info["objective_chosen"] - study.appraisal.info["objective"] == pytest.approx(gain)
    assert study.portfolio.info["gain"] == pytest.approx(gain)
    worth = study.sharing.tables["worth"].set_index("coalition")["worth"]
    assert worth["cn; ru"] == pytest.approx(study.plan.objective)
    assert worth["ru"] == pytest.approx(-60), "the third bridge stands, and alone it serves nobody"
    assert study.sharing.info["stability"]["scenarios"] == 2
    pairs = study.appraisal.tables["pairs"]
    assert pairs["synergy"].tolist() == pytest.approx([-100 * (100 - 20 - 505 * 0.02)]), "200 more are wanted, not 300"


def test_its_report_has_a_chapter_for_each_part(folder: Path) -> None:
    page = (folder / "report-en.html").read_text(encoding="utf-8")
    for chapter in ("plan", "appraisal", "portfolio", "sharing", "grounds"):
        assert f'<section class="chapter" id="{chapter}"' in page
    assert '<html lang="ru">' in (folder / "report-ru.html").read_text(encoding="utf-8")[:200]


def test_what_is_there_is_not_made_again(package: Path, folder: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}
    again = as_json(inside("study", package, "--out", folder, "--lang", "en", "--lang", "ru", "--json"))
    assert {part["state"] for part in again["parts"].values()} == {"kept"}  # type: ignore[attr-defined]
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()} == before


def test_another_budget_remakes_the_portfolio_and_the_report_only(package: Path, folder: Path) -> None:
    again = as_json(inside("study", package, "--out", folder, "--budget", "1100", "--json"))
    states = {name: part["state"] for name, part in again["parts"].items()}  # type: ignore[attr-defined]
    assert states == {**dict.fromkeys(PARTS, "kept"), "portfolio": "made", "report-en": "made"}
    study = open_study(folder)
    assert study.portfolio is not None
    assert [p["project"] for p in study.portfolio.info["chosen"]] == ["second"]


def test_the_answers_are_printed(package: Path, folder: Path) -> None:
    done = inside("study", package, "--out", folder)
    assert done.exit_code == 0
    for text in ("What the chain looks like at its best", "What each project is worth", "Who gets what", "Report: "):
        assert text in done.stdout


def test_a_region_without_projects_has_a_smaller_study(tmp_path: Path) -> None:
    found = as_json(inside("study", write(tmp_path / "plain"), "--out", tmp_path / "out", "--quick", "--json"))
    states = {name: part["state"] for name, part in found["parts"].items()}  # type: ignore[attr-defined]
    assert states == {"plan": "made", "today": "made", "appraisal": "left out", "portfolio": "left out",
                      "sharing": "made", "report-en": "made"}  # fmt: skip


def test_a_folder_of_something_else_is_refused(package: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    done = inside("study", package, "--out", tmp_path)
    assert done.exit_code == 2
    assert "holds no study" in done.output
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_study_that_is_stopped_goes_on_where_it_stopped(package: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import time, sungari.operate.parts as s\n"
        "real = s.share\n"
        "def slow(*a, **k):\n    time.sleep(60)\n"
        "s.share = slow\n"
        "from sungari.show.cli import main\n"
        f"main(['study', {str(package)!r}, '--out', {str(out)!r}, '--quick', '--json'])\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    for _ in range(600):
        if (out / "today" / "plan.json").is_file() or running.poll() is not None:
            break
        time.sleep(0.1)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=30)
    assert running.returncode == 1, stderr
    assert json.loads(stdout)["status"] == "interrupted"
    assert "kept in" in stderr
    assert list(open_study(out).parts) == PARTS[:-1], "what was finished can be used"
    again = as_json(inside("study", package, "--out", out, "--quick", "--json"))
    states = {name: part["state"] for name, part in again["parts"].items()}  # type: ignore[attr-defined]
    assert states == {**dict.fromkeys(PARTS[:-1], "kept"), "sharing": "made", "report-en": "made"}


def test_two_processes_make_the_same(package: Path, folder: Path, tmp_path: Path) -> None:
    done = sungari("study", package, "--out", tmp_path / "two", "--workers", "2", "--quiet")
    assert done.returncode == 0, done.stderr
    one, two = open_study(folder), open_study(tmp_path / "two")
    assert list(two.parts) == PARTS
    assert one.plan is not None
    assert two.plan is not None
    assert two.plan.objective == pytest.approx(one.plan.objective)
    for name in ("appraisal", "sharing"):
        a, b = one.part(name), two.part(name)
        assert a is not None
        assert b is not None
        assert compare(a, b).same
