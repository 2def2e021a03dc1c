"""Projects: sizes, annuities, windows and rules, each on a model solved by hand."""

from __future__ import annotations

from typing import Any

import pytest
from handmade import Solve, region

import sungari
from sungari import Region

EFFECT = "project,table,row,column,change"


def chain(projects: str, effects: str, settings: dict[str, Any] | None = None, /, **tables: str) -> Region:
    """x is free at A and sells at 10 in B; the link between them has no capacity but what projects build."""
    return region("A a, B b", "x", settings or {}, **({
        "supply": "place,commodity\nA,x",
        "links": "link,from,to,mode,capacity\nl,A,B,m,0\nk,A,B,m,0",
        "rates": "mode,commodity\nm,x",
        "demand": "place,commodity,quantity,price\nB,x,100,10",
        "projects": projects,
        "effects": f"{EFFECT}\n{effects}",
    } | tables))


def built(plan: sungari.Plan) -> dict[str, float]:
    return plan.projects.set_index("project")["size"].to_dict()


YEARS = "period,year,days,years\np,2030,365,1\nq,2031,365,1\nr,2032,365,1"


def test_lumpy_or_nothing(solve: Solve, solve_once: Solve) -> None:
    # 8 units earn 80 a year. Over 4 years without interest capex 200 is 50 a year: built. 400 would be 100: not.
    for way, capex, worth in ((solve, 200, 30), (solve_once, 400, 0)):
        plan = way(chain(
            f"project,lumpy,capex,life,size_max,host\nq,true,{capex},4,2,a", "q,links,l,capacity,4",
        ))
        assert plan.objective == pytest.approx(worth, abs=1e-9)
        assert built(plan) == ({"q": 2} if worth else {})


def test_any_size_at_a_cost_of_size(solve: Solve) -> None:
    # Each unit of size carries 1 and costs 3 a year (capex 30 over 10 years) plus 1, and all 20 pay: (10 − 4) · 20.
    plan = solve(chain(
        "project,capex_per_size,opex_per_size,life,size_max,host\nq,30,1,10,20,a", "q,links,l,capacity,1",
    ))
    assert plan.objective == pytest.approx(120)
    row = plan.projects.iloc[0]
    assert (row["size"], row["annuity"], row["opex"], row["capex"]) == pytest.approx((20, 60, 20, 600))
    # The capacity is the project's: its shareholder gains 10 a unit, the operator of the link nothing.
    welfare = plan.welfare().set_index(["party", "component"])["amount"]
    assert welfare["a", "project rent"] == pytest.approx(200)
    assert welfare["a", "project cost"] == pytest.approx(-80)
    assert welfare.get(("a", "link rent"), 0.0) == pytest.approx(0, abs=1e-9)


def test_least_size_once_the_fixed_cost_is_paid(solve: Solve) -> None:
    # Only 3 are wanted, but the least size is 5: fixed 4 + 5 · 1 a year against 30.
    plan = solve(chain(
        "project,capex,capex_per_size,size_min,size_max,life,host\nq,4,1,5,9,1,a", "q,links,l,capacity,1",
        demand="place,commodity,quantity,price\nB,x,3,10",
    ))
    assert plan.objective == pytest.approx(30 - 9)
    assert built(plan) == pytest.approx({"q": 5})


def test_whole_number_of_units(solve: Solve) -> None:
    # Barges of 4 at 15 a year: 10 wanted. Two carry 8: 80 − 30 = 50; a third adds only 2: 20 − 15, still worth it.
    plan = solve(chain(
        "project,lumpy,capex_per_size,size_max,life,host\nq,whole,15,9,1,a", "q,links,l,capacity,4",
        demand="place,commodity,quantity,price\nB,x,10,10",
    ))
    assert plan.objective == pytest.approx(100 - 45)
    assert built(plan) == pytest.approx({"q": 3})


def test_annuity_over_life_at_the_discount_rate(solve: Solve) -> None:
    # 100 over 2 years at 10 %: 100 · 0.1 / (1 − 1.1^-2) = 57.62 a year, paid in 2030 and 2031 only: then its life ends.
    # Without it nothing can be sold in 2032; a second decision is not allowed.
    plan = solve(chain(
        "project,lumpy,capex,life,host\nq,true,100,2,a", "q,links,l,capacity,10", {"discount_rate": 0.1}, periods=YEARS,
    ))
    annuity = 100 * 0.1 / (1 - 1.1**-2)
    assert plan.projects["annuity"].tolist() == pytest.approx([annuity])
    assert plan.objective == pytest.approx((100 - annuity) * (1 + 1 / 1.1))
    assert plan.flows["period"].tolist() == ["p", "q"]


def test_lead_is_rounded_up_to_model_years(solve: Solve) -> None:
    # Decided in 2030, ready in 2033, works from the next model year, 2035 (5 years): 5 · (100 − 10).
    plan = solve(chain(
        "project,lumpy,capex,life,lead,host,year_to\nq,true,100,10,3,a,2031", "q,links,l,capacity,10",
        periods="period,year,days,years\np,2030,365,5\nq,2035,365,5",
    ))
    row = plan.projects.iloc[0]
    assert (row["year"], row["operates_from"]) == (2030, 2035)
    assert plan.objective == pytest.approx(450)


def test_window_of_the_decision(solve: Solve) -> None:
    # 90 a year from 2031 on only.
    plan = solve(chain(
        "project,lumpy,capex,life,host,year_from\nq,true,100,10,a,2031", "q,links,l,capacity,10", periods=YEARS,
    ))
    assert plan.projects["year"].tolist() == [2031]
    assert plan.objective == pytest.approx(180)


def test_what_has_no_fixed_cost_may_grow_year_by_year(solve: Solve) -> None:
    # Demand grows from 4 to 9; capacity at 1 a unit and year follows it, up to 12 in all.
    plan = solve(chain(
        "project,capex_per_size,life,size_max,host\nq,10,10,12,a", "q,links,l,capacity,1",
        periods="period,year,days\np,2030,365\nq,2031,365",
        demand="place,commodity,quantity,price,year_from,year_to\nB,x,4,10,,2030\nB,x,9,10,2031,",
    ))
    assert plan.projects["size"].tolist() == pytest.approx([4, 5])
    assert plan.objective == pytest.approx(4 * 9 + 9 * 9)


def test_committed_is_built_at_a_loss(solve: Solve, solve_once: Solve) -> None:
    # 1 unit carried at 10, annuity 100.
    model = chain(
        "project,lumpy,capex,life,host,committed,year_to\nq,true,1000,10,a,true,2030", "q,links,l,capacity,1",
    )
    assert solve(model).objective == pytest.approx(-90)
    assert solve_once(model, projects="none").objective == pytest.approx(-90)


RIVALS = (
    "project,lumpy,capex,life,host,requires,excludes\nq,true,300,10,a,{requires},{excludes}\nr,true,100,10,a,,"
)


@pytest.mark.parametrize(("requires", "excludes", "chosen"), [
    ("", "", {"q", "r"}),      # 70 − 30 and 20 − 10
    ("", "r", {"q"}),          # only the better one
    ("r", "", {"q", "r"}),
])
def test_requires_and_excludes(solve: Solve, requires: str, excludes: str, chosen: set[str]) -> None:
    plan = solve(chain(
        RIVALS.format(requires=requires, excludes=excludes), "q,links,l,capacity,7\nr,links,k,capacity,2",
    ))
    assert set(built(plan)) == chosen
    assert plan.objective == pytest.approx(sum({"q": 40, "r": 10}[p] for p in chosen))


def test_required_project_comes_along_at_a_loss(solve: Solve, solve_once: Solve) -> None:
    # q earns 70 − 30 but needs r, which costs 10 and does nothing of worth: 30. Neither where r costs 50.
    effects = "q,links,l,capacity,7\nr,links,k,cost,1"
    model = "project,lumpy,capex,life,host,requires\nq,true,300,10,a,r\nr,true,{},10,a,"
    assert solve(chain(model.format(100), effects)).objective == pytest.approx(30)
    assert built(solve_once(chain(model.format(500), effects))) == {}


def test_budget_of_a_party_a_year_and_a_sector(solve: Solve, solve_once: Solve) -> None:
    # Three projects of 100 that carry 5, 4 and 3 (annuity 10): 40, 30, 20 a year; all in 2030 would be 3 · 90.
    projects = "project,lumpy,capex,life,host,sector\nq,true,100,10,a,rail\nr,true,100,10,b,rail\ns,true,100,10,a1,port"
    effects = "q,links,l,capacity,5\nr,links,l,capacity,4\ns,links,k,capacity,3"
    choices = {
        "party,amount\n*,200": {"q", "r"},
        "party,amount\na,100": {"q", "r"},          # a1 belongs to a: one of q and s
        "party,amount,sector\n*,100,rail": {"q", "s"},
        "party,amount\nb,50": {"q", "s"},
    }
    for budgets, chosen in choices.items():
        plan = solve_once(chain(projects, effects, budgets=budgets))
        assert set(built(plan)) == chosen, budgets
    # One a year: q at once, r and s after it: 3 · 40 + 2 · 30 + 20.
    plan = solve(chain(
        projects, effects, periods=YEARS, budgets="party,year,amount\n*,2030,100\n*,2031,100\n*,2032,100",
    ))
    assert plan.objective == pytest.approx(200)
    assert plan.projects.set_index("project")["year"].to_dict() == {"q": 2030, "r": 2031, "s": 2032}


def test_budget_for_new_projects_leaves_out_what_is_committed(solve_once: Solve) -> None:
    # Of three projects of 100 one is committed: 100 more buys one, if the budget is for new ones only.
    projects = (
        "project,lumpy,capex,life,host,committed\nq,true,100,10,a,true\nr,true,100,10,b,\ns,true,100,10,a1,"
    )
    effects = "q,links,l,capacity,5\nr,links,l,capacity,4\ns,links,k,capacity,3"
    for budgets, chosen in {
        "party,amount,new_only\n*,100,true": {"q", "r"},
        "party,amount,new_only\n*,100,false": {"q"},
        "party,amount,new_only\na,100,true\n*,300,false": {"q", "r", "s"},
        "party,amount,new_only\na,50,true\n*,300,false": {"q", "r"},
    }.items():
        plan = solve_once(chain(projects, effects, budgets=budgets))
        assert set(built(plan)) == chosen, budgets


def test_ownership_cap_blocks_until_shares_change(solve: Solve, solve_once: Solve) -> None:
    # b would own 60 % of what stands in a province of a; a allows half of it to foreigners.
    projects = "project,lumpy,capex,life,host,sector\nq,true,100,10,a1,rail"
    caps = "party,sector,max_foreign_share\na,rail,0.5"
    effects = "q,links,l,capacity,5"
    blocked = solve(chain(
        projects, effects, shares="project,party,share\nq,a,0.4\nq,b,0.6", ownership_caps=caps,
    ))
    assert blocked.objective == pytest.approx(0, abs=1e-9)
    assert "60%" in blocked.info["projects_blocked"]["q"]
    half = solve_once(chain(
        projects, effects, shares="project,party,share\nq,a,0.5\nq,b,0.5", ownership_caps=caps,
    ))
    assert half.objective == pytest.approx(40)
    gains = half.welfare().query("component in ('project rent', 'project cost')").groupby("party")["amount"].sum()
    assert gains.to_dict() == pytest.approx({"a": 20, "b": 20})


def test_cap_of_the_sector_goes_before_that_of_all_sectors(solve: Solve) -> None:
    # a allows foreigners nothing in general, but 80 % in rail. Its own country is not foreign to the province a1.
    plan = solve(chain(
        "project,lumpy,capex,life,host,sector\nq,true,100,10,a,rail\nr,true,100,10,a1,port",
        "q,links,l,capacity,5\nr,links,k,capacity,3",
        shares="project,party,share\nq,a,0.4\nq,b,0.6\nr,a,1",
        ownership_caps="party,sector,max_foreign_share\na,*,0\na,rail,0.8\na1,*,0",
    ))
    assert set(built(plan)) == {"q", "r"}
    assert plan.objective == pytest.approx(60)


@pytest.mark.parametrize(("effect", "extra", "worth"), [
    # Each adds 4 to what limits a sale of 10 a unit, at 5 a year.
    ("supply,A/x,capacity,4", {"supply": "place,commodity,capacity\nA,x,2"}, 60 - 5),
    ("supply,A/x/2,capacity,4", {"supply": "place,commodity,capacity,step\nA,x,2,1\nA,x,0,2"}, 60 - 5),
    ("links,l,capacity,4", {"links": "link,from,to,mode,capacity\nl,A,B,m,2"}, 60 - 5),
    ("demand,B/x,quantity,4", {"demand": "place,commodity,quantity,price\nB,x,2,10"}, 60 - 5),
])
def test_effects_on_amounts(solve: Solve, effect: str, extra: dict[str, str], worth: float) -> None:
    plan = solve(chain(
        "project,lumpy,capex,life,host\nq,true,50,10,a", f"q,{effect}",
        **({"links": "link,from,to,mode\nl,A,B,m"} | extra),
    ))
    assert plan.objective == pytest.approx(worth)


@pytest.mark.parametrize("effect", ["facilities,B/p,capacity,4", "units,B/u,capacity,8"])
def test_effects_on_facilities_and_units(solve: Solve, effect: str) -> None:
    # 2 activities to begin with, by the facility's capacity or by the unit's (2 per activity); 4 more.
    plan = solve(region(
        "B b", "x",
        processes="process\np",
        recipes="process,commodity,amount\np,x,1",
        facilities=f"place,process,capacity\nB,p,{2 if 'facilities' in effect else ''}",
        units=f"place,unit,capacity\nB,u,{4 if 'units' in effect else ''}",
        unit_use="process,unit,use\np,u,2",
        demand="place,commodity,quantity,price\nB,x,100,10",
        projects="project,lumpy,capex,life,host\nq,true,50,10,a",
        effects=f"{EFFECT}\nq,{effect}",
    ))
    assert plan.objective == pytest.approx(55)


def test_effect_on_a_store(solve: Solve) -> None:
    # Room for 2, and for 4 more: each is worth 10 in the half-year without supply.
    plan = solve(region(
        "A a", "x",
        periods="period,year,days\n2030-01,2030,180\n2030-07,2030,180",
        profiles="profile,period,factor\nwinter,07,0\nlater,01,0",
        supply="place,commodity,profile\nA,x,winter",
        stores="place,commodity,capacity\nA,x,2",
        demand="place,commodity,quantity,price,profile\nA,x,100,10,later",
        projects="project,lumpy,capex,life,host\nq,true,50,10,a",
        effects=f"{EFFECT}\nq,stores,A/x,capacity,4",
    ))
    assert plan.objective == pytest.approx(55)


@pytest.mark.parametrize(("effect", "worth"), [
    ("cost,-2", 6 * (10 - 7 + 2) - 5),          # 7 a unit: 1 + 6 (3 days at 2)
    ("days,-3", 6 * (10 - 1) - 5),
    ("loss,-0.5", 6 * (10 - 7) - 5),            # half is lost as it stands: 5 a unit sent less 7 does not pay
])
def test_effects_on_cost_loss_and_days_of_a_link(solve: Solve, effect: str, worth: float) -> None:
    loss = 0.5 if effect.startswith("loss") else 0
    plan = solve(chain(
        "project,lumpy,capex,life,host\nq,true,50,10,a", f"q,links,l,{effect}",
        links=f"link,from,to,mode,capacity,cost,days,loss\nl,A,B,m,6,1,3,{loss}",
        rates="mode,commodity,per_day\nm,x,2",
    ))
    assert plan.objective == pytest.approx(worth)


def test_project_that_makes_a_link_worse_holds_for_all_of_it(solve: Solve) -> None:
    # The works add 6 to the capacity but a day's wait (2 a unit) for all: 4 · 10 as it is, 10 · (10 − 2) − 5 with it.
    plan = solve(chain(
        "project,lumpy,capex,life,host\nq,true,50,10,a", "q,links,l,capacity,6\nq,links,l,days,1",
        links="link,from,to,mode,capacity\nl,A,B,m,4",
        rates="mode,commodity,per_day\nm,x,2",
    ))
    assert plan.objective == pytest.approx(75)


def test_part_of_a_size_opens_part_of_the_better_way(solve: Solve) -> None:
    # A unit of size saves all of 10 units' way 3 a unit of size, two at most: at size 1 half of it, 5, is better by 6.
    # Size costs 20 a unit and year, and only one can be paid: 10 · (10 − 7) + 5 · 6 − 20.
    plan = solve(chain(
        "project,capex_per_size,life,size_max,host\nq,20,1,2,a", "q,links,l,cost,-3",
        links="link,from,to,mode,capacity,cost\nl,A,B,m,10,7",
        budgets="party,amount\n*,20",
    ))
    assert plan.objective == pytest.approx(40)


def test_better_way_of_an_unlimited_link_carries_a_whole_demand_curve(solve: Solve) -> None:
    # p = 10·(1 + (1 − q/100)/5): at a price of 1, 550 are bought, 20 load each. Their value is
    # 1000 · (5.5 + (5.5 − 5.5²/2) / 5) = 3575, less 550 for the goods, less 1 for the project.
    plan = solve(chain(
        "project,lumpy,capex,life,host\nq,true,10,10,a", "q,links,l,cost,-1",
        supply="place,commodity,cost\nA,x,1",
        links="link,from,to,mode,cost\nl,A,B,m,1",
        rates="mode,commodity,weight\nm,x,20",
        demand="place,commodity,quantity,price,elasticity\nB,x,100,10,-5",
    ))
    assert plan.objective == pytest.approx(3575 - 550 - 1, rel=1e-6)
    assert plan.flows["quantity"].sum() == pytest.approx(550, rel=1e-3)


@pytest.mark.parametrize("effect", ["supply,A/x,cost,-3", "facilities,A/p,cost,-3"])
def test_effects_on_costs_of_supply_and_facilities(solve: Solve, effect: str) -> None:
    # 4 units sold at 10, cost 5 + 4 each; 3 less for 5 a year.
    plan = solve(region(
        "A a", "x, y",
        supply="place,commodity,capacity,cost\nA,x,4,5",
        processes="process,cost\np,4",
        recipes="process,commodity,amount\np,x,-1\np,y,1",
        facilities="place,process\nA,p",
        demand="place,commodity,quantity,price\nA,y,100,10",
        projects="project,lumpy,capex,life,host\nq,true,50,10,a",
        effects=f"{EFFECT}\nq,{effect}",
    ))
    assert plan.objective == pytest.approx(4 * (10 - 9 + 3) - 5)


def test_subsidised_project_is_a_decision_of_its_own(solve: Solve) -> None:
    # A yearly grant of 5 and nothing else: it is taken once.
    plan = solve(chain("project,opex,size_max,host\nq,-5,1,a", "q,links,l,capacity,0.1"))
    assert plan.objective == pytest.approx(5 + 1)


def test_choice_of_projects(solve: Solve, solve_once: Solve) -> None:
    model = chain("project,lumpy,capex,life,host\nq,true,300,10,a\nr,true,900,10,a",
                  "q,links,l,capacity,7\nr,links,k,capacity,2")
    assert built(solve_once(model, projects="best")) == {"q": 1}
    assert built(solve_once(model, projects="none")) == {}
    assert built(solve(model, projects=["r"])) == {"r": 1}
    assert solve_once(model, projects="all").objective == pytest.approx(70 - 30 + 20 - 90)
    with pytest.raises(sungari.UsageError, match=r"no project 'Q' in projects.csv; did you mean 'q'"):
        model.solve(projects=["Q"])


def test_prices_of_a_plan_with_decisions(solve: Solve) -> None:
    # q is built, so its 7 fill the link: a unit of x is worth 10 in B and nothing in A.
    plan = solve(chain("project,lumpy,capex,life,host\nq,true,300,10,a", "q,links,l,capacity,7"))
    assert plan.prices("x").set_index("place")["price"].to_dict() == pytest.approx({"A": 0, "B": 10})
    link = plan.capacity.query("table == 'links' and row == 'l'").iloc[0]
    assert (link["capacity"], link["shadow_price"]) == pytest.approx((7, 10))


def test_too_many_projects_on_one_row_are_refused(solve_once: Solve) -> None:
    # Five would make 32 ways of the link; four of them make 16: 3 units at 10 − (9 − 4), less 4.
    names = [f"q{i}" for i in range(5)]
    model = chain(
        "project,lumpy,capex,life,host\n" + "\n".join(f"{q},true,1,1,a" for q in names),
        "\n".join(f"{q},links,l,cost,-1" for q in names),
        links="link,from,to,mode,cost\nl,A,B,m,9",
        demand="place,commodity,quantity,price\nB,x,3,10",
    )
    with pytest.raises(sungari.InputError, match=r"links\.csv, row 2: 'q0, q1, q2, q3, q4': 5 projects move the cost"):
        model.solve()
    assert solve_once(model, projects=names[:4]).objective == pytest.approx(11)
