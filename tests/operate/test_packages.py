"""A region goes into the register and comes out again the same."""

from __future__ import annotations

from helping import bare, edit, take_in
from hypothesis import given, settings
from nasty import regions

from sungari.operate import packages, projects
from sungari.operate.register import Register
from sungari.region.package import Region
from sungari.region.regions import open_region


def test_a_region_comes_out_as_it_went_in(register: Register, tiny: Region) -> None:
    take_in(register, tiny)
    with register.reading() as work:
        out = packages.region(work)
    assert out.sha256 == tiny.sha256
    assert [p.as_dict() for p in out.check()] == [p.as_dict() for p in tiny.check()]


def test_the_packaged_region_comes_out_as_it_went_in(register: Register) -> None:
    region = open_region("northeast-fareast", check=False)
    take_in(register, region)
    with register.reading() as work:
        out = packages.region(work)
    assert out.sha256 == region.sha256
    assert out.descriptor["register"]["versions"]["udokan_2"] == 1
    for name, frame in region.tables.items():
        assert list(out.tables[name].columns) == list(frame.columns)
        assert (out.tables[name].dtypes == frame.dtypes).all()


@settings(deadline=None, max_examples=25)
@given(regions())
def test_taking_apart_loses_nothing(region: Region) -> None:
    parts = packages.take_apart(region)
    for name, table in parts.tables.items():
        owned = {k: [{"party": k, **row}] for k, row in parts.parties.items()} if name == "parties" else {}
        rows = packages.woven(table["order"], table["rows"], owned)
        frame = packages.frame_of(rows, table["columns"], table["types"])
        assert packages.rows_of(frame) == packages.rows_of(region.tables[name])
        assert (frame.dtypes == region.tables[name].dtypes).all()


def test_rows_of_several_projects_keep_their_order_and_new_ones_follow_their_kin() -> None:
    order = ["a", "b", None, "a"]
    owned = {"a": [{"n": 1}, {"n": 2}, {"n": 3}], "b": [], "c": [{"n": 9}]}
    assert packages.woven(order, [{"n": 0}], owned) == [{"n": n} for n in (1, 0, 2, 3, 9)]


def test_edits_and_new_projects_reach_the_region(register: Register, tiny: Region) -> None:
    take_in(register, tiny)
    with register.writing("anna", "tender") as work:
        edit(work, "bridge", capex=1500.0, jobs=12)
        projects.create(work, "tunnel", {**bare("Tunnel", host="ru"), "shares": [{"party": "ru", "share": 1.0}]})
    with register.reading() as work:
        frame = packages.region(work).tables["projects"].set_index("project")
        shares = packages.region(work, ["tunnel"]).tables["shares"]
    assert frame.loc["bridge", "capex"] == 1500
    assert frame.loc["bridge", "jobs"] == 12
    assert list(frame.index) == ["bridge", "ferry", "tunnel"]
    assert shares["project"].tolist() == ["tunnel"]


def test_a_cancelled_project_is_left_out_of_the_region(register: Register, tiny: Region) -> None:
    from sungari.operate import life

    take_in(register, tiny)
    with register.writing("anna", "no finance") as work:
        edit(work, "bridge", excludes=None)
        life.enter(work, "ferry", "cancelled")
    with register.reading() as work:
        region = packages.region(work)
    assert region.tables["projects"]["project"].tolist() == ["bridge"]
    assert not [p for p in region.check() if p.severity == "error"]
