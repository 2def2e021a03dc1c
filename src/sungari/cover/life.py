"""What a project exposes over its life.

Capex to date (spent evenly from the year of the decision to the year before operation), less depreciation in equal
yearly parts over its life once it works, plus one year's net gain (rents of the capacity that it adds, at the plan's
prices, less its running cost).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sungari.cover.severity import Floats, Ints
from sungari.region.package import Region

if TYPE_CHECKING:
    from sungari.chain.plan import Plan


def life_cycle(region: Region, plan: Plan, years: Ints) -> dict[str, Floats]:
    """Money exposed in each project of a plan by calendar year: see the module's docstring.

    Returns
    -------
    dict of str to ndarray of float, shape (Y,)
    """
    frame = region.table("projects").set_index("project")
    gains = net_gains(region, plan)
    found: dict[str, Floats] = {}
    for row in plan.projects.to_dict("records"):
        name, begun = str(row["project"]), int(row["year"])
        life, lead = max(float(frame["life"].loc[name]), 1e-9), float(frame["lead"].loc[name])
        works = math.ceil(begun + lead)
        spent = np.clip((years - begun + 1) / max(works - begun, 1), 0.0, 1.0)
        age = np.maximum(years - works, 0.0)
        value = float(row["capex"]) * spent * np.clip(1.0 - age / life, 0.0, 1.0)
        gain = _at(gains.get(name, {}), years)
        working = (years >= works) & (age < life)
        each = np.where(years >= begun, value, 0.0) + np.where(working, np.maximum(gain, 0.0), 0.0)
        found[name] = found.get(name, np.zeros(len(years))) + each
    return found


def _at(by_year: dict[int, float], years: Ints) -> Floats:
    """Figures of the latest model year, or of the first where there is none yet."""
    if not by_year:
        return np.zeros(len(years))
    known = np.array(sorted(by_year))
    figures = np.array([by_year[int(y)] for y in known])
    return np.asarray(figures[np.maximum(np.searchsorted(known, years, side="right") - 1, 0)])


def net_gains(region: Region, plan: Plan) -> dict[str, dict[int, float]]:
    """Money a year that each project brings at the plan's prices, by model year: rents of its capacity less opex."""
    from sungari.chain.periods import Periods

    periods = Periods(region)
    share = dict(zip(periods.names, periods.share, strict=True))
    year = dict(zip(periods.names, periods.years[periods.year], strict=True))
    worth: dict[tuple[str, str, int], float] = {}
    for row in plan.capacity[plan.capacity["shadow_price"] > 0].to_dict("records"):
        period = str(row["period"])
        key = (str(row["table"]), str(row["row"]), int(year[period]))
        worth[key] = worth.get(key, 0.0) + float(row["shadow_price"]) * float(share[period])
    effects: dict[str, list[tuple[str, str, float]]] = {}
    for row in region.table("effects").to_dict("records"):
        if row["column"] == "capacity":
            effects.setdefault(str(row["project"]), []).append((str(row["table"]), str(row["row"]), row["change"]))
    found: dict[str, dict[int, float]] = {}
    for row in plan.projects.to_dict("records"):
        name, works, built = str(row["project"]), int(row["operates_from"]), float(row["size"])
        by_year = found.setdefault(name, {})
        for y in periods.years[periods.years >= works].tolist() if works >= 0 else []:
            rent = sum(change * built * worth.get((table, at, y), 0.0) for table, at, change in effects.get(name, []))
            by_year[y] = by_year.get(y, 0.0) + rent - float(row["opex"])
    return found
