"""The review clock: how long projects have been in a stage, which are late, and how long reviews have taken."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import select

from sungari.operate.records import Project, Stage, Visit
from sungari.operate.register import Work
from sungari.region.package import Region

DAYS_PER_MONTH = 365.25 / 12


def after(moment: datetime, months: float) -> datetime:
    """A moment some months later: whole months by the calendar, the rest in days.

    Examples
    --------
    >>> after(datetime(2026, 1, 31), 1).date().isoformat(), after(datetime(2026, 11, 24), 18).date().isoformat()
    ('2026-02-28', '2028-05-24')
    """
    whole = int(months)
    year, month = divmod(moment.year * 12 + moment.month - 1 + whole, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day) + timedelta(days=(months - whole) * DAYS_PER_MONTH)


@dataclass(frozen=True)
class Standing:
    """How long a project has been where it is.

    Attributes
    ----------
    project, stage : str
    entered : datetime
    due : datetime or None
        When the stage should be over.
    months : float
        In the stage so far.
    late : float
        Months over what it may take; 0 where it is in time.
    """

    project: str
    stage: str
    entered: datetime
    due: datetime | None
    months: float
    late: float


def standings(work: Work, codes: Collection[str] | None = None) -> list[Standing]:
    """Where projects stand (None = all), the latest first."""
    open_visits = select(Visit).where(Visit.left.is_(None)).order_by(Visit.id)
    if codes is not None:
        open_visits = open_visits.where(Visit.project.in_(codes))
    made = [Standing(v.project, v.stage, v.entered, v.due, _months(v.entered, work.now),
                     max(_months(v.due, work.now), 0.0) if v.due else 0.0) for v in work.session.scalars(open_visits)]
    return sorted(made, key=lambda s: -s.late)


def _months(begin: datetime, end: datetime) -> float:
    return (end - begin).total_seconds() / 86400 / DAYS_PER_MONTH


def reviews(work: Work) -> pd.DataFrame:
    """How long each project's review has taken.

    The review is the time in stages that are marked as such; a project that was in one of them when it came to the
    register is left out, since its beginning is not known.

    Returns
    -------
    DataFrame
        ``project``, ``host``, ``months`` (so far), ``done`` (whether it is over).
    """
    review = [s.code for s in work.session.scalars(select(Stage).where(Stage.review))]
    last = work.session.scalar(
        select(Stage.position).where(Stage.review).order_by(Stage.position.desc()).limit(1)
    )
    position = {s.code: s.position for s in work.session.scalars(select(Stage))}
    hosts = {p.code: p for p in work.session.scalars(select(Project))}
    rows: dict[str, float] = {}
    unknown: set[str] = set()
    for visit in work.session.scalars(select(Visit).where(Visit.stage.in_(review)).order_by(Visit.id)):
        if not visit.known:
            unknown.add(visit.project)
        rows[visit.project] = rows.get(visit.project, 0.0) + _months(visit.entered, visit.left or work.now)
    found = [(code, hosts[code].host, months, position[hosts[code].stage] > (last if last is not None else -1))
             for code, months in rows.items() if code not in unknown]
    return pd.DataFrame(found, columns=["project", "host", "months", "done"]).astype({"months": float, "done": bool})


def with_observed_reviews(work: Work, region: Region) -> Region:
    """A region whose ``review_months`` are those observed; ``lead``, which holds the review, moves with them.

    A review that is over counts as it was. One that still runs counts with its months so far where these are more than
    planned.
    """
    if "projects" not in region.tables:
        return region
    seen = reviews(work).set_index("project")
    frame = region.table("projects").copy()
    planned = frame["review_months"].to_numpy(dtype=float, na_value=np.nan)
    months = planned.copy()
    for i, code in enumerate(frame["project"].astype(str)):
        if code in seen.index:
            row: Any = seen.loc[code]
            months[i] = row["months"] if row["done"] else np.fmax(row["months"], planned[i])
    frame["review_months"] = months
    lead = frame["lead"].to_numpy(dtype=float) + (np.nan_to_num(months) - np.nan_to_num(planned)) / 12
    frame["lead"] = np.maximum(lead, 0.0)
    made = region.with_figures({"projects": frame})
    made.descriptor = dict(region.descriptor)
    return made
