"""Demand: what must be met, what is short, steps and curves, each on a model solved by hand."""

from __future__ import annotations

import pytest
from handmade import Solve, region

from sungari import Region


def test_soft_demand_is_short_where_more_costs_too_much(solve: Solve) -> None:
    # 6 at 1, the other 4 are short at 3 each; the second source, at 5, is too dear.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,step,capacity,cost\nA,x,1,6,1\nA,x,2,9,5",
        demand="place,commodity,quantity,penalty\nA,x,10,3",
    ))
    assert plan.objective == pytest.approx(-6 - 12)
    assert (plan.sales["quantity"][0], plan.sales["unserved"][0]) == pytest.approx((6, 4))
    assert plan.prices("x")["price"].tolist() == pytest.approx([3])
    assert plan.info["total_cost"] == pytest.approx(18)


def test_steps_and_least_sale(solve: Solve) -> None:
    # 5 are worth 10 each and cost 6; of the 5 that are worth only 4, 2 must be sold: 20 − 4.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost\nA,x,6",
        demand="place,commodity,quantity,price,step,min\nA,x,5,10,1,\nA,x,5,4,2,2",
    ))
    assert plan.objective == pytest.approx(16)
    assert plan.sales["quantity"].tolist() == pytest.approx([5, 2])
    assert plan.welfare("component").set_index("component")["amount"]["consumer surplus"] == pytest.approx(16)


def test_shape_of_a_profile(solve: Solve) -> None:
    # 12 a year, 6 a half-year, times 1.5 and 0.5: 9 and 3 at 1.
    plan = solve(region(
        "A a", "x",
        periods="period,year,days\n2030-01,2030,180\n2030-07,2030,180",
        profiles="profile,period,factor\nshape,01,1.5\nshape,07,0.5",
        supply="place,commodity,cost\nA,x,1",
        demand="place,commodity,quantity,profile\nA,x,12,shape",
    ))
    assert plan.sales["quantity"].tolist() == pytest.approx([9, 3])


def two_regions() -> Region:
    return region(
        supply="place,commodity,capacity\nA,x,100",
        links="link,from,to,mode,cost\nl,A,B,m,4",
        rates="mode,commodity\nm,x",
        demand="place,commodity,quantity,price,elasticity\nA,x,50,10,-1\nB,x,50,20,-1",
    )


def test_spatial_price_equilibrium_of_two_regions(solve: Solve) -> None:
    # Samuelson–Takayama–Judge. Demand pA = 20 − 0.2 qA and pB = 40 − 0.4 qB, 100 units at A, transport 4.
    # pB = pA + 4 and qA + qB = 100 give 190 − 7.5 pA = 100: pA = 12, pB = 16, qA = 40, qB = 60.
    # Welfare = (20·40 − 0.1·40²) + (40·60 − 0.2·60²) − 4·60 = 640 + 1680 − 240.
    plan = solve(two_regions())
    assert plan.info["demand_error"] <= 1e-6
    assert plan.objective == pytest.approx(2080, rel=1e-6)
    assert plan.prices("x").set_index("place")["price"].to_dict() == pytest.approx({"A": 12, "B": 16}, rel=1e-3)
    assert plan.sales.set_index("place")["quantity"].to_dict() == pytest.approx({"A": 40, "B": 60}, rel=2e-3)


def test_finer_tolerance_comes_closer(solve_once: Solve) -> None:
    plan = solve_once(two_regions(), tolerance=1e-10)
    assert plan.info["demand_error"] <= 1e-10
    assert plan.objective == pytest.approx(2080, rel=1e-9)


def test_least_sale_on_a_demand_curve(solve: Solve) -> None:
    # p = 20 − 0.1 q and a cost of 18: 20 would be sold, but 60 must be. Value 20·60 − 0.05·60² = 1020, cost 1080.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost\nA,x,18",
        demand="place,commodity,quantity,price,elasticity,min\nA,x,100,10,-1,60",
    ))
    assert plan.objective == pytest.approx(-60, abs=1e-4)
    assert plan.sales["quantity"].tolist() == pytest.approx([60])


def test_demand_curve_that_a_project_moves(solve: Solve) -> None:
    # p = 20 − 0.2 q, supply at 13: 35 sold, surplus 122.5. Twice the market (p = 20 − 0.1 q) for 1 a year: 70 sold,
    # surplus 245.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost\nA,x,13",
        demand="place,commodity,quantity,price,elasticity\nA,x,50,10,-1",
        projects="project,lumpy,opex,host\nad,true,1,a",
        effects="project,table,row,column,change\nad,demand,A/x,quantity,50",
    ))
    assert plan.info["demand_error"] <= 1e-6
    assert plan.objective == pytest.approx(244, rel=1e-6)
    assert plan.sales["quantity"].sum() == pytest.approx(70, rel=2e-3)


def test_demand_curve_that_a_project_moves_as_far_as_it_pays(solve: Solve) -> None:
    # Each unit of size adds a unit of market at price 10, worth (1 / 50) · 122.5 = 2.45, for 1 a year: all 30 are
    # built.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost\nA,x,13",
        demand="place,commodity,quantity,price,elasticity\nA,x,50,10,-1",
        projects="project,lumpy,opex_per_size,size_max,host\nad,false,1,30,a",
        effects="project,table,row,column,change\nad,demand,A/x,quantity,1",
    ))
    assert plan.objective == pytest.approx(122.5 + 30 * 1.45, rel=1e-6)
    assert plan.projects["size"].tolist() == pytest.approx([30])


def test_must_meet_counts_as_what_it_pays(solve: Solve) -> None:
    # 3 at a price of 2 that the resource's last step sets: buyers lose 6, the owner of the first step gains 2.
    plan = solve(region(
        "A a, B b", "x",
        supply="place,commodity,step,capacity,cost\nA,x,1,2,1\nA,x,2,9,2",
        links="link,from,to,mode\nl,A,B,m",
        rates="mode,commodity\nm,x",
        demand="place,commodity,quantity\nB,x,3",
    ))
    assert plan.welfare("party").set_index("party")["amount"].to_dict() == pytest.approx({"a": 2, "b": -6})
