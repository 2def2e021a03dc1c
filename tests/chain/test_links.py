"""Links: losses, shared capacity, rates, time, congestion and seasons, each on a model solved by hand."""

from __future__ import annotations

import pytest
from handmade import Solve, region


def test_both_ways_share_capacity_by_weight_and_lose_on_the_way(solve: Solve) -> None:
    # 10 load. y back takes 2 a unit and 0.9 of it fetches 30: 13.5 a load; x out fetches 0.9 · 10 = 9 a load.
    # 2.7 y are wanted: 3 sent, 6 load; x gets 4, of which 3.6 arrive: 81 + 36. A load more would be worth 9.
    plan = solve(region(
        "A a, B b", "x, y",
        supply="place,commodity\nA,x\nB,y",
        links="link,from,to,mode,both_ways,capacity,loss\nl,A,B,m,true,10,0.1",
        rates="mode,commodity,weight\nm,x,1\nm,y,2",
        demand="place,commodity,quantity,price\nB,x,100,10\nA,y,2.7,30",
    ))
    assert plan.objective == pytest.approx(117)
    link = plan.capacity[plan.capacity["table"] == "links"].iloc[0]
    assert (link["used"], link["utilisation"], link["shadow_price"]) == pytest.approx((10, 1, 9))


def test_narrower_rate_wins(solve: Solve) -> None:
    # On l1 its own rows hold: x 4, anything else 3. On l2 the mode's: x 2, anything else 1. One unit each.
    plan = solve(region(
        "A a, B b, C b", "x, y",
        supply="place,commodity\nA,x\nA,y",
        links="link,from,to,mode\nl1,A,B,m\nl2,A,C,m",
        rates="mode,commodity,per_unit,link\nm,x,2,\nm,*,1,\nm,x,4,l1\nm,*,3,l1",
        demand="place,commodity,quantity\nB,x,1\nB,y,1\nC,x,1\nC,y,1",
    ))
    cost = plan.flows.set_index(["link", "commodity"])["cost"].to_dict()
    assert cost == pytest.approx({("l1", "x"): 4, ("l1", "y"): 3, ("l2", "x"): 2, ("l2", "y"): 1})


def test_link_row_for_any_commodity_goes_before_the_modes_row_for_one(solve: Solve) -> None:
    plan = solve(region(
        supply="place,commodity\nA,x",
        links="link,from,to,mode\nl1,A,B,m",
        rates="mode,commodity,per_unit,link\nm,x,2,\nm,*,3,l1",
        demand="place,commodity,quantity\nB,x,1",
    ))
    assert plan.objective == pytest.approx(-3)


def test_cost_of_distance_handling_and_time(solve: Solve) -> None:
    # 0.5 + 100 km · 0.01 + 1 + 2 days · 0.25 = 3 a unit.
    plan = solve(region(
        supply="place,commodity\nA,x",
        links="link,from,to,mode,distance,cost,days\nl,A,B,m,100,0.5,2",
        rates="mode,commodity,per_km,per_unit,per_day\nm,x,0.01,1,0.25",
        demand="place,commodity,quantity\nB,x,10",
    ))
    assert plan.objective == pytest.approx(-30)


def test_mode_carries_only_what_its_rates_name(solve: Solve) -> None:
    # The road carries x; y has no row, so its market stays empty however much it would pay.
    plan = solve(region(
        "A a, B b", "x, y",
        supply="place,commodity\nA,x\nA,y",
        links="link,from,to,mode\nl,A,B,m",
        rates="mode,commodity\nm,x",
        demand="place,commodity,quantity,price\nB,x,1,1\nB,y,1,1000",
    ))
    assert plan.objective == pytest.approx(1)


@pytest.mark.parametrize("first", ["c,0,0\n", ""])
def test_congestion_band_begins_at_its_row(solve: Solve, first: str) -> None:
    # Capacity 10: the first 5 units wait no day, the next 3 wait 2, the 9th waits 6. A row at 0 says what is so anyway.
    plan = solve(region(
        supply="place,commodity\nA,x",
        links="link,from,to,mode,capacity,congestion\nl,A,B,m,10,c",
        rates="mode,commodity,per_day\nm,x,1",
        congestion=f"curve,utilisation,days\n{first}c,0.5,2\nc,0.8,6",
        demand="place,commodity,quantity\nB,x,9",
    ))
    assert plan.objective == pytest.approx(-12)
    assert plan.prices("x", "B")["price"].tolist() == pytest.approx([6])


def test_congestion_of_both_directions_together(solve: Solve) -> None:
    # 4 out and 4 back fill 8 of 10: the last 3 wait 2 days at 1 a day.
    plan = solve(region(
        "A a, B b", "x, y",
        supply="place,commodity\nA,x\nB,y",
        links="link,from,to,mode,capacity,congestion,both_ways\nl,A,B,m,10,c,true",
        rates="mode,commodity,per_day\nm,*,1",
        congestion="curve,utilisation,days\nc,0,0\nc,0.5,2",
        demand="place,commodity,quantity\nB,x,4\nA,y,4",
    ))
    assert plan.objective == pytest.approx(-6)


def test_seasons_and_years_of_a_link(solve: Solve) -> None:
    # Ice closes the river in January; the bridge stands from 2031. 3 a quarter-year ... 2030: only July (9 at 1).
    # 2031: January over the bridge at 2, July over the river at 1.
    plan = solve(region(
        periods="period,year,days\n2030-01,2030,100\n2030-07,2030,300\n2031-01,2031,100\n2031-07,2031,300",
        profiles="profile,period,factor\nice,01,0",
        supply="place,commodity\nA,x",
        links="link,from,to,mode,profile,cost,year_from\nriver,A,B,m,ice,1,\nbridge,A,B,m,,2,2031",
        rates="mode,commodity\nm,x",
        demand="place,commodity,quantity,price\nB,x,12,5",
    ))
    assert plan.objective == pytest.approx(9 * 4 + 3 * 3 + 9 * 4)
    assert plan.flows[["link", "period"]].apply(tuple, axis=1).tolist() == [
        ("river", "2030-07"), ("river", "2031-07"), ("bridge", "2031-01"),
    ]


def test_operator_gets_the_rent(solve: Solve) -> None:
    # 2 units through a full link that b operates: bought at 0, sold at 10, cost 1.
    plan = solve(region(
        supply="place,commodity\nA,x",
        links="link,from,to,mode,capacity,cost,party\nl,A,B,m,2,1,b",
        rates="mode,commodity\nm,x",
        demand="place,commodity,quantity,price,party\nB,x,5,10,w",
    ))
    assert plan.welfare("party").set_index("party")["amount"].to_dict() == pytest.approx({"b": 18})
