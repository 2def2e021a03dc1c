"""Duties, quotas and bans: which rule governs, what it costs and who gets it, each on a model solved by hand."""

from __future__ import annotations

import pytest
from handmade import Solve, region

from sungari import Plan

RATES = "mode,commodity\nm,*"


def duties_of(plan: Plan) -> dict[tuple[str, str], float]:
    return plan.flows.set_index(["link", "commodity"])["duty"].to_dict()


def test_narrowest_rule_governs_and_its_collector_collects(solve: Solve) -> None:
    # x is worth 50, y 10. From b into a1 (a province of a), one unit each:
    #   x: the rule that names it, 0.1 · 50 + 1 = 6, to a1;  y: the country's rule, 0.2 · 10 = 2, to a.
    #   x goes on to the country's own place: `*` means abroad, so nothing. And out to the world: any → any,
    #   0.9 · 50 = 45, to the world, where it enters.
    plan = solve(region(
        "H a1, C a, R b, J w", "x 50, y 10",
        supply="place,commodity\nR,x\nR,y",
        links="link,from,to,mode\nin,R,H,m\nhome,H,C,m\nout,C,J,m",
        rates=RATES,
        duties="from_party,to_party,commodity,ad_valorem,specific,collected_by\n"
               "*,*,*,0.9,,\n*,a,*,0.5,,\nb,a,*,0.2,,\nb,a,x,0.1,1,a1",
        demand="place,commodity,quantity\nH,y,1\nJ,x,1",
    ))
    assert duties_of(plan) == pytest.approx({("in", "x"): 6, ("in", "y"): 2, ("home", "x"): 0, ("out", "x"): 45})
    assert plan.objective == pytest.approx(-53)
    assert plan.info["welfare"] == pytest.approx(0, abs=1e-9)
    income = plan.welfare().query("component == 'duties'").set_index("party")["amount"]
    assert income.to_dict() == pytest.approx({"a1": 6, "a": 2, "w": 45})


def test_rule_for_a_province_goes_before_one_for_its_country(solve: Solve) -> None:
    # The country takes 5 a unit, its province only 1; the rule for the one commodity of the country is less narrow.
    plan = solve(region(
        "H a1, R b", "x 50",
        supply="place,commodity\nR,x",
        links="link,from,to,mode\nl,R,H,m",
        rates=RATES,
        duties="from_party,to_party,commodity,specific\nb,a,x,5\nb,a1,*,1",
        demand="place,commodity,quantity\nH,x,3",
    ))
    assert plan.objective == pytest.approx(-3)
    assert plan.welfare("component").set_index("component")["amount"]["duties"] == pytest.approx(3)


def test_years_of_a_duty(solve: Solve) -> None:
    # 2 a unit until 2030, 1 afterwards; 4 units a year.
    plan = solve(region(
        "A a, B b", "x",
        periods="period,year,days\np,2030,365\nq,2031,365",
        supply="place,commodity\nA,x",
        links="link,from,to,mode\nl,A,B,m",
        rates=RATES,
        duties="from_party,to_party,commodity,specific,year_from,year_to\na,b,x,2,,2030\na,b,x,1,2031,",
        demand="place,commodity,quantity\nB,x,4",
    ))
    assert plan.flows["duty"].tolist() == pytest.approx([8, 4])


def test_quota_over_all_links_of_the_pair_by_share_of_the_period(solve: Solve) -> None:
    # 10 a year over both links: 2.5 in the short period, 7.5 in the long one; each unit earns 5 − 1 on the first link.
    plan = solve(region(
        "A a, B b, C b", "x",
        periods="period,year,days\np,2030,100\nq,2030,300",
        supply="place,commodity\nA,x",
        links="link,from,to,mode,capacity,cost\nl,A,B,m,4,1\nk,A,C,m,,2",
        rates=RATES,
        duties="from_party,to_party,commodity,quota,collected_by\na,b,x,10,w",
        demand="place,commodity,quantity,price\nB,x,100,5\nC,x,100,5",
    ))
    # The first link carries 1 and 3 at a gain of 4, the second 1.5 and 4.5 at a gain of 3.
    assert plan.objective == pytest.approx(4 * 4 + 6 * 3)
    assert plan.flows.groupby("period")["quantity"].sum().tolist() == pytest.approx([2.5, 7.5])
    welfare = plan.welfare().set_index(["party", "component"])["amount"]
    assert welfare["w", "quota rent"] == pytest.approx(10 * 3)
    assert welfare["a", "link rent"] == pytest.approx(4 * 1)


def test_ban_sends_the_flow_through_a_third_party(solve: Solve) -> None:
    # 4 units: straight over would cost 1; banned, they go round at 2 + 3.
    plan = solve(region(
        "A a, B b, J w", "x",
        supply="place,commodity\nA,x",
        links="link,from,to,mode,cost\nl,A,B,m,1\nout,A,J,m,2\nin,J,B,m,3",
        rates=RATES,
        duties="from_party,to_party,commodity,banned\na,b,*,true",
        demand="place,commodity,quantity\nB,x,4",
    ))
    assert plan.objective == pytest.approx(-20)
    assert set(plan.flows["link"]) == {"out", "in"}
    assert plan.info["restrictions"][0]["kind"] == "ban"


def test_no_duty_within_a_party(solve: Solve) -> None:
    plan = solve(region(
        "A a, B a", "x 50",
        supply="place,commodity\nA,x",
        links="link,from,to,mode\nl,A,B,m",
        rates=RATES,
        duties="from_party,to_party,commodity,specific\n*,*,*,7\na,a,*,9",
        demand="place,commodity,quantity\nB,x,4",
    ))
    assert plan.objective == pytest.approx(0, abs=1e-9)
