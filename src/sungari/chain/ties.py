"""Rents that several full limits share: who has them is settled by one rule, the same in every plan.

Where a field and the pipeline behind it are both full, a unit more of either is worth nothing without a unit more of
the other: many prices fit the plan, and which of them a solver finds is chance. Two plans that differ by a cable car
would then differ by billions in who gains. The rule: the limit nearest to the resource has the rent – supply, then
plants and their units, then corridors and quotas, then stores; among equals a fixed number of each row decides.

It is kept by solving again with each limit a hair wider, the farther from the resource the wider, so that only the
nearest stays full; then the limits are put back. The basis found there is one of the best plan, with its prices.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np

from sungari.chain.assembly import Model
from sungari.chain.program import Arrays, Floats, Ints
from sungari.chain.solver import Answer, Solver

#: How much wider a limit is put for each family between it and the resource, as a share of its capacity: more than what
#: a solver leaves open, less than the segments of demand curves.
STEP = 1e-6
#: Part of a step by which rows of one family differ from each other.
SPREAD = 0.9
_GOLDEN = 0.6180339887498949


class Bounded(Protocol):
    """What takes bounds: a solver, or a part of what one holds."""

    def set_sides(self, rows: Ints, lower: Floats, upper: Floats) -> None: ...

    def set_bounds(self, columns: Ints, lower: Floats, upper: Floats) -> None: ...


def settle(model: Model, solver: Solver, answer: Answer, now: Arrays) -> Answer:
    """The same plan, or one as good, with the prices that the rule asks for.

    Parameters
    ----------
    model : Model
    solver : Solver
        Which has just found the answer; a linear model, or one whose decisions are fixed.
    answer : Answer
    now : Arrays
        The program as it stands in the solver.

    Returns
    -------
    Answer
        The answer as it was where it is no plan, or where the rule would change whole-number decisions.
    """
    if not answer.feasible:
        return answer
    with widened(model, solver, now):
        solver.solve("simplex", mixed=False, figures=False)
    return settled(solver, answer)


def settled(solver: Solver, answer: Answer) -> Answer:
    """The answer after the limits have been put back; see :func:`settle`."""
    again = solver.solve("simplex", mixed=False)
    whole = solver.integer
    if not again.feasible or np.abs(again.x[whole] - answer.x[whole]).max(initial=0.0) > 0.5:
        return answer
    return again


@contextmanager
def widened(model: Model, solver: Bounded, now: Arrays) -> Iterator[None]:
    """All limits of a model a hair wider, each by the rule; put back in the end.

    Parameters
    ----------
    model : Model
    solver : Solver
        Or what takes the model's columns and rows for it.
    now : Arrays
        The program as it stands there.
    """
    found: dict[str, list[tuple[Ints, Floats]]] = {"row": [], "column": []}
    for rank, family in enumerate(model.families):
        for kind, index, row in family.edges():
            found[kind].append((index, 1.0 + STEP * (rank + SPREAD * np.mod(row * _GOLDEN, 1.0))))
    rows, row_wider = _open(found["row"], now.row_lower, now.row_upper)
    columns, column_wider = _open(found["column"], now.lower, now.upper)
    solver.set_sides(rows, now.row_lower[rows], now.row_upper[rows] * row_wider)
    solver.set_bounds(columns, now.lower[columns], now.upper[columns] * column_wider)
    try:
        yield
    finally:
        solver.set_sides(rows, now.row_lower[rows], now.row_upper[rows])
        solver.set_bounds(columns, now.lower[columns], now.upper[columns])


def _open(edges: list[tuple[Ints, Floats]], lower: Floats, upper: Floats) -> tuple[Ints, Floats]:
    """Those that have room between a least and a most that is neither zero nor unlimited."""
    index = np.concatenate([i for i, _ in edges])
    wider = np.concatenate([w for _, w in edges])
    most = upper[index]
    room = np.isfinite(most) & (most > 0) & (most > lower[index])
    return index[room], wider[room]
