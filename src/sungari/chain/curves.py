"""Demand curves in a solved model: drawn anew where sales fall, kept, and put back.

Curves are solved by segments. Where a plan falls, segments are narrowed and the model is solved again, warm, until what
they miss is within a tolerance. Source: model.md, "An elastic demand curve".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sungari.chain.assembly import Model
from sungari.chain.demand import Curves, Redrawn
from sungari.chain.solver import Answer, Solver

#: Refinements before the error that is left is simply reported.
MOST_REFINEMENTS = 30
#: Refinements in a row that may bring next to nothing.
MOST_IDLE = 4
#: Share of a curve on each side of a plan's point that is never drawn finer: prices are then within some millionths,
#: and limits can still be told apart by less (see :mod:`sungari.chain.ties`).
FINEST = 3e-5
#: Welfare that curves may miss, relative to the objective, where gains by party are held against each other: they move
#: with prices, which segments give less closely than welfare.
PRICED = 1e-9
#: Share of a curve on each side of a plan's point that is drawn well while decisions are weighed.
WIDE = 0.08


def put(model: Model, solver: Solver, curves: Curves) -> None:
    """Draw the curves as they were drawn then: what a plan made on them must be read with."""
    _pass(model, solver, model.demand.draw(curves, model.arrays))


def missed(model: Model, answer: Answer, size: float = 1.0, gone: NDArray[np.bool_] | None = None) -> float:
    """Bound on the welfare that the segments miss, relative to the objective or to `size`, whichever is larger.

    Parameters
    ----------
    gone : ndarray of bool, shape (sale columns,) or None
        Sales that are closed: a market that is not there misses nothing.
    """
    return model.demand.error(model.solution(answer), gone) / max(abs(answer.objective), size, 1.0)


def refine(model: Model, solver: Solver, answer: Answer, least: float = 0.0) -> None:
    """Put narrow segments where a plan's sales fall, none narrower than `least` of its curve."""
    demand = model.demand
    _pass(model, solver, demand.draw(demand.refined(model.solution(answer), least), model.arrays))


def narrow(
    model: Model,
    solver: Solver,
    answer: Answer,
    tolerance: float,
    *,
    size: float = 1.0,
    gone: NDArray[np.bool_] | None = None,
    left: Callable[[], float | None] = lambda: None,
) -> tuple[Answer, float]:
    """Refine and solve again until what the curves miss is within the tolerance.

    Parameters
    ----------
    answer : Answer
        Of the model as it stands.
    tolerance : float
        Relative to the objective, or to `size` where that is larger.
    gone : ndarray of bool or None
        See :func:`missed`.
    left : callable
        Seconds that are left, None = no limit.

    Returns
    -------
    Answer
    float
        What its curves miss, on the same scale as the tolerance.
    """
    error, last, idle = missed(model, answer, size, gone), np.inf, 0
    for _ in range(MOST_REFINEMENTS):
        still = abs(answer.objective - last) <= 0.1 * tolerance * abs(answer.objective)
        last, idle = answer.objective, idle + 1 if still else 0
        seconds = left()
        if error <= tolerance or idle >= MOST_IDLE or (seconds is not None and seconds <= 0.02):
            break
        kept = model.demand.curves()
        refine(model, solver, answer, FINEST)
        if gone is not None:
            solver.set_bounds(model.demand.columns.index[gone], 0.0, np.zeros(int(gone.sum())))
        finer = solver.solve("simplex", mixed=False, time_limit=seconds)
        if not finer.feasible:
            # Out of time: the plan at hand was made with the curves as they were drawn before.
            put(model, solver, kept)
            break
        answer = finer
        error = missed(model, answer, size, gone)
    return answer, error


def widen(
    model: Model, solver: Solver, answer: Answer, left: Callable[[], float | None] = lambda: None, rounds: int = 2
) -> None:
    """Draw the curves well in a wide range around a plan, for decisions that move it to be weighed on."""
    for _ in range(rounds):
        refine(model, solver, answer, WIDE)
        answer = solver.solve("simplex", mixed=False, time_limit=left())
        if not answer.feasible:
            return


def _pass(model: Model, solver: Solver, redrawn: Redrawn) -> None:
    """Tell the solver what has changed."""
    arrays, columns, rows = model.arrays, redrawn.columns, redrawn.rows
    if len(columns):
        solver.set_costs(columns, arrays.cost[columns])
        solver.set_bounds(columns, arrays.lower[columns], arrays.upper[columns])
    if len(rows):
        solver.set_sides(rows, arrays.row_lower[rows], arrays.row_upper[rows])
        solver.set_coefficients(*redrawn.entries)
