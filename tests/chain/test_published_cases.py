"""Published cases with known answers: the same from the package, saved and read, pruned and whole."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from handmade import Solve

from sungari import Region

CASES = Path(__file__).parents[1] / "cases"
with (CASES / "expected.csv").open(encoding="utf-8") as file:
    EXPECTED = {row["case"]: float(row["objective"]) for row in csv.DictReader(file)}


def test_every_case_has_its_answer() -> None:
    assert {p.name for p in CASES.iterdir() if p.is_dir()} == set(EXPECTED)


@pytest.mark.parametrize("case", EXPECTED)
def test_published_answer(solve: Solve, case: str) -> None:
    plan = solve(Region.read(CASES / case))
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(EXPECTED[case], rel=1e-6)
    # No case has duties: all welfare is surplus.
    assert plan.info["welfare"] == plan.objective
    value = plan.sales["value"].sum() / plan.info["money_scale"]
    assert plan.info["total_cost"] == pytest.approx(value - plan.objective)


def test_shipments_of_the_transport_case(solve: Solve) -> None:
    # GAMS, TRNSPORT: Seattle sends 50 to New York and 300 to Chicago or so (ties), San Diego 275 to Topeka.
    plan = Region.read(CASES / "trnsport").solve()
    assert plan.flows["quantity"].sum() == pytest.approx(900)
    to_topeka = plan.flows[plan.flows["to"].str.lower().str.contains("topeka")]
    assert to_topeka["quantity"].sum() == pytest.approx(275)
