"""No plan: the explanation names what is short, where, when, by how much, and what is in the way."""

from __future__ import annotations

import pytest
from handmade import region

import sungari


def why(model: sungari.Region, **options: object) -> sungari.errors.Explanation:
    with pytest.raises(sungari.Infeasible) as caught:
        model.solve(**options)
    return caught.value.explanation


def test_short_supply() -> None:
    # A quarter of the year in p, the rest in q: 2.5 and 7.5 are wanted, 2 and 6 can be had.
    found = why(region(
        "A a", "x",
        periods="period,year,days\np,2030,100\nq,2030,300",
        supply="place,commodity,capacity\nA,x,8",
        demand="place,commodity,quantity\nA,x,10",
    ))
    (short,) = found.shortfalls
    assert (short["table"], short["row"], short["place"], short["commodity"]) == ("demand", 2, "A", "x")
    assert (short["short"], short["quantity"], short["unit"]) == pytest.approx((2, 10, "t"))
    assert short["periods"] == ["p", "q"]
    assert found.limits[0]["table"] == "supply"
    assert str(found) == (
        "No plan: what must be met cannot be met (1 row falls short).\n"
        "  - demand for x at A in p, q: short by 2 of 10 t (demand.csv, row 2)\n"
        "In the way:\n"
        "  - supply A/x/1 is full in p, q (8 in all, supply.csv)"
    )


def test_full_link_and_quota() -> None:
    limits = {
        "link": ({"links": "link,from,to,mode,capacity\nl,A,B,m,4"}, "links", "capacity of link l is full"),
        "quota": ({"duties": "from_party,to_party,commodity,quota\na,b,x,4"}, "duties", "quota a/b/x is full"),
    }
    for extra, table, text in limits.values():
        found = why(region(**({
            "supply": "place,commodity\nA,x",
            "links": "link,from,to,mode\nl,A,B,m",
            "rates": "mode,commodity\nm,x",
            "demand": "place,commodity,quantity\nB,x,10",
        } | extra)))
        assert found.shortfalls[0]["short"] == pytest.approx(6)
        assert found.limits[0]["table"] == table
        assert text in str(found)


def test_ban_is_named() -> None:
    found = why(region(
        supply="place,commodity\nA,x",
        links="link,from,to,mode\nl,A,B,m",
        rates="mode,commodity\nm,x",
        duties="from_party,to_party,commodity,banned\na,b,x,true",
        demand="place,commodity,quantity\nB,x,10",
    ))
    assert found.shortfalls[0]["short"] == pytest.approx(10)
    assert "x over link l is banned from a to b (duties.csv, row 2)" in str(found)


def test_missing_unit_and_least_activity() -> None:
    # The mill must run, but its place has no furnace.
    found = why(region(
        "A a", "x",
        processes="process\np",
        recipes="process,commodity,amount\np,x,1",
        facilities="place,process,capacity,min\nA,p,9,3",
        units="place,unit,capacity\nA,other,1",
        unit_use="process,unit,use\np,furnace,1\np,other,0",
    ), check=False)
    assert found.shortfalls[0]["table"] == "facilities"
    assert found.shortfalls[0]["short"] == pytest.approx(3)


def test_committed_project_above_the_budget() -> None:
    found = why(region(
        "A a", "x",
        supply="place,commodity\nA,x",
        demand="place,commodity,quantity,price\nA,x,1,1",
        projects="project,lumpy,capex,host,committed\nq,true,100,a,true",
        effects="project,table,row,column,change\nq,demand,A/x,quantity,1",
        budgets="party,amount\n*,50",
    ))
    assert "project q must be built, but cannot be (projects.csv, row 2)" in str(found)


def test_surplus_with_nowhere_to_go() -> None:
    # 3 must be taken, nobody wants them, and they may not be left: nothing is short, yet there is no plan.
    found = why(region(
        "A a", "x", {"free_disposal": False},
        supply="place,commodity,capacity,min\nA,x,9,3",
    ), check=False)
    assert str(found) == (
        "No plan: what may not be left lying has nowhere to go.\n"
        "  - surplus of x at A in year: 3 t have nowhere to go, and may not be left there (commodities.csv, row 2)"
    )


def test_money_without_end() -> None:
    # Taken at 1 and sold over a link that pays 2: there is no limit anywhere.
    with pytest.raises(sungari.Unbounded) as caught:
        region(
            supply="place,commodity,cost\nA,x,1",
            links="link,from,to,mode,cost\nl,A,B,m,-2",
            rates="mode,commodity\nm,x",
        ).solve(check=False)
    text = str(caught.value.explanation)
    assert "surplus can grow without end" in text
    assert "x at A is unlimited at a cost of 1 (supply.csv, row 2)" in text
    assert "link l (A → B) is unlimited (links.csv, row 2)" in text


def test_wrong_package_is_refused_with_all_its_problems() -> None:
    model = region(
        supply="place,commodity\nX,x\nA,y",
        demand="place,commodity,quantity\nA,x,10",
    )
    with pytest.raises(sungari.InputError) as caught:
        model.solve()
    assert {(p.file, p.row, p.column, p.value) for p in caught.value.problems if p.severity == "error"} == {
        ("supply.csv", 2, "place", "X"), ("supply.csv", 3, "commodity", "y"),
    }
