"""The desk from the command line, as a user runs it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from helping import told
from icalendar import Calendar

from sungari.region.package import Region
from sungari.show.cli import main
from sungari.show.cli.desk import desk

Run = Callable[..., Result]


@pytest.fixture
def run(url: str, small: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``sungari desk …`` on this test's database, which has the small region."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUNGARI_DATABASE_URL", url)
    monkeypatch.setenv("SUNGARI_USER", "anna")
    small.write(tmp_path / "tiny")
    assert CliRunner().invoke(main, ["register", "import", "tiny"]).exit_code == 0

    def made(*args: object) -> Result:
        return CliRunner().invoke(main, ["desk", *map(str, args)], prog_name="sungari")

    return made


def raise_one(run: Run, *more: str) -> dict[str, Any]:
    return told(run("raise", "border-closed", "link:rail", "--party", "cn", "--title", "No trains", "--json", *more))


def test_a_case_from_raising_to_closing(run: Run, tmp_path: Path) -> None:
    made = raise_one(run, "--text", "Since Monday")
    assert (made["status"], made["id"], made["parties"], made["state"]) == ("ok", 1, ["cn", "ru"], "raised")
    boris = ("--party", "ru", "--who", "boris")
    assert ": in-hand, with working-group" in run("comment", 1, "A landslide", "--answer", *boris).output
    assert run("comment", 1, "Forty trains wait", "--party", "cn").exit_code == 0
    proposed = told(run("propose", 1, "Open at eight", "--party", "cn", "--json"))
    assert proposed["decisions"][0]["missing"] == ["cn", "ru"]
    assert told(run("propose", 1, "Open at nine", "--amend", *boris, "--json"))["decisions"][0]["wordings"] == 2
    refused = run("sign", 1, "--party", "ru")
    assert (refused.exit_code, "one account speaks for one party" in refused.output) == (2, True)
    assert run("sign", 1, *boris).exit_code == 0
    sha256 = told(run("show", 1, "--json"))["decisions"][0]["sha256"]
    assert run("sign", 1, "--party", "cn", "--sha256", "0" * 64).exit_code == 2
    assert told(run("sign", 1, "--party", "cn", "--sha256", sha256, "--json"))["state"] == "decided"
    assert told(run("link", 1, "version", "bridge/1", "--json"))["changed_by_decision"][0]["project"] == "bridge"
    assert raise_one(run)["id"] == 2
    assert told(run("link", 1, "case", 2, "--json"))["tied"][0]["id"] == 2
    assert "is in force" in run("link", 2, "version", "bridge/1").output
    assert run("close", 1, "--why", "trains run").exit_code == 0
    assert "say why" in run("close", 1, "--reopen").output
    assert "in-hand" in run("close", 1, "--reopen", "--why", "closed again").output
    shown = run("show", 1).output
    for text in ("case 1: No trains", "between cn, ru", "Since Monday", "decision 1 (in-force", "version 1 of bridge",
                 "trains run"):
        assert text in shown, text
    assert told(run("list", "--state", "open", "--limit", 1, "--json"))["total"] == 2
    assert "1 of 1 cases" in run("list", "--about", "link:rail", "--find", "trains", "--state", "raised").output
    assert "withdrawn" in run("close", 2, "--withdraw", "--why", "solved").output


def test_what_is_wrong_ends_with_code_two(run: Run) -> None:
    raised = ("--party", "cn", "--title", "x")
    for args, said in ((("raise", "border-closed", "link:rial", *raised), "did you mean 'rail'"),
                       (("raise", "border-closed", "rail", *raised), "expected WHAT:NAME"),
                       (("show", 7), "no case 7"), (("assign", 7, "cn"), "no case 7"),
                       (("comment", 7, "x", "--answer"), "whose answer"), (("link", 7, "case", "x"), "the number of a"),
                       (("agenda", "--begins", "2026-03-12"), "with its time zone"),
                       (("agenda", "--item", "1"), "no meeting is called"),
                       (("days", "--country", "CN"), "say by --party")):
        done = run(*args)
        assert (done.exit_code, said in " ".join(done.output.split())) == (2, True), (args, done.output)


def test_meetings_calendar_and_figures(run: Run, tmp_path: Path) -> None:
    raise_one(run)
    assert "No trains" in run("agenda").output
    called = told(run("agenda", "--call", "Working group", "--begins", "2126-03-12T10:00+08:00", "--party", "cn",
                      "--party", "ru", "--place", "Heihe", "--json"))
    assert called["meeting"]["begins"].startswith("2126-03-12 02:00")
    fixed = told(run("agenda", "--item", "Opening", "--item", 1, "--minutes", "All were there.", "--minutes",
                     "2=Both send engineers.", "--json"))
    assert [(i["title"], i["minutes"]) for i in fixed["agenda"]] == [("Opening", ""),
                                                                    ("No trains", "Both send engineers.")]
    assert "All were there." in run("agenda", "--meeting", 1).output
    assert run("calendar", "-o", "out/desk.ics").output == "wrote out/desk.ics: 2 events\n"
    assert len(Calendar.from_ical((tmp_path / "out" / "desk.ics").read_bytes()).walk("VEVENT")) == 2
    assert "cancelled" in run("agenda", "--meeting", 1, "--cancel").output
    assert run("tick").output == "0 events\n"
    assert told(run("stats", "--since", "2020-01-01", "--json"))["figures"][0]["open"] == 1
    assert "working days" in " ".join(run("stats").output.split())


def test_kinds_and_calendars_are_data(run: Run, tmp_path: Path) -> None:
    assert run("kinds", "--write", "kinds.csv").exit_code == 0
    text = (tmp_path / "kinds.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "kinds.csv").write_text(text.replace("working-group=3", "working-group=4"))
    rows = told(run("kinds", "--read", "kinds.csv", "--json"))["kinds"]
    assert rows[0]["days"] == "working-group=4;deputies=3;heads=5"
    (tmp_path / "kinds.csv").write_text(text.replace("working-group=3", "wrking-group=3"))
    assert "did you mean 'working-group'" in " ".join(run("kinds", "--read", "kinds.csv").output.split())
    done = told(run("days", "--party", "hlj", "--country", "none", "--closed", "2026-01-16", "--name", "Ice", "--json"))
    assert (done["countries"]["hlj"], done["days"][0]["day"]) == ("", "2026-01-16")
    assert "Ice" in run("days").output
    assert told(run("days", "--party", "hlj", "--country", "auto", "--json"))["countries"]["hlj"] == "CN"


def test_examples_in_help_texts_are_valid_calls() -> None:
    for name, command in desk.commands.items():
        assert command.get_short_help_str(), name
        for option in command.params:
            assert not isinstance(option, click.Option) or option.help, f"{name} {option.opts[0]} has no help"
        lines = (command.help or "").splitlines()
        examples = [line.split("sungari desk ")[1] for line in lines if line.strip().startswith("sungari desk ")]
        assert examples, name
        for example in examples:
            args = shlex.split(example)
            desk.commands[args[0]].make_context(args[0], args[1:])
