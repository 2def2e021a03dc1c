"""Why there is no plan, in the package's own words.

An infeasible model is solved once more with everything that *must* be turned into something that costs one per unit
missed: what is still missed then is the shortfall, and the limits whose dual is not zero are in the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from sungari.chain.assembly import Model
from sungari.chain.family import Solution
from sungari.chain.program import Arrays, Block, Floats, Ints
from sungari.chain.solver import Answer, Solver
from sungari.errors import Explanation
from sungari.words import Words

MOST_SHOWN = 12
#: Kinds of rows and columns that are no table's, as readers know them.
CALLED = {str(name): name for name in (
    Words("balance"), Words("demand"), Words("demand min"), Words("supply min"), Words("facilities min"),
    Words("quota"), Words("reserve"), Words("stock"), Words("charge"), Words("discharge"), Words("sale"),
    Words("budget"), Words("links band"), Words("project once"), Words("project size at most"),
    Words("project size at least"), Words("project excludes"), Words("project requires"),
)}  # fmt: skip


@dataclass(frozen=True)
class _Musts:
    """All lower bounds of the model that are relaxed: what they are and what stands for missing them."""

    table: list[str]
    row: Ints
    period: Ints
    amount: Floats
    slack: Ints
    strict: Ints
    surplus: Ints


def explain_infeasible(model: Model) -> Explanation:
    """Which demand is short, where, when and by how much, and which limits are in the way.

    Parameters
    ----------
    model : Model
        A model that the solver found infeasible.
    """
    arrays, musts = _relaxed(model)
    answer = _solve(arrays)
    if answer is None:
        return _contradiction(model)
    missed = answer.x[musts.slack]
    short = missed > 1e-7 * np.maximum(musts.amount, 1.0)
    shortfalls = _shortfalls(model, musts, missed, short)
    limits = _bans(model, answer) + _limits(model, answer)
    committed = _committed(model, answer)
    surpluses = _surpluses(model, musts, answer)
    if shortfalls or committed:
        n = len(shortfalls) + len(committed)
        headline = _headline(n, bool(shortfalls))
    elif surpluses:
        headline = Words("No plan: what may not be left lying has nowhere to go.")
    else:
        return _contradiction(model)
    return Explanation(headline, (committed + shortfalls + surpluses)[: 4 * MOST_SHOWN], limits[:MOST_SHOWN])


def _headline(n: int, short: bool) -> Words:
    if short and n == 1:
        return Words("No plan: what must be met cannot be met (1 row falls short).")
    if short:
        return Words("No plan: what must be met cannot be met ({n} rows fall short).", n=n)
    if n == 1:
        return Words("No plan: what is committed cannot be built (1 row falls short).")
    return Words("No plan: what is committed cannot be built ({n} rows fall short).", n=n)


def explain_unbounded(model: Model) -> Explanation:
    """Which endless quantity earns endless money."""
    arrays = model.arrays.copy()
    finite = np.concatenate([arrays.upper[np.isfinite(arrays.upper)], arrays.row_upper[np.isfinite(arrays.row_upper)]])
    box = 1e4 * max(float(np.abs(finite).max(initial=1.0)), 1.0)
    endless = ~np.isfinite(arrays.upper)
    arrays.upper[endless] = box
    answer = _solve(arrays)
    found: list[dict[str, Any]] = []
    if answer is not None:
        for family, block in _column_blocks(model):
            at = np.flatnonzero(endless[block.slice] & (answer.x[block.slice] > 0.5 * box))
            if not len(at):
                continue
            for table, row, text in _columns_text(model, family, at)[:MOST_SHOWN]:
                found.append({"table": table, "row": row, "text": text})
    headline = Words(
        "No best plan: the surplus can grow without end, because something unlimited earns money by itself."
    )
    return Explanation(headline, [], found)


# -- the relaxed program ----------------------------------------------------------------------------------------------


def _relaxed(model: Model) -> tuple[Arrays, _Musts]:
    """The model with a slack for everything that must be, at a cost of one per unit missed, and no other costs.

    A least quantity that was a bound becomes a row, so that all slacks stand in rows: those of demand and least uses
    first, then those of committed projects, then surpluses of what may not be left lying.
    """
    arrays = model.arrays.copy()
    n_rows, n_columns, _ = arrays.shape
    musts = [must for family in model.families for must in family.requirements()]
    slack_row: list[Ints] = []
    amount: list[Floats] = []
    bounded: list[Ints] = []
    below: list[Floats] = []
    position = n_rows
    for must in musts:
        if must.kind == "row":
            slack_row.append(must.index)
            amount.append(arrays.row_lower[must.index])
            continue
        least = arrays.lower[must.index]
        arrays.lower[must.index] = 0.0
        slack_row.append(np.arange(position, position + len(least)))
        amount.append(least)
        bounded.append(must.index)
        below.append(least)
        position += len(least)
    once, balance = arrays.rows["project once"], arrays.rows["balance"]
    # What is sure to be built stands as a bound too.
    arrays.lower[arrays.columns["built"].slice] = 0.0
    forced = once.start + np.flatnonzero(arrays.row_lower[once.slice] > 0)
    strict = balance.start + np.flatnonzero(arrays.row_upper[balance.slice] == 0)
    rows = np.concatenate([*slack_row, forced, strict]).astype(np.int64)
    sign = np.concatenate([np.ones(len(rows) - len(strict)), np.full(len(strict), -1.0)])
    most = np.concatenate([*amount, arrays.row_lower[forced], np.full(len(strict), np.inf)])
    slack = sparse.coo_array((sign, (rows, np.arange(len(rows)))), shape=(position, len(rows)))
    index = np.concatenate(bounded) if bounded else np.zeros(0, dtype=np.int64)
    extra = sparse.coo_array((np.ones(len(index)), (np.arange(len(index)), index)), shape=(len(index), n_columns))
    matrix = sparse.csc_array(sparse.hstack([sparse.vstack([arrays.matrix, extra]), slack]))
    relaxed = Arrays(
        np.append(np.zeros(n_columns), np.ones(len(rows))),
        np.append(arrays.lower, np.zeros(len(rows))),
        np.append(arrays.upper, most),
        np.append(arrays.integer, np.zeros(len(rows), dtype=bool)),
        np.concatenate([arrays.row_lower, *below]),
        np.append(arrays.row_upper, np.full(len(index), np.inf)),
        matrix, arrays.columns, arrays.rows,
        np.append(arrays.decision, np.zeros(len(rows), dtype=bool)),
    )
    n = sum(len(a) for a in amount)
    return relaxed, _Musts(
        [must.table for must in musts for _ in range(len(must.index))],
        np.concatenate([np.zeros(0, dtype=np.int64), *(must.row for must in musts)]),
        np.concatenate([np.zeros(0, dtype=np.int64), *(must.period for must in musts)]),
        np.concatenate([np.zeros(0), *amount]),
        n_columns + np.arange(n),
        strict - balance.start,
        n_columns + n + len(forced) + np.arange(len(strict)),
    )


def _solve(arrays: Arrays) -> Answer | None:
    """Solve; where decisions are whole, price at the best of them."""
    solver = Solver(arrays)
    answer = solver.solve(time_limit=120.0)
    if not answer.feasible:
        return None
    if len(solver.integer):
        solver.fix_integers(answer.x)
        answer = solver.solve(mixed=False)
    return answer if answer.feasible else None


# -- in the package's words -------------------------------------------------------------------------------------------


def _quantity(value: float) -> str:
    return Words("{value:,.4g}", value=value) if abs(value) < 1e4 else Words("{value:,.0f}", value=value)


def _span(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    if len(names) <= 3:
        return ", ".join(names)
    return Words("{first} … {last} ({n} periods)", first=names[0], last=names[-1], n=len(names))


def _unit_of(model: Model, table: str, frame: pd.DataFrame, row: int) -> str:
    region = model.region
    if table in ("demand", "supply", "stores"):
        commodities = region.table("commodities").set_index("commodity")["unit"]
        return str(commodities.get(frame["commodity"].iloc[row], ""))
    if table == "facilities":
        units = region.table("processes").set_index("process")["unit"]
        unit = units.get(frame["process"].iloc[row])
        return Words("units of activity") if pd.isna(unit) else str(unit)
    return ""


def _name_of(table: str, frame: pd.DataFrame, row: int) -> str:
    line = frame.iloc[row]
    if table in ("demand", "supply"):
        here = {"commodity": line["commodity"], "place": line["place"]}
        if str(line["step"]) == "1":
            return Words("{commodity} at {place}", **here)
        return Words("{commodity} at {place} (step {step})", **here, step=line["step"])
    if table == "facilities":
        return Words("process {process} at {place}", process=line["process"], place=line["place"])
    if table == "units":
        return Words("unit {unit} at {place}", unit=line["unit"], place=line["place"])
    if table == "stores":
        return Words("store of {commodity} at {place}", commodity=line["commodity"], place=line["place"])
    if table == "links":
        return Words("link {link} ({start} → {end})", link=line["link"], start=line["from"], end=line["to"])
    return str(row)


def _must(table: str, what: str) -> Words:
    """What must be, of a row."""
    if table == "demand":
        return Words("demand for {what}", what=what)
    if table == "supply":
        return Words("least supply of {what}", what=what)
    return Words("least activity of {what}", what=what)


def _shortfalls(model: Model, musts: _Musts, missed: Floats, short: np.ndarray) -> list[dict[str, Any]]:
    names = model.ground.periods.names
    found: list[dict[str, Any]] = []
    frame = pd.DataFrame({
        "table": np.array(musts.table, dtype=object)[short] if len(short) else [],
        "row": musts.row[short], "period": musts.period[short], "short": missed[short], "amount": musts.amount[short],
    })
    for (table, row), part in frame.groupby(["table", "row"], sort=False):
        table, row = str(table), int(row)  # type: ignore[call-overload]
        package = model.region.table(table)
        unit = _unit_of(model, table, package, row)
        line = model.region.line(table, row)
        when = [names[p] for p in part["period"]]
        total, wanted = float(part["short"].sum()), float(part["amount"].sum())
        text = Words("{what} in {when}: short by {short} of {wanted} {unit} ({table}.csv, row {line})",
                     what=_must(table, _name_of(table, package, row)), when=_span(when), short=_quantity(total),
                     wanted=_quantity(wanted), unit=unit, table=table, line=line)
        found.append({
            "table": table, "row": line,
            "place": str(package["place"].iloc[row]),
            "commodity": str(package["commodity"].iloc[row]) if "commodity" in package else None,
            "process": str(package["process"].iloc[row]) if "process" in package else None,
            "periods": when, "period": when[0], "quantity": wanted, "short": total, "unit": unit, "text": text,
        })
    return sorted(found, key=lambda s: -s["short"] / max(s["quantity"], 1e-12))


def _surpluses(model: Model, musts: _Musts, answer: Answer) -> list[dict[str, Any]]:
    """What may not be left where it is, and has nowhere to go."""
    ground, region = model.ground, model.region
    left = answer.x[musts.surplus]
    over = np.flatnonzero(left > 1e-7 * max(float(left.max(initial=0.0)), 1.0))
    place, commodity = ground.balance_names()
    pair, period = np.divmod(musts.strict[over], len(ground.periods))
    units = region.table("commodities")["unit"]
    frame = pd.DataFrame({"place": place[pair], "commodity": commodity[pair], "period": period, "left": left[over]})
    found = []
    for (p, c), part in frame.groupby(["place", "commodity"], sort=False):
        p, c = int(p), int(c)  # type: ignore[call-overload]
        when = [ground.periods.names[t] for t in part["period"]]
        total, unit, line = float(part["left"].sum()), str(units.iloc[c]), region.line("commodities", c)
        text = Words(
            "surplus of {commodity} at {place} in {when}: {quantity} {unit} have nowhere to go, and may not be left "
            "there (commodities.csv, row {line})",
            commodity=ground.commodities[c], place=ground.places[p], when=_span(when), quantity=_quantity(total),
            unit=unit, line=line,
        )  # fmt: skip
        found.append({
            "table": "commodities", "row": line, "place": str(ground.places[p]),
            "commodity": str(ground.commodities[c]), "process": None, "periods": when, "period": when[0],
            "quantity": total, "short": total, "unit": unit, "text": text,
        })
    return sorted(found, key=lambda s: -s["short"])


def _committed(model: Model, answer: Answer) -> list[dict[str, Any]]:
    projects, once = model.projects, model.arrays.rows["project once"]
    forced = np.flatnonzero(model.arrays.row_lower[once.slice] > 0)
    value = np.asarray(model.arrays.matrix @ answer.x[: len(model.arrays.cost)])[once.slice]
    lower = model.arrays.row_lower[once.slice]
    alive = np.unique(projects.project)
    found = []
    for i in forced:
        if value[i] < lower[i] - 1e-6:
            name, line = projects.names[alive[i]], model.region.line("projects", int(alive[i]))
            text = Words("project {project} must be built, but cannot be (projects.csv, row {line})",
                         project=name, line=line)
            found.append({
                "table": "projects", "row": line, "text": text, "short": float(lower[i] - value[i]),
                "quantity": float(lower[i]), "unit": "", "place": None, "commodity": None, "process": None,
                "periods": [], "period": None,
            })  # fmt: skip
    return found


def _solution(model: Model, answer: Answer) -> Solution:
    rows, columns, _ = model.arrays.shape
    return Solution(
        model.ground, answer.x[:columns], answer.column_dual[:columns], model.arrays.upper, answer.row_dual[:rows],
        answer.row_activity[:rows], model.ground.prices(answer.row_dual[:rows]),
    )


def _limits(model: Model, answer: Answer) -> list[dict[str, Any]]:
    """Capacities with a dual in the relaxed model, those that hold back most first."""
    solution = _solution(model, answer)
    frames = [parts["capacity"] for parts in (f.results(solution) for f in model.families) if "capacity" in parts]
    capacity = pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True)
    capacity = capacity[capacity["shadow_price"] > 1e-9]
    found: list[tuple[float, float, dict[str, Any]]] = []
    weight = dict(zip(model.ground.periods.names, model.ground.periods.weight_of_period, strict=True))
    discounted = capacity["shadow_price"] * capacity["period"].map(weight).astype(float)
    capacity = capacity.assign(held=discounted * capacity["used"], dual=discounted)
    for (table, row), part in capacity.groupby(["table", "row"], sort=False):
        total = float(part["capacity"].sum())
        what = {
            "supply": Words("supply {row}", row=row), "facilities": Words("capacity of facility {row}", row=row),
            "units": Words("capacity of unit {row}", row=row), "links": Words("capacity of link {row}", row=row),
            "stores": Words("capacity of store {row}", row=row), "duties": Words("quota {row}", row=row),
        }[str(table)]  # fmt: skip
        text = Words("{what} is full in {when} ({total} in all, {table}.csv)", what=what,
                     when=_span(part["period"].tolist()), total=_quantity(total), table=table)
        item = {"table": str(table), "row": str(row), "periods": part["period"].tolist(), "text": text}
        found.append((float(part["held"].sum()), float(part["dual"].sum()), item))
    return [item for _, _, item in sorted(found, key=lambda f: f[:2], reverse=True)]


def _bans(model: Model, answer: Answer) -> list[dict[str, Any]]:
    """Forbidden flows that would help, named as what they are: the law of the package, obeyed."""
    links, solution = model.links, _solution(model, answer)
    if not links.forbidden.any():
        return []
    found: dict[int, dict[str, Any]] = {}
    prices = np.nan_to_num(solution.prices)
    pair = model.ground.pair
    for e in np.flatnonzero(links.forbidden):
        there = prices[pair(links.end[e], links.commodity[e])] * (1 - links.loss[e])
        here = prices[pair(links.start[e], links.commodity[e])]
        if np.any(there - here > 1e-9):
            rule = int(links.rule[e].max())
            line = model.region.line("duties", rule)
            row = model.duties.frame.iloc[rule]
            commodity = model.ground.commodities[links.commodity[e]]
            text = Words("{commodity} over link {link} is banned from {start} to {end} (duties.csv, row {line})",
                         commodity=commodity, link=links.frame["link"].iloc[links.link[e]], start=row["from_party"],
                         end=row["to_party"], line=line)
            found.setdefault(rule, {"table": "duties", "row": line, "text": text})
    return list(found.values())


def _contradiction(model: Model) -> Explanation:
    """The limits contradict one another whatever is bought: name the rows that cannot hold together."""
    arrays = model.arrays.copy()
    rows = np.arange(len(arrays.row_lower))
    identity = sparse.coo_array((np.ones(len(rows)), (rows, rows)))
    matrix = sparse.csc_array(sparse.hstack([arrays.matrix, identity, -identity]))
    n = len(rows)
    relaxed = Arrays(
        np.append(np.zeros(len(arrays.cost)), np.ones(2 * n)), np.append(arrays.lower, np.zeros(2 * n)),
        np.concatenate([arrays.upper, np.full(2 * n, np.inf)]),
        np.concatenate([arrays.integer, np.zeros(2 * n, dtype=bool)]), arrays.row_lower, arrays.row_upper, matrix,
        arrays.columns, arrays.rows, np.concatenate([arrays.decision, np.zeros(2 * n, dtype=bool)]),
    )
    answer = _solve(relaxed)
    limits: list[dict[str, Any]] = []
    if answer is not None:
        columns = len(arrays.cost)
        missed = answer.x[columns: columns + n] + answer.x[columns + n:]
        for block in arrays.rows.values():
            broken = np.flatnonzero(missed[block.slice] > 1e-7)
            if len(broken):
                kind = CALLED.get(block.name, block.name)
                limits.append({"table": block.name, "row": None, "text": Words(
                    "limits of the kind {kind!r}: {n} cannot hold with the rest", kind=kind, n=len(broken))})
    return Explanation(Words("No plan: the package's limits contradict one another."), [], limits)


def _column_blocks(model: Model) -> list[tuple[str, Block]]:
    return [(name, block) for name, block in model.arrays.columns.items() if block.size]


def _columns_text(model: Model, family: str, at: Ints) -> list[tuple[str, int | None, str]]:
    """Texts for columns of a block, one per table row."""
    region = model.region
    if family == "supply" or family == "facilities":
        uses = model.supply if family == "supply" else model.facilities
        rows = np.unique(uses.row[at])
        return [
            (family, region.line(family, int(r)),
             Words("{what} is unlimited at a cost of {cost:g} ({table}.csv, row {line})",
                   what=_name_of(family, uses.frame, int(r)), cost=uses._unit_cost()[r], table=family,
                   line=region.line(family, int(r))))
            for r in rows
        ]  # fmt: skip
    if family == "flow":
        links = model.links
        rows = np.unique(links.link_of[at])
        return [("links", region.line("links", int(r)), Words(
            "{what} is unlimited (links.csv, row {line})",
            what=_name_of("links", links.frame, int(r)), line=region.line("links", int(r)),
        )) for r in rows]  # fmt: skip
    return [(family, None, Words("columns {name!r} are unlimited ({n})", name=CALLED.get(family, family), n=len(at)))]
