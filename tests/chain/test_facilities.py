"""Facilities: recipes, joint products, shared units, least activity, each on a model solved by hand."""

from __future__ import annotations

import pytest
from handmade import Solve, region

ORE = "place,commodity,cost\nA,ore,1\nB,ore,1"


def test_recipe_and_cost_of_the_place(solve: Solve) -> None:
    # A: 10 steel from 20 ore at a process cost of 10 each = 20 + 100. B needs 1.5 ore and pays 4: 15 + 40, and sells 3
    # of its 5 slag at 2. The rest of the slag is left.
    plan = solve(region(
        "A a, B b", "ore, steel, slag",
        supply=ORE,
        processes="process,cost\nmill,10",
        recipes="process,commodity,amount,place\nmill,ore,-2,\nmill,steel,1,\nmill,slag,0.5,\nmill,ore,-1.5,B",
        facilities="place,process,cost\nA,mill,\nB,mill,4",
        demand="place,commodity,quantity,price\nA,steel,10,\nB,steel,10,\nB,slag,3,2",
    ))
    assert plan.objective == pytest.approx(6 - 120 - 55)
    assert plan.prices("steel")["price"].tolist() == pytest.approx([12, 5.5])


def test_joint_product_pays_for_what_it_is_worth(solve: Solve) -> None:
    # A unit of activity costs 1 + 2 ore and makes 1 y (worth 2, as many as there are) and 1 z (worth 3, only 4 wanted).
    # Up to 4 it earns 5 − 3 = 2; beyond, 2 − 3 < 0.
    plan = solve(region(
        "A a", "ore, y, z",
        supply="place,commodity,cost\nA,ore,1",
        processes="process,cost\np,1",
        recipes="process,commodity,amount\np,ore,-2\np,y,1\np,z,1",
        facilities="place,process,capacity\nA,p,50",
        demand="place,commodity,quantity,price\nA,y,100,2\nA,z,4,3",
    ))
    assert plan.objective == pytest.approx(8)
    assert plan.activity["quantity"].tolist() == pytest.approx([4])
    # z is worth what the activity costs beyond what y fetches.
    assert plan.prices("z")["price"].tolist() == pytest.approx([1])


def test_unit_shared_by_processes_and_place_without_it(solve: Solve) -> None:
    # The furnace has 12. q takes 2 of it for a y worth 12, p takes 1 for an x worth 5: y first, but only 4 are wanted
    # (8 of 12), the rest makes 4 x: 48 + 20. B wants x at 100, but has no furnace.
    plan = solve(region(
        "A a, B b", "x, y",
        processes="process\np\nq",
        recipes="process,commodity,amount\np,x,1\nq,y,1",
        facilities="place,process\nA,p\nA,q\nB,p",
        units="place,unit,capacity\nA,furnace,12",
        unit_use="process,unit,use\np,furnace,1\nq,furnace,2",
        demand="place,commodity,quantity,price\nA,x,9,5\nA,y,4,12\nB,x,9,100",
    ))
    assert plan.objective == pytest.approx(68)
    furnace = plan.capacity[plan.capacity["table"] == "units"].iloc[0]
    assert (furnace["used"], furnace["shadow_price"]) == pytest.approx((12, 5))
    rents = plan.welfare().set_index(["party", "component"])["amount"]
    assert rents["a", "unit rent"] == pytest.approx(60)


def test_least_activity_and_capacity(solve: Solve) -> None:
    # The first must run at 3 though it loses 2 a unit; the second earns 1 a unit on 4.
    plan = solve(region(
        "A a", "x",
        processes="process,cost\nold,7\nnew,4",
        recipes="process,commodity,amount\nold,x,1\nnew,x,1",
        facilities="place,process,capacity,min\nA,old,9,3\nA,new,4,",
        demand="place,commodity,quantity,price\nA,x,20,5",
    ))
    assert plan.objective == pytest.approx(-6 + 4)
    assert plan.activity.set_index("process")["quantity"].to_dict() == pytest.approx({"old": 3, "new": 4})


def test_surplus_that_may_not_be_left(solve: Solve, solve_once: Solve) -> None:
    # Each x (worth 5) makes a waste that must go: burning it costs 2, and the oven takes 3.
    tables = {
        "processes": "process,cost\nmake,0\nburn,2",
        "recipes": "process,commodity,amount\nmake,x,1\nmake,waste,1\nburn,waste,-1",
        "facilities": "place,process,capacity\nA,make,10\nA,burn,3",
        "demand": "place,commodity,quantity,price\nA,x,10,5",
    }
    strict = solve(region("A a", "x, waste", {"free_disposal": False}, **tables))
    assert strict.objective == pytest.approx(9)
    assert strict.prices("waste")["price"].tolist() == pytest.approx([-5])
    assert solve_once(region("A a", "x, waste", **tables)).objective == pytest.approx(50)
    # A commodity's own word goes before the setting.
    own = "commodity,name,unit,disposal\nx,x,t,\nwaste,waste,t,free"
    assert solve_once(region(
        "A a", "x, waste", {"free_disposal": False}, **(tables | {"commodities": own})
    )).objective == pytest.approx(50)
