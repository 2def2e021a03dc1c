"""Rows of the package's tables, edited one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import select
from tiny import tiny_region

from sungari.errors import Conflict, Forbidden, InputError, Unknown, UsageError
from sungari.operate import exchange, packages, projects, settings, tables
from sungari.operate.access.actor import Actor
from sungari.operate.records import Project
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


@pytest.fixture
def yuan(joint: Register) -> Register:
    """The same register, with a rate of the yuan in its settings."""
    with joint.writing("anna", "a rate") as work:
        settings.save(work, packages.region(work), {"exchange_rates": {"CNY": 0.125}})
    return joint


def test_a_row_in_another_currency_or_unit_is_kept_in_the_regions_own(yuan: Register) -> None:
    """As a file is read; before, the figures were kept as if they were the region's."""
    with yuan.reading() as work:
        region, place = packages.region(work), tables.places(work, "supply")[0]
    edit = edit_of(region, "supply", 0, cost="80", capacity="2", currency="CNY", capacity_unit="kt")
    made, problems = tables.tried(region, edit)
    assert problems == []
    assert made.tables["supply"]["cost"].iloc[0] == 10
    assert made.tables["supply"]["capacity"].iloc[0] == 2000
    save(yuan, edit, place.expected)
    kept = cells(yuan, "supply", 0)
    assert (kept["cost"], kept["capacity"]) == ("10", "2000")
    assert "currency" not in kept
    assert "capacity_unit" not in kept
    new = {**kept, "step": "dear", "cost": "160", "currency": "CNY"}
    save(yuan, Edit("supply", None, new), None)
    with yuan.reading() as work:
        assert packages.region(work).tables["supply"].iloc[-1]["cost"] == 20
        assert packages.region(work).check() == region.check()


def test_a_currency_without_a_rate_and_a_unit_that_does_not_fit_are_refused(yuan: Register) -> None:
    with yuan.reading() as work:
        region, place = packages.region(work), tables.places(work, "supply")[0]
    edit = edit_of(region, "supply", 0, currency="KZT", capacity_unit="km")
    made, problems = tables.tried(region, edit)
    assert made is region
    assert {(p.row, p.column, p.value) for p in problems} == {(2, "currency", "KZT"), (2, "capacity_unit", "km")}
    with pytest.raises(InputError):
        save(yuan, edit, place.expected)


def test_a_projects_figures_in_another_currency_are_kept_in_the_regions_own(yuan: Register) -> None:
    with yuan.reading() as work:
        code = work.session.scalars(select(Project.code).order_by(Project.code)).first()
        assert code is not None
        now = projects.current(work, code)
        content = dict(now.content)
    content["projects"] = [{**content["projects"][0], "capex": 8e6, "currency": "CNY"}]
    with yuan.writing("anna", "an offer in yuan") as work:
        projects.change(work, code, content)
    with yuan.reading() as work:
        row = projects.current(work, code).content["projects"][0]
        assert row["capex"] == 1e6
        assert "currency" not in row
        assert packages.region(work).table("projects").set_index("project").loc[code, "capex"] == 1e6
    content["projects"][0]["currency"] = "KZT"
    with yuan.writing("anna", "another one") as work, pytest.raises(InputError) as caught:
        projects.change(work, code, content)
    assert [(p.column, p.value) for p in caught.value.problems] == [("currency", "KZT")]


def test_a_cell_is_written_as_it_is_read() -> None:
    cells = [True, np.True_, np.False_, 2.5, np.float64(3), "x", None, float("nan"), pd.NA]
    assert [tables.written(cell) for cell in cells] == ["true", "true", "false", "2.5", "3", "x", "", "", ""]
