"""Tiny random regions with any mixture of the model's features, for tests that hold two solvers against each other."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

import pandas as pd

from sungari.region.package import Region

FEATURES = (
    "processes", "unit", "stores", "duties", "quota", "ban", "congestion", "both ways", "profiles", "dates", "min",
    "must meet", "soft", "elastic", "loss", "reserve", "no disposal", "discount", "projects", "project costs",
    "project rules", "budgets", "overrides", "unlimited",
)  # fmt: skip


class _Draw:
    """Random rows; each table draws from a source of its own, so that leaving out one feature moves no other."""

    def __init__(self, features: Collection[str], seed: int) -> None:
        self.on = set(features)
        self.seed = seed
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def source(self, name: str) -> random.Random:
        return random.Random(f"{self.seed} {name}")

    def add(self, table: str, /, **row: Any) -> None:
        self.tables.setdefault(table, []).append(row)


def small_region(features: Collection[str], seed: int) -> Region:
    """A region of 3 to 6 places, 2 or 3 commodities and 1 to 4 periods.

    Parameters
    ----------
    features : collection of str
        Which of :data:`FEATURES` may occur.
    seed : int
        The same seed and features give the same region.
    """
    d = _Draw(features, seed)
    settings = _frame(d)
    _supply(d)
    _production(d)
    _links(d)
    _duties(d)
    _demand(d)
    if "projects" in d.on:
        _projects(d)
    return Region.from_tables("small", {n: pd.DataFrame(rows) for n, rows in d.tables.items()}, **settings)


def _frame(d: _Draw) -> dict[str, Any]:
    r = d.source("frame")
    d.places = [f"p{i}" for i in range(r.randint(3, 6))]
    d.goods = [f"c{i}" for i in range(r.randint(2, 3))]
    for party, kind, parent in (("a", "country", None), ("a1", "province", "a"), ("b", "country", None)):
        d.add("parties", party=party, name=party, kind=kind, parent=parent)
    for i, place in enumerate(d.places):
        d.add("places", place=place, name=place, party=["a", "a1", "b"][i % 3])
    for good in d.goods:
        disposal = r.choice([None, "free", "none"]) if "no disposal" in d.on else None
        d.add("commodities", commodity=good, name=good, unit="t", value=r.choice([10, 20, 40]), disposal=disposal)
    layout = r.choice([(1,), (2,), (3,), (1, 1), (2, 2), (1, 1, 1)])
    if len(layout) > 1 or "dates" in d.on or "profiles" in d.on or "projects" in d.on or r.random() < 0.8:
        for y, months in enumerate(layout):
            discount = r.choice([None, 0.7, 2.0]) if "discount" in d.on else None
            for m in range(months):
                d.add("periods", period=f"{2030 + 4 * y}-{m + 1:02d}", year=2030 + 4 * y, days=r.choice([30, 31, 90]),
                      years=4 if len(layout) > 1 else 1, discount=discount)
    d.years = [2030 + 4 * y for y in range(len(layout))]
    if "profiles" in d.on:
        for period, factor in (("01", 0.5), (f"{d.years[-1]}-01", r.choice([0.0, 0.8, 1.3]))):
            d.add("profiles", profile="wet", period=period, factor=factor)
        d.add("profiles", profile="dry", period="02", factor=1.5)
    rate = r.choice([0.0, 0.05, 0.1]) if "discount" in d.on else 0.03
    base = {"base_year": 2028} if "discount" in d.on and d.tables.get("periods") else {}
    return {"discount_rate": rate, "free_disposal": "no disposal" not in d.on or r.random() < 0.5, **base}


def _season(d: _Draw, r: random.Random) -> str | None:
    return r.choice(["wet", "dry", None]) if "profiles" in d.on else None


def _dates(d: _Draw, r: random.Random) -> list[dict[str, Any]]:
    """Years of the rows of one key: one row for all, one for some, or two that follow each other."""
    if "dates" not in d.on or r.random() < 0.6:
        return [{}]
    cut = r.choice(d.years)
    return r.choice([[{"year_to": cut}], [{"year_from": cut}], [{"year_to": cut}, {"year_from": cut + 1}]])


def _capacity(d: _Draw, r: random.Random, low: int, high: int) -> int | None:
    return None if "unlimited" in d.on and r.random() < 0.2 else r.randint(low, high)


def _supply(d: _Draw) -> None:
    r = d.source("supply")
    for place in d.places:
        for good in d.goods:
            if r.random() > 0.5:
                continue
            for step in range(1, r.randint(1, 2) + 1):
                for dates in _dates(d, r):
                    capacity = _capacity(d, r, 10, 60)
                    d.add("supply", place=place, commodity=good, step=str(step), capacity=capacity,
                          cost=r.randint(1, 9) * step, profile=_season(d, r),
                          min=r.randint(1, 8) if "min" in d.on and r.random() < 0.2 else None,
                          reserve=r.randint(20, 200) if "reserve" in d.on and r.random() < 0.4 else None, **dates)


def _production(d: _Draw) -> None:
    r = d.source("production")
    if "processes" in d.on:
        for process in ("mill", "works")[: r.randint(1, 2)]:
            d.add("processes", process=process, name=process, cost=r.randint(0, 5))
            used, made = r.sample(d.goods, 2)
            d.add("recipes", process=process, commodity=used, amount=-r.choice([0.5, 1, 1.5]))
            d.add("recipes", process=process, commodity=made, amount=r.choice([0.5, 1, 2]))
            for place in r.sample(d.places, 2):
                for dates in _dates(d, r):
                    d.add("facilities", place=place, process=process, capacity=_capacity(d, r, 10, 50),
                          cost=r.choice([None, 0, 3]), profile=_season(d, r),
                          min=r.randint(1, 4) if "min" in d.on and r.random() < 0.2 else None, **dates)
                if "overrides" in d.on and r.random() < 0.5:
                    d.add("recipes", process=process, commodity=r.choice([used, made]), place=place,
                          amount=r.choice([-0.8, 0.7]))
            if "unit" in d.on:
                d.add("unit_use", process=process, unit="kiln", use=r.choice([0, 0.5, 1]))
        if "unit" in d.on:
            for place in r.sample(d.places, len(d.places) - 1):
                d.add("units", place=place, unit="kiln", capacity=_capacity(d, r, 5, 40), profile=_season(d, r))
    r = d.source("stores")
    if "stores" in d.on:
        for place, good in {(r.choice(d.places), r.choice(d.goods)) for _ in range(2)}:
            cycle = r.choice(["year", "horizon", "none"])
            d.add("stores", place=place, commodity=good, capacity=_capacity(d, r, 5, 30), cost=r.choice([0, 1]),
                  loss=r.choice([0, 0.1]), cycle=cycle, initial=r.choice([0, 5]) if cycle == "none" else None,
                  charge=r.choice([None, 30]), discharge=r.choice([None, 30]))


def _links(d: _Draw) -> None:
    r = d.source("links")
    pairs = [(a, b) for a, b in zip(d.places, d.places[1:], strict=False)]
    pairs += [tuple(r.sample(d.places, 2)) for _ in range(r.randint(1, 3))]
    for n, (a, b) in enumerate(pairs):
        name = f"l{n}"
        mode = r.choice(["road", "rail"])
        for dates in _dates(d, r):
            jam = r.choice(["jam", "late", None]) if "congestion" in d.on else None
            d.add("links", link=name, **{"from": a, "to": b}, mode=mode, distance=r.randint(1, 9),
                  capacity=r.randint(10, 60) if jam else _capacity(d, r, 10, 60),
                  both_ways="both ways" in d.on and r.random() < 0.7,
                  cost=r.choice([0, 1]), days=r.choice([0, 2]), loss=r.choice([0, 0.05]) if "loss" in d.on else 0,
                  profile=_season(d, r), congestion=jam, **dates)
    d.add("rates", mode="road", commodity="*", per_km=0.3, per_unit=0.5, per_day=0.4, weight=1)
    d.add("rates", mode="rail", commodity=d.goods[0], per_km=0.1, per_unit=1, per_day=0.2, weight=r.choice([1, 2]))
    if "overrides" in d.on:
        d.add("rates", mode="road", commodity=d.goods[1], per_km=0.2, per_unit=0, per_day=1, weight=1.5)
        d.add("rates", mode="rail", commodity="*", per_km=0.2, per_unit=0, per_day=0, weight=0.5)
        link = r.choice(d.tables["links"])
        d.add("rates", mode=link["mode"], commodity=r.choice(["*", *d.goods]), link=link["link"], per_unit=3)
    if "congestion" in d.on:
        for curve, points in (("jam", ((0, 0), (0.5, 2), (0.8, 5))), ("late", ((0.6, 3),))):
            for utilisation, days in points:
                d.add("congestion", curve=curve, utilisation=utilisation, days=days)


def _duties(d: _Draw) -> None:
    """Rules that lie within one another, so that there always is a narrowest."""
    r = d.source("duties")
    rules = [("*", "*", "*"), ("a", "b", "*"), ("a", "b", d.goods[0]), ("a1", "b", d.goods[0]), ("b", "a", "*"),
             ("a", "a1", "*"), ("b", "a1", d.goods[1])]  # fmt: skip
    if "duties" not in d.on:
        return
    for a, b, good in r.sample(rules, r.randint(2, 5)):
        for dates in _dates(d, r):
            d.add("duties", from_party=a, to_party=b, commodity=good, ad_valorem=r.choice([0, 0.1, 0.3]),
                  specific=r.choice([0, 1]), quota=r.randint(2, 30) if "quota" in d.on and r.random() < 0.5 else None,
                  banned="ban" in d.on and r.random() < 0.3, **dates)


def _demand(d: _Draw) -> None:
    r = d.source("demand")
    for place in d.places:
        for good in d.goods:
            if r.random() > 0.5:
                continue
            kind = r.choice(["priced", "priced", "must meet", "soft", "elastic"])
            kind = kind if kind in d.on else "priced"
            for step in range(1, (r.randint(1, 2) if kind == "priced" else 1) + 1):
                for dates in _dates(d, r):
                    quantity = r.randint(5, 40) if kind != "must meet" else r.randint(1, 8)
                    d.add("demand", place=place, commodity=good, step=str(step), quantity=quantity,
                          price=None if kind in ("must meet", "soft") else r.randint(8, 40) / step,
                          penalty=r.randint(10, 60) if kind == "soft" else None,
                          elasticity=-r.choice([0.3, 1, 2.5]) if kind == "elastic" else None,
                          min=r.randint(1, 4) if "min" in d.on and kind != "must meet" and r.random() < 0.2 else None,
                          profile=_season(d, r), **dates)


def _projects(d: _Draw) -> None:
    r = d.source("projects")
    names = [f"q{i}" for i in range(r.randint(1, 3))]
    changed: set[tuple[str, str]] = set()
    for i, name in enumerate(names):
        lumpy = r.choice(["true", "false", "whole"])
        rule: dict[str, Any] = {}
        if i and "project rules" in d.on:
            rule = r.choice([{}, {"requires": names[0]}, {"excludes": names[0]}])
        start = r.choice([None, d.years[0] - 1, d.years[0] + 1, d.years[-1]])
        d.add("projects", project=name, name=name, sector=r.choice(["rail", "power"]), lumpy=lumpy,
              capex=r.choice([0, 100, 500]), capex_per_size=r.choice([0, 50]), size_max=r.choice([1, 2]),
              size_min=0.5 if lumpy == "false" and r.random() < 0.3 else 0, life=r.choice([3, 10, 30]),
              opex=r.choice([0, 5]), opex_per_size=r.choice([0, 2]), host=r.choice(["a", "a1", "b"]),
              lead=0 if "project rules" in d.on else r.choice([0, 0, 2]), year_from=start,
              committed=lumpy == "true" and start in (None, d.years[0] - 1) and not rule and r.random() < 0.2, **rule)
        for party, share in r.choice([[("a", 1.0)], [("a1", 0.4), ("b", 0.6)]]):
            d.add("shares", project=name, party=party, share=share)
        for _ in range(r.randint(1, 2)):
            _effect(d, r, name, lumpy, changed)
    if "budgets" in d.on:
        d.add("budgets", party=r.choice(["*", "a", "b"]), year=r.choice([None, d.years[0] + 1]),
              amount=r.choice([100, 400]), sector=r.choice([None, "rail"]))
        if not any(p["committed"] for p in d.tables["projects"]):
            d.add("ownership_caps", party="a", sector=r.choice(["*", "power"]), max_foreign_share=0.5)


def _effect(d: _Draw, r: random.Random, name: str, lumpy: str, changed: set[tuple[str, str]]) -> None:
    keys = {
        "supply": ("place", "commodity", "step"), "facilities": ("place", "process"), "units": ("place", "unit"),
        "links": ("link",), "stores": ("place", "commodity"), "demand": ("place", "commodity"),
    }  # fmt: skip
    table = r.choice([t for t in keys if t in d.tables])
    row = r.choice(d.tables[table])
    key = "/".join(str(row[k]) for k in keys[table])
    if any(e["project"] == name and e["row"] == key for e in d.tables.get("effects", [])):
        return
    costs = {"supply": ["cost"], "facilities": ["cost"], "links": ["cost", "loss", "days"], "stores": ["cost"]}
    column, change = "quantity" if table == "demand" else "capacity", float(r.randint(5, 30))
    if table == "demand" and row["elasticity"] is not None:
        return
    if "project costs" in d.on and lumpy == "true" and table in costs and row["capacity"] and r.random() < 0.6:
        if (table, key) in changed:  # the reference takes one project per row whose cost changes
            return
        changed.add((table, key))
        column = r.choice(costs[table])
        change = 0.02 if column == "loss" else r.choice([-0.5, 1.0]) if column == "cost" else 1.0
    d.add("effects", project=name, table=table, row=key, column=column, change=change)
