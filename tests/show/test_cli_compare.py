"""Comparing plans: what is reported, in which order, and that equal plans differ in nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_process import TINY, write

import sungari

BRIDGES = {
    "links": TINY["links"] + "second,mine,border,rail,5,0\n",
    "projects": "project,name,capex,life,lumpy\nsecond,Second bridge,1000,20,true\n",
    "effects": "project,table,row,column,change\nsecond,links,second,capacity,150\n",
    "shares": "project,party,share\nsecond,ru,0.5\nsecond,cn,0.5\n",
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> tuple[sungari.Plan, sungari.Plan]:
    region = sungari.open_region(write(tmp_path_factory.mktemp("compare") / "bridges", **BRIDGES))
    return region.solve(projects="none"), region.solve(projects="all")


def test_a_project_s_worth_is_the_difference_of_the_objectives(plans: tuple[sungari.Plan, sungari.Plan]) -> None:
    found = sungari.compare(*plans)
    row = found.headline.set_index("figure").loc["objective"]
    annuity = 1000 / 20
    assert row["difference"] == pytest.approx(150 * (100 - 20 - 505 * 0.02) - annuity)
    assert found.projects["project"].tolist() == ["second"]
    assert found.projects["size_b"].tolist() == [1]
    assert found.projects["year_a"].isna().all()


def test_flows_are_ranked_by_worth(plans: tuple[sungari.Plan, sungari.Plan]) -> None:
    flows = sungari.compare(*plans).flows
    assert set(flows["link"]) == {"second", "line"}
    assert flows["difference"].tolist() == pytest.approx([150, 150])
    assert flows["worth"].is_monotonic_decreasing
    assert len(sungari.compare(*plans, top=1).flows) == 1


def test_differences_of_welfare_sum_to_that_of_the_plans(plans: tuple[sungari.Plan, sungari.Plan]) -> None:
    a, b = plans
    welfare = sungari.compare(a, b).welfare
    totals = welfare[welfare["component"] == "total"]
    assert totals["difference"].sum() == pytest.approx(b.info["welfare"] - a.info["welfare"])
    sizes = totals["difference"].abs().tolist()
    assert sizes == sorted(sizes, reverse=True)


def test_the_other_way_round_only_the_signs_change(plans: tuple[sungari.Plan, sungari.Plan]) -> None:
    a, b = plans
    there, back = sungari.compare(a, b).flows, sungari.compare(b, a).flows
    assert there["difference"].tolist() == (-back["difference"]).tolist()


def test_a_plan_is_like_itself(plans: tuple[sungari.Plan, sungari.Plan], tmp_path: Path) -> None:
    plan = plans[1]
    again = sungari.open_plan(plan.save(tmp_path / "plan"))
    found = sungari.compare(plan, again)
    assert found.same
    assert found.same_package
    assert all(frame.empty for name, frame in found.tables.items() if name != "headline")


def test_it_reads_well_in_a_notebook(plans: tuple[sungari.Plan, sungari.Plan]) -> None:
    html = sungari.compare(*plans, names=["a <b>", "with"])._repr_html_()
    assert "a &lt;b&gt;" in html
    assert "Flows (2 differ)" in html
