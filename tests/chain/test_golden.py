"""Every family of rows and columns as text, so that a changed formula shows as a changed line.

``SUNGARI_UPDATE_GOLDEN=1 pytest tests/chain/test_golden.py`` writes the files anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from handmade import region
from lp_text import columns_text, rows_text
from small_regions import FEATURES, small_region
from tiny import tiny_region

from sungari import Region
from sungari.chain.assembly import Model

GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("SUNGARI_UPDATE_GOLDEN") == "1"
HALVES = "period,year,days,years\n2030-01,2030,100,2\n2030-07,2030,300,2"


def resources() -> Region:
    """Supply steps with a reserve and a season, some that projects enlarge or make cheaper, and a strict balance."""
    return region(
        "A a", "x", {"discount_rate": 0.1, "free_disposal": False}, periods=HALVES,
        profiles="profile,period,factor\nwinter,07,0.5",
        supply="place,commodity,step,capacity,cost,min,reserve,profile\nA,x,1,8,1,2,30,winter\nA,x,2,4,3,,,",
        demand="place,commodity,quantity,price\nA,x,10,9",
        projects="project,lumpy,capex,host\ndig,true,100,a\nmend,true,50,a",
        effects="project,table,row,column,change\ndig,supply,A/x/1,capacity,4\nmend,supply,A/x/2,cost,-2",
    )


def production() -> Region:
    """Two processes that share a unit; one must run, one is enlarged, one becomes cheaper."""
    return region(
        "A a", "x, y", periods=HALVES,
        supply="place,commodity,cost\nA,x,1",
        processes="process,cost\np,2\nq,3",
        recipes="process,commodity,amount,place\np,x,-2,\np,y,1,\np,x,-1.5,A\nq,x,-1,\nq,y,0.4,",
        facilities="place,process,capacity,min,cost\nA,p,9,1,5\nA,q,,,",
        units="place,unit,capacity\nA,kiln,12",
        unit_use="process,unit,use\np,kiln,1\nq,kiln,0.5",
        demand="place,commodity,quantity\nA,y,4",
        projects="project,capex_per_size,size_max,host\nhall,10,3,a\nkiln2,10,3,a\noil,1,2,a",
        effects="project,table,row,column,change\nhall,facilities,A/p,capacity,2\nkiln2,units,A/kiln,capacity,4\n"
                "oil,facilities,A/q,cost,-1",
    )


def corridors() -> Region:
    """A link both ways with losses, weights and a rate of its own; a congested one; duties, a quota and a ban."""
    return region(
        "A a1, B b", "x 50, y 10", periods=HALVES,
        supply="place,commodity\nA,x\nB,y",
        links="link,from,to,mode,distance,capacity,both_ways,cost,days,loss,congestion\n"
              "road,A,B,m,100,8,true,1,2,0.1,\nrail,A,B,m,0,10,,0,1,,c",
        rates="mode,commodity,per_km,per_unit,per_day,weight,link\nm,*,0.02,0,0.5,1,\nm,y,0.01,1,0,2,road",
        congestion="curve,utilisation,days\nc,0.6,2",
        duties="from_party,to_party,commodity,ad_valorem,specific,quota,banned\n"
               "*,b,*,0.1,1,,\na1,b,x,0.2,0,6,\na1,b,y,,,,true",
        demand="place,commodity,quantity,price\nB,x,9,90\nA,y,4,90",
        projects="project,lumpy,capex,host\npave,true,10,a\nwiden,true,10,a",
        effects="project,table,row,column,change\npave,links,road,days,-1\nwiden,links,road,capacity,4\n"
                "widen,links,rail,capacity,6\nwiden,links,road,cost,3",
    )


def keeping() -> Region:
    """Stores that turn with the year, with the horizon and not at all; one that projects enlarge or make better."""
    return region(
        "A a, B a, C a", "x", periods=HALVES + "\n2035-01,2035,360,1",
        supply="place,commodity\nA,x\nB,x\nC,x",
        stores="place,commodity,capacity,cost,loss,cycle,initial,charge,discharge\n"
               "A,x,10,2,0.1,year,,4,\nB,x,,1,,horizon,,,5\nC,x,6,,0.2,none,3,,",
        demand="place,commodity,quantity,price\nA,x,9,5\nB,x,9,5\nC,x,9,5",
        projects="project,lumpy,capex,host\nroof,true,10,a\nfloor,true,10,a",
        effects="project,table,row,column,change\nfloor,stores,A/x,capacity,5\nroof,stores,A/x,loss,-0.05",
    )


def markets() -> Region:
    """Demand that must be met, is soft, has steps with a least sale, a curve, and one that a project enlarges."""
    return region(
        "A a, B a", "x, y, z", periods="period,year,days\np,2030,365",
        supply="place,commodity,cost\nA,x,1\nA,y,1\nA,z,1\nB,x,1\nB,y,1",
        demand="place,commodity,quantity,price,elasticity,step,min,penalty\nA,x,4,,,1,,\nA,y,4,,,1,,7\n"
               "A,z,4,9,,1,1,\nA,z,4,6,,2,,\nB,x,10,5,-0.5,1,3,\nB,y,10,5,,1,2,",
        projects="project,lumpy,capex,host\nad,true,10,a",
        effects="project,table,row,column,change\nad,demand,B/y,quantity,5",
    )


def decisions() -> Region:
    """Projects of every kind with every rule between them."""
    return region(
        "A a, B b", "x", {"discount_rate": 0.1},
        periods="period,year,days,years\np,2030,365,5\nq,2035,365,5",
        supply="place,commodity\nA,x",
        links="link,from,to,mode,capacity\nl,A,B,m,0",
        rates="mode,commodity\nm,*",
        demand="place,commodity,quantity,price\nB,x,9,9",
        projects="project,lumpy,capex,capex_per_size,opex,size_min,size_max,life,lead,host,sector,requires,excludes,"
                 "committed,year_to\n"
                 "quay,false,10,2,1,1,4,20,,a,port,,,,\nbarge,whole,,3,,,5,10,,a,port,,,,\n"
                 "ferry,true,8,,,,,5,,b,port,quay,bridge,,\nbridge,true,90,,,,,50,3,a,road,,,,\n"
                 "sign,true,1,,,,,50,,a,road,,,true,2030",
        effects="project,table,row,column,change\nquay,links,l,capacity,1\nbarge,links,l,capacity,2\n"
                "ferry,links,l,capacity,3\nbridge,links,l,capacity,9\nsign,links,l,capacity,0.1",
        shares="project,party,share\nbridge,a,0.5\nbridge,b,0.5",
        budgets="party,year,amount,sector\n*,,200,\na,2030,60,\n*,2035,30,port",
    )


#: The model that shows each family.
SHOWN: dict[Callable[[], Region], str] = {
    resources: "rows balance, rows supply, rows supply min, rows supply way, rows reserve, columns supply",
    production: "rows facilities, rows facilities min, rows facilities way, rows units, columns facilities",
    corridors: "rows links, rows links band, rows link way, rows quota, columns flow",
    keeping: "rows stock, rows stores, rows store way, columns stock, columns charge, columns discharge",
    markets: "rows demand, rows demand min, columns sale, columns unserved",
    decisions: "rows project once, rows project size at most, rows project size at least, rows project requires, "
               "rows project excludes, rows budget, columns built, columns size",
}
FAMILIES = [(make, family.strip()) for make, families in SHOWN.items() for family in families.split(",")]


@cache
def model(make: Callable[[], Region]) -> Model:
    made = make()
    errors = [p for p in made.check() if p.severity == "error"]
    assert not errors
    return Model(made, "best", prune=False)


def text_of(make: Callable[[], Region], family: str) -> str:
    kind, name = family.split(" ", 1)
    blocks = getattr(model(make).arrays, kind)
    write = rows_text if kind == "rows" else columns_text
    parts = [write(model(make), block) for key, block in blocks.items() if key.split(":")[0] == name]
    return f"{family}: {make.__doc__}\n\n" + "\n".join(parts)


@pytest.mark.parametrize(("make", "family"), FAMILIES, ids=[family for _, family in FAMILIES])
def test_formula_is_as_it_was(make: Callable[[], Region], family: str) -> None:
    file = GOLDEN / f"{family.replace(' ', '-')}.lp.txt"
    text = text_of(make, family)
    if UPDATE:
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert len(text.splitlines()) > 2
    assert text == file.read_text(encoding="utf-8")


def test_no_family_lacks_a_golden_text() -> None:
    shown = {family for _, family in FAMILIES}
    assert {f.name.removesuffix(".lp.txt") for f in GOLDEN.iterdir()} == {f.replace(" ", "-") for f in shown}
    regions = [make() for make in SHOWN] + [tiny_region(), *(small_region(FEATURES, seed) for seed in range(2))]
    for each in regions:
        arrays = Model(each, "best", prune=False).arrays
        for kind in ("rows", "columns"):
            for name in getattr(arrays, kind):
                assert f"{kind} {name.split(':')[0]}" in shown
