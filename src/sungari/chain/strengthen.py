"""Rows that a plan keeps anyway and its relaxation does not: a flow needs the project that carries it.

A link that stands only once a project is built carries Σ weight·flow ≤ capacity·built. Every commodity's own flow is
also at most ``least(capacity, what there is of it)·built``: the *strong*, disaggregated formulation of fixed-charge
network design. Whole, it is as many rows as there are flows, and slows each linear solve more than it may spare; so
only those are added that the relaxed plan breaks, round by round. All of them are kept: those that no longer bind at
the end do so again deeper in the tree (without them two of six small networks took up to twice the time).

Source: Magnanti & Wong 1984; Chouman, Crainic & Gendron 2017 (cuts for multicommodity fixed-charge network design).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from sungari.chain.assembly import Model
from sungari.chain.program import Floats
from sungari.chain.solver import Solver

MOST_ROUNDS = 40
#: Part of its bound by which a flow must exceed what the relaxed decisions allow.
BROKEN = 1e-6
#: Improvement of the bound below which three rounds in a row end it, relative.
IDLE = 1e-5


def strengthen(
    model: Model, solver: Solver, *, method: Any = "auto", left: Callable[[], float | None] = lambda: None
) -> int:
    """Add the rows that relaxed plans break to a solver that has the model.

    Parameters
    ----------
    solver : Solver
        Rows are put after the model's own; :meth:`Solver.drop_rows` takes them out again.
    left : callable
        Seconds that are left, None = no limit.

    Returns
    -------
    int
        Number of rows added.
    """
    rows = strong_rows(model)
    if not rows.shape[0]:
        return 0
    relaxed = Solver(model.arrays, relaxed=True)
    most = np.asarray(-rows.minimum(0).sum(axis=1)).ravel()
    waiting = np.ones(rows.shape[0], dtype=bool)
    last, idle = -np.inf, 0
    for _ in range(MOST_ROUNDS):
        answer = relaxed.solve(method, mixed=False, time_limit=left())
        if not answer.feasible:
            return 0
        over = rows @ answer.x
        broken = waiting & (over > BROKEN * most)
        idle = idle + 1 if answer.objective - last <= IDLE * abs(answer.objective) else 0
        last = answer.objective
        if not broken.any() or idle >= 3:
            break
        relaxed.add_rows(rows[np.flatnonzero(broken)])
        waiting &= ~broken
        method = "simplex"
    added = np.flatnonzero(~waiting)
    if len(added):
        solver.add_rows(rows[added])
    return len(added)


def strong_rows(model: Model) -> Any:
    """All such rows ``flow − Σ least(capacity, bound)·built ≤ 0``, as a sparse matrix over the model's columns."""
    arrays, links, projects = model.arrays, model.links, model.projects
    none = sparse.csr_array((0, len(arrays.cost)))
    block = links.limit.block
    if block is None or not block.size or not len(projects.project):
        return none
    bound = _bounds(model)
    built = np.full(len(arrays.cost), -1, dtype=np.int64)
    whole = arrays.integer | (arrays.decision & (arrays.lower == 1.0) & (arrays.upper == 1.0))
    for each, unit in zip(projects.built_column, projects.unit_column, strict=True):
        built[unit] = each if each >= 0 else unit if whole[unit] else -1
    most = np.ones(len(arrays.cost))
    free = ~projects.lumpy[projects.project]
    with_fixed = free & (projects.built_column >= 0)
    most[projects.unit_column[with_fixed]] = projects.size_max[projects.project[with_fixed]]
    matrix = arrays.matrix[:, :].tocsr()
    flow, row_of, column_of, value = links.columns, [], [], []
    count = 0
    for row in np.flatnonzero(arrays.row_upper[block.slice] == 0.0) + block.start:
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        columns, figures = matrix.indices[span], matrix.data[span]
        ours = arrays.decision[columns]
        doors, capacity = built[columns[ours]], -figures[ours] * most[columns[ours]]
        if not ours.any() or (doors < 0).any() or (capacity <= 0).any():
            continue
        largest = capacity.max()
        for column, weight in zip(columns[~ours], figures[~ours], strict=True):
            entry = column - flow.start
            at = links.grid.row[entry]
            room = bound[links.commodity[at], links.grid.period[entry]]
            if weight <= 0 or not room * weight < largest * (1 - 1e-9):
                continue  # unbounded, or the link's own row says as much
            row_of += [count] * (1 + len(doors))
            column_of += [column, *doors.tolist()]
            value += [1.0, *(-np.minimum(room, capacity / weight)).tolist()]
            count += 1
    return sparse.csr_array((value, (row_of, column_of)), shape=(count, len(arrays.cost))) if count else none


def _bounds(model: Model) -> Floats:
    """Most of a commodity that any link need carry in a period, shape (commodities, T); ∞ where that is unknown.

    Where no way is paid for, going in circles is worth nothing: some best plan carries no more over any link than all
    that is supplied, nor than all that is wanted. What processes make or use, and what stores hold over, is unknown.
    """
    ground, links = model.ground, model.links
    shape = (len(ground.commodities), len(ground.periods))
    supplied, wanted = np.zeros(shape), np.zeros(shape)
    np.add.at(supplied, model.supply.commodity, model.supply.limit.most(model.projects, np.inf))
    demand = model.demand
    amount = demand.limit.capacity * np.where(demand.curve, 1.0 + demand.slope, 1.0)[:, None]
    amount[demand.limit.movable] = np.inf
    np.add.at(wanted, demand.commodity, amount)
    lines = model.facilities
    supplied[lines.line_commodity[lines.line_amount > 0]] = np.inf
    wanted[lines.line_commodity[lines.line_amount < 0]] = np.inf
    lossy = np.zeros(shape[0], dtype=bool)
    lossy[links.commodity[links.loss > 0]] = True
    wanted[lossy] = np.inf
    supplied[lossy & ~ground.free_disposal] = np.inf
    bound = np.minimum(supplied, wanted)
    bound[model.stores.commodity] = np.inf
    paid = links.cost + links.duty.min(axis=1, initial=0.0) < 0
    bound[links.commodity[paid]] = np.inf
    return np.asarray(bound)
