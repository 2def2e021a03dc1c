"""Regions of any size that look like real ones, made from a seed: ``python -m benchmarks.generate S out/S``.

Two countries share a plane that a border cuts in two; a third party is the outside world. Towns are joined by roads to
their nearest neighbours, hubs by rail, ports by sea; only a few roads and railways cross the border. Raw commodities
are dug at some places, a third of all commodities is made from others, markets buy along falling demand curves.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sungari.region.package import Region

#: Places, commodities and months of the sizes that the benchmarks speak of.
SIZES: dict[str, tuple[int, int, int]] = {"S": (50, 10, 12), "M": (200, 20, 12), "L": (500, 30, 24)}
SEED = 7

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WINTER = (0.2, 0.2, 0.5, 0.9, 1, 1, 1, 1, 1, 1, 0.7, 0.3)  # a port that freezes
_HARVEST = (0.2, 0.2, 0.3, 0.6, 1, 1, 1, 1, 1, 1, 0.6, 0.3)  # what a mine or a field yields in a cold country
_HEATING = (1.6, 1.5, 1.3, 1, 0.7, 0.5, 0.5, 0.5, 0.7, 1, 1.3, 1.4)  # what a town burns
_WIDTH, _HEIGHT = 2400.0, 1500.0  # km


@dataclass
class _Plan:
    """What the parts of the generator hand on to each other."""

    rng: np.random.Generator
    plain: bool
    x: np.ndarray[Any, Any]
    y: np.ndarray[Any, Any]
    country: np.ndarray[Any, Any]  # 0, 1: a country; 2: the outside world
    places: list[str]
    commodities: list[str]
    value: np.ndarray[Any, Any]
    made: np.ndarray[Any, Any]  # of each commodity: whether it is made from others
    total: np.ndarray[Any, Any]  # yearly market of each commodity over the region

    @property
    def inside(self) -> np.ndarray[Any, Any]:
        return np.flatnonzero(self.country < 2)

    @property
    def outside(self) -> np.ndarray[Any, Any]:
        return np.flatnonzero(self.country == 2)

    def some(self, among: np.ndarray[Any, Any], share: float, least: int = 1) -> np.ndarray[Any, Any]:
        count = min(len(among), max(least, round(share * len(among))))
        return np.sort(self.rng.choice(among, count, replace=False))


def generate(
    places: int,
    commodities: int,
    months: int,
    seed: int = SEED,
    projects: int = 0,
    *,
    plain: bool = False,
    name: str = "",
) -> Region:
    """Make a region.

    Parameters
    ----------
    places, commodities, months : int
        Sizes; months are a multiple of 12, each twelve a model year that stands for five.
    seed : int
        The same seed gives the same region.
    projects : int
        Candidate projects to add, half of them on links, half on facilities, most of them lumpy.
    plain : bool
        Leave out what other tools have no words for (congestion, free disposal, several model years' reserves), so
        that the same problem can be put to all of them.
    name : str

    Returns
    -------
    Region

    Examples
    --------
    >>> region = generate(12, 6, 12)
    >>> len(region.table("places")), len(region.table("periods"))
    (12, 12)
    """
    plan = _plan(np.random.default_rng(seed), places, commodities, plain)
    tables = _frame_of(plan, months)
    for part in (_supply, _production, _demand, _stores, _network, _duties):
        tables |= part(plan)
    if projects:
        tables |= _projects(plan, tables, projects)
    settings: dict[str, Any] = {"currency": "USD", "discount_rate": 0.05, "free_disposal": not plain}
    title = f"Generated region: {places} places, {commodities} commodities, {months} months"
    return Region.from_tables(name or f"generated-{places}-{commodities}-{months}", tables, title, **settings)


def sized(size: str, *, seed: int = SEED, projects: int = 0, plain: bool = False) -> Region:
    """The region of a named size, ``"S"``, ``"M"`` or ``"L"``."""
    return generate(*SIZES[size], seed=seed, projects=projects, plain=plain, name=f"generated-{size.lower()}")


# -- what is where --------------------------------------------------------------------------------------------------


def _plan(rng: np.random.Generator, places: int, commodities: int, plain: bool) -> _Plan:
    x, y = rng.uniform(0, _WIDTH, places), rng.uniform(0, _HEIGHT, places)
    border = _WIDTH * (0.55 + 0.1 * np.sin(y / _HEIGHT * 5))
    country = np.where(x < border, 0, 1)
    abroad = max(1, places // 25)
    country[-abroad:] = 2
    x[-abroad:], y[-abroad:] = rng.uniform(_WIDTH, 1.6 * _WIDTH, abroad), rng.uniform(-0.4 * _HEIGHT, 0, abroad)
    made = np.arange(commodities) >= commodities - commodities // 3
    value = np.exp(rng.uniform(np.log(40), np.log(500), commodities)).round(1)
    total = np.exp(rng.uniform(np.log(0.5), np.log(4), commodities)) * places * 20000.0 * (300 / value) ** 0.5
    return _Plan(
        rng, plain, x, y, country,
        [f"p{i + 1:0{len(str(places))}d}" for i in range(places)],
        [f"c{i + 1:0{len(str(commodities))}d}" for i in range(commodities)],
        value, made, total,
    )


def _frame_of(plan: _Plan, months: int) -> dict[str, pd.DataFrame]:
    if months <= 0 or months % 12:
        raise ValueError(f"months must be a multiple of 12, not {months}")
    years = 2030 + 5 * np.repeat(np.arange(months // 12), 12)
    month = np.tile(np.arange(12), months // 12)
    parties = pd.DataFrame(
        {
            "party": ["west", "east", "world"],
            "name": ["West", "East", "Outside world"],
            "kind": ["country", "country", "external"],
        }
    )
    owner = np.array(["west", "east", "world"])[plan.country]
    places = pd.DataFrame(
        {
            "place": plan.places,
            "name": plan.places,
            "party": owner,
            "lat": 41 + plan.y / 111,
            "lon": 110 + plan.x / 78,
        }
    )
    goods = pd.DataFrame(
        {"commodity": plan.commodities, "name": plan.commodities, "unit": "t", "value": plan.value}
    )
    periods = pd.DataFrame(
        {
            "period": [f"{y}-{m + 1:02d}" for y, m in zip(years, month, strict=True)],
            "year": years,
            "days": np.array(_DAYS)[month],
            "years": 5 if months > 12 else 1,
        }
    )
    shapes = {"ice": _WINTER, "season": _HARVEST, "heating": np.array(_HEATING) / np.mean(_HEATING)}
    profiles = pd.DataFrame(
        [(p, f"{m + 1:02d}", float(f)) for p, factors in shapes.items() for m, f in enumerate(factors)],
        columns=["profile", "period", "factor"],
    )
    return {"parties": parties, "places": places, "commodities": goods, "periods": periods, "profiles": profiles}


# -- resources, production, markets -----------------------------------------------------------------------------------


def _supply(plan: _Plan) -> dict[str, pd.DataFrame]:
    rng, rows = plan.rng, []
    for k, commodity in enumerate(plan.commodities):
        value, total = plan.value[k], plan.total[k]
        if not plan.made[k]:
            where = plan.some(plan.inside, 0.14, 2)
            size = rng.dirichlet(np.full(len(where), 1.5)) * total * 1.3
            for i, amount in zip(where, size, strict=True):
                cost, seasonal = value * rng.uniform(0.35, 0.75), "season" if rng.random() < 0.3 else None
                for step, (share, more) in enumerate(((0.6, 1.0), (0.4, 1.35)), 1):
                    rows.append((plan.places[i], commodity, str(step), share * amount, cost * more, seasonal))
        for i in plan.some(plan.outside, 0.5):  # imports: dear, and not without end
            rows.append((plan.places[i], commodity, "1", 0.2 * total, value * rng.uniform(1.05, 1.25), None))
    frame = pd.DataFrame(rows, columns=["place", "commodity", "step", "capacity", "cost", "profile"])
    frame["capacity"] = frame["capacity"].round(3)
    frame["cost"] = frame["cost"].round(2)
    if not plan.plain:
        few = rng.random(len(frame)) < 0.1
        frame["reserve"] = np.where(few, (frame["capacity"] * 0.8).round(3), np.nan)
    return {"supply": frame}


def _production(plan: _Plan) -> dict[str, pd.DataFrame]:
    rng = plan.rng
    processes, recipes, facilities = [], [], []
    for k in np.flatnonzero(plan.made):
        earlier = np.arange(k)
        for way in range(rng.integers(1, 3)):
            process = f"make-{plan.commodities[k]}-{way + 1}"
            inputs = rng.choice(earlier, min(len(earlier), int(rng.integers(1, 4))), replace=False)
            bought = plan.value[k] * rng.uniform(0.4, 0.6)  # value of the inputs of a unit of output
            parts = rng.dirichlet(np.full(len(inputs), 3.0)) * bought
            processes.append((process, process, round(plan.value[k] * rng.uniform(0.05, 0.15), 2), "t"))
            recipes.append((process, plan.commodities[k], 1.0))
            recipes += [
                (process, plan.commodities[j], -round(part / plan.value[j], 4))
                for j, part in zip(inputs, parts, strict=True)
            ]
            where = plan.some(plan.inside, 0.1, 2)
            size = rng.dirichlet(np.full(len(where), 2.0)) * plan.total[k] * 0.8
            facilities += [(plan.places[i], process, round(s, 3)) for i, s in zip(where, size, strict=True)]
    made = pd.DataFrame(facilities, columns=["place", "process", "capacity"])
    units = made.groupby("place", as_index=False)["capacity"].sum()
    units = units[made.groupby("place")["process"].nunique().to_numpy() > 1].assign(unit="power")
    units["capacity"] = (units["capacity"] * 0.75).round(3)
    everywhere = made.loc[~made["place"].isin(units["place"]), ["place"]].drop_duplicates().assign(unit="power")
    return {
        "processes": pd.DataFrame(processes, columns=["process", "name", "cost", "unit"]),
        "recipes": pd.DataFrame(recipes, columns=["process", "commodity", "amount"]),
        "facilities": made,
        "units": pd.concat([units, everywhere], ignore_index=True)[["place", "unit", "capacity"]],
        "unit_use": pd.DataFrame({"process": [p[0] for p in processes], "unit": "power", "use": 1.0}),
    }


def _demand(plan: _Plan) -> dict[str, pd.DataFrame]:
    rng, rows = plan.rng, []
    for k, commodity in enumerate(plan.commodities):
        value = plan.value[k]
        where = plan.some(plan.inside, 0.3, 3)
        size = rng.dirichlet(np.full(len(where), 1.5)) * plan.total[k]
        for i, amount in zip(where, size, strict=True):
            price, seasonal = value * rng.uniform(1.3, 1.9), "heating" if rng.random() < 0.3 else None
            if k % 5 == 0:  # a staple: part of it must be met, or a penalty is paid
                rows.append((plan.places[i], commodity, "need", 0.4 * amount, np.nan, 4 * value, seasonal))
            for step, (share, less) in enumerate(((0.4, 1.0), (0.35, 0.85), (0.25, 0.7))[: rng.integers(2, 4)], 1):
                rows.append((plan.places[i], commodity, str(step), share * amount, price * less, np.nan, seasonal))
        for i in plan.some(plan.outside, 0.6):  # exports
            quantity, price = 0.2 * plan.total[k], value * rng.uniform(0.8, 1.0)
            rows.append((plan.places[i], commodity, "1", quantity, price, np.nan, None))
    frame = pd.DataFrame(rows, columns=["place", "commodity", "step", "quantity", "price", "penalty", "profile"])
    return {"demand": frame.round({"quantity": 3, "price": 2, "penalty": 2})}


def _stores(plan: _Plan) -> dict[str, pd.DataFrame]:
    rows = []
    for k in plan.some(np.arange(len(plan.commodities)), 0.3):
        for i in plan.some(plan.inside, 0.1):
            capacity = round(plan.total[k] / len(plan.inside) * plan.rng.uniform(0.3, 2), 3)
            rows.append((plan.places[i], plan.commodities[k], capacity, round(0.06 * plan.value[k], 2), 0.03, "year"))
    return {"stores": pd.DataFrame(rows, columns=["place", "commodity", "capacity", "cost", "loss", "cycle"])}


# -- corridors --------------------------------------------------------------------------------------------------------


def _edges(plan: _Plan) -> list[tuple[str, int, int, float]]:
    """Mode, ends and length of every link: roads to neighbours, rail between hubs, sea between ports."""
    rng = plan.rng
    away = np.hypot(plan.x[:, None] - plan.x, plan.y[:, None] - plan.y)
    np.fill_diagonal(away, np.inf)
    inside = plan.inside
    near = away[np.ix_(inside, inside)]
    pairs = {(min(i, j), max(i, j)) for i in range(len(inside)) for j in np.argsort(near[i])[:2]}
    pairs |= _spanning_tree(near)
    road = [(int(inside[i]), int(inside[j])) for i, j in sorted(pairs)]
    crossings = [(i, j) for i, j in road if plan.country[i] != plan.country[j]]
    keep = set(map(tuple, rng.permutation(np.array(crossings))[: max(2, len(inside) // 25)])) if crossings else set()
    road = [e for e in road if plan.country[e[0]] == plan.country[e[1]] or e in keep]
    hubs = plan.some(inside, 0.25, 4)
    between = away[np.ix_(hubs, hubs)]
    tree = _spanning_tree(between) | {(min(i, j), max(i, j)) for i in range(len(hubs)) for j in [np.argmin(between[i])]}
    for i in plan.some(np.arange(len(hubs)), 0.2):  # long corridors
        j = int(rng.choice([j for j in range(len(hubs)) if j != i]))
        tree.add((min(int(i), j), max(int(i), j)))
    rail = [(int(hubs[i]), int(hubs[j])) for i, j in sorted(tree)]
    ports = np.concatenate([plan.some(inside[np.argsort(plan.y[inside])[: max(3, len(inside) // 8)]], 0.6, 2)])
    sea = [(int(i), int(j)) for i in ports for j in plan.outside]
    edges = []
    for mode, ends, detour in (("road", road, 1.25), ("rail", rail, 1.15), ("sea", sea, 1.3)):
        edges += [(mode, i, j, round(float(away[i, j] * detour), 1)) for i, j in ends]
    return edges


def _spanning_tree(away: np.ndarray[Any, Any]) -> set[tuple[int, int]]:
    """Edges of the shortest tree that joins all (Prim)."""
    count = len(away)
    best, parent = away[0].copy(), np.zeros(count, dtype=int)
    best[0], tree = np.inf, set()
    joined = np.zeros(count, dtype=bool)
    joined[0] = True
    for _ in range(count - 1):
        best[joined] = np.inf
        j = int(np.argmin(best))
        tree.add((min(j, int(parent[j])), max(j, int(parent[j]))))
        joined[j] = True
        closer = away[j] < best
        best[closer], parent[closer] = away[j][closer], j
    return tree


def _network(plan: _Plan) -> dict[str, pd.DataFrame]:
    rng = plan.rng
    throughput = plan.total.sum() / len(plan.places)
    typical = {"road": 2.5 * throughput, "rail": 7 * throughput, "sea": 7 * throughput}
    speed = {"road": 600.0, "rail": 450.0, "sea": 550.0}  # km a day
    rows = []
    for number, (mode, i, j, km) in enumerate(_edges(plan), 1):
        abroad = plan.country[i] != plan.country[j]
        capacity = typical[mode] * float(np.exp(rng.normal(0, 0.7))) * (0.7 if abroad else 1.0)
        wait = 1.5 if abroad else 0.2
        congested = not plan.plain and mode != "sea" and (abroad or rng.random() < 0.05)
        if mode == "road" and not abroad and not congested and rng.random() < 0.6:
            capacity = np.nan  # a road between neighbours is never full
        rows.append((
            f"l{number:04d}", plan.places[i], plan.places[j], mode, km, round(capacity, 3), True,
            round(km / speed[mode] + wait, 2), "ice" if mode == "sea" and rng.random() < 0.6 else None,
            "queue" if congested else None,
        ))  # fmt: skip
    columns = ["link", "from", "to", "mode", "distance", "capacity", "both_ways", "days", "profile", "congestion"]
    bulk, liquid = plan.some(np.arange(len(plan.commodities)), 0.6), plan.some(np.arange(len(plan.commodities)), 0.7)
    day = plan.value * 0.1 / 365  # a tenth of a good's value for a year on the way
    rates = [("road", c, 0.22, 2.0, round(day[k], 4), 1.0) for k, c in enumerate(plan.commodities)]
    rates += [("rail", plan.commodities[k], 0.08, 6.0, round(day[k], 4), 1.0) for k in bulk]
    rates += [("sea", plan.commodities[k], 0.03, 12.0, round(day[k], 4), 1.0) for k in liquid]
    for position in rng.choice(len(rates), len(rates) // 5, replace=False):  # goods that take more room
        rates[position] = (*rates[position][:-1], round(float(rng.uniform(1.2, 2)), 2))
    tables = {
        "links": pd.DataFrame(rows, columns=columns),
        "rates": pd.DataFrame(rates, columns=["mode", "commodity", "per_km", "per_unit", "per_day", "weight"]),
    }
    if not plan.plain:
        curve = {"curve": "queue", "utilisation": [0.0, 0.6, 0.85], "days": [0.0, 0.8, 3.0]}
        tables["congestion"] = pd.DataFrame(curve)
    return tables


def _duties(plan: _Plan) -> dict[str, pd.DataFrame]:
    rng, rows = plan.rng, []
    for a, b in (("west", "east"), ("east", "west")):
        rows.append((a, b, "*", 0.04, np.nan))
        for k in plan.some(np.arange(len(plan.commodities)), 0.3):
            quota = round(0.05 * plan.total[k], 3) if rng.random() < 0.5 else np.nan
            rows.append((a, b, plan.commodities[k], round(float(rng.uniform(0, 0.2)), 3), quota))
    return {"duties": pd.DataFrame(rows, columns=["from_party", "to_party", "commodity", "ad_valorem", "quota"])}


# -- projects ---------------------------------------------------------------------------------------------------------


def _projects(plan: _Plan, tables: dict[str, pd.DataFrame], count: int) -> dict[str, pd.DataFrame]:
    rng, plants = plan.rng, tables["facilities"]
    links = tables["links"].dropna(subset="capacity")  # what is never full need not be widened
    projects, effects, shares = [], [], []
    for n in range(count):
        name = f"project-{n + 1:03d}"
        if n % 2:
            row = plants.iloc[int(rng.integers(len(plants)))]
            key, table, host = f"{row['place']}/{row['process']}", "facilities", row["place"]
            more = row["capacity"] * rng.uniform(0.3, 1.5)
            output = plan.value[plan.commodities.index(row["process"].split("-")[1])]
            capex = more * output * rng.uniform(0.3, 1.5)
        else:
            row = links.iloc[int(rng.integers(len(links)))]
            key, table, host = row["link"], "links", row["from"]
            more = row["capacity"] * rng.uniform(0.3, 1.5)
            capex = more * row["distance"] * rng.uniform(0.05, 0.5)
        lumpy = "true" if rng.random() < 0.75 else "false"
        per_size = 0.0 if lumpy == "true" else round(capex, 0)
        projects.append((name, name, table, round(capex, 0) - per_size, per_size, 1.0, lumpy, 25.0))
        effects.append((name, table, key, "capacity", round(more, 3)))
        owner = ("west", "east", "world")[plan.country[plan.places.index(host)]]
        shares += [(name, owner, 1.0)] if rng.random() < 0.5 else [(name, "west", 0.5), (name, "east", 0.5)]
    head = ["project", "name", "sector", "capex", "capex_per_size", "size_max", "lumpy", "life"]
    return {
        "projects": pd.DataFrame(projects, columns=head),
        "effects": pd.DataFrame(effects, columns=["project", "table", "row", "column", "change"]),
        "shares": pd.DataFrame(shares, columns=["project", "party", "share"]),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a generated region to a folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description="Write a generated region.")
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--projects", type=int, default=0, metavar="N")
    parser.add_argument("--plain", action="store_true", help="only what every tool of the comparison can express")
    given = parser.parse_args(arguments)
    region = sized(given.size, seed=given.seed, projects=given.projects, plain=given.plain)
    print(region.write(given.folder))


if __name__ == "__main__":
    main()
