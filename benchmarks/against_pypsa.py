"""The plain problem in PyPSA: ``python -m benchmarks.against_pypsa FOLDER [--as-documented]``.

A bus per place and commodity, generators for supply and demand, links for flows, links with several ports for
processes, stores, a snapshot per month that weighs its share of the year. What several links share – a road's capacity,
a unit, a quota – is a bus of its own with one generator, from which each link draws through a further port.

``--as-documented`` adds components one by one, as the examples of the documentation do; without it each family is added
in one call.
"""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pypsa

from benchmarks.measure import Stages
from benchmarks.problem import Problem, read


def families(p: Problem) -> list[tuple[str, pd.DataFrame, pd.DataFrame | None]]:
    """Component, its attributes by name, and its availability over time where that is not one."""
    shared = pd.concat([
        pd.DataFrame({"capacity": p.links["capacity"], "profile": p.links["profile"]}).add_prefix("link ", axis=0),
        pd.DataFrame({"capacity": p.units[np.isfinite(p.units)], "profile": None}).add_prefix("unit ", axis=0),
        pd.DataFrame({"capacity": p.quotas, "profile": None}).rename(index="quota {:.0f}".format),
    ])  # fmt: skip
    buses = pd.DataFrame(index=p.buses.append(shared.index))
    made = [
        ("Bus", buses, None),
        _generators(p, "room of ", shared.assign(bus=shared.index, cost=0.0), 1.0),
        _generators(p, "supply ", p.supply, 1.0),
        _generators(p, "sale ", p.sales, -1.0),
        _generators(p, "shed ", p.needs, 1.0),
    ]
    wanted = p.needs["capacity"].to_numpy()[:, None] * p.factor(p.needs["profile"])
    loads = pd.DataFrame({"bus": p.needs["bus"].to_numpy()}, index="need " + p.needs.index.astype(str))
    made.append(("Load", loads, pd.DataFrame(wanted.T, p.periods.index, loads.index)))
    made += [("Link", _flows(p), None), ("Link", _processes(p), None)]
    stores = pd.DataFrame({
        "bus": p.stores["bus"], "e_nom": p.stores["capacity"], "e_cyclic": True,
        "standing_loss": p.stores["loss"], "marginal_cost_storage": p.stores["cost"],
    })  # fmt: skip
    made.append(("Store", stores.set_axis("store " + stores.index.astype(str)), None))
    return made


def _generators(
    p: Problem, prefix: str, rows: pd.DataFrame, sign: float
) -> tuple[str, pd.DataFrame, pd.DataFrame | None]:
    rows = rows.set_axis(prefix + rows.index.astype(str))
    made = pd.DataFrame({
        "bus": rows["bus"], "p_nom": rows["capacity"], "marginal_cost": rows["cost"], "sign": sign,
    })  # fmt: skip
    seasonal = rows["profile"].notna()
    factors = p.factor(rows.loc[seasonal, "profile"])
    return "Generator", made, pd.DataFrame(factors.T, p.periods.index, rows.index[seasonal])


def _flows(p: Problem) -> pd.DataFrame:
    flows = p.flows
    limited = flows["link"].isin(p.links.index)
    made = pd.DataFrame({
        "bus0": flows["from_bus"], "bus1": flows["to_bus"], "efficiency": 1.0, "p_nom": np.inf,
        "marginal_cost": flows["cost"],
        "bus2": ("link " + flows["link"]).where(limited, ""), "efficiency2": -flows["weight"].where(limited, 0.0),
        "bus3": flows["quota"].map("quota {:.0f}".format, na_action="ignore").fillna(""),
        "efficiency3": -flows["quota"].notna().astype(float),
    })  # fmt: skip
    made["p_nom"] = 1e7  # a link without a limit of its own; PyPSA wants a finite one
    return made.set_axis("flow " + flows.index.astype(str))


def _processes(p: Problem) -> pd.DataFrame:
    """Links from the first input to the outputs, the other inputs and the unit."""
    recipes = {name: list(zip(r["commodity"], r["amount"], strict=True)) for name, r in p.recipes.groupby("process")}
    rows = []
    for name, f in p.facilities.iterrows():
        lines = sorted(recipes[f["process"]], key=lambda line: line[1])
        (first, used), others = lines[0], lines[1:]
        row: dict[str, Any] = {
            "name": f"facility {name}", "bus0": f"{f['place']}/{first}",
            "p_nom": f["capacity"] * -used, "marginal_cost": f["cost"] / -used,
        }  # fmt: skip
        ports = [(f"{f['place']}/{good}", amount / -used) for good, amount in others]
        if isinstance(f["unit"], str) and np.isfinite(p.units[f["unit"]]):
            ports.append((f"unit {f['unit']}", -f["use"] / -used))
        for port, (bus, efficiency) in enumerate(ports, 1):
            row |= {f"bus{port}": bus, "efficiency" if port == 1 else f"efficiency{port}": efficiency}
        rows.append(row)
    made = pd.DataFrame(rows).set_index("name")
    return made.fillna({c: "" if c.startswith("bus") else 0.0 for c in made.columns})


def build(p: Problem, as_documented: bool) -> pypsa.Network:
    """The network; quantities are rates per year, so that a snapshot weighs its share of the year."""
    network = pypsa.Network()
    network.set_snapshots(p.periods.index.astype(str))
    weights = dict.fromkeys(network.snapshot_weightings.columns, p.share)
    network.snapshot_weightings = pd.DataFrame(weights, network.snapshots)
    for component, rows, varying in families(p):
        name = "p_set" if component == "Load" else "p_max_pu"
        if as_documented:
            for key, attributes in rows.to_dict("index").items():
                if varying is not None and key in varying:
                    attributes[name] = varying[key].to_numpy()
                network.add(component, key, **attributes)
        else:
            moving = varying if varying is not None else pd.DataFrame(index=p.periods.index)
            for part in (rows.drop(moving.columns), rows.loc[moving.columns]):
                series = {name: moving.set_axis(network.snapshots)} if part.index.equals(moving.columns) else {}
                if len(part):
                    network.add(component, part.index, **{c: part[c] for c in part.columns}, **series)
    return network


def main(folder: str, *options: str) -> None:
    """Build, solve and read, each stage timed."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    stages = Stages()
    with stages("load"):
        problem = read(folder)
    with stages("build"):
        network = build(problem, "--as-documented" in options)
    # What network.optimize() does, in its three steps; as documented it hands the model over in a file.
    fast = {} if "--as-documented" in options else {"io_api": "direct"}
    with stages("model"):
        network.optimize.create_model()
    with stages("pass and read"):
        status, _ = network.optimize.solve_model(solver_name="highs", output_flag=False, **fast)
    assert status == "ok"
    objective = -network.objective
    stages.report(objective=objective, columns=network.model.nvars, rows=network.model.ncons,
                  version=pypsa.__version__)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
