"""The plain problem in Pyomo: ``python -m benchmarks.against_pyomo FOLDER``."""

from __future__ import annotations

import logging
import sys
from collections import defaultdict
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import pyomo.environ as pyo
from pyomo.contrib.appsi.solvers import Highs
from pyomo.core.expr.numeric_expr import LinearExpression

from benchmarks.measure import Stages
from benchmarks.problem import Problem, read

Terms = dict[Any, list[tuple[float, Any]]]


def _sum(terms: list[tuple[float, Any]]) -> LinearExpression:
    return LinearExpression(constant=0, linear_coefs=[c for c, _ in terms], linear_vars=[v for _, v in terms])


def build(p: Problem) -> pyo.ConcreteModel:
    """Build the model, with linear expressions made directly, the fastest way that Pyomo documents."""
    model = pyo.ConcreteModel()
    periods = range(len(p.periods))
    costs: list[tuple[float, Any]] = []

    def family(name: str, rows: pd.DataFrame, upper: np.ndarray | float, cost: np.ndarray | None) -> list[list[Any]]:
        limit = np.broadcast_to(upper, (len(rows), len(periods)))
        finite = np.isfinite(limit)
        bounds = {(i, t): (0, float(limit[i, t]) if finite[i, t] else None) for i in range(len(rows)) for t in periods}
        variable = pyo.Var(range(len(rows)), periods, bounds=bounds)
        model.add_component(name, variable)
        made = [[variable[i, t] for t in periods] for i in range(len(rows))]
        if cost is not None:
            costs.extend((cost[i, t], made[i][t]) for i in range(len(rows)) for t in periods)
        return made

    supply = family("supply", p.supply, p.limit(p.supply), p.worth(p.supply["cost"]))
    sales = family("sales", p.sales, p.limit(p.sales), p.worth(p.sales["cost"]))
    unserved = family("unserved", p.needs, p.limit(p.needs), p.worth(p.needs["cost"]))
    activity_limit = p.facilities["capacity"].to_numpy()[:, None] * p.share
    activity = family("activity", p.facilities, activity_limit, p.worth(p.facilities["cost"]))
    flow = family("flow", p.flows, np.inf, p.worth(p.flows["cost"]))
    charge, discharge = family("charge", p.stores, np.inf, None), family("discharge", p.stores, np.inf, None)
    held = p.worth(p.stores["cost"]) * p.share
    stock = family("stock", p.stores, p.stores["capacity"].to_numpy()[:, None], held)

    balance: Terms = defaultdict(list)
    needed: dict[Any, float] = defaultdict(float)

    def on_bus(buses: pd.Series, sign: float, variables: list[list[Any]]) -> None:
        for i, bus in enumerate(buses):
            for t in periods:
                balance[bus, t].append((sign, variables[i][t]))

    on_bus(p.supply["bus"], 1.0, supply)
    on_bus(p.sales["bus"], -1.0, sales)
    on_bus(p.needs["bus"], 1.0, unserved)
    on_bus(p.flows["from_bus"], -1.0, flow)
    on_bus(p.flows["to_bus"], 1.0, flow)
    on_bus(p.stores["bus"], 1.0, discharge)
    on_bus(p.stores["bus"], -1.0, charge)
    wanted = p.limit(p.needs)
    for i, bus in enumerate(p.needs["bus"]):
        for t in periods:
            needed[bus, t] += wanted[i, t]
    recipes = {name: list(zip(r["commodity"], r["amount"], strict=True)) for name, r in p.recipes.groupby("process")}
    capacity, units, quotas = _shared(p, flow, activity, periods)
    for i, (place, process) in enumerate(zip(p.facilities["place"], p.facilities["process"], strict=True)):
        for good, amount in recipes[process]:
            for t in periods:
                balance[f"{place}/{good}", t].append((amount, activity[i][t]))

    keys = [k for k in ((bus, t) for bus in p.buses for t in periods) if k in balance]
    model.balance = pyo.Constraint(keys, rule=lambda _, bus, t: _sum(balance[bus, t]) == needed.get((bus, t), 0.0))
    limits = dict(zip(p.links.index, p.limit(p.links), strict=True))
    model.capacity = pyo.Constraint(
        list(capacity), rule=lambda _, link, t: _sum(capacity[link, t]) <= limits[link][t]
    )
    model.unit = pyo.Constraint(list(units), rule=lambda _, u, t: _sum(units[u, t]) <= p.units[u] * p.share[t])
    model.quota = pyo.Constraint(list(quotas), rule=lambda _, q, t: _sum(quotas[q, t]) <= p.quotas[q] * p.share[t])
    left = (1 - p.stores["loss"].to_numpy()[:, None]) ** p.share

    def stock_rule(_: Any, i: int, t: int) -> Any:
        terms = [(1.0, stock[i][t]), (-left[i, t], stock[i][t - 1]), (-1.0, charge[i][t]), (1.0, discharge[i][t])]
        return _sum(terms) == 0

    model.stocks = pyo.Constraint(range(len(p.stores)), periods, rule=stock_rule)
    model.cost = pyo.Objective(expr=_sum(costs))
    return model


def _shared(p: Problem, flow: list[list[Any]], activity: list[list[Any]], periods: range) -> tuple[Terms, Terms, Terms]:
    """Terms of the rows that several flows or facilities share: links, units, quotas."""
    capacity: Terms = defaultdict(list)
    units: Terms = defaultdict(list)
    quotas: Terms = defaultdict(list)
    limited = set(p.links.index)
    for i, (link, weight, quota) in enumerate(p.flows[["link", "weight", "quota"]].itertuples(index=False)):
        for t in periods:
            if link in limited:
                capacity[link, t].append((weight, flow[i][t]))
            if quota == quota:
                quotas[quota, t].append((1.0, flow[i][t]))
    for i, (unit, use) in enumerate(p.facilities[["unit", "use"]].itertuples(index=False)):
        if isinstance(unit, str) and np.isfinite(p.units[unit]):
            for t in periods:
                units[unit, t].append((use, activity[i][t]))
    return capacity, units, quotas


def main(folder: str) -> None:
    """Build, pass, solve and read, each stage timed."""
    logging.disable(logging.WARNING)
    stages = Stages()
    with stages("load"):
        problem = read(folder)
    with stages("build"):
        model = build(problem)
    solver = Highs()
    with stages("pass and read"):
        result = solver.solve(model)
    with stages("pass and read"):
        flows = {k: v.value for k, v in model.flow.items()}
    assert len(flows) == len(problem.flows) * len(problem.periods)
    columns, rows = solver._solver_model.getNumCol(), solver._solver_model.getNumRow()
    stages.report(
        objective=-result.best_feasible_objective, columns=columns, rows=rows, version=version("pyomo")
    )


if __name__ == "__main__":
    main(sys.argv[1])
