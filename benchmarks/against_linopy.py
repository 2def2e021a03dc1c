"""The plain problem in linopy, written the vectorised way: ``python -m benchmarks.against_linopy FOLDER``."""

from __future__ import annotations

import logging
import sys

import dask.array  # noqa: F401 - xarray loads it at its first sum, which is not what is measured here
import linopy
import numpy as np
import pandas as pd
import xarray as xr

from benchmarks.measure import Stages, peak_memory
from benchmarks.problem import Problem, read


def build(p: Problem) -> linopy.Model:
    """Build the model; every family is one call over all its rows and periods."""
    model = linopy.Model()
    periods = pd.Index(p.periods.index, name="period")
    costs = []

    def family(name: str, rows: pd.DataFrame, upper: np.ndarray | float, cost: np.ndarray | None) -> linopy.Variable:
        coords = [pd.RangeIndex(len(rows), name=name), periods]
        made = model.add_variables(0, np.broadcast_to(upper, (len(rows), len(periods))), coords, name=name)
        if cost is not None:
            costs.append((made * xr.DataArray(cost, coords)).sum())
        return made

    supply = family("supply", p.supply, p.limit(p.supply), p.worth(p.supply["cost"]))
    sales = family("sales", p.sales, p.limit(p.sales), p.worth(p.sales["cost"]))
    unserved = family("unserved", p.needs, p.limit(p.needs), p.worth(p.needs["cost"]))
    activity_limit = p.facilities["capacity"].to_numpy()[:, None] * p.share
    activity = family("activity", p.facilities, activity_limit, p.worth(p.facilities["cost"]))
    flow = family("flow", p.flows, np.inf, p.worth(p.flows["cost"]))
    charge = family("charge", p.stores, np.inf, None)
    discharge = family("discharge", p.stores, np.inf, None)
    held = p.worth(p.stores["cost"]) * p.share
    stock = family("stock", p.stores, p.stores["capacity"].to_numpy()[:, None], held)

    def on_bus(expression: linopy.LinearExpression, dim: str, bus: pd.Series) -> linopy.LinearExpression:
        groups = pd.Series(bus.to_numpy(), index=pd.RangeIndex(len(bus), name=dim), name="bus")
        return expression.groupby(groups).sum().reindex({"bus": p.buses}).fillna(0)

    ways = p.facilities.reset_index(names="activity").merge(p.recipes, on="process")
    rows = xr.DataArray(ways["activity"].to_numpy(), dims="way")
    made = activity.sel(activity=rows) * xr.DataArray(ways["amount"].to_numpy(), dims="way")
    made = made.drop_vars("activity").assign_coords(way=np.arange(len(ways)))
    balance = [
        on_bus(1 * supply, "supply", p.supply["bus"]),
        on_bus(-1 * sales, "sales", p.sales["bus"]),
        on_bus(1 * unserved, "unserved", p.needs["bus"]),
        on_bus(made, "way", ways["place"] + "/" + ways["commodity"]),
        on_bus(-1 * flow, "flow", p.flows["from_bus"]),
        on_bus(1 * flow, "flow", p.flows["to_bus"]),
        on_bus(discharge - charge.rename(charge="discharge"), "discharge", p.stores["bus"]),
    ]
    needed = pd.DataFrame(p.limit(p.needs), columns=periods).groupby(p.needs["bus"].to_numpy()).sum()
    needed = needed.reindex(p.buses, fill_value=0.0)
    left = linopy.merge(balance, dim="_term", cls=linopy.LinearExpression)
    model.add_constraints(left, "=", xr.DataArray(needed.to_numpy(), [p.buses, periods]), name="balance")

    link = pd.Series(p.flows["link"].to_numpy(), index=pd.RangeIndex(len(p.flows), name="flow"), name="link")
    load = (flow * xr.DataArray(p.flows["weight"].to_numpy(), dims="flow")).groupby(link).sum()
    capacity = xr.DataArray(p.limit(p.links), [pd.Index(p.links.index, name="link"), periods])
    model.add_constraints(load.sel(link=p.links.index), "<=", capacity, name="capacity")

    unit = p.facilities["unit"].set_axis(pd.RangeIndex(len(p.facilities), name="activity")).rename("unit")
    use = (activity * xr.DataArray(p.facilities["use"].to_numpy(), dims="activity")).groupby(unit).sum()
    finite = p.units[np.isfinite(p.units)]
    units = xr.DataArray(finite.to_numpy()[:, None] * p.share, [pd.Index(finite.index, name="unit"), periods])
    model.add_constraints(use.sel(unit=finite.index), "<=", units, name="unit")

    under = np.flatnonzero(p.flows["quota"].notna())
    quota = p.flows["quota"].iloc[under].set_axis(pd.Index(under, name="flow")).rename("quota")
    entering = flow.sel(flow=under).groupby(quota).sum()
    quotas = p.quotas[entering.indexes["quota"]].to_numpy()[:, None] * p.share
    model.add_constraints(entering, "<=", xr.DataArray(quotas, [entering.indexes["quota"], periods]), name="quota")

    left_over = xr.DataArray((1 - p.stores["loss"].to_numpy()[:, None]) ** p.share, stock.coords)
    before = stock.roll(period=1)
    change = charge.rename(charge="stock") - discharge.rename(discharge="stock")
    model.add_constraints(stock - left_over * before - change, "=", 0, name="stock")
    model.add_objective(sum(costs[1:], costs[0]))
    return model


def main(folder: str, build_only: bool = False) -> None:
    """Build, solve and read, each stage timed; with `build_only` no further than the model in HiGHS."""
    logging.disable(logging.WARNING)
    stages = Stages()
    with stages("load"):
        problem = read(folder)
    with stages("build"):
        model = build(problem)
    if build_only:
        with stages("pass and read"):
            held = model.to_highspy()
        stages.memory["passed"] = peak_memory()
        stages.report(columns=held.numVariables, rows=held.numConstrs, version=linopy.__version__)
        return
    with stages("pass and read"):
        status, _ = model.solve("highs", io_api="direct", output_flag=False)
    with stages("pass and read"):
        flows = model.variables["flow"].solution.to_pandas()
    assert status == "ok"
    assert len(flows) == len(problem.flows)
    stages.report(
        objective=-model.objective.value, columns=model.nvars, rows=model.ncons, version=linopy.__version__
    )


if __name__ == "__main__":
    main(sys.argv[1], "--build-only" in sys.argv)
