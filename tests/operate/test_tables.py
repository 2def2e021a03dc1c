"""Rows of the package's tables, edited one by one."""

from __future__ import annotations

import pytest
from tiny import tiny_region

from sungari.errors import Conflict, Forbidden, InputError, Unknown, UsageError
from sungari.operate import exchange, packages, projects, tables
from sungari.operate.access.actor import Actor
from sungari.operate.register import Register
from sungari.operate.tables import Edit
from sungari.region.package import Region


@pytest.fixture
def joint(register: Register, tmp_path_factory: pytest.TempPathFactory) -> Register:
    folder = tmp_path_factory.mktemp("tiny") / "tiny"
    tiny_region().write(folder)
    exchange.take_in(register, exchange.read_package(folder))
    return register


def cells(joint: Register, table: str, position: int) -> dict[str, str]:
    with joint.reading() as work:
        row = tables.frame(packages.region(work), table).iloc[position]
    return {str(c): tables.written(v) for c, v in row.items()}


def save(joint: Register, edit: Edit, expected: int | None, actor: Actor | None = None) -> None:
    options = {} if actor is None else {"actor": actor}
    with joint.writing("anna", "a better figure", **options) as work:  # type: ignore[arg-type]
        tables.save(work, packages.region(work), edit, expected=expected)


def edit_of(region: Region, table: str, position: int, **cells: str) -> Edit:
    row = tables.frame(region, table).iloc[position]
    return Edit(table, position, {**{str(c): tables.written(v) for c, v in row.items()}, **cells})


def test_a_cell_that_does_not_fit_is_placed() -> None:
    region = tiny_region()
    made, problems = tables.tried(region, edit_of(region, "links", 0, capacity="a lot"))
    assert [(p.row, p.column, p.value) for p in problems] == [(2, "capacity", "a lot")]
    assert made is region


def test_an_unknown_name_is_found_by_the_regions_checks() -> None:
    region = tiny_region()
    _, problems = tables.tried(region, edit_of(region, "links", 0, to="twon"))
    assert any(p.column == "to" and "town" in p.hint for p in problems)


def test_a_right_value_brings_about_nothing_new() -> None:
    region = tiny_region()
    made, problems = tables.tried(region, edit_of(region, "links", 0, capacity="1250"))
    assert problems == []
    assert made.tables["links"]["capacity"].iloc[0] == 1250


def test_a_right_value_is_a_new_version_of_the_table_and_an_edit_from_the_old_one_is_refused(joint: Register) -> None:
    with joint.reading() as work:
        place = tables.places(work, "links")[0]
        before = packages.region(work).sha256
    save(joint, Edit("links", 0, {**cells(joint, "links", 0), "capacity": "1250"}), place.expected)
    assert cells(joint, "links", 0)["capacity"] == "1250"
    with joint.reading() as work:
        assert tables.places(work, "links")[0].expected == place.expected + 1
        assert packages.region(work).sha256 != before
    with pytest.raises(Conflict):
        save(joint, Edit("links", 0, {**cells(joint, "links", 0), "capacity": "1300"}), place.expected)
    with pytest.raises(InputError):
        save(joint, Edit("links", 0, {**cells(joint, "links", 0), "capacity": "a lot"}), place.expected + 1)
    reader = Actor("rita", "Rita", frozenset({("viewer", "*")}))
    with pytest.raises(Forbidden):
        save(joint, Edit("links", 0, {**cells(joint, "links", 0), "capacity": "1"}), place.expected + 1, reader)
    assert cells(joint, "links", 0)["capacity"] == "1250"


def test_a_row_of_a_project_is_a_new_version_of_the_project(joint: Register) -> None:
    with joint.reading() as work:
        rows = tables.places(work, "effects")
        bridge = next(i for i, p in enumerate(rows) if p.owner == "bridge")
    save(joint, Edit("effects", bridge, {**cells(joint, "effects", bridge), "change": "650"}), rows[bridge].expected)
    with joint.reading() as work:
        newest = projects.current(work, "bridge")
    assert newest.content["effects"][0]["change"] == 650
    assert newest.number == rows[bridge].expected + 1
    with pytest.raises(UsageError, match="own page"):
        save(joint, Edit("projects", 0, None), 1)


def test_rows_come_and_go_but_those_that_others_need_stay(joint: Register) -> None:
    with joint.reading() as work:
        before = packages.region(work)
    row = {"place": "port", "commodity": "power", "quantity": "5", "price": "80", "source": "s1"}
    save(joint, Edit("demand", None, row), None)
    with joint.reading() as work:
        there = tables.places(work, "demand")
        assert len(packages.region(work).tables["demand"]) == len(before.tables["demand"]) + 1
    save(joint, Edit("demand", len(there) - 1, None), there[-1].expected)
    with joint.reading() as work:
        assert packages.region(work).sha256 == before.sha256
        expected = tables.places(work, "commodities")[0].expected
    with pytest.raises(InputError):
        save(joint, Edit("commodities", 0, None), expected)


def test_an_unknown_table_is_named_with_the_nearest() -> None:
    with pytest.raises(Unknown, match="links"):
        tables.table_named("link")
