"""The region as a game: worths against separate solves of what a coalition has, and the splits that follow."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from sungari import Region
from sungari.decide.sharing import share
from sungari.errors import UsageError
from sungari.show.cli import main


def region() -> Region:
    """A mine in `a` (cost 1), a town in `b` (pays 10, carriage 2), a port `w` of the world (sells at 7, carriage 1)."""
    return Region.from_tables(
        "game",
        {
            "parties": pd.DataFrame({
                "party": ["a", "b", "world"], "name": ["A", "B", "World"], "kind": ["country", "country", "external"],
            }),
            "places": pd.DataFrame({"place": ["mine", "town", "port"], "name": ["Mine", "Town", "Port"],
                                    "party": ["a", "b", "world"]}),
            "commodities": pd.DataFrame({"commodity": ["coal"], "name": ["Coal"], "unit": ["t"]}),
            "supply": pd.DataFrame({"place": ["mine", "port"], "commodity": "coal", "capacity": [60.0, 1000.0],
                                    "cost": [1.0, 7.0]}),
            "links": pd.DataFrame({"link": ["border", "sea"], "from": ["mine", "port"], "to": ["town", "town"],
                                   "mode": "rail", "cost": [2.0, 1.0]}),
            "rates": pd.DataFrame({"mode": ["rail"], "commodity": ["*"]}),
            "demand": pd.DataFrame({"place": ["town"], "commodity": ["coal"], "quantity": [100.0], "price": [10.0]}),
        },
    )


def test_two_countries_and_the_world() -> None:
    # b alone buys 100 from the world at 8: worth 200. a alone sells to nobody: 0.
    # Together: 60 at 3 and 40 at 8: 60·7 + 40·2 = 500. The gain is 300, halved by Shapley and nucleolus.
    sharing = share(region())
    assert sharing.worth[frozenset({"a"})] == pytest.approx(0)
    assert sharing.worth[frozenset({"b"})] == pytest.approx(200)
    assert sharing.worth[frozenset({"a", "b"})] == pytest.approx(500)
    assert sharing.gain == pytest.approx(300)
    assert sharing.split.shapley == pytest.approx({"a": 150, "b": 350})
    assert sharing.split.nucleolus == pytest.approx({"a": 150, "b": 350})
    assert sharing.split.core_empty is False


def test_owen_point_is_in_the_core_and_payments_cancel() -> None:
    # The town's price is the world's 8; the mine (with the border line) earns 60·(8 − 3) = 300, the town 100·2 = 200.
    sharing = share(region())
    assert sharing.owen == pytest.approx({"a": 300, "b": 200})
    assert sharing.table()["payment"].sum() == pytest.approx(0)


def test_what_must_be_met_alone_and_cannot_be_is_said() -> None:
    base = region()
    demand = pd.DataFrame({"place": ["town"], "commodity": ["coal"], "quantity": [100.0]})
    supply = base.table("supply").iloc[:1].assign(capacity=200.0)[["place", "commodity", "capacity", "cost"]]
    with pytest.raises(UsageError, match=r"\['b'\]"):
        share(base.with_table("demand", demand).with_table("supply", supply))


def test_players_are_countries_or_provinces() -> None:
    with pytest.raises(UsageError, match="expected 'country' or 'province'"):
        share(region(), "town")  # type: ignore[arg-type]


def test_the_command_prints_one_object_and_the_table(tmp_path: Path) -> None:
    folder = region().write(tmp_path / "game")
    run = CliRunner()
    result = run.invoke(main, ["share", str(folder), "--json"])
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert [p["player"] for p in found["players"]] == ["a", "b"]
    assert found["gain"] == pytest.approx(300)
    assert "not empty" in run.invoke(main, ["share", str(folder)]).stdout


def test_a_project_needs_the_owners_of_what_it_requires() -> None:
    # Both countries could have the pier; it requires the yard of b, so that a alone has neither.
    base = region()
    table = {
        "projects": pd.DataFrame({"project": ["pier", "yard"], "name": ["Pier", "Yard"], "capex": [1.0, 1.0],
                                  "lumpy": "true", "life": 1.0, "requires": ["yard", None]}),
        "effects": pd.DataFrame({"project": ["pier"], "table": ["supply"], "row": ["mine/coal"],
                                 "column": ["capacity"], "change": [10.0]}),
        "shares": pd.DataFrame({"project": ["pier", "yard"], "party": ["a", "b"], "share": [1.0, 1.0]}),
    }
    for name, frame in table.items():
        base = base.with_table(name, frame)
    sharing = share(base, projects="all")
    assert sharing.worth[frozenset({"a"})] == pytest.approx(0)
    assert sharing.worth[frozenset({"b"})] == pytest.approx(200 - 1)
    assert sharing.worth[frozenset({"a", "b"})] == pytest.approx(70 * 7 + 30 * 2 - 2)


def test_who_reaches_nothing_alone_is_worth_nothing() -> None:
    # The world sells at 7.3 and carries at 0.7, b pays 8: alone it gains 0, and not what 8 − 7.3 − 0.7 leaves.
    base = region()
    supply = base.table("supply").assign(cost=[0.1, 7.3])
    links = base.table("links").assign(cost=[0.2, 0.7])
    demand = base.table("demand").assign(quantity=33.3, price=8.0)
    sharing = share(base.with_table("supply", supply).with_table("links", links).with_table("demand", demand))
    assert sharing.worth[frozenset({"b"})] == 0.0
    assert sharing.worth[frozenset({"a", "b"})] == pytest.approx(33.3 * 7.7)
