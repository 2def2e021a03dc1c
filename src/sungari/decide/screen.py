"""Screening: projects whose worth the duals of a plan already prove, so that no solve is needed.

The surplus of a region is concave in what its projects add. A plan's duals y therefore bound what a project with
column a and cost c can gain by y·a − c, and what may be lost with one that is taken out by its rent, y·a. Where the
plan as it stands – with what comes beside it unused, with what goes left out – reaches that bound, the plan of the
variant is known: nothing changes but what the projects cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from sungari.chain.live import Change, LiveModel, Stand
from sungari.chain.program import Floats, Ints
from sungari.chain.solver import Answer

#: Part of the objective that a bound may miss; below what the solver itself distinguishes.
SLACK = 1e-10
#: Rows that tie the columns of one decision together; the bound looks at them itself.
_OWN = ("project once", "project size at most", "project size at least")


def proven(
    live: LiveModel, stand: Stand, change: Change, more: Iterable[str], less: Iterable[str] = ()
) -> Answer | None:
    """The plan of a variant that differs from a stand by projects, where duals prove that they change nothing else.

    Parameters
    ----------
    live : LiveModel
        With candidates.
    stand : Stand
    change : Change
        That makes the variant.
    more, less : iterable of str
        Projects that the variant has and the stand has not, and the other way round.

    Returns
    -------
    Answer or None
        None where a solve is needed.
    """
    answer = stand.answer
    slack = SLACK * max(1.0, abs(answer.objective))
    x = answer.x.copy()
    unsure = _unsettled(live, stand)  # by which the variant may be better than the plan at hand
    for project in more:
        reach, start = _offer(live, answer, project, slack)
        unsure += reach
        if unsure > slack:
            return None
        x[list(start)] = list(start.values())
    for project in less:
        for column in _columns(live, project):
            unsure += x[column] * _worth(live, answer, column)
            x[column] = 0.0
    if unsure > slack or not _fits(live, stand, change, x):
        return None
    moved = np.flatnonzero(x != answer.x)
    cost = float(live.model.arrays.cost[moved] @ (x - answer.x)[moved])
    return replace(answer, x=x, objective=answer.objective + cost)


def _decisions(live: LiveModel, project: str) -> tuple[int, list[int]]:
    """Code of a project, and its decisions."""
    p = int(live.model.projects.names.get_loc(project))
    return p, np.flatnonzero(live.model.projects.project == p).tolist()


def _columns(live: LiveModel, project: str) -> list[int]:
    """All columns of a project's decisions."""
    projects = live.model.projects
    _, decisions = _decisions(live, project)
    built, unit = projects.built_column[decisions], projects.unit_column[decisions]
    return sorted({*built[built >= 0].tolist(), *unit.tolist()})


def _offer(live: LiveModel, answer: Answer, project: str, slack: float) -> tuple[float, dict[int, float]]:
    """What a project may gain beyond the best way of having it unused, and its columns' values in that way."""
    projects, cost = live.model.projects, live.model.arrays.cost
    p, decisions = _decisions(live, project)
    if not decisions:
        return 0.0, {}  # no year in which it could be decided and work: the plan stays as it is
    low, high = float(projects.size_min[p]), float(projects.size_max[p])
    bounds: list[float] = []
    offers: list[tuple[float, dict[int, float]]] = []
    for d in decisions:
        built, unit = int(projects.built_column[d]), int(projects.unit_column[d])
        reach = least = start = 0.0
        way: dict[int, float] = {}
        if built >= 0:
            way[built] = 1.0
            least = -float(cost[built])
            reach = _worth(live, answer, built) + least
        if unit != built:
            each, rent = float(cost[unit]), _worth(live, answer, unit)
            start = low if built >= 0 else 0.0
            way[unit] = start
            reach += max((rent - each) * start, (rent - each) * high)
            least -= each * start
        bounds.append(reach)
        offers.append((least, way))
    if not projects.yes_no[p]:
        # It may be added to in several years, up to its greatest size in all; nothing is among the choices.
        return max(*bounds, 0.0) if max(bounds) > slack else 0.0, {}
    best, chosen = max(offers, key=lambda offer: offer[0])
    return max(bounds) - best, chosen


def _worth(live: LiveModel, answer: Answer, column: int) -> float:
    """What the duals say that a unit of a decision column is worth to all others."""
    arrays = live.model.arrays
    span = slice(arrays.matrix.indptr[column], arrays.matrix.indptr[column + 1])
    rows, values = arrays.matrix.indices[span], arrays.matrix.data[span]
    ours = np.zeros(len(rows), dtype=bool)
    for name in _OWN:
        block = arrays.rows[name]
        ours |= (rows >= block.start) & (rows < block.start + block.size)
    return float(answer.row_dual[rows[~ours]] @ values[~ours])


def _unsettled(live: LiveModel, stand: Stand) -> float:
    """By how much the stand's own decisions may be better, by its duals: they are fixed where they had to be rounded.

    Where whole-number decisions are fixed, the plan's duals know nothing of others.
    """
    index, arrays, change = live.solver.integer, live.model.arrays, stand.change
    lower = _changed(arrays.lower, index, change.columns, change.lower)
    upper = _changed(arrays.upper, index, change.columns, change.upper)
    x, dual = stand.answer.x[index], stand.answer.column_dual[index]
    lost = np.where(dual > 0, dual * np.maximum(x - lower, 0.0), dual * np.minimum(x - upper, 0.0))
    return float(lost.sum())


def _changed(values: Floats, index: Ints, changed: Ints, figures: Floats) -> Floats:
    """Values at indices, as a change leaves them; both kinds of indices are sorted and stand once."""
    found = values[index]
    _, mine, theirs = np.intersect1d(index, changed, assume_unique=True, return_indices=True)
    found[mine] = figures[theirs]
    return found


def _fits(live: LiveModel, stand: Stand, change: Change, x: Floats) -> bool:
    """Whether the stand's plan with other decisions keeps within the variant's sides of the rows."""
    arrays = live.model.arrays
    matrix = arrays.matrix
    moved = np.flatnonzero(x != stand.answer.x)
    spans = [slice(matrix.indptr[j], matrix.indptr[j + 1]) for j in moved]
    if not spans:
        return True
    touched = np.concatenate([matrix.indices[s] for s in spans])
    step = np.concatenate([matrix.data[s] * (x[j] - stand.answer.x[j]) for s, j in zip(spans, moved, strict=True)])
    rows, at = np.unique(touched, return_inverse=True)
    activity = stand.answer.row_activity[rows] + np.bincount(at, step, len(rows))
    lower = _changed(arrays.row_lower, rows, change.rows, change.row_lower)
    upper = _changed(arrays.row_upper, rows, change.rows, change.row_upper)
    room = 1e-9 * (1.0 + np.abs(activity))
    return bool(np.all(activity >= lower - room) and np.all(activity <= upper + room))
