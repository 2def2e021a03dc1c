"""Targets and actuals by period: variance, and the forecast at completion.

Source of the forecast: earned value management (PMI, *The Standard for Earned Value Management*, 2019): with the share
of the work that is done, *estimate at completion* = budget at completion / cost performance index. Without it, what is
left of the plan goes on at the rate at which the plan has been kept so far.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from sqlalchemy import select

from sungari.operate.holdings import Measure
from sungari.operate.register import Work

#: The measure that says which share of a project's work is done, 0 to 1, at the end of each period.
PROGRESS = "progress"


@dataclass(frozen=True)
class AtCompletion:
    """What a measure will come to.

    Attributes
    ----------
    measure, unit : str
    planned : float
        All targets together: the budget at completion.
    target, actual : float
        To date: the periods that have an actual.
    variance : float
        Actual less target, to date.
    forecast : float or None
        At completion; None where nothing is known yet.
    method : str
        ``earned value`` or ``rate so far``.
    """

    measure: str
    unit: str
    planned: float
    target: float
    actual: float
    variance: float
    forecast: float | None
    method: str


def by_period(work: Work, project: str) -> pd.DataFrame:
    """Targets and actuals of a project.

    Returns
    -------
    DataFrame
        ``measure``, ``unit``, ``period``, ``target``, ``actual``, ``variance`` (actual less target; missing where one
        of them is); ordered by measure and period.
    """
    rows = work.session.scalars(select(Measure).where(Measure.project == project))
    frame = pd.DataFrame([(m.measure, m.unit, m.period, m.target, m.actual) for m in rows],
                         columns=["measure", "unit", "period", "target", "actual"])
    frame = frame.astype({"target": float, "actual": float})
    frame["variance"] = frame["actual"] - frame["target"]
    return frame.sort_values(["measure", "unit", "period"], ignore_index=True)


def at_completion(work: Work, project: str) -> list[AtCompletion]:
    """What each measure of a project will come to; measures in different units stand apart."""
    frame = by_period(work, project)
    done = frame[(frame["measure"] == PROGRESS) & frame["actual"].notna()]
    share = float(done["actual"].iloc[-1]) if len(done) else None
    made = []
    for (measure, unit), rows in frame[frame["measure"] != PROGRESS].groupby(["measure", "unit"], sort=False):
        past = rows[rows["actual"].notna()]
        planned, target = float(rows["target"].sum()), float(past["target"].sum())
        actual = float(past["actual"].sum())
        forecast, method = None, "rate so far"
        if measure == "cost" and share and actual:
            forecast, method = actual / share, "earned value"  # planned / (earned / actual), earned = share × planned
        elif target:
            forecast = actual + (planned - target) * actual / target
        made.append(AtCompletion(str(measure), str(unit), planned, target, actual, actual - target, forecast, method))
    return made
