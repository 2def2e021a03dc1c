"""A plan: its tables, its files, and that it comes out the same every time."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from handmade import region, same_tables
from tiny import tiny_region

import sungari


@pytest.fixture(scope="module")
def plan() -> sungari.Plan:
    made: sungari.Plan = tiny_region(discount_rate=0.05).solve()
    return made


def test_two_solves_are_the_same_to_the_last_byte(plan: sungari.Plan, tmp_path: Path) -> None:
    again = tiny_region(discount_rate=0.05).solve()
    same_tables(plan, again)
    for name in ("one", "two"):
        {"one": plan, "two": again}[name].save(tmp_path / name)
    for file in sorted((tmp_path / "one").glob("*.parquet")):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name
    timeless = [{k: v for k, v in p.info.items() if k != "seconds"} for p in (plan, again)]
    assert timeless[0] == timeless[1]


def test_everything_at_once_stands_up_to_verification(plan: sungari.Plan) -> None:
    assert plan.verify().ok, str(plan.verify())
    amounts = plan.welfare("component").set_index("component")["amount"]
    assert amounts.sum() == pytest.approx(plan.info["welfare"], rel=1e-6)
    assert amounts.drop("duties", errors="ignore").sum() == pytest.approx(plan.objective, rel=1e-6)


def test_what_plan_json_holds(plan: sungari.Plan) -> None:
    assert {"status", "objective", "total_cost", "welfare", "gap", "solver", "version", "seconds", "sha256",
            "sizes"} <= set(plan.info)
    assert plan.info["sha256"] == plan.region.sha256
    assert plan.info["version"] == sungari.__version__
    assert plan.info["solver"].startswith("HiGHS 1.")
    assert set(plan.info["seconds"]) == {"load", "check", "build", "solve", "write"}


def test_columns_of_the_tables(plan: sungari.Plan) -> None:
    expected = {
        "flows": "link from to commodity period quantity cost duty",
        "activity": "place process period quantity cost",
        "supply": "place commodity step period quantity cost",
        "sales": "place commodity step period quantity unserved price value",
        "stocks": "place commodity period stock charge discharge cost",
        "prices": "place commodity period price",
        "capacity": "table row period capacity used utilisation shadow_price",
        "projects": "project year operates_from size built annuity capex opex",
        "welfare": "party component amount",
    }
    assert {name: " ".join(frame.columns) for name, frame in plan.tables.items()} == expected
    # A plan in which nothing happens has the same columns, of the same kinds.
    idle = region(demand="place,commodity,quantity,price\nA,x,1,1").solve()
    for name, frame in idle.tables.items():
        assert " ".join(frame.columns) == expected[name]
        numbers = [c for c in frame.columns if pd.api.types.is_numeric_dtype(plan.tables[name][c])]
        assert all(pd.api.types.is_numeric_dtype(frame[c]) for c in numbers), name


def test_views(plan: sungari.Plan) -> None:
    assert set(plan.prices("coal", "mine")["commodity"]) == {"coal"}
    assert plan.welfare("party")["amount"].sum() == pytest.approx(plan.welfare()["amount"].sum())
    with pytest.raises(sungari.UsageError, match="expected 'party' or 'component'"):
        plan.welfare("place")
    tight = plan.bottlenecks()
    assert tight["rent"].is_monotonic_decreasing
    assert len(plan.bottlenecks(2)) == 2
    assert "optimal" in repr(plan)
    assert "welfare" in plan._repr_html_()


def test_saving_replaces_a_plan_and_nothing_else(plan: sungari.Plan, tmp_path: Path) -> None:
    plan.save(tmp_path / "plan")
    plan.save(tmp_path / "plan")
    opened = sungari.open_plan(tmp_path / "plan")
    same_tables(plan, opened)
    assert opened.region.sha256 == plan.region.sha256
    assert {p.name for p in tmp_path.iterdir()} == {"plan"}
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "thesis.txt").write_text("precious")
    with pytest.raises(sungari.UsageError, match="holds no plan"):
        plan.save(other)
    assert (other / "thesis.txt").read_text() == "precious"
    with pytest.raises(sungari.UsageError, match=r"no plan at .*: it has no plan\.json"):
        sungari.open_plan(other)
