"""The portfolio under the fund's terms: charged with the price of risk, and within the fund's capital."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from sungari.cover.guarantee import guarantee
from sungari.decide.portfolio import select
from sungari.errors import Infeasible, UsageError
from sungari.region.package import Region
from sungari.show.cli import main

# Each project opens a road that carries 10 units a year from the mine, worth what its town pays less 1.
TABLES = {
    "parties": "party,name,kind\na,A,country",
    "places": "place,name,party\nm,M,a\nt0,T0,a\nt1,T1,a\nt2,T2,a",
    "commodities": "commodity,name,unit\nx,X,t",
    "supply": "place,commodity,cost\nm,x,1",
    "links": "link,from,to,mode,capacity\nl0,m,t0,road,0\nl1,m,t1,road,0\nl2,m,t2,road,0",
    "rates": "mode,commodity\nroad,x",
    "demand": "place,commodity,quantity,price\nt0,x,10,9\nt1,x,10,7\nt2,x,10,4",
    "projects": "project,name,capex,lumpy,life,host\np0,P0,10,true,10,a\np1,P1,10,true,10,a\np2,P2,10,true,10,a",
    "effects": "project,table,row,column,change\np0,links,l0,capacity,10\np1,links,l1,capacity,10\n"
               "p2,links,l2,capacity,10",
    "shares": "project,party,share\np0,a,1\np1,a,1\np2,a,1",
    "hazards": "hazard,name,kind,probability,severity,mean\nflood,Flood,event,0.1,constant,0.5",
    # Expected claims a year: 2.5, 40 and 1, where the roads bring 80 - 1, 60 - 1 and 30 - 1.
    "exposures": "project,hazard,amount\np0,flood,50\np1,flood,800\np2,flood,20",
    "fund": "key,value\npremium_rule,expected_value\npremium_loading,0.6\nhorizon,3\nruin,0.02",
}  # fmt: skip


def region(**changes: str) -> Region:
    tables = {name: pd.read_csv(io.StringIO(text), dtype=str) for name, text in {**TABLES, **changes}.items()}
    return Region.from_tables("roads", tables)


def test_the_price_of_risk_is_taken_off_the_gain_and_turns_the_choice() -> None:
    asked = guarantee(region())
    assert asked.charges == pytest.approx({"p0": 4.0, "p1": 64.0, "p2": 1.6})
    free, charged = select(region()), select(region(), charges=asked.charges)
    assert set(free.names) == {"p0", "p1", "p2"}
    assert set(charged.names) == {"p0", "p2"}  # p1 brings 59 a year and costs 64 to cover
    assert free.gain == pytest.approx(79 + 59 + 29)
    assert charged.gain == pytest.approx(79 + 29 - 4.0 - 1.6)
    with pytest.raises(UsageError, match="p0"):
        select(region(), charges={"P0": 1.0})


def test_the_set_stays_within_the_funds_capital() -> None:
    every = guarantee(region())
    worth = {"p0": 75.0, "p1": 59 - 64.0, "p2": 27.4}
    sets = [frozenset(s) for k in range(4) for s in combinations(worth, k)]
    for limit in sorted({round(every.capital(s), 6) for s in sets}):
        asked = guarantee(region(), limit=limit + 1e-6)
        found = select(region(), charges=asked.charges, rule=asked.rule)
        allowed = [s for s in sets if every.capital(s) <= limit + 1e-6]
        assert found.gain == pytest.approx(max(sum(worth[p] for p in s) for s in allowed), abs=1e-6)
        assert frozenset(found.names) in allowed


def test_a_reason_of_a_refusal_holds_for_all_its_sets() -> None:
    names = [f"p{k}" for k in range(6)]
    every = guarantee(region(
        projects="project,name,capex,lumpy,life,host\n" + "\n".join(f"{n},{n},10,true,10,a" for n in names),
        effects="project,table,row,column,change\n" + "\n".join(f"{n},links,l0,capacity,10" for n in names),
        shares="project,party,share\n" + "\n".join(f"{n},a,1" for n in names),
        hazards="hazard,name,kind,probability,severity,mean,sd\nflood,Flood,event,0.2,lognormal,0.5,0.4\n"
                "fire,Fire,event,0.05,constant,0.9,",
        exposures="project,hazard,amount\n" + "\n".join(f"{n},{('flood', 'fire')[k % 2]},{30 + 40 * k}"
                                                        for k, n in enumerate(names)),
        fund="key,value,layer\npremium_rule,expected_value,\npremium_loading,0.9,\nhorizon,4,\nruin,0.02,\n"
             "annual_limit,300,\nreinsurance_retention,120,top\nreinsurance_limit,100,top\n"
             "reinsurance_loading,0.4,top",
    ))  # fmt: skip
    sets = [frozenset(s) for k in range(7) for s in combinations(names, k)]
    needs = {s: every.capital(s) for s in sets}
    assert all(every.capital(s, set(names) - s) <= needs[s] for s in sets)
    smaller = 0
    for limit in np.quantile(list(needs.values()), [0.2, 0.5, 0.8]):
        asked = replace(every, limit=float(limit))
        for refused in (s for s in sets if needs[s] > limit):
            for order in (names, names[::-1]):
                having, lacking = asked.reason(refused, order)
                assert having <= refused
                assert not lacking & refused
                assert all(needs[s] > limit for s in sets if having <= s and not lacking & s)
                smaller += len(having) + len(lacking) < len(names)
    assert smaller > 20  # and it says more than that this one set is refused


def test_no_set_within_the_capital_is_said_to_be_so() -> None:
    must = region(projects=TABLES["projects"].replace("host", "committed,host").replace("10,a", "10,true,a"))
    with pytest.raises(Infeasible, match="capital of the fund"):
        select(must, rule=guarantee(must, limit=0.0).rule)


def test_the_command(tmp_path: Path) -> None:
    region().write(tmp_path / "roads")
    ran = CliRunner().invoke(main, ["select", str(tmp_path / "roads"), "--fund-capital", "60", "--json"])
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.output)
    assert {c["project"] for c in found["chosen"]} == {"p0", "p2"}
    assert found["fund_capital"] <= 60
    assert found["options"]["charges"] == pytest.approx({"p0": 4.0, "p1": 64.0, "p2": 1.6})
