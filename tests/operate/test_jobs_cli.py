"""Jobs and backups from the command line, as a user runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helping import told

from sungari.region.package import Region
from sungari.show.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(url: str, small: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``sungari register …`` on this test's database, with a region in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUNGARI_DATABASE_URL", url)
    monkeypatch.setenv("SUNGARI_USER", "anna")
    small.write(tmp_path / "tiny")

    def run(*args: object) -> Result:
        return CliRunner().invoke(main, ["register", *map(str, args)], prog_name="sungari")

    assert run("import", "tiny").exit_code == 0
    return run


def test_a_job_is_started_worked_off_repeated_and_cancelled(run: Run) -> None:
    made = run("jobs", "--start", "portfolio", "--option", "budgets=1e6", "--option", "min_gain=ru=1%", "--work",
               "--json")
    assert made.exit_code == 0, made.output
    job = told(made)["jobs"][0]
    assert (job["state"], job["who"]) == ("done", "anna")
    assert job["options"] == {"budgets": ["1e6"], "min_gain": {"ru": "1%"}}
    assert told(made)["log"][-1]["text"].startswith("done in")
    assert told(run("jobs", job["id"], "--again", "--json"))["jobs"][0]["state"] == "queued"
    assert "cancelled by anna" in run("jobs", job["id"] + 1, "--cancel").output
    assert [j["state"] for j in told(run("jobs", "--json"))["jobs"]] == ["cancelled", "done"]
    assert "portfolio" in run("jobs").output


@pytest.mark.parametrize(("args", "said"), [
    (("--start", "portfolo"), "did you mean 'portfolio'?"), (("--cancel",), "say which job"),
    (("--option", "a=1"), "say which by --start"), (("7",), "no job 7"),
    (("--start", "plan", "--option", "best"), "expected NAME=VALUE"),
    (("--start", "plan", "--option", "projects=brige"), "did you mean 'bridge'?"),
])  # fmt: skip
def test_what_can_not_be_ends_with_code_two(run: Run, args: tuple[str, ...], said: str) -> None:
    found = run("jobs", *args)
    assert found.exit_code == 2
    assert said in " ".join(found.output.split())


def test_backed_up_and_restored(run: Run, tmp_path: Path) -> None:
    assert "rows, " in run("backup", "joint.tar").output
    assert "is whole" in run("restore", "joint.tar", "--check").output
    assert "into an empty place only" in " ".join(run("restore", "joint.tar").output.split())
    new = tmp_path / "new" / "register.db"
    assert told(run("restore", "joint.tar", "--database", new, "--json"))["rows"]["project"] == 2
    assert [p["project"] for p in told(run("list", "--database", new, "--json"))["projects"]] == ["bridge", "ferry"]
    assert run("restore", "tiny").exit_code == 2
