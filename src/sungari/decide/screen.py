"""Screening: projects whose worth the duals of a plan already prove, so that no solve is needed.

The surplus of a region is concave in what its projects add. A plan's duals y therefore bound what a project with
column a and cost c can gain by y·a − c. Where the plan as it stands, with the project beside it unused, reaches that
bound, the plan with the project is known: nothing changes but its cost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sungari.chain.live import LiveModel, Stand
from sungari.chain.program import Floats, Ints
from sungari.chain.solver import Answer

#: Part of the objective that a bound may miss; below what the solver itself distinguishes.
SLACK = 1e-10
#: Rows that tie the columns of one decision together; the bound looks at them itself.
_OWN = ("project once", "project size at most", "project size at least")


def proven(live: LiveModel, stand: Stand, project: str) -> Answer | None:
    """The plan of a stand with one more project, where the duals prove that what it adds is worth nothing.

    Parameters
    ----------
    live : LiveModel
        With candidates.
    stand : Stand
        Without the project.
    project : str

    Returns
    -------
    Answer or None
        None where a solve is needed.
    """
    projects, arrays = live.model.projects, live.model.arrays
    p = int(projects.names.get_loc(project))
    decisions = np.flatnonzero(projects.project == p)
    answer = stand.answer
    if not len(decisions):
        return answer  # no year in which it could be decided and work: the plan stays as it is
    slack = SLACK * max(1.0, abs(answer.objective))
    own = np.concatenate([arrays.rows[name].index for name in _OWN])
    low, high = float(projects.size_min[p]), float(projects.size_max[p])
    bounds: list[float] = []
    offers: list[tuple[float, Floats]] = []
    for d in decisions:
        built, unit = int(projects.built_column[d]), int(projects.unit_column[d])
        fixed, rent = (_price(live, answer, built, own)) if built >= 0 else (0.0, 0.0)
        reach, least = rent - fixed, -fixed
        x = answer.x.copy()
        if built >= 0:
            x[built] = 1.0
        if unit != built:
            each, rent = _price(live, answer, unit, own)
            start = low if built >= 0 else 0.0
            reach += max((rent - each) * start, (rent - each) * high)
            least -= each * start
            x[unit] = start
        bounds.append(reach)
        offers.append((least, x))
    if not projects.yes_no[p]:
        # It may be added to in several years, up to its greatest size in all; nothing is among the choices.
        return answer if max(bounds) <= slack else None
    best, x = max(offers, key=lambda offer: offer[0])
    if max(bounds) > best + slack or not _fits(live, stand, x):
        return None
    return replace(answer, x=x, objective=answer.objective - best)


def _price(live: LiveModel, answer: Answer, column: int, own: Ints) -> tuple[float, float]:
    """Cost of a column, and what the duals say that its entries are worth."""
    arrays = live.model.arrays
    span = slice(arrays.matrix.indptr[column], arrays.matrix.indptr[column + 1])
    rows, values = arrays.matrix.indices[span], arrays.matrix.data[span]
    ours = ~np.isin(rows, own)
    return float(arrays.cost[column]), float(answer.row_dual[rows[ours]] @ values[ours])


def _fits(live: LiveModel, stand: Stand, x: Floats) -> bool:
    """Whether the stand's plan with changed decisions keeps within all sides of the rows."""
    arrays = live.model.arrays
    moved = np.flatnonzero(x != stand.answer.x)
    part = arrays.matrix[:, moved].tocoo()
    activity = stand.answer.row_activity.copy()
    np.add.at(activity, part.coords[0], part.data * (x - stand.answer.x)[moved][part.coords[1]])
    rows = np.unique(part.coords[0])
    lower, upper = arrays.row_lower.copy(), arrays.row_upper.copy()
    lower[stand.change.rows], upper[stand.change.rows] = stand.change.row_lower, stand.change.row_upper
    room = 1e-9 * (1.0 + np.abs(activity[rows]))
    return bool(np.all(activity[rows] >= lower[rows] - room) and np.all(activity[rows] <= upper[rows] + room))
