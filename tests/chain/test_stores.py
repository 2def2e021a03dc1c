"""Stores: what is kept from one period to the next, each on a model solved by hand."""

from __future__ import annotations

import pytest
from handmade import Solve, region

HALVES = "period,year,days\n2030-01,2030,180\n2030-07,2030,180"
#: Only the first half-year has a supply.
WINTER = {"profiles": "profile,period,factor\nwinter,07,0", "periods": HALVES}


def test_loss_and_cost_over_half_a_year(solve: Solve) -> None:
    # 6 are needed in each half. 19 % are lost in a year, so 1 − 0.9 in half of one: 6 / 0.9 go in. Holding them for
    # half a year costs 2 · 0.5 each: 6 + 6.667 bought at 1, and 6.667 for holding. The store ends as it began: empty.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost,profile\nA,x,1,winter",
        stores="place,commodity,cost,loss\nA,x,2,0.19",
        demand="place,commodity,quantity\nA,x,12",
        **WINTER,
    ))
    stock = 6 / 0.9
    assert plan.objective == pytest.approx(-(6 + stock + stock))
    assert plan.stocks["stock"].tolist() == pytest.approx([stock, 0])
    assert plan.stocks["cost"].tolist() == pytest.approx([stock, 0])
    # A unit of the second half costs (1 + 1) / 0.9.
    assert plan.prices("x")["price"].tolist() == pytest.approx([1, 2 / 0.9])


def test_capacity_has_its_price(solve: Solve) -> None:
    # Room for 4 of the 6 wanted later, each earning 10 − 1; the other half sells its 6 at once.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost,profile\nA,x,1,winter",
        stores="place,commodity,capacity\nA,x,4",
        demand="place,commodity,quantity,price\nA,x,12,10",
        **WINTER,
    ))
    assert plan.objective == pytest.approx(10 * 9)
    row = plan.capacity[(plan.capacity["table"] == "stores")].iloc[0]
    assert (row["used"], row["shadow_price"]) == pytest.approx((4, 9))
    assert plan.welfare("component").set_index("component")["amount"]["store rent"] == pytest.approx(36)


@pytest.mark.parametrize(("limit", "sold"), [("charge", 3), ("discharge", 3), ("none", 8)])
def test_limits_of_charge_and_discharge(solve: Solve, limit: str, sold: float) -> None:
    # 6 a year are 3 a half-year.
    column = "" if limit == "none" else f",{limit}"
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost,profile\nA,x,1,winter",
        stores=f"place,commodity{column}\nA,x{',6' if column else ''}",
        demand="place,commodity,quantity,price,profile\nA,x,16,10,later",
        periods=HALVES,
        profiles="profile,period,factor\nwinter,07,0\nlater,01,0",
    ))
    assert plan.objective == pytest.approx(9 * sold)


def test_initial_stock_and_free_end(solve: Solve) -> None:
    # 10 lie there and nothing comes in; 4 a half-year are wanted at 5: 8 are sold, 2 stay.
    plan = solve(region(
        "A a", "x",
        stores="place,commodity,cycle,initial\nA,x,none,10",
        demand="place,commodity,quantity,price\nA,x,8,5",
        periods=HALVES,
    ))
    assert plan.objective == pytest.approx(40)
    assert plan.stocks["stock"].tolist()[0] >= 4 - 1e-9


@pytest.mark.parametrize(("cycle", "worth"), [("year", 10), ("horizon", 20)])
def test_cycle_of_a_year_and_of_the_horizon(solve: Solve, cycle: str, worth: float) -> None:
    # Supply only in 2030; 5 a year are wanted at 3 and cost 1. Over the year's end only a store that turns with the
    # horizon can carry.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost,year_to\nA,x,1,2030",
        stores=f"place,commodity,cycle\nA,x,{cycle}",
        demand="place,commodity,quantity,price\nA,x,5,3",
        periods="period,year,days\np,2030,365\nq,2031,365",
    ))
    assert plan.objective == pytest.approx(worth)


def test_yearly_cycle_turns_within_each_year(solve: Solve) -> None:
    # What the second half makes serves the first half of the same model year: the store turns.
    plan = solve(region(
        "A a", "x",
        supply="place,commodity,cost,profile\nA,x,1,summer",
        stores="place,commodity\nA,x",
        demand="place,commodity,quantity\nA,x,8",
        periods=HALVES + "\n2035-01,2035,180\n2035-07,2035,180",
        profiles="profile,period,factor\nsummer,01,0",
    ))
    assert plan.objective == pytest.approx(-16)
    assert plan.stocks["stock"].tolist() == pytest.approx([0, 4, 0, 4])
    assert plan.stocks["discharge"].tolist() == pytest.approx([4, 0, 4, 0])


def test_store_takes_what_may_not_be_left(solve: Solve) -> None:
    # Each x, worth 5, makes a waste that nobody wants; the heap holds 4.
    plan = solve(region(
        "A a", "x, waste", {"free_disposal": False},
        processes="process\np",
        recipes="process,commodity,amount\np,x,1\np,waste,1",
        facilities="place,process,capacity\nA,p,10",
        stores="place,commodity,capacity,cycle\nA,waste,4,none",
        demand="place,commodity,quantity,price\nA,x,10,5",
    ))
    assert plan.objective == pytest.approx(20)
