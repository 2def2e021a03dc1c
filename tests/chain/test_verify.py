"""Verification: it shares nothing with the model, passes right plans and finds what is wrong in others."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from handmade import region
from tiny import TINY, tiny_region

import sungari
from sungari.chain import verify as package

YEARS = "period,year,days,years\n2030-01,2030,180,2\n2030-07,2030,180,2\n2032-01,2032,180,1\n2032-07,2032,180,1"


@pytest.fixture(scope="module")
def right() -> sungari.Plan:
    """A plan in which every kind of figure occurs."""
    model = region(
        "M b, T a, P b, S a", "coal 50, power 60, ash", {"discount_rate": 0.05},
        periods=YEARS,
        profiles="profile,period,factor\nwinter,01,0.8\nice,07,0.3",
        supply="place,commodity,step,capacity,cost,min,reserve,profile\nM,coal,1,900,10,100,4000,winter\n"
               "M,coal,2,500,20,,,\nT,coal,1,100,5,,,",
        processes="process,cost\nplant,5",
        recipes="process,commodity,amount,place\nplant,coal,-0.4,\nplant,power,1,\nplant,coal,-0.5,T\nplant,ash,0.1,",
        facilities="place,process,capacity,min\nT,plant,1000,50",
        units="place,unit,capacity\nT,boiler,450",
        unit_use="process,unit,use\nplant,boiler,0.5",
        stores="place,commodity,capacity,cost,loss,charge,discharge\nT,coal,300,1,0.1,900,900",
        links="link,from,to,mode,distance,capacity,both_ways,days,loss,congestion,profile\n"
              "rail,M,T,train,300,100,true,2,,c,ice\nsea,M,P,ship,1000,,,5,0.01,,\nroad,T,S,truck,10,900,,,,,",
        rates="mode,commodity,per_km,per_unit,per_day,weight\ntrain,*,0.01,,0.1,1\nship,coal,0.005,1,,1\n"
              "truck,power,0.01,,,2",
        congestion="curve,utilisation,days\nc,0,0\nc,0.6,1",
        duties="from_party,to_party,commodity,ad_valorem,specific,quota\nb,a,coal,0.05,1,380\n*,*,*,0.01,,",
        demand="place,commodity,quantity,price,elasticity,step,min,penalty\nT,power,500,60,-0.5,1,,\n"
               "P,coal,100,90,,1,10,\nT,ash,500,,,1,,3\nS,power,300,70,,1,,\nT,coal,10,,,1,,",
        projects="project,lumpy,capex,capex_per_size,opex,life,lead,host,sector,requires,size_max\n"
                 "bridge,true,1000,,5,30,,b,rail,yard,1\nyard,false,10,1,,30,,b,rail,,50\ngrid,false,,2,,30,,a,power,,40",
        effects="project,table,row,column,change\nbridge,links,rail,capacity,300\nyard,links,rail,capacity,1\n"
                "grid,units,T/boiler,capacity,1\nbridge,links,rail,days,-1",
        shares="project,party,share\nbridge,a,0.5\nbridge,b,0.5\nyard,b,1\ngrid,a,1",
        budgets="party,year,amount,sector\n*,2030,5000,rail",
        ownership_caps="party,sector,max_foreign_share\nb,rail,0.6",
    )
    made: sungari.Plan = model.solve()
    return made


def test_right_plan_passes_every_kind_of_check(right: sungari.Plan) -> None:
    found = right.verify()
    assert found.ok, str(found)
    found.raise_if_wrong()
    unused = {name for name, checked in found.checks.items() if not checked.number}
    assert unused <= {"excludes", "committed"}
    assert "all right" in str(found)
    assert "<table>" in found._repr_html_()


Change = Callable[[pd.DataFrame], pd.DataFrame]


def scaled(column: str, factor: float, **only: str) -> Change:
    """Scale the largest figure of a column, among the rows with these names."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        mine = frame
        for key, name in only.items():
            mine = mine[mine[key] == name]
        row = mine[column].abs().sort_values(ascending=False).index[0]
        frame.loc[row, column] *= factor
        return frame

    return change


#: Changes by table, and the checks that must find them. Several are made at once where each has a check of its own.
WRONG: list[tuple[dict[str, Change], str]] = [
    ({"flows": scaled("quantity", 1.01, link="road")}, "balance, flow cost, capacity table"),
    # With congestion, a flow may cost what it does in any band, but no more.
    ({"flows": scaled("cost", 1.5, link="rail"), "supply": scaled("cost", 1.001), "activity": scaled("cost", 0.999),
      "stocks": scaled("cost", 1.01)}, "flow cost, supply cost, activity cost, stock cost, objective, welfare"),
    ({"flows": lambda f: f.assign(duty=1.1 * f["duty"]), "sales": scaled("value", 1.001, place="P")},
     "duty, sale value, objective, total_cost, welfare, welfare sums"),
    ({"flows": lambda f: f.assign(quantity=4 * f["quantity"]), "supply": lambda f: f.assign(quantity=0.0),
      "activity": lambda f: f.assign(quantity=3 * f["quantity"]), "sales": lambda f: f.assign(quantity=0.0),
      "stocks": lambda f: f.assign(stock=1000.0)},
     "link capacity, quotas, least supply, facility capacity, unit capacity, least sale, demand met, store capacity"),
    ({"supply": lambda f: f.assign(quantity=10 * f["quantity"] + 400), "activity": lambda f: f.assign(quantity=0.0),
      "sales": lambda f: f.assign(quantity=3 * f["quantity"], unserved=1.0),
      "stocks": lambda f: f.assign(charge=1000.0, discharge=1000.0)},
     "supply capacity, reserve, least activity, demand quantity, demand met, store charge, store discharge"),
    ({"flows": lambda f: pd.concat([f, f.head(1)], ignore_index=True)}, "rows known"),
    ({"flows": lambda f: f.assign(link=f["link"].replace("sea", "see"))}, "rows known"),
    ({"sales": lambda f: f.assign(place=f["place"].replace("P", "M"))}, "rows known"),
    ({"flows": lambda f: f.rename(columns={"from": "to", "to": "from"})[f.columns]}, "direction"),
    ({"flows": lambda f: f.assign(commodity=f["commodity"].replace("coal", "ash"), quantity=-f["quantity"])},
     "carried, not negative"),
    ({"activity": scaled("quantity", 1.001), "stocks": scaled("stock", 1.01)}, "balance, stock recursion"),
    ({"sales": lambda f: f.assign(value=f["value"] * 0.999)}, "demand curves, sale value"),
    ({"capacity": scaled("used", 1.01), "welfare": scaled("amount", 1.001)}, "capacity table, welfare sums"),
    ({"capacity": scaled("capacity", 1.01)}, "capacity table"),
    ({"projects": lambda f: f.assign(annuity=1.01 * f["annuity"], capex=100 * f["capex"], opex=f["opex"] + 1,
                                     operates_from=f["operates_from"] + 1, size=1.5 * f["size"])},
     "annuity, capex, opex, budgets, operation, size, capacity table"),
    ({"projects": lambda f: f.assign(year=2031)}, "window"),
    ({"projects": lambda f: f[f["project"] != "yard"].reset_index(drop=True)}, "requires"),
    ({"projects": lambda f: pd.concat([f, f[f["project"] == "bridge"]], ignore_index=True)}, "once"),
    ({"projects": lambda f: f.iloc[:0]}, "link capacity"),
]


@pytest.mark.parametrize(("changes", "checks"), WRONG, ids=[checks.split(",")[0] for _, checks in WRONG])
def test_wrong_plan_is_found(right: sungari.Plan, changes: dict[str, Change], checks: str) -> None:
    tables = {name: change(right.tables[name].copy()) for name, change in changes.items()}
    found = sungari.Plan(right.region, right.info, right.tables | tables).verify()
    assert not found.ok
    assert set(checks.split(", ")) <= set(found.findings["check"]), str(found)
    assert list(found.findings.columns) == ["check", "table", "row", "period", "value", "limit", "text"]
    assert np.isfinite(found.findings["value"].astype(float)).all()
    with pytest.raises(sungari.SungariError, match="wrong"):
        found.raise_if_wrong()


def test_wrong_headline_is_found(right: sungari.Plan) -> None:
    info = right.info | {name: right.info[name] * 1.001 for name in ("objective", "total_cost", "welfare")}
    found = sungari.Plan(right.region, info, right.tables).verify()
    assert set(found.findings["check"]) == {"objective", "total_cost", "welfare", "welfare sums"}


@pytest.mark.parametrize(("tables", "check"), [
    # The package is changed under the plan: what was right by the old one is wrong by the new.
    ({"duties": "from_party,to_party,commodity,banned\nb,a,coal,true"}, "bans"),
    ({"ownership_caps": "party,sector,max_foreign_share\nb,rail,0.1"}, "ownership"),
    ({"units": "place,unit,capacity\nP,boiler,9999"}, "facility capacity"),
])
def test_plan_of_another_package_is_found(right: sungari.Plan, tables: dict[str, str], check: str) -> None:
    from tiny import table

    model = right.region
    for name, text in tables.items():
        model = model.with_table(name, table(text))
    found = sungari.Plan(model, right.info, right.tables).verify()
    assert check in set(found.findings["check"]), str(found)


def test_excluded_and_committed_projects() -> None:
    model = tiny_region({"projects": TINY["projects"].replace("2032,false", "2032,true")})
    plan = model.solve()
    assert plan.verify().ok
    assert {plan.verify().checks[c].number > 0 for c in ("excludes", "committed")} == {True}
    none = sungari.Plan(model, plan.info, plan.tables | {"projects": plan.projects.iloc[:0]})
    assert "committed" in set(none.verify().findings["check"])
    ferry = plan.projects.assign(project="ferry", capex=100.0)
    both = sungari.Plan(model, plan.info, plan.tables | {"projects": pd.concat([plan.projects, ferry])})
    assert "excludes" in set(both.verify().findings["check"])


def test_it_shares_nothing_with_what_it_checks() -> None:
    for file in Path(package.__file__).parent.glob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        names |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        ours = {n for n in names if n.startswith("sungari")}
        allowed = ("sungari.errors", "sungari.region", "sungari.chain.verify")
        # The plan's class is named for the reader of the types only.
        assert all(n.startswith(allowed) or n == "sungari.chain.plan" for n in ours), file.name
        if "sungari.chain.plan" in ours:
            assert "if TYPE_CHECKING:" in file.read_text(encoding="utf-8")
