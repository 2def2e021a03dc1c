"""The client over a real server and in this process, and the command line that uses it for both."""

from __future__ import annotations

import inspect
import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from api_world import World, sqlite_only
from click.testing import CliRunner, Result
from fastapi import FastAPI

from sungari.errors import Conflict, Forbidden, GateClosed, InputError, Unknown, UsageError
from sungari.operate.access import accounts
from sungari.region.package import Region
from sungari.show.api.app import PATH, create
from sungari.show.cli import main
from sungari.show.client import Client


@contextmanager
def served(world: World) -> Iterator[str]:
    """The API on a port of this machine; its address."""
    outer = FastAPI(openapi_url=None)
    outer.mount(PATH, create(world.register))
    server = uvicorn.Server(uvicorn.Config(outer, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(params=["server", "process"])
def joint(request: pytest.FixtureRequest, world: World) -> Iterator[Client]:
    """A client who may do all: over a real server, or in this process."""
    if request.param == "process":
        with Client.local(world.register, "anna") as client:
            yield client
    else:
        with served(world) as address, Client(address, world.tokens["all"]) as client:
            yield client


def test_there_and_back(joint: Client, tmp_path: Path) -> None:
    assert [p.code for p in joint.projects(sort="-project")] == ["ferry", "bridge"]
    made = joint.create_project("tunnel", {"projects": [{"name": "Tunnel – 隧道", "host": "ru"}]}, why="первый список")
    assert (made.stage, made.version, joint.version("tunnel", 1).why) == ("idea", 1, "первый список")
    made = joint.edit_project("tunnel", {"capex": 5e6, "sector": "transport"}, expected=1, why="tender")
    assert [c.column for c in list(joint.versions("tunnel"))[-1].changes] == ["sector", "capex"]
    with pytest.raises(Conflict, match="has been changed since"):
        joint.edit_project("tunnel", {"capex": 6e6}, expected=1)
    with pytest.raises(InputError) as wrong:
        joint.edit_project("tunnel", {"capex": "much", "hots": 1.5, "life": "x"})
    assert [(p.row, p.column) for p in wrong.value.problems] == [(2, "capex"), (2, "life")]
    with pytest.raises(Unknown, match="did you mean 'tunnel'"):
        joint.project("tunel")
    permit = joint.add_record("permit", {"project": "tunnel", "kind": "site", "status": "applied"})
    joint.edit_record("permit", permit.id, {"status": "granted"}, expected=1)
    with pytest.raises(Conflict):
        joint.remove_record("permit", permit.id, expected=1)
    assert [r.status for r in joint.records("permit", project="tunnel")] == ["granted"]  # type: ignore[attr-defined]
    (tmp_path / "note.txt").write_text("согласие", encoding="utf-8")
    document = joint.add_document("tunnel", tmp_path / "note.txt", kind="agreement")
    assert joint.download(document.id, tmp_path / "copy.txt").read_text(encoding="utf-8") == "согласие"
    assert joint.restore("tunnel", 1).content["projects"][0] == {"name": "Tunnel – 隧道", "host": "ru"}
    assert {a.record for a in joint.audit(project="tunnel")} >= {"project", "version", "permit", "document"}


def test_a_project_goes_its_way(joint: Client) -> None:
    gates = joint.gates()
    joint.set_gates([g.model_copy(update={"signs": g.stage == "screening", "role": "minister"}) for g in gates])
    with pytest.raises(GateClosed) as closed:
        joint.enter("bridge", "screening")
    assert len(closed.value.missing) == 2
    with pytest.raises(UsageError, match="no stage is left out"):
        joint.enter("bridge", "operation")
    joint.sign("bridge", "ru", agreed=False, why="not yet")
    assert [s.agreed for s in joint.signatures("bridge")] == [False]
    ahead = joint.gate_ahead("bridge")
    assert (ahead.next, ahead.open) == ("screening", False)
    assert joint.enter("bridge", "cancelled", why="no finance").stage == "cancelled"
    assert [v.stage for v in joint.visits("bridge")] == ["idea", "cancelled"]


def test_the_desk_from_afar(joint: Client) -> None:
    case = joint.raise_case("border-closed", "link", "rail", party="ru", title="No trains", parties=["ru", "cn"])
    case = joint.answer_case(case.id, "Since Monday", party="cn", expected=case.version)
    assert (case.state, [e.what for e in case.history]) == ("in-hand", ["raised", "answered"])
    joint.comment_on_case(case.id, "Noted")
    case = joint.propose(case.id, "Open it on the 1st", party="ru")
    assert set(case.decisions[0].missing) == {"ru", "cn"}
    meeting = joint.call_meeting("Spring", datetime(2027, 3, 1, 9, tzinfo=UTC), parties=["ru", "cn"])
    assert [i.case for i in joint.meeting(meeting.id).agenda] == [case.id]
    joint.write_minutes(meeting.id, "short", {1: "soon"})
    assert joint.case(case.id).history[-1].text == "soon"
    assert b"BEGIN:VCALENDAR" in joint.calendar(lang="ru")
    assert [c.id for c in joint.cases(state="open", party="cn")] == [case.id]
    assert next(iter(joint.case_figures())).open == 1
    job = joint.start_job("today", why="to compare")
    assert (joint.cancel_job(job.id).state, [x.text for x in joint.job_log(job.id)] != []) == ("cancelled", True)
    row = next(iter(joint.rows("links")))
    assert [p.column for p in joint.try_row("links", {**row.cells, "to": "nowhere"}, row.position)][:1] == ["to"]
    assert joint.edit_row("links", row, {**row.cells, "capacity": 77}).cells["capacity"] == 77
    with pytest.raises(Conflict):
        joint.edit_row("links", row, row.cells)


def test_what_holds_for_all_is_set_from_afar(joint: Client, world: World, tmp_path: Path) -> None:
    seen = joint.settings()
    assert [p.severity for p in joint.try_settings({"discount_rate": 5})] == ["warning"]
    made = joint.edit_settings({"discount_rate": 0.07, "title_ru": "Два города"}, expected=seen.version, why="agreed")
    assert (made.cells["discount_rate"], made.cells["title_ru"]) == (0.07, "Два города")
    with pytest.raises(Conflict):
        joint.edit_settings({"discount_rate": 0.06}, expected=seen.version)
    assert next(a for a in joint.audit(record="package")).why == "agreed"
    joint.set_calendar_country("ru", "KZ")
    joint.set_calendar_day("ru", date(2026, 5, 5), False, name="День")
    calendars = joint.calendars()
    assert (calendars.countries["ru"], [(d.party, d.day, d.works) for d in calendars.days]) == (
        "KZ", [("ru", date(2026, 5, 5), False)])  # fmt: skip
    joint.set_calendar_day("ru", date(2026, 5, 5), None)
    assert joint.calendars().days == []
    with world.register.writing("test") as work:
        accounts.grant(work, "all", "owner", "ru")  # a role for all keeps nothing to a party
    (tmp_path / "note.txt").write_text("for us", encoding="utf-8")
    document = joint.add_document("bridge", tmp_path / "note.txt", kind="agreement")
    kept = joint.keep_document_to(document.id, "ru", expected=document.version)
    assert kept.confidential_to == "ru"
    assert joint.keep_document_to(document.id, None).confidential_to is None


@sqlite_only
def test_only_who_has_the_database_gives_out_tokens_by_the_client(world: World) -> None:
    with Client.local(world.register, "anna") as joint:
        made = joint.issue_token("owner-ru", "nightly", ["export"], days=30)
        token = next(t for t in joint.tokens("owner-ru") if t.name == "nightly")
        assert token.scopes == ["export", "read"]
    with served(world) as address:
        with Client(address, made) as joint:
            assert joint.me().account == "owner-ru"
            with pytest.raises(Forbidden, match="gives out no tokens"):
                joint.issue_token("owner-ru", "another", ["read"])
        with Client.local(world.register, "anna") as joint:
            joint.revoke_token(token.id)
        with Client(address, made) as joint, pytest.raises(Forbidden):
            joint.me()


def test_a_region_goes_out_and_comes_in(joint: Client, tmp_path: Path) -> None:
    joint.export(tmp_path / "out")
    assert {p.what for p in joint.import_file(tmp_path / "out").changes} == {"unchanged"}
    text = (tmp_path / "out" / "projects.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "out" / "projects.csv").write_text(text.replace("Bridge", "Long bridge"), encoding="utf-8")
    assert joint.import_file(tmp_path / "out", dry_run=True).changed == 1
    assert joint.import_file(tmp_path / "out").done
    assert joint.project("bridge").name == "Long bridge"
    joint.export(tmp_path / "list.csv", ["bridge"])
    assert "ferry" not in (tmp_path / "list.csv").read_text(encoding="utf-8-sig")
    assert Region.read(tmp_path / "out").name == joint.region().name == "tiny"


@sqlite_only
def test_rights_are_the_tokens(world: World) -> None:
    with served(world) as address:
        with Client(address, world.tokens["viewer-cn"]) as joint:
            assert [p.code for p in joint.projects()] == ["bridge", "ferry"]
            with pytest.raises(Forbidden, match=r"project\.edit"):
                joint.edit_project("bridge", {"capex": 1})
            with pytest.raises(Forbidden):
                list(joint.accounts())
        for token in ("", "sungari_guess"):
            with Client(address, token) as joint, pytest.raises(Forbidden):
                joint.me()
        with Client(address + "/elsewhere", "x") as joint, pytest.raises(UsageError, match="not as Sungari's API does"):
            joint.me()
    with Client(address, "x") as joint, pytest.raises(UsageError, match="can't reach 127"):
        joint.me()


@sqlite_only
def test_every_operation_has_its_call(world: World) -> None:
    """The client's sources name every address of the API."""
    rooms = [sys.modules[c.__module__] for c in Client.__mro__ if c.__module__.startswith("sungari")]
    source = re.sub(r"\{[^}]*\}", "{}", "".join(map(inspect.getsource, rooms)))
    for path in create(world.register).openapi()["paths"]:
        last = re.sub(r"\{[^}]*\}", "{}", path)
        parts = [p for p in last.split("/") if p and p != "{}"]
        record = parts[0].removesuffix("s") in ("permit", "finance", "risk", "contact", "measure", "programme", "event",
                                                "indicator", "restriction", "organisation")
        assert record or all(f"/{p}" in source for p in parts), path


# -- command line -----------------------------------------------------------------------------------------------------


@pytest.fixture(params=["server", "here"])
def command(request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Runs ``sungari projects …``: on a server, or on this machine."""
    def run(*args: str) -> Result:
        return CliRunner().invoke(main, ["projects", *args], prog_name="sungari")

    monkeypatch.setenv("SUNGARI_USER", "Owner-ru")
    if request.param == "here":
        monkeypatch.setenv("SUNGARI_DATABASE_URL", world.register.url.render_as_string(hide_password=False))
        yield run
        return
    with served(world) as address:
        monkeypatch.setenv("SUNGARI_SERVER", address)
        monkeypatch.setenv("SUNGARI_TOKEN", world.tokens["owner-ru"])
        yield run


@sqlite_only
def test_the_command_line_is_the_same_here_and_there(command: Any, tmp_path: Path) -> None:
    def told(*args: str) -> dict[str, Any]:
        result = command(*args, "--json")
        assert result.exit_code == 0, result.output
        made: dict[str, Any] = json.loads(result.stdout)
        assert made["status"] == "ok"
        return made

    assert [p["code"] for p in told("list", "--sort", "name")["projects"]] == ["bridge", "ferry"]
    assert "2 projects" in command("list").output
    assert told("create", "tunnel", "name=Tunnel", "host=ru", "--why", "new")["version"] == 1
    assert told("edit", "tunnel", "capex=5e6", "--expected", "1", "--why", "tender")["version"] == 2
    stale = command("edit", "tunnel", "capex=6e6", "--expected", "1")
    assert (stale.exit_code, "has been changed since" in stale.output) == (2, True)
    bad = command("edit", "tunnel", "capex=much", "--json")
    assert (bad.exit_code, json.loads(bad.stdout)["problems"][0]["column"]) == (2, "capex")
    history = told("history", "tunnel")["versions"]
    assert [(v["number"], v["who"], v["why"]) for v in history] == [(1, "Owner-ru", "new"), (2, "Owner-ru", "tender")]
    assert "projects.capex: – → 5,000,000" in " ".join(command("history", "tunnel").output.split())
    shown = told("show", "tunnel", "--version", "1")
    assert (shown["shown"], "capex" in shown["content"]["projects"][0]) == (1, False)
    assert "Before screening" in command("show", "bridge").output
    closed = command("stage", "tunnel", "screening", "--json")
    assert (closed.exit_code, json.loads(closed.stdout)["status"]) == (1, "closed")
    assert command("stage", "bridge", "screening").output.startswith("Bridge (bridge): screening, version 2")
    (flag,) = told("flags", "tunnel")["flags"]
    assert told("flags", "--justify", str(flag["id"]), "--why", "on its way")["flags"]
    told("export", str(tmp_path / "out.json"), "--project", "bridge")
    assert [p["title"] for p in json.loads((tmp_path / "out.json").read_text())["projects"]] == ["Bridge"]
    nothing = command("show", "tunel")
    assert (nothing.exit_code, "did you mean 'tunnel'" in nothing.output) == (2, True)
