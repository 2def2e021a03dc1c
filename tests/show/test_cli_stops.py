"""What the command line does when a solve is stopped, runs out of time, fails, or writes where it should not.

The solve itself is replaced in a process of its own, so that the moment of the interruption is certain.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_process import write

STAND_IN = """
import os, sys
import sungari.chain as chain
real = chain.solve
def solve(region, **options):
    {body}
chain.solve = solve
from sungari.show.cli import main
main({args!r})
"""
STOP = "raise KeyboardInterrupt"
STOPPED_LATE = "plan = real(region, **options); plan.info.update(status='interrupted', gap=0.03); return plan"
OUT_OF_TIME = "plan = real(region, **options); plan.info.update(status='time_limit', gap=0.03); return plan"
FAULT = "raise ZeroDivisionError('by zero')"
NOISE = "print('HiGHS'); os.write(1, b'banner'); return real(region, **options)"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write(tmp_path / "tiny")


def solve(body: str, package: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """`sungari solve` with another body for the solve."""
    call = ["solve", str(package), "--out", str(package.parent / "plan"), *args]
    code = STAND_IN.format(body=body, args=call)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)


def test_stopped_before_any_plan_leaves_nothing(package: Path) -> None:
    done = solve(STOP, package)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "interrupted: stopped by the user; nothing was written" in done.stderr
    assert [f.name for f in package.parent.iterdir()] == ["tiny"]


def test_stopped_json(package: Path) -> None:
    done = solve(STOP, package, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["status"] == "interrupted"


def test_stopped_with_a_plan_keeps_it(package: Path) -> None:
    done = solve(STOPPED_LATE, package)
    assert done.returncode == 1
    assert "interrupted: stopped by the user; this is the best plan found so far, at most 3.00% below" in done.stderr
    assert json.loads((package.parent / "plan" / "plan.json").read_text())["status"] == "interrupted"


def test_out_of_time_with_a_plan_is_solved(package: Path) -> None:
    done = solve(OUT_OF_TIME, package, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "time_limit"
    assert "time limit reached" in done.stderr


def test_a_fault_is_told_from_a_mistake(package: Path) -> None:
    done = solve(FAULT, package, "--json")
    assert done.returncode == 70
    assert json.loads(done.stdout) == {"status": "fault", "message": "ZeroDivisionError: by zero"}
    assert "fault in Sungari" in done.stderr


def test_what_others_print_stays_off_standard_output(package: Path) -> None:
    done = solve(NOISE, package, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["status"] == "optimal"
    assert "HiGHS" in done.stderr
    assert "banner" in done.stderr
