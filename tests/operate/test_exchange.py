"""Imports: shown before they are done, idempotent, and never over an edit that their author has not seen."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
from helping import bare, edit, small_region, take_in
from tiny import edited, tiny_region

from sungari.errors import InputError, UsageError
from sungari.operate import exchange, life, packages, projects
from sungari.operate.exchange import Change
from sungari.operate.register import Register
from sungari.region.package import Region
from sungari.region.workbook import export_workbook


def write(region: Region, folder: Path) -> Path:
    return exchange.write_package(region, folder / "package")


read = exchange.read_package


def outcome(changes: list[Change]) -> dict[str, str]:
    return {c.key: c.what for c in changes}


def out_of(register: Register) -> Region:
    with register.reading() as work:
        return packages.region(work)


def test_an_import_is_shown_first_and_done_once(register: Register, small: Region, tmp_path: Path) -> None:
    path = write(small, tmp_path)
    changes, done = exchange.take_in(register, read(path), who="anna", dry_run=True)
    assert (outcome(changes), done) == ({"tiny": "created", "bridge": "created", "ferry": "created"}, False)
    with register.reading() as work:
        assert not projects.listed(work).rows
    changes, done = exchange.take_in(register, read(path), who="anna")
    assert (set(outcome(changes).values()), done) == ({"created"}, True)
    assert out_of(register).sha256 == small.sha256
    changes, done = exchange.take_in(register, read(path), who="anna")
    assert set(outcome(changes).values()) == {"unchanged"}
    with register.reading() as work:
        assert [p.version for p in projects.listed(work).rows] == [1, 1]


def test_what_the_register_writes_comes_back_unchanged(register: Register, small: Region, tmp_path: Path) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        edit(work, "bridge", capex=1500, name="=cmd|' /C calc'!A0")
        projects.create(work, "tunnel", {**bare("Tunnel", host="ru"), "shares": [{"party": "ru", "share": 1.0}]})
    changes, _ = exchange.take_in(register, read(write(out_of(register), tmp_path)), who="anna")
    assert set(outcome(changes).values()) == {"unchanged"}, changes


def test_an_edited_file_changes_what_was_edited(register: Register, small: Region, tmp_path: Path) -> None:
    take_in(register, small)
    region = out_of(register)
    frame = region.tables["projects"].copy()
    frame.loc[0, "capex"] = 1234.5
    changes, done = exchange.take_in(register, read(write(region.with_table("projects", frame), tmp_path)))
    assert outcome(changes)["bridge"] == "changed"
    assert [str(c) for c in next(c for c in changes if c.key == "bridge").cells] == ["projects.capex: 1,000 → 1,234.5"]
    assert done
    assert out_of(register).table("projects")["capex"].tolist() == [1234.5, 100]


def test_a_newer_edit_is_not_overwritten_unseen(register: Register, small: Region, tmp_path: Path) -> None:
    take_in(register, small)
    region = out_of(register)
    unedited = write(region, tmp_path)
    with register.writing("li", "tender") as work:
        edit(work, "bridge", capex=2000)
    changes, _ = exchange.take_in(register, read(unedited))
    assert set(outcome(changes).values()) == {"unchanged"}  # nothing new came with it: the edit stays
    edited_file = write(region.with_table("projects", region.tables["projects"].assign(life=99.0)), tmp_path)
    changes, done = exchange.take_in(register, read(edited_file))
    assert outcome(changes)["bridge"] == "refused"
    assert not done
    problem = next(c for c in changes if c.key == "bridge").problems[0]
    assert (problem.column, problem.check) == ("capex", "newer-edit")
    assert "'bridge' is at version 2 by li" in problem.expected
    assert out_of(register).table("projects")["life"].tolist() == [50, 20]  # ferry alone is not taken either
    _, done = exchange.take_in(register, read(edited_file), skip_refused=True)
    assert done
    assert out_of(register).table("projects")["life"].tolist() == [50, 99]
    _, done = exchange.take_in(register, read(edited_file), overwrite=True)
    assert done
    assert out_of(register).table("projects")[["capex", "life"]].to_numpy().tolist() == [[1000, 99], [100, 99]]


def test_a_file_that_was_not_the_projects_source_does_not_overwrite_it(
    register: Register, small: Region, tmp_path: Path
) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        projects.create(work, "tunnel", {**bare("Tunnel", host="ru"), "shares": [{"party": "ru", "share": 1.0}]})
    changed = out_of(register)
    changed.descriptor.pop("register")
    frame = changed.tables["projects"].assign(capex=7.0)
    changes, done = exchange.take_in(register, read(write(changed.with_table("projects", frame), tmp_path)))
    assert (outcome(changes)["tunnel"], outcome(changes)["bridge"], done) == ("refused", "changed", False)
    assert "written by anna on 2026-01-15 and not read from this file" in changes[-1].problems[0].expected


def test_an_import_moves_no_project_through_a_gate(register: Register, small: Region, tmp_path: Path) -> None:
    take_in(register, small)
    region = out_of(register)
    frame = region.tables["projects"].assign(stage=["construction", None])
    changes, done = exchange.take_in(register, read(write(region.with_table("projects", frame), tmp_path)))
    assert (outcome(changes)["bridge"], done) == ("refused", False)
    assert "a stage is changed at its gate" in changes[1].problems[0].expected


def test_a_stage_that_has_moved_on_is_no_conflict(register: Register, small: Region, tmp_path: Path) -> None:
    take_in(register, small)
    region = out_of(register)
    with register.writing("anna", "why") as work:
        life.set_gates(work, [])
        life.enter(work, "bridge", "screening")
    frame = region.tables["projects"].assign(capex=[7.0, 100])
    changes, done = exchange.take_in(register, read(write(region.with_table("projects", frame), tmp_path)))
    assert (outcome(changes)["bridge"], done) == ("changed", True)
    assert out_of(register).table("projects")["stage"].tolist()[0] == "screening"


def test_bad_rows_of_one_project_refuse_it_alone(register: Register, small: Region, tmp_path: Path) -> None:
    bad = small_region(edited("shares", "bridge,cn,0.5", "bridge,cn,0.4"))
    changes, done = exchange.take_in(register, read(write(bad, tmp_path)), skip_refused=True)
    assert outcome(changes) == {"tiny": "created", "bridge": "refused", "ferry": "created"}
    problem = changes[1].problems[0]
    assert "sum to 0.9" in problem.expected
    assert (problem.file, problem.row) == ("shares.csv", 2)
    assert done
    with register.reading() as work:
        assert [p.code for p in projects.listed(work).rows] == ["ferry"]


def test_bad_rows_of_no_project_refuse_everything(register: Register, tmp_path: Path) -> None:
    bad = small_region(edited("places", "mine,Mine,ru", "mine,Mine,rv"))
    path = write(bad, tmp_path)
    with pytest.raises(InputError, match=r"places.csv, row 2, column party: 'rv'"):
        read(path)


def test_a_register_holds_one_region(register: Register, small: Region, tmp_path: Path) -> None:
    take_in(register, small)
    other = Region("other", small.tables, small.settings)
    incoming = read(write(other, tmp_path))
    with pytest.raises(UsageError, match="this register is of the region 'tiny', the file is of 'other'"):
        exchange.take_in(register, incoming)


FORMULAS = ("=1+1", "+1+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "'=1", "''=1")


def test_no_text_is_a_formula_in_what_is_written(register: Register, small: Region, tmp_path: Path) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        for i, name in enumerate(FORMULAS):
            projects.create(work, f"p{i}", {**bare(name, host="ru", lon=-120.5),
                                            "shares": [{"party": "ru", "share": 1.0}]})
    region = out_of(register)
    with (write(region, tmp_path) / "projects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [r["name"] for r in rows[2:]] == [f"'{name.strip()}" for name in FORMULAS]
    assert {r["lon"] for r in rows[2:]} == {"-120.5"}
    assert exchange.read_package(tmp_path / "package").region.sha256 == region.sha256


def test_a_workbook_is_read_as_the_package_that_it_is(tmp_path: Path) -> None:
    region = tiny_region(edited("shares", "bridge,cn,0.5", "bridge,cn,0.4"))
    notes = region.tables["projects"].assign(note=["=1+1", "-1+cmd|' /C calc'!A0"])
    region = region.with_table("projects", notes)
    region.descriptor["register"] = {"register": "r", "package": 1, "versions": {"bridge": 3}}
    path = export_workbook(region, tmp_path / "package.xlsx")
    for sheet in openpyxl.load_workbook(path):
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    incoming = exchange.read_workbook(path)
    assert incoming.region is not None
    assert incoming.region.sha256 == region.sha256
    assert incoming.mark == region.descriptor["register"]
    assert {k: [(p.file, p.row) for p in v] for k, v in incoming.problems.items()} == {"bridge": [("shares", "C2")]}


KILLED = """
import sys, time
from sungari.operate import exchange, projects
from sungari.operate.register import Register
take_up = projects.take_up
def slow(work, code, *args, **options):
    take_up(work, code, *args, **options)
    print(code, flush=True)
    time.sleep(60)
projects.take_up = slow
exchange.take_in(Register(sys.argv[1]), exchange.read_package(sys.argv[2]), who="anna")
"""


def test_killed_in_the_middle_an_import_leaves_nothing(
    register: Register, small: Region, tmp_path: Path, url: str
) -> None:
    path = write(small, tmp_path)
    child = subprocess.Popen([sys.executable, "-c", KILLED, url, str(path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "bridge\n"  # one is written, in a transaction that will not end
    child.kill()
    child.wait()
    child.stdout.close()
    with register.reading() as work:
        assert not projects.listed(work).rows
    begun = time.monotonic()
    changes, done = exchange.take_in(register, read(path), who="anna")
    assert done
    assert set(outcome(changes).values()) == {"created"}
    assert time.monotonic() - begun < 20  # the dead one's locks are gone
    assert out_of(register).sha256 == small.sha256
