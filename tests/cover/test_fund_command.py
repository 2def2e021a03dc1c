"""``sungari fund``: one JSON object, a folder, exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from funds import package
from test_fund import AMOUNTS, COVER, FLOOD, FUND, TIED

KEYS = {
    "aal", "var", "tvar", "ruin", "capital", "standard_error", "exceedance", "projects", "parties", "stress", "method",
}  # fmt: skip


def sungari(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sungari", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(TIED, COVER, FUND).write(tmp_path_factory.mktemp("package") / "small")


def test_json_is_one_object_and_the_folder_can_be_reported(folder: Path, tmp_path: Path) -> None:
    done = sungari("fund", folder, "--paths", 2000, "--out", tmp_path / "fund", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.keys() >= KEYS
    assert json.loads((tmp_path / "fund" / "fund.json").read_text())["capital"] == found["capital"]
    done = sungari("report", tmp_path / "fund", "-o", tmp_path / "fund.html")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "fund.html").stat().st_size > 100_000


def test_the_terminal_says_who_pays(folder: Path) -> None:
    done = sungari("fund", folder, "--paths", 2000)
    assert done.returncode == 0, done.stderr
    for word in ("Smallest opening capital", "Who pays, and who is covered", "Covered projects", "What would break"):
        assert word in done.stdout


@pytest.mark.parametrize(("hazards", "exposures", "words"), [
    (FLOOD.replace("0.2,0.1", "0.2,-0.1"), AMOUNTS, ("hazards.csv, row 2, column sd", "at least 0")),
    ("hazard,name,kind,probability,severity,mean,sd\nf,F,event,0.1,beta,0.2,0.4".replace("f,F", "flood,F"), AMOUNTS,
     ("hazards.csv, row 2, column sd", "no beta has this mean and sd")),
    ("hazard,name,kind,probability,severity,mean,factor,loading\nflood,F,event,0.1,constant,0.2,w,1.2", AMOUNTS,
     ("hazards.csv, row 2, column loading", "from 0 to 1")),
    ("hazard,name,kind,frequency,probability,severity,mean\nflood,F,event,1,0.1,constant,0.2", AMOUNTS,
     ("hazards.csv, row 2, column probability", "not both")),
    (FLOOD, AMOUNTS.replace("p1,flood", "p1,flod"), ("exposures.csv, row 3, column hazard", "did you mean 'flood'")),
])  # fmt: skip
def test_impossible_parameters_are_refused_with_row_and_reason(
    hazards: str, exposures: str, words: tuple[str, ...], folder: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad"
    package(FLOOD, AMOUNTS).write(bad)
    (bad / "hazards.csv").write_text(hazards + "\n")
    (bad / "exposures.csv").write_text(exposures + "\n")
    done = sungari("fund", bad)
    assert done.returncode == 2
    for word in words:
        assert word in done.stderr
    assert json.loads(sungari("fund", bad, "--json").stdout)["status"] == "invalid"
