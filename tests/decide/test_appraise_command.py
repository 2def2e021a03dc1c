"""The command ``appraise``: risk, sensitivity and ranking as JSON and as tables; stopped and taken up again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from benchmarks.generate import generate
from test_appraisal import table
from test_ranking import with_criteria
from test_risk import CAPEX, PRICE, SCENARIOS

from sungari.decide.store import Store

COMMAND = [sys.executable, "-W", "error", "-m", "sungari", "appraise"]


def run(*args: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "140", "PYTHONUTF8": "1"}
    done = subprocess.run([*COMMAND, *map(str, args)], capture_output=True, text=True, encoding="utf-8", check=False,
                          timeout=300, env=environment)  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    region = with_criteria(
        scenarios=SCENARIOS.assign(row=["town/coal", "town/coal", "one"]),
        uncertainties=table({**PRICE, "distribution": "uniform", "low": 0.3, "high": 1.7},
                            {**CAPEX, "distribution": "lognormal", "mean": 1.2, "sd": 0.4}),
    )  # fmt: skip
    return region.write(tmp_path_factory.mktemp("package") / "roads")


def test_scenarios_and_criteria(package: Path, tmp_path: Path) -> None:
    result = json.loads(run(package, "--scenarios", "--criteria", "--out", tmp_path / "out", "--json").stdout)
    one = next(p for p in result["projects"] if p["project"] == "one")
    assert {"enpv", "sd", "p_negative", "var", "cvar", "enpv_error", "first", "last"} <= set(one["risk"])
    assert [r["rank"] for r in result["criteria"]["ranking"]] == sorted(
        r["rank"] for r in result["criteria"]["ranking"])
    for name in ("risk", "cases", "places", "robustness", "acceptability", "quadrants", "scores"):
        assert len(pd.read_parquet(tmp_path / "out" / f"{name}.parquet")), name
    shown = run(package, "--scenarios", "--criteria").stdout
    for text in ("Worth under risk", "CVaR 95%", "3 scenarios", "Projects by many criteria"):
        assert text in shown


def test_draws_and_sensitivity(package: Path) -> None:
    options = ("--project", "one", "--draws", 16, "--seed", 7, "--level", 0.9, "--sensitivity")
    result = json.loads(run(package, *options, "--json").stdout)
    mine = result["projects"][0]
    assert mine["risk"]["level"] == 0.9
    assert mine["risk"]["enpv_error"] > 0
    assert {row["uncertainty"] for row in mine["sensitivity"]["tornado"]} == {"price", "capex"}
    assert mine["sensitivity"]["sobol"]
    shown = run(package, *options).stdout
    assert "What moves the projects' worth" in shown
    assert "16 drawn points" in shown
    assert "Share of variance" in " ".join(shown.split())


def test_what_cannot_be_asked_for_is_said(package: Path, tmp_path: Path) -> None:
    assert "either scenarios or draws" in run(package, "--scenarios", "--draws", 8, code=2).stderr
    (package.parent / "bad").mkdir(exist_ok=True)
    for file in package.iterdir():
        text = file.read_text(encoding="utf-8")
        (package.parent / "bad" / file.name).write_text(text.replace("town/coal", "toun/coal"), encoding="utf-8")
    bad = run(package.parent / "bad", "--scenarios", code=2)
    assert "scenarios.csv, row 2, column row" in bad.stderr
    assert "uncertainties.csv" in bad.stderr


def test_stopped_and_taken_up_again(tmp_path: Path) -> None:
    region = generate(30, 8, 12, seed=6, projects=30)
    region.write(tmp_path / "region")
    out = tmp_path / "out"
    asked = (tmp_path / "region", "--against", "all", "--pairs")
    command = [*COMMAND, *map(str, asked), "--out", str(out), "--json"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    kept = 0
    for _ in range(600):
        time.sleep(0.05)
        kept = _count(out / "variants.sqlite")
        if kept >= 5:
            break
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=120)
    assert running.returncode == 1, stderr
    assert json.loads(stdout)["status"] == "interrupted"
    assert "goes on from there" in stderr
    assert not (out / "appraisal.json").exists()
    store = Store(out / "variants.sqlite")
    before = len(store)
    store.close()
    assert before >= 5
    resumed = json.loads(run(*asked, "--out", out, "--json").stdout)
    whole = json.loads(run(*asked, "--json").stdout)
    assert before < whole["variants"]
    for key in ("objective", "objective_chosen", "chosen", "projects"):
        assert resumed[key] == whole[key]


def _count(file: Path) -> int:
    """Variants in a store that another process writes."""
    if not file.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as store:
            found = int(store.execute("SELECT COUNT(*) FROM result").fetchone()[0])
        store.close()
    except sqlite3.OperationalError:  # not yet made, or locked at this moment
        return 0
    return found
