"""Supply: steps, least amounts, reserves, seasons and dated rows, each on a model solved by hand."""

from __future__ import annotations

import pytest
from handmade import Solve, region


def test_steps_and_least_amount(solve: Solve) -> None:
    # 10 must be met. Step 2 must give 5 at 3 = 15; step 1, at 1, gives the other 5, and one more would cost 1.
    plan = solve(region(
        supply="place,commodity,step,capacity,cost,min\nA,x,1,6,1,\nA,x,2,10,3,5",
        demand="place,commodity,quantity\nA,x,10",
    ))
    assert plan.objective == pytest.approx(-20)
    assert plan.supply["quantity"].tolist() == pytest.approx([5, 5])
    assert plan.prices("x", "A")["price"].tolist() == pytest.approx([1])
    # Who owns the step that must be taken loses 2 on each of its 5 units.
    rent = plan.welfare("component").set_index("component")["amount"]
    assert rent["resource rent"] == pytest.approx(-10)


def test_full_step_earns_its_rent(solve: Solve) -> None:
    # 10 at 12: step 1 is full (6 at 1), step 2 gives 4 at 3; a unit more of step 1 would save 2.
    plan = solve(region(
        supply="place,commodity,step,capacity,cost\nA,x,1,6,1\nA,x,2,10,3",
        demand="place,commodity,quantity,price\nA,x,10,12",
    ))
    assert plan.objective == pytest.approx(120 - 6 - 12)
    full = plan.bottlenecks().iloc[0]
    assert (full["table"], full["row"]) == ("supply", "A/x/1")
    assert (full["worth"], full["rent"]) == pytest.approx((2, 12))


def test_reserve_counts_the_years_that_a_model_year_stands_for(solve: Solve) -> None:
    # 7 units in all; 2030 stands for 5 years, so 5·q1 + q2 ≤ 7, earning 1 a unit. A unit earns 4.1699 / 5 when taken in
    # 2030–34 and 1.1^-5 = 0.6209 in 2035: all 7 are taken at once, 1.4 a year.
    plan = solve(region(
        "A a", "x", {"discount_rate": 0.1},
        periods="period,year,days,years\np,2030,365,5\nq,2035,365,1",
        supply="place,commodity,capacity,cost,reserve\nA,x,2,1,7",
        demand="place,commodity,quantity,price\nA,x,10,2",
    ))
    assert plan.objective == pytest.approx(1.4 * sum(1.1**-n for n in range(5)))
    assert plan.supply["quantity"].tolist() == pytest.approx([1.4, 0])


def test_closed_season_and_dated_rows(solve: Solve) -> None:
    # A quarter of the 4 a year falls in January, when the cheap source is closed: 1 at 5 in 2030, at 7 from 2031 on.
    # The other 3 cost 1 each: 5 + 3 and 7 + 3.
    plan = solve(region(
        periods="period,year,days\n2030-01,2030,100\n2030-07,2030,300\n2031-01,2031,100\n2031-07,2031,300",
        profiles="profile,period,factor\nsummer,01,0",
        supply="place,commodity,step,capacity,cost,profile,year_from,year_to\n"
               "A,x,1,8,1,summer,,\nA,x,2,,5,,,2030\nA,x,2,,7,,2031,",
        demand="place,commodity,quantity\nA,x,4",
    ))
    assert plan.objective == pytest.approx(-18)
    assert plan.prices("x", "A")["price"].tolist() == pytest.approx([5, 1, 7, 1])


def test_owner_gets_the_rent(solve: Solve) -> None:
    # 4 units that cost 1 and fetch 10: the province owns them, though they lie in the country's place.
    plan = solve(region(
        supply="place,commodity,capacity,cost,party\nA,x,4,1,a1",
        demand="place,commodity,quantity,price\nA,x,9,10",
    ))
    assert plan.welfare("party").set_index("party")["amount"].to_dict() == pytest.approx({"a1": 36})
