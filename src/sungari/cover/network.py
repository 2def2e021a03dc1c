"""Hazards that act on the network: what they cost comes from the chain model, party by party.

The network as it is after the event is solved with the same projects; the loss of a party is the drop of its welfare,
as a yearly amount over the horizon of the plan.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sungari.chain.plan import Plan
from sungari.cover.hazards import read_hazards
from sungari.decide.scenarios import Shift, scenario_region, shifted
from sungari.region.package import Region


def network_hazards(region: Region) -> list[str]:
    """Hazards of the package that act on the network and stand in some project's way."""
    exposed = set(region.table("exposures")["hazard"].dropna().astype(str))
    return [h.name for h in read_hazards(region)[0] if h.network and h.name in exposed]


def drops(region: Region, plan: Plan, progress: Callable[[str], None] | None = None) -> dict[str, dict[str, float]]:
    """Drop of each party's welfare a year, by hazard that acts on the network.

    Parameters
    ----------
    region : Region
    plan : Plan
        The plan without the hazards; its projects stand in all solves.
    progress : callable or None
        Called with the name of the hazard that is solved next.

    Returns
    -------
    dict of str to dict of str to float
        Money a year; a party that gains has less than 0.
    """
    from sungari.chain import solve
    from sungari.chain.periods import Periods

    names = network_hazards(region)
    if not names:
        return {}
    projects = plan.projects["project"].astype(str).tolist()
    years = float(np.sum(Periods(region).weight))
    before = _welfare(solve(region, projects=projects, check=False))
    found: dict[str, dict[str, float]] = {}
    rows = {str(row["hazard"]): row for row in region.table("hazards").to_dict("records")}
    for name in names:
        if progress is not None:
            progress(name)
        row = rows[name]
        if isinstance(row["scenario"], str):
            struck = scenario_region(region, row["scenario"])
        else:
            shift = Shift(str(row["table"]), str(row["row"]), str(row["column"]), 1.0, float(row["change"]))
            struck = shifted(region, [shift])
        after = _welfare(solve(struck, projects=projects, check=False))
        found[name] = {p: (before.get(p, 0.0) - after.get(p, 0.0)) / years for p in {*before, *after}}
    return found


def _welfare(plan: Plan) -> dict[str, float]:
    """Welfare of each party, present value."""
    return {str(p): float(a) for p, a in plan.tables["welfare"].groupby("party")["amount"].sum().items()}
