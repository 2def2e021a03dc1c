"""A program as text that a person can read: its rows and columns with the package's own names."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sungari.chain.assembly import Model
from sungari.chain.program import Block


def number(value: float) -> str:
    return "inf" if value == np.inf else "-inf" if value == -np.inf else f"{value:.9g}"


def column_names(model: Model) -> list[str]:
    """Name of every column: its block and what it stands for."""
    names = [""] * len(model.arrays.cost)
    for block in model.arrays.columns.values():
        for i, name in enumerate(_columns(model, block)):
            names[block.start + i] = f"{block.name}({name})"
    return names


def _columns(model: Model, block: Block) -> Iterator[str]:
    periods = model.ground.periods.names
    stores, links, demand, projects = model.stores, model.links, model.demand, model.projects
    if block.name in ("supply", "facilities"):
        uses = model.supply if block.name == "supply" else model.facilities
        for way, row, t in zip(uses.grid.row, uses.row, uses.grid.period, strict=True):
            yield f"{uses.names()[row]}{_way(model, uses.ways.projects[way])}, {periods[t]}"
    elif block.name == "flow":
        places, goods = model.ground.places, model.ground.commodities
        for e, t in zip(links.grid.row, links.grid.period, strict=True):
            band = links.band[e]
            at = f" from {number(links.bands.start[band])}" if band >= 0 else ""
            way = _way(model, links.ways.projects[links.way[e]])
            name = links.frame["link"].iloc[links.link[e]]
            ends = f"{places[links.start[e]]}>{places[links.end[e]]}"
            yield f"{name} {ends} {goods[links.commodity[e]]}{at}{way}, {periods[t]}"
    elif block.name == "stock":
        for way in stores.way:
            for period in periods:
                yield f"{_store(model, stores.ways.row[way])}{_way(model, stores.ways.projects[way])}, {period}"
    elif block.name in ("charge", "discharge"):
        for row in stores.rows:
            for period in periods:
                yield f"{_store(model, row)}, {period}"
    elif block.name in ("sale", "unserved"):
        wanted = range(len(demand.at)) if block.name == "sale" else demand.short_of
        for i in wanted:
            segment = f" segment {demand.segment[demand.grid.row[i]]}" if demand.curve[demand.at[i]] else ""
            yield f"{_market(model, demand.at[i])}{segment}, {periods[demand.grid.period[i]]}"
    elif block.name in ("built", "size"):
        at = projects.built_column if block.name == "built" else projects.unit_column
        for i in block.index:
            d = int(np.flatnonzero(at == i)[0])
            yield f"{projects.names[projects.project[d]]}, {model.ground.periods.years[projects.year[d]]}"
    else:
        raise AssertionError(f"columns {block.name!r} have no names here")


def _way(model: Model, projects: tuple[int, ...]) -> str:
    return f" with {'+'.join(model.projects.names[list(projects)])}" if projects else ""


def _store(model: Model, row: int) -> str:
    return "/".join(model.stores.frame[["place", "commodity"]].iloc[row])


def _market(model: Model, row: int) -> str:
    return "/".join(model.demand.frame[["place", "commodity", "step"]].iloc[row])


def row_names(model: Model, block: Block) -> list[str]:
    """Name of every row of a block; a number where its entries say enough."""
    ground, periods = model.ground, model.ground.periods.names
    found = {i: f"#{i + 1}" for i in range(block.size)}
    if block.name == "balance":
        place, commodity = ground.balance_names()
        pairs = zip(ground.places[place], ground.commodities[commodity], strict=True)
        found = dict(enumerate(f"{p}/{c}, {t}" for p, c in pairs for t in periods))
    families = {
        "supply": (model.supply.limit, model.supply.names()),
        "facilities": (model.facilities.limit, model.facilities.names()),
        "units": (model.facilities.unit_limit, model.facilities.units["place"] + "/" + model.facilities.units["unit"]),
        "links": (model.links.limit, model.links.frame["link"]),
        "stores": (model.stores.limit, [_store(model, r) for r in range(len(model.stores.frame))]),
    }
    if block.name in families:
        limit, names = families[block.name]
        for row, t in np.argwhere(limit.row_index >= 0):
            found[limit.row_index[row, t] - block.start] = f"{list(names)[row]}, {periods[t]}"
    elif block.name in ("supply min", "facilities min"):
        uses = model.supply if block.name == "supply min" else model.facilities
        at = enumerate(zip(uses.least_grid.row, uses.least_grid.period, strict=True))
        found = {i: f"{uses.names()[r]}, {periods[t]}" for i, (r, t) in at}
    elif block.name == "reserve":
        found = {i: str(model.supply.names()[r]) for i, r in enumerate(model.supply.reserves)}
    elif block.name == "stock":
        found = dict(enumerate(f"{_store(model, r)}, {t}" for r in model.stores.rows for t in periods))
    elif block.name == "links band":
        links, grid = model.links, model.links.band_grid
        for i, (b, t) in enumerate(zip(grid.row, grid.period, strict=True)):
            link = links.frame["link"].iloc[links.bands.link[b]]
            found[i] = f"{link} from {number(links.bands.start[b])}, {periods[t]}"
    elif block.name == "quota":
        grid, frame = model.duties.grid, model.duties.frame
        for i, (r, t) in enumerate(zip(grid.row, grid.period, strict=True)):
            found[i] = "/".join(frame[["from_party", "to_party", "commodity"]].iloc[r]) + f", {periods[t]}"
    return [found[i] for i in range(block.size)]


def rows_text(model: Model, block: Block) -> str:
    """The rows of a block, one line each."""
    arrays, columns = model.arrays, column_names(model)
    matrix = arrays.matrix.tocsr()
    lines: list[str] = []
    for i, name in enumerate(row_names(model, block)):
        row = block.start + i
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = [
            f"{'-' if v < 0 else '+'} {'' if abs(v) == 1 else number(abs(v)) + ' '}{columns[c]}"
            for c, v in sorted(zip(matrix.indices[entries], matrix.data[entries], strict=True))
        ]
        low, high = arrays.row_lower[row], arrays.row_upper[row]
        side = f"= {number(low)}" if low == high else " and ".join(
            [f">= {number(low)}"] * int(low > -np.inf) + [f"<= {number(high)}"] * int(high < np.inf)
        )
        lines.append(f"{name}:\n" + "".join(f"    {term}\n" for term in terms) + f"    {side}\n")
    return "\n".join(lines)


def columns_text(model: Model, block: Block) -> str:
    """The columns of a block, one line each: bounds, kind and cost in the minimised objective."""
    arrays, names = model.arrays, column_names(model)
    return "".join(
        f"{number(arrays.lower[i])} <= {names[i]} <= {number(arrays.upper[i])}"
        f"{' whole' if arrays.integer[i] else ''}, cost {number(arrays.cost[i])}\n"
        for i in block.index
    )
