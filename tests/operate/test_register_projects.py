"""Versions: nothing is lost, nobody's edit is overwritten unseen, and who did what is kept."""

from __future__ import annotations

import threading

import pytest
from helping import bare, edit, take_in
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from sungari.errors import Conflict, InputError, UsageError
from sungari.operate import projects
from sungari.operate.records import Audit, Project
from sungari.operate.register import Register
from sungari.region.package import Region


def test_every_change_is_a_version_with_its_author_and_reason(register: Register) -> None:
    with register.writing("anna", "first list") as work:
        projects.create(work, "bridge", bare(capex=1000))
    with register.writing("li", "tender") as work:
        edit(work, "bridge", capex=1200, depth="40 m")
        edit(work, "bridge", life=50)
    with register.reading() as work:
        found = projects.history(work, "bridge")
        assert [(v.number, v.who, v.why) for v, _ in found] == [
            (1, "anna", "first list"), (2, "li", "tender"), (3, "li", "tender")]  # fmt: skip
        assert [str(c) for c in found[1][1]] == ["projects.capex: 1,000 → 1,200", "projects.depth: – → 40 m"]
        assert projects.current(work, "bridge").content["projects"][0]["depth"] == "40 m"


def test_the_same_content_makes_no_version(register: Register) -> None:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare(capex=1000))
        edit(work, "bridge", capex=1000.0)
        assert projects.get(work, "bridge").version == 1


def test_an_older_version_comes_back_as_the_newest(register: Register) -> None:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare(capex=1000))
        edit(work, "bridge", capex=1200)
        projects.restore(work, "bridge", 1)
        assert [v.content["projects"][0]["capex"] for v, _ in projects.history(work, "bridge")] == [1000, 1200, 1000]
        with pytest.raises(UsageError, match="has no version 7; it has 1, 2, 3"):
            projects.restore(work, "bridge", 7)


def test_bad_cells_are_told_all_at_once(register: Register) -> None:
    with pytest.raises(InputError) as caught, register.writing("anna") as work:
        projects.create(work, "bridge", {"projects": [{"name": "B", "capex": "much", "life": -1}],
                                         "shares": [{"party": "cn"}], "share": []})
    assert [(p.file, p.row, p.column) for p in caught.value.problems] == [
        ("share", None, None), ("projects.csv", 2, "capex"), ("projects.csv", 2, "life"),
        ("shares.csv", 1, "share")]  # fmt: skip
    with register.reading() as work:
        assert not projects.listed(work).rows


@pytest.mark.parametrize("code", ["", " bridge", "a\x00b", "a\nb", "\ud800"])
def test_names_that_databases_and_files_spoil_are_refused(register: Register, code: str) -> None:
    with pytest.raises(InputError), register.writing("anna") as work:
        projects.create(work, code, bare())


def test_hostile_texts_stay_texts(register: Register) -> None:
    name = "'; DROP TABLE project; -- <script>alert(1)</script> =cmd|' /C calc'!A0 \x07 哈尔滨"
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare(name))
    with register.reading() as work:
        assert projects.current(work, "bridge").content["projects"][0]["name"] == name
        assert [p.code for p in projects.listed(work, text="DROP TABLE").rows] == ["bridge"]
        assert not projects.listed(work, text="%").rows


def test_an_edit_from_an_older_version_is_refused(register: Register) -> None:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare(capex=1000))
    with register.writing("anna") as work:
        projects.change(work, "bridge", bare(capex=1100), expected=1)
    with pytest.raises(Conflict, match="it is at version 2, the edit was made from version 1"), \
            register.writing("li") as work:  # fmt: skip
        projects.change(work, "bridge", bare(capex=900), expected=1)
    with register.reading() as work:
        assert projects.current(work, "bridge").content["projects"][0]["capex"] == 1100


def test_no_update_is_lost_among_many_writers(register: Register) -> None:
    """Each of several threads adds one to the same cell, again until it comes through: every addition counts."""
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare(capex=0))
    refused = []

    def add(times: int) -> None:
        while times:
            with register.reading() as work:
                seen = projects.current(work, "bridge")
            try:
                with register.writing("t") as work:
                    more = seen.content["projects"][0]["capex"] + 1
                    projects.change(work, "bridge", bare(capex=more), expected=seen.number)
                times -= 1
            except Conflict as conflict:
                refused.append(conflict)

    threads = [threading.Thread(target=add, args=(5,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with register.reading() as work:
        assert projects.current(work, "bridge").content["projects"][0]["capex"] == 20
        assert projects.get(work, "bridge").version == 21


def test_two_that_create_the_same_project_do_not_both_succeed(register: Register) -> None:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare())
    with pytest.raises(UsageError, match="there is a project 'bridge' already"), register.writing("li") as work:
        projects.create(work, "bridge", bare())


def test_what_fails_leaves_nothing_behind(register: Register, tiny: Region) -> None:
    take_in(register, tiny)
    def fail() -> None:
        with register.writing("anna") as work:
            edit(work, "bridge", capex=9)
            projects.create(work, "tunnel", bare())
            edit(work, "brdge", capex=9)

    with pytest.raises(UsageError, match="no project 'brdge'"):
        fail()
    with register.reading() as work:
        assert [p.version for p in projects.listed(work).rows] == [1, 1]
        assert work.session.scalar(select(Audit).where(Audit.key == "tunnel")) is None


def test_the_audit_trail_says_who_changed_what(register: Register) -> None:
    with register.writing("anna", "first") as work:
        projects.create(work, "bridge", bare(capex=1000))
    with register.writing("li", "renamed") as work:
        edit(work, "bridge", name="Great bridge")
    with register.reading() as work:
        asked = select(Audit).where(Audit.project == "bridge", Audit.record == "project").order_by(Audit.id)
        found = work.session.scalars(asked).all()
    assert [(a.action, a.who, a.why) for a in found] == [("add", "anna", "first"), ("edit", "li", "renamed")]
    assert found[1].changes["name"] == ["Bridge", "Great bridge"]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit SET who = 'x'", "DELETE FROM audit", "UPDATE version SET who = 'x'", "DELETE FROM version"],
)
def test_what_is_kept_can_not_be_rewritten(register: Register, statement: str) -> None:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare())
    with pytest.raises(DBAPIError, match="never changed"), register.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_project_that_is_not_there_is_named_with_the_nearest(register: Register) -> None:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare())
    with register.reading() as work, pytest.raises(UsageError, match="no project 'brigde'; did you mean 'bridge'"):
        projects.get(work, "brigde")
    with register.reading() as work:
        assert work.session.get(Project, "brigde") is None
