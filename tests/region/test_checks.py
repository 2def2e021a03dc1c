"""Bad input, one case per thing that can be wrong: each is found, and placed by file, row and column."""

from __future__ import annotations

import functools
import inspect
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from tiny import TINY, added, edited, tiny_region

from sungari.errors import Problem
from sungari.region.check import CHECKS, MOST_ALIKE, check, ownership_breaches
from sungari.region.check.provenance import provenance
from sungari.region.package import Region

CASES = Path(__file__).parents[1] / "cases"


@dataclass
class Case:
    """A change of the tiny region, and the problem that it makes."""

    check: str
    file: str
    row: int | None
    column: str | None
    changes: dict[str, str | None]
    severity: str = "error"
    text: str = ""
    settings: dict[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.check}-{self.file.removesuffix('.csv')}-{self.column}-{self.row}"


def warn(check: str, file: str, row: int | None, column: str | None, changes: dict[str, str | None], text: str = "",
         **settings: object) -> Case:
    return Case(check, file, row, column, changes, "warning", text, dict(settings))


def _without(column: str, table: str) -> dict[str, str | None]:
    """A table of the tiny region without one of its columns."""
    rows = [line.split(",") for line in TINY[table].strip().splitlines()]
    at = rows[0].index(column)
    return {table: "\n".join(",".join(c for k, c in enumerate(r) if k != at) for r in rows)}


def hazard_with(*cells: str, line: int = 0) -> dict[str, str | None]:
    """The tiny region's hazards with other cells in one row, given as column=value."""
    rows = [dict(zip(HEAD.split(","), text.split(","), strict=True)) for text in HAZARDS.splitlines()]
    rows[line].update(cell.split("=") for cell in cells)
    columns = list(dict.fromkeys(c for row in rows for c in row))
    return {"hazards": "\n".join([",".join(columns), *(",".join(r.get(c, "") for c in columns) for r in rows)])}


HEAD, HAZARDS = TINY["hazards"].strip().split("\n", 1)
CURVE = "town,power,800,60,-0.5,,,s1"
MUST = "port,coal,100,90,,10,,s1"
FLOOD = "flood,Flood,event,0.1,,beta,0.2,0.1,weather,0.3,t,4,s1"
DATED = "place,commodity,capacity,step,year_from,year_to,source\n"

ERRORS = [
    # references
    Case("unknown-name", "places.csv", 4, "party", edited("places", "port,Port,ru", "port,Port,rus"), text="'ru'"),
    Case("unknown-name", "links.csv", 2, "from", edited("links", "rail,mine", "rail,Mine"), text="did you mean 'mine'"),
    Case("unknown-name", "links.csv", 3, "mode", edited("links", "port,ship", "port,shp"), text="'ship'"),
    Case("unknown-name", "links.csv", 2, "congestion", edited("links", "0.01,,s1", "0.01,,s1") |
         {"links": TINY["links"].replace(",c,s1", ",curve,s1")}),
    Case("unknown-name", "supply.csv", 2, "profile", edited("supply", "winter", "wint"), text="winter"),
    Case("unknown-name", "supply.csv", 3, "commodity", edited("supply", "mine,coal,500", "mine,*,500")),
    Case("unknown-name", "rates.csv", 3, "commodity", edited("rates", "ship,coal", "ship,coel"), text="or *"),
    Case("unknown-name", "demand.csv", 2, "source", edited("demand", "-0.5,,,s1", "-0.5,,,s2")),
    Case("unknown-name", "projects.csv", 3, "requires", edited("projects", "false,,,s1", "false,brigde,,s1"),
         text="bridge"),
    Case("self-reference", "projects.csv", 3, "requires", edited("projects", "false,,,s1", "false,ferry,,s1")),
    Case("effect-row", "effects.csv", 2, "row", edited("effects", "links,rail,capacity", "links,rial,capacity"),
         text="did you mean 'rail'"),
    Case("effect-row", "effects.csv", 2, "row",
         edited("effects", "links,rail,capacity", "supply,mine/coal/3,capacity"), text="place/commodity/step"),
    Case("effect-row", "effects.csv", 2, "row", edited("effects", "links,rail,capacity", "supply,mine/coal,capacity") |
         {"supply": TINY["supply"].replace("10,1,", "10,a,").replace("20,2,", "20,b,")}, text="steps: a, b"),
    Case("effect-column", "effects.csv", 2, "column", edited("effects", "links,rail,capacity", "links,rail,quantity"),
         text="capacity, cost, loss, days"),
    Case("effect-column", "effects.csv", 2, "column", edited("effects", "links,rail,capacity",
                                                             "demand,port/coal,capacity"), text="quantity"),
    Case("link-loop", "links.csv", 3, "to", edited("links", "sea,mine,port", "sea,mine,mine")),
    Case("rate-mode", "rates.csv", 4, "mode", edited("rates", "train,coal", "ship,coal")),
    # keys
    Case("duplicate-key", "places.csv", 5, "place", added("places", "mine,Again,ru,50,127,mine"), text="row 2"),
    Case("duplicate-key", "rates.csv", 5, "mode", added("rates", "train,*,1,0,0,,s1"), text="row 2"),
    Case("duplicate-key", "budgets.csv", 3, "party", added("budgets", "*,2030,7,transport,s1")),
    Case("duplicate-key", "shares.csv", 5, "project", added("shares", "ferry,ru,0")),
    Case("overlapping-years", "supply.csv", 3, "place",
         {"supply": DATED + "mine,coal,5,1,,2031,s1\nmine,coal,6,1,2031,,s1"}, text="row 2"),
    Case("overlapping-years", "supply.csv", 4, "place",
         {"supply": DATED + "mine,coal,5,1,,2040,s1\nmine,coal,6,2,2031,,s1\nmine,coal,6,1,2035,2036,s1"}),
    Case("reserved-name", "places.csv", 5, "place", added("places", "*,All,ru,50,127,mine")),
    Case("reserved-name", "projects.csv", 4, "project", added("projects", "a;b,AB,,0,0,1,true,9,ru,0,,,false,,,s1")),
    Case("parent-cycle", "parties.csv", 2, "parent", edited("parties", "cn,China,country,", "cn,China,country,hlj"),
         text="cn > hlj > cn"),
    Case("requires-cycle", "projects.csv", 2, "requires", {
        "projects": TINY["projects"].replace("false,,ferry", "false,ferry,").replace("false,,,s1", "false,bridge,,s1"),
    }, text="bridge > ferry > bridge"),
    Case("requires-excluded", "projects.csv", 2, "requires", edited("projects", "false,,ferry", "false,ferry,ferry")),
    # values
    Case("year-order", "projects.csv", 2, "year_to", edited("projects", "2030,2032", "2032,2030"), text="2032"),
    Case("min-over-max", "demand.csv", 3, "min", edited("demand", "90,,10", "90,,101"), text="100 (quantity)"),
    Case("min-over-max", "supply.csv", 2, "min", edited("supply", "1000,10,1,", "1000,10,1,1001")),
    Case("min-over-max", "facilities.csv", 2, "min", edited("facilities", "1000,", "1000,2000")),
    Case("min-over-max", "projects.csv", 2, "size_min", edited("projects", "1000,0,1", "1000,2,1")),
    Case("min-over-max", "exposures.csv", 2, "deductible", edited("exposures", "0.1,0.9", "0.9,0.1")),
    Case("elasticity", "demand.csv", 2, "elasticity", edited("demand", CURVE, CURVE.replace("-0.5", "0"))),
    Case("elasticity", "demand.csv", 2, "price", edited("demand", CURVE, "town,power,800,,-0.5,,,s1")),
    Case("elasticity", "demand.csv", 2, "quantity", edited("demand", CURVE, "town,power,0,60,-0.5,,,s1")),
    Case("empty-recipe", "processes.csv", 3, "process", added("processes", "idle,Idle,0,MWh,s1")),
    Case("congestion-order", "congestion.csv", 3, "days", edited("congestion", "c,0,0", "c,0,2")),
    Case("congestion-capacity", "links.csv", 2, "capacity", edited("links", "300,1000", "300,")),
    Case("hazard-rate", "hazards.csv", 2, "probability", edited("hazards", "0.1,,beta", "0.1,0.1,beta")),
    Case("hazard-rate", "hazards.csv", 2, "frequency", edited("hazards", "0.1,,beta", ",,beta")),
    Case("hazard-severity", "hazards.csv", 2, "severity", edited("hazards", "beta", "")),
    Case("hazard-severity", "hazards.csv", 2, "mean", edited("hazards", "beta,0.2", "beta,")),
    Case("hazard-severity", "hazards.csv", 2, "sd", edited("hazards", "0.2,0.1", "0.2,")),
    Case("hazard-severity", "hazards.csv", 2, "mean", edited("hazards", FLOOD, FLOOD.replace("beta,0.2", "gamma,0"))),
    Case("hazard-moments", "hazards.csv", 2, "sd", edited("hazards", "0.2,0.1", "0.2,0.4"), text="less than 0.4"),
    Case("hazard-moments", "hazards.csv", 2, "mean", edited("hazards", "beta,0.2", "beta,1.2")),
    Case("hazard-copula", "hazards.csv", 2, "df", edited("hazards", "t,4", "t,")),
    Case("hazard-copula", "hazards.csv", 2, "factor", edited("hazards", "weather", "")),
    Case("hazard-rate", "hazards.csv", 3, "frequency", edited("hazards", "drift,,", "drift,2,")),
    Case("hazard-rate", "hazards.csv", 3, "probability", edited("hazards", "drift,,", "drift,,0.2")),
    Case("hazard-severity", "hazards.csv", 3, "sd", edited("hazards", "drift,,,,,0.2", "drift,,,,,")),
    Case("hazard-severity", "hazards.csv", 2, "mean", edited("hazards", "beta,0.2,0.1", "constant,-1,")),
    Case("hazard-severity", "hazards.csv", 2, "sd", edited("hazards", "beta,0.2,0.1", "constant,0.2,0.1")),
    Case("hazard-copula", "hazards.csv", 2, "factor", edited("hazards", "weather,0.3", ",")),
    Case("hazard-values", "hazards.csv", 2, "values", hazard_with("severity=empirical", "values="), text="observed"),
    Case("hazard-values", "hazards.csv", 2, "values", hazard_with("severity=empirical", "values=0.1; much")),
    Case("hazard-network", "hazards.csv", 2, "change", hazard_with("table=links", "row=rail", "column=capacity")),
    Case("hazard-network", "hazards.csv", 2, "table", hazard_with("change=5")),
    Case("hazard-network", "hazards.csv", 2, "row", hazard_with("table=links", "row=rial", "column=capacity",
                                                               "change=-5")),
    Case("hazard-network", "hazards.csv", 2, "column", hazard_with("table=links", "row=rail", "column=capacty",
                                                                  "change=-5"), text="did you mean 'capacity'"),
    Case("hazard-network", "hazards.csv", 2, "scenario", hazard_with(
        "table=links", "row=rail", "column=capacity", "change=-5", "scenario=dear")),
    Case("hazard-network", "hazards.csv", 3, "kind", hazard_with("scenario=dear", line=1)),
    Case("hazard-network", "hazards.csv", 2, "per", hazard_with("scenario=dear", "per=money")),
    Case("correlation-factor", "correlations.csv", 2, "other", edited("correlations", "market", "markt"),
         text="did you mean 'market'"),
    Case("correlation-self", "correlations.csv", 2, "correlation", edited("correlations", "market", "weather")),
    Case("correlation-twice", "correlations.csv", 3, "other", added("correlations", "market,weather,0.2,s1")),
    Case("correlation-matrix", "correlations.csv", 4, "correlation", {
        **added("correlations", "weather,ice,0.9,s1\nmarket,ice,-0.9,s1"),
        **added("hazards", "ice,Ice,drift,,,,,0.2,ice,0.5,,,s1"), **added("exposures", "ferry,ice,100,,,s1")}),
    Case("fund-value", "fund.csv", 4, "value", edited("fund", "wang", "wong"), text="did you mean 'wang'"),
    Case("fund-value", "fund.csv", 3, "value", edited("fund", "contribution,5", "contribution,much")),
    Case("fund-value", "fund.csv", 9, "value", added("fund", "horizon,2.5,,,s1"), text="whole number"),
    Case("fund-value", "fund.csv", 9, "value", added("fund", "level,99.5,,,s1"), text="below 1"),
    Case("fund-value", "fund.csv", 9, "value", added("fund", "return,5,,,s1"), text="2 %"),
    Case("fund-value", "fund.csv", 9, "value", added("fund", "payment_order,ferry; brige,,,s1"),
         text="did you mean 'bridge'"),
    Case("fund-layer", "fund.csv", 7, "key", edited("fund", "reinsurance_limit,200,,top,s1", "")),
    Case("fund-replenishment", "fund.csv", 6, "value", edited("fund", "target,30", "target,10")),
    Case("unit", "commodities.csv", 2, "unit", edited("commodities", "Coal,t", "Coal,tonn"), text="did you mean"),
    Case("currency", "datapackage.json", None, "sungari.currency", {}, settings={"currency": "RMB"}),
    Case("currency", "datapackage.json", None, "sungari.exchange_rates", {}, settings={"exchange_rates": {"rub": 0.1}},
         text="RUB"),
    # scenarios
    Case("scenario-column", "scenarios.csv", 2, "column", edited("scenarios", "power,price", "power,prise"),
         text="did you mean 'price'"),
    Case("scenario-column", "uncertainties.csv", 5, "column", edited("uncertainties", "winter,factor", "winter,days"),
         text="factor"),
    Case("scenario-row", "scenarios.csv", 2, "row", edited("scenarios", "town/power", "toun/power"),
         text="with * for any part"),
    Case("scenario-row", "uncertainties.csv", 3, "row", edited("uncertainties", "supply,mine", "supply,town")),
    Case("scenario-probability", "scenarios.csv", 3, "probability", edited("scenarios", "0.05,,s1", "0.05,0.2,s1"),
         text="row 2"),
    Case("scenario-probability", "scenarios.csv", 4, "probability", edited("scenarios", "12,,s1", "12,0.8,s1"),
         text="sum to 1.1"),
    Case("reserved-name", "scenarios.csv", 4, "scenario", edited("scenarios", "late,Late", "base,Late")),
    Case("duplicate-key", "scenarios.csv", 5, "scenario", added("scenarios", "dear,,demand,town/power,price,2,,,s1")),
    Case("distribution", "uncertainties.csv", 2, "distribution", edited("uncertainties", "factor,lognormal", "factor,"),
         text="no row of 'price'"),
    Case("distribution", "uncertainties.csv", 3, "distribution",
         edited("uncertainties", "cost,factor,,,,", "cost,factor,normal,1,1,"), text="row 2"),
    Case("distribution", "uncertainties.csv", 2, "sd", edited("uncertainties", "lognormal,1,0.2", "lognormal,1,"),
         text="needs it"),
    Case("distribution", "uncertainties.csv", 2, "sd", edited("uncertainties", "lognormal,1,0.2", "normal,1,0"),
         text="more than 0"),
    Case("distribution", "uncertainties.csv", 2, "mean", edited("uncertainties", "lognormal,1,0.2", "lognormal,0,0.2"),
         text="above 0"),
    Case("distribution", "uncertainties.csv", 2, "mode", edited("uncertainties", "lognormal,1,0.2,,,",
                                                                "lognormal,1,0.2,,1,"), text="no such parameter"),
    Case("distribution", "uncertainties.csv", 5, "high", edited("uncertainties", "0.5,1,1.1", "0.5,0.5,0.5"),
         text="more than low, 0.5"),
    Case("distribution", "uncertainties.csv", 5, "mode", edited("uncertainties", "0.5,1,1.1", "0.5,1.2,1.1"),
         text="0.5 to 1.1"),
    Case("distribution", "uncertainties.csv", 5, "low", edited("uncertainties", "0.5,1,1.1", "-0.5,1,1.1"),
         text="turns a figure's sign"),
    Case("distribution", "uncertainties.csv", 4, "values", edited("uncertainties", "0;12,", "0;twelve,"),
         text="numbers, joined by ;"),
    Case("distribution", "uncertainties.csv", 4, "values", edited("uncertainties", "change,discrete,,,,,,0;12",
                                                                  "factor,discrete,,,,,,-1;12"), text="sign"),
    Case("distribution", "uncertainties.csv", 4, "chances", edited("uncertainties", "0.5;0.5", "1"),
         text="1 chances for 2 values"),
    Case("distribution", "uncertainties.csv", 4, "chances", edited("uncertainties", "0.5;0.5", "0.5;0.6"),
         text="sum to 1.1"),
    Case("distribution", "uncertainties.csv", 3, "acts",
         edited("uncertainties", "mine,cost,factor", "mine,cost,change"), text="either multiplied or added"),
    Case("loading", "uncertainties.csv", 2, "loading", edited("uncertainties", "market,0.5", "market,")),
    Case("loading", "uncertainties.csv", 2, "common", edited("uncertainties", "market,0.5", ",0.5")),
    # criteria
    Case("criterion-scores", "criteria.csv", 3, "measure", edited("criteria", "count,more,,", "count,more,npv,"),
         text="expected blank"),
    Case("criterion-scores", "criteria.csv", 2, "criterion", edited("criteria", "more,npv,", "more,,"),
         text="no scores"),
    Case("criterion-preference", "criteria.csv", 3, "strict", edited("criteria", "1,10", "1,"), text="needs it"),
    Case("criterion-preference", "criteria.csv", 3, "strict", edited("criteria", "1,10", "10,10"), text="more than"),
    Case("criterion-weights", "criteria_weights.csv", 2, "weight",
         {"criteria_weights": TINY["criteria_weights"].replace("0.6", "0").replace("0.4", "0")}, text="all 0"),
    Case("criterion-weights", "criteria_judgements.csv", 2, "party", edited("criteria_judgements", "ru,", "cn,")),
    Case("criterion-judgements", "criteria_judgements.csv", 2, "other", edited("criteria_judgements", "money,jobs",
                                                                               "money,money"), text="another"),
    Case("criterion-judgements", "criteria_judgements.csv", 3, "other",
         added("criteria_judgements", "ru,jobs,money,3,s1"), text="row 2"),
    Case("criterion-judgements", "criteria_judgements.csv", 2, "party", {
        **added("criteria_judgements", "ru,money,co2,3,s1"), **added("criteria", "co2,CO2,t,less,bcr,usual,,")},
        text="missing: co2–jobs"),
    # time
    Case("period-days", "periods.csv", 2, "days", edited("periods", "2030-01,2030,31", "2030-01,2030,0")),
    Case("period-years", "periods.csv", 4, "years", edited("periods", "31,1", "31,0")),
    Case("period-years", "periods.csv", 4, "years", edited("periods", "31,1", "31,1.5"), text="whole"),
    Case("period-years", "periods.csv", 3, "years", edited("periods", "2030-07,2030,31,5", "2030-07,2030,31,4")),
    Case("period-discount", "periods.csv", 3, "discount", {
        "periods": "period,year,days,discount\n2030-01,2030,31,0.9\n2030-07,2030,31,0.8\n2035-01,2035,31,0.5"}),
    Case("period-discount", "periods.csv", 2, "discount", {
        "periods": "period,year,days,discount\n2030-01,2030,31,0\n2035-01,2035,31,0.5"}, text="above 0"),
    Case("period-order", "periods.csv", 3, "year", {
        "periods": "period,year,days\n2035-01,2035,31\n2030-01,2030,31"}),
    Case("period-year", "periods.csv", 4, "year", edited("periods", "2035-01,2035", "2034-01,2035")),
    Case("duplicate-key", "periods.csv", 5, "period", added("periods", "2035-01,2035,31,1")),
    Case("month-profile", "profiles.csv", 2, "period", {"periods": "period,year,days,years\nw,2030,31,5\ns,2035,9,1"}),
    # projects
    Case("shares-sum", "shares.csv", 2, "share", edited("shares", "bridge,cn,0.5", "bridge,cn,0.4"), text="0.9"),
    Case("ownership-cap", "projects.csv", 2, "project", edited("ownership_caps", "0.6", "0.3") | {
        "projects": TINY["projects"].replace("2032,false", "2032,true")}, text="0.5, 'ru' allows 0.3"),
    Case("horizon", "projects.csv", 2, "year_to", edited("projects", "2030,2032,false", "2020,2025,true")),
]

WARNINGS = [
    warn("no-effect", "scenarios.csv", 2, "factor", edited("scenarios", "price,1.2", "price,1")),
    warn("scenario-blank", "scenarios.csv", 2, "column", edited("scenarios", "power,price", "power,penalty"), "blank"),
    warn("criterion-scores", "criteria.csv", 3, "criterion", edited("criteria_scores", "ferry,jobs,20,s1", ""),
         "no score for ferry"),
    warn("criterion-weights", "criteria_weights.csv", None, None,
         {"criteria_weights": None, "criteria_judgements": None}, "all criteria count alike"),
    warn("penalty-with-price", "demand.csv", 3, "penalty", edited("demand", "10,,s1", "10,5,s1")),
    warn("congestion-band", "congestion.csv", 4, "utilisation", added("congestion", "c,1,5,s1")),
    warn("congestion-free", "links.csv", 2, "congestion", {"rates": TINY["rates"].replace("0.1,", "0,")}),
    warn("initial-unused", "stores.csv", 2, "initial", edited("stores", "year,", "year,5")),
    warn("coordinates", "places.csv", 2, "lat", edited("places", "ru,50,127", "ru,,127")),
    warn("discount-rate", "datapackage.json", None, "sungari.discount_rate", {}, "5 %", discount_rate=5.0),
    warn("banned-priced", "duties.csv", 2, "banned", edited("duties", "false", "true")),
    warn("no-value", "commodities.csv", 2, "value", edited("commodities", "t,50", "t,")),
    warn("unit", "processes.csv", 2, "unit", edited("processes", "MWh", "blast")),
    warn("period-days", "periods.csv", 2, "days", {"periods": TINY["periods"].replace("2030,31", "2030,300")}),
    warn("period-gap", "periods.csv", 2, "years", {"periods": TINY["periods"].replace("31,5", "31,6")}),
    warn("store-carries", "stores.csv", 2, "cycle", edited("stores", "year,", "horizon,")),
    warn("effect-below-zero", "effects.csv", 2, "change", edited("effects", "500", "-1001")),
    warn("profile-period", "profiles.csv", 3, "period", added("profiles", "winter,2030-08,0.5,s1"), "2030-0"),
    warn("years-unused", "projects.csv", 2, "year_from", {"periods": None, "profiles": None,
                                                          "supply": TINY["supply"].replace("winter", "")}),
    warn("base-year", "datapackage.json", None, "sungari.base_year", {}, base_year=2032),
    warn("no-shares", "projects.csv", 3, "project", edited("shares", "ferry,ru,1", ""), "host"),
    warn("ownership-cap", "projects.csv", 2, "project", edited("ownership_caps", "0.6", "0.3"), "can't be built"),
    warn("horizon", "projects.csv", 2, "lead", edited("projects", "ru,1,2030,2032", "ru,9,2030,2032"), "2039"),
    warn("horizon", "projects.csv", 2, "year_to", edited("projects", "2030,2032", "2020,2025")),
    warn("no-effect", "projects.csv", 4, "project", added("projects", "x,X,,0,0,1,true,9,ru,0,,,false,,,s1") |
         {"shares": TINY["shares"].strip() + "\nx,ru,1"}),
    warn("no-effect", "effects.csv", 2, "change", edited("effects", "500", "0")),
    warn("no-size", "projects.csv", 2, "size_max", edited("projects", "1000,0,1", "1000,0,0")),
    warn("effect-unlimited", "effects.csv", 2, "row", {
        "links": TINY["links"].replace("300,1000", "300,").replace(",c,s1", ",,s1"), "congestion": None}),
    warn("sector", "budgets.csv", 2, "sector", edited("budgets", "transport", "energy"), "transport"),
    warn("duty-tie", "duties.csv", 3, "from_party", {
        "duties": "from_party,to_party,commodity,ad_valorem,source\nru,*,coal,0.1,s1\n*,hlj,coal,0.2,s1"}, "row 2"),
    warn("unused", "duties.csv", 3, "from_party", added("duties", "world,cn,coal,0.05,0,,false,s1")),
    warn("unreachable", "demand.csv", 2, "place", edited("facilities", "1000", "0"), "no place supplies power"),
    warn("unreachable", "demand.csv", 3, "place", edited("links", "1000,,false", "1000,0,false"),
         "coal can be had at mine, town"),
    warn("unreachable", "demand.csv", 3, "place", edited("demand", MUST, "port,coal,100,,,,,s1") | {
        "rates": TINY["rates"].replace("ship,coal", "ship,power")}, "must be met"),
    warn("unreachable", "demand.csv", 2, "place", edited("units", "500", "0")),
    warn("unreachable", "demand.csv", 2, "place", edited("duties", "0.05,0,,false", "0,0,,true")),
    warn("unwanted", "commodities.csv", 4, "commodity", added("commodities", "tin,Tin,t,9,s1")),
    warn("unsupplied", "commodities.csv", 3, "commodity", edited("recipes", "plant,power,1", "plant,power,-1")),
    warn("no-place", "processes.csv", 3, "process", added("processes", "mill,Mill,0,t,s1") | {
        "recipes": TINY["recipes"].strip() + "\nmill,coal,-1,,s1"}),
    warn("no-link", "places.csv", 5, "place", added("places", "isle,Isle,ru,50,127,city")),
    warn("unit-nowhere", "unit_use.csv", 2, "unit", edited("unit_use", "boiler", "boilr"), "did you mean 'boiler'"),
    warn("hazard-share", "hazards.csv", 2, "mean", edited("hazards", "beta,0.2,0.1", "gamma,20,10"), "per = money"),
    warn("hazard-values", "hazards.csv", 2, "values", hazard_with("values=0.1")),
    warn("hazard-copula", "hazards.csv", 3, "df", edited("hazards", "0.5,,,s1", "0.5,,4,s1")),
    warn("exposure-idle", "exposures.csv", 2, "deductible", edited("exposures", "0.1,0.9", "1,")),
    warn("fund-place", "fund.csv", 4, "party", edited("fund", "wang,", "wang,ru")),
    warn("fund-replenishment", "fund.csv", 5, "key", edited("fund", "replenishment_trigger,20,,,s1\n", "")),
    warn("unused", "profiles.csv", 2, "profile", edited("supply", "winter", "")),
    warn("unused", "rates.csv", 5, "mode", added("rates", "barge,coal,1,0,0,,s1")),
    warn("unused", "units.csv", 3, "unit", added("units", "town,crane,5,s1")),
    warn("unused", "congestion.csv", 4, "curve", added("congestion", "d,0,0,s1")),
    warn("unused", "hazards.csv", 2, "hazard", {"exposures": None}),
    warn("magnitude", "demand.csv", 8, "quantity", {"demand": "place,commodity,quantity,price,step,source\n" + "".join(
        f"town,power,{q},60,{k},s1\n" for k, q in enumerate([800, 900, 1000, 1100, 1200])) + MUST.replace(
            "90,,10,,s1", "90,1,s1") + "\ntown,power,900000000,60,9,s1"}, "median for 'power'"),
    warn("cost-above-price", "supply.csv", 4, "cost", added("supply", "town,power,5,600,1,,,s1"), "60"),
    warn("cost-above-price", "links.csv", 3, "cost", edited("links", "1000,,false,0", "1000,,false,91")),
    warn("loss", "links.csv", 3, "loss", edited("links", "5,0.01", "5,0.6")),
    warn("distance", "links.csv", 2, "distance", edited("links", "train,300", "train,30"), "222 km"),
    warn("distance", "links.csv", 2, "distance", edited("links", "train,300", "train,3000")),
    warn("distance", "links.csv", 2, "distance", edited("links", "train,300", "train,0"), "no length"),
    warn("scaling", "recipes.csv", 4, "amount", edited("recipes", "-0.5", "-0.0000005"), "2e+06"),
    warn("scaling", "supply.csv", 3, "capacity", edited("supply", "coal,500", "coal,0.0000001")),
    warn("no-source", "demand.csv", 3, "source", edited("demand", "10,,s1", "10,,"), "1 of 2"),
    warn("no-source", "sources.csv", None, None, {n: TINY[n].replace("s1", "") for n in TINY if n != "sources"},
         "no figure has a source"),
    warn("assumed", "demand.csv", None, "quality", {
        "demand": "place,commodity,quantity,price,source,quality\ntown,power,800,60,s1,assumed\n"
                  "port,coal,100,120,s1,reported"}, "1 of 2 rows (50%) are assumed, 80% of the money"),
]


def test_nothing_is_wrong_with_the_tiny_region(tiny: Region) -> None:
    assert check(tiny) == []


@functools.cache
def outcome(number: int) -> dict[str, list[Problem]]:
    """What each check of the case's topic finds in it (all checks in all cases would take minutes)."""
    case = (ERRORS + WARNINGS)[number]
    region = tiny_region(case.changes, **case.settings)
    topic = [c for c in CHECKS if f'"{case.check}"' in inspect.getsource(sys.modules[c.__module__])]
    return {c.__name__: list(c(region)) for c in topic}


@pytest.mark.parametrize("number", range(len(ERRORS + WARNINGS)), ids=[c.name for c in ERRORS + WARNINGS])
def test_bad_input_is_found_and_placed(number: int) -> None:
    case = (ERRORS + WARNINGS)[number]
    found = [p for problems in outcome(number).values() for p in problems]
    alike = [p for p in found if (p.check, p.file, p.row, p.column) == (case.check, case.file, case.row, case.column)]
    assert len(alike) == 1, "\n".join(f"{p.check}: {p}" for p in found)
    assert alike[0].severity == case.severity
    assert case.text in str(alike[0])


def test_every_check_has_a_case() -> None:
    """A check that no case sets off would go unnoticed if it broke."""
    silent = {c.__name__ for c in CHECKS}
    for number in range(len(ERRORS + WARNINGS)):
        silent -= {name for name, problems in outcome(number).items() if problems}
    assert not silent


def test_checks_are_told_apart_by_topic_and_have_a_docstring() -> None:
    for one in CHECKS:
        assert one.__doc__, one.__name__
        assert re.fullmatch(r"sungari\.region\.check\.\w+", one.__module__)


def test_errors_come_before_warnings() -> None:
    found = check(tiny_region(edited("links", "rail,mine", "rail,Mine") | added("commodities", "tin,Tin,t,9,s1")))
    severities = [p.severity for p in found]
    assert severities == sorted(severities)
    assert {"error", "warning"} == set(severities)


def test_many_warnings_of_one_kind_are_told_as_one() -> None:
    names = [f"isle{k},Isle,ru,50,127,city" for k in range(MOST_ALIKE + 1)]
    found = [p for p in check(tiny_region(added("places", *names))) if p.check == "no-link"]
    assert len(found) == 1
    assert "11 rows alike" in str(found[0])
    assert "rows 5, 6, 7, 8, 9, …" in str(found[0])


def test_many_errors_are_all_told() -> None:
    rows = [f"nowhere{k},coal,5,1,{k},,,s1" for k in range(30)]
    assert len([p for p in check(tiny_region(added("supply", *rows))) if p.check == "unknown-name"]) == 30


def test_a_row_that_a_project_opens_counts_as_open() -> None:
    shut = tiny_region(edited("links", "300,1000", "300,0"))
    assert "unreachable" not in {p.check for p in check(shut)}
    shut = tiny_region(edited("links", "300,1000", "300,0") | {"effects": None})
    assert "unreachable" in {p.check for p in check(shut)}


def test_ownership_breaches_name_the_cap() -> None:
    breaches = ownership_breaches(tiny_region(edited("ownership_caps", "0.6", "0.3")))
    assert breaches.to_dict("records") == [{"project": "bridge", "party": "ru", "foreign": 0.5, "most": 0.3, "row": 0}]


def test_a_cap_for_the_sector_is_narrower_than_one_for_all() -> None:
    caps = "party,sector,max_foreign_share\nru,*,0.1\nru,transport,0.5"
    assert ownership_breaches(tiny_region({"ownership_caps": caps})).empty


def test_provenance_counts_rows_and_money() -> None:
    demand = ("place,commodity,quantity,price,source,quality\ntown,power,800,60,s1,assumed\n"
              "port,coal,100,120,,reported")
    counts = provenance(tiny_region({"demand": demand})).set_index("table").loc["demand"]
    kinds = ["rows", "sourced", "reported", "derived", "assumed", "unrated"]
    assert counts[kinds].tolist() == [2, 1, 1, 0, 1, 0]
    assert counts["money"] == 800 * 60 + 100 * 120
    assert counts["assumed_money_share"] == pytest.approx(0.8)


@pytest.mark.parametrize("name", ["trnsport", "mexss", "fcnet_r20x100", "cmnd_c25_100_10_V_L_5"])
def test_published_cases_have_no_errors(name: str) -> None:
    assert not [p for p in Region.read(CASES / name).check() if p.severity == "error"]


def test_a_large_region_is_checked_quickly() -> None:
    """500 places, 2,000 links, 10,000 rows of supply and demand: a fraction of a second."""
    places = [f"p{k}" for k in range(500)]
    goods = [f"g{k}" for k in range(20)]
    ways = pd.DataFrame({"from": [places[k % 500] for k in range(2000)],
                         "to": [places[(k * 7 + 1 + k // 500) % 500] for k in range(2000)]})
    ways = ways[ways["from"] != ways["to"]].assign(mode="rail", capacity=100.0, distance=10.0)
    pairs = pd.MultiIndex.from_product([places, goods], names=["place", "commodity"]).to_frame(index=False)
    region = Region.from_tables("large", {
        "parties": pd.DataFrame({"party": ["a"], "name": ["A"], "kind": ["country"]}),
        "places": pd.DataFrame({"place": places, "name": places, "party": "a"}),
        "commodities": pd.DataFrame({"commodity": goods, "name": goods, "unit": "t"}),
        "links": ways.assign(link=[f"l{k}" for k in range(len(ways))]),
        "rates": pd.DataFrame({"mode": ["rail"], "commodity": ["*"], "per_km": [0.1]}),
        "supply": pairs.iloc[:5000].assign(capacity=10.0, cost=5.0),
        "demand": pairs.iloc[5000:].assign(quantity=5.0, price=20.0),
    })
    check(region)  # imports and caches
    start = time.process_time()
    found = check(region)
    assert time.process_time() - start < 2.0  # 0.2 s on an idle machine
    assert not [p for p in found if p.severity == "error"]


def test_a_cell_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    tiny_region().write(folder)
    table = folder / "hazards.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("beta,0.2,0.1", "beta,0.2,-0.1"), encoding="utf-8")
    found = check(Region.read(folder))
    assert [(p.row, p.column, p.check) for p in found if p.file == "hazards.csv" and p.severity == "error"] == [
        (2, "sd", "range")
    ]
