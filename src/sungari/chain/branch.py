"""Branch and bound over few whole-number decisions in a large network, on one live model.

A general mixed-integer solver starts each of its many linear solves on a presolved copy and spends most of its time on
cuts that a network of thousands of flows hardly feels. With some dozens of projects the tree is small, and each node is
a handful of dual simplex steps from its parent; so the tree is walked here, on the live model.

Source: Land & Doig 1960; reliability branching after Achterberg, Koch & Martin 2005; reduced-cost fixing.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sungari.chain.program import Arrays, Floats
from sungari.chain.solver import Answer, Method, Progress, Solver

#: A tree of our own pays where the network is this many times larger than the number of decisions.
COLUMNS_PER_DECISION = 50
WHOLE = 1e-6
#: Candidates whose two children are both tried before their pseudo-costs are trusted, and how often each.
TRIED = 6
RELIABLE = 1


def suits(arrays: Arrays) -> bool:
    """Whether the tree here is likely to beat the general solver."""
    n = int(arrays.integer.sum())
    return 0 < n * COLUMNS_PER_DECISION <= len(arrays.cost)


@dataclass(order=True)
class _Node:
    """A part of the tree: a bound, the decisions' bounds, and the parent's basis and solution."""

    bound: float
    serial: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)
    basis: Any = field(compare=False)
    x: Floats = field(compare=False)


class Tree:
    """One search.

    Parameters
    ----------
    solver : Solver
        A relaxed live model.
    arrays : Arrays
        Its program.
    gap : float
        Relative gap at which the search may stop.
    seconds : float or None
        Time limit.
    progress : callable or None
    interruptible : bool
        Whether Ctrl-C ends the search with the best plan found so far.
    """

    def __init__(
        self,
        solver: Solver,
        arrays: Arrays,
        *,
        gap: float = 1e-6,
        seconds: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        interruptible: bool = False,
    ) -> None:
        self.solver, self.arrays = solver, arrays
        self.gap, self.seconds, self.progress, self.interruptible = gap, seconds, progress, interruptible
        self.index = solver.integer
        self.lower = arrays.lower[self.index].copy()
        self.upper = arrays.upper[self.index].copy()
        self.best: Answer | None = None
        self.nodes = 0
        self.serial = 0
        self.gain: NDArray[np.float64] = np.zeros((2, len(self.index)))
        self.count: NDArray[np.int64] = np.zeros((2, len(self.index)), dtype=np.int64)
        self.begun = time.perf_counter()

    # -- one linear solve ---------------------------------------------------------------------------------------------

    def _left(self) -> float | None:
        return None if self.seconds is None else max(self.seconds - (time.perf_counter() - self.begun), 0.01)

    def _evaluate(self, lower: Floats, upper: Floats, basis: Any, method: Method = "simplex") -> Answer:
        """Solve with the decisions between these bounds, from a basis."""
        solver = self.solver
        solver.set_bounds(self.index, lower, upper)
        if basis is not None:
            solver.set_basis(basis)
        cutoff = None if self.best is None else self._good_enough()
        answer = solver.solve(
            method, mixed=False, time_limit=self._left(), interruptible=self.interruptible and basis is None,
            cutoff=cutoff,
        )
        self.nodes += 1
        if answer.status in ("time_limit", "interrupted"):
            raise _StoppedError(answer.status)
        return answer

    def _good_enough(self) -> float:
        """Bound above which a node can't improve on the best plan by more than the gap."""
        assert self.best is not None
        return self.best.objective - self.gap * abs(self.best.objective)

    def _fractions(self, x: Floats) -> Floats:
        values = x[self.index]
        return np.asarray(np.abs(values - np.round(values)))

    def _offer(self, answer: Answer) -> None:
        if self.best is None or answer.objective < self.best.objective:
            self.best = answer

    # -- the search ---------------------------------------------------------------------------------------------------

    def search(self, method: Method = "auto") -> Answer:
        """The best plan, with the gap that is proven.

        Returns
        -------
        Answer
            Status ``optimal`` (within the gap), ``infeasible``, ``unbounded``, ``time_limit`` or ``interrupted``.
        """
        queue: list[_Node] = []
        status = "optimal"
        bound = -np.inf
        try:
            root = self._evaluate(self.lower, self.upper, None, method)
            if root.status in ("infeasible", "unbounded"):
                return root
            bound = root.objective
            queue.append(self._node(root, self.lower, self.upper))
            self._dive(queue[0])
            self._fix_by_reduced_cost(root)
            bound = self._walk(queue)
        except (_StoppedError, KeyboardInterrupt) as stop:
            status = stop.status if isinstance(stop, _StoppedError) else "interrupted"
            bound = min([bound, *(n.bound for n in queue)]) if not queue else min(n.bound for n in queue)
        if self.best is None:
            kind = "infeasible" if status == "optimal" else status
            none = np.zeros(0)
            return Answer(kind, none, none, none, none, float("nan"), 0.0, False, self.nodes)  # type: ignore[arg-type]
        gap = max(0.0, self.best.objective - bound) / max(abs(self.best.objective), 1e-12)
        return replace(self.best, status=status, gap=gap, iterations=self.nodes)  # type: ignore[arg-type]

    def _walk(self, queue: list[_Node]) -> float:
        """Take the node with the best bound, branch, until nothing can be better; returns the proven bound."""
        told = self.begun
        while queue:
            node = queue[0]
            if self.best is not None and node.bound >= self._good_enough():
                return min(node.bound, self.best.objective)
            if self.progress and time.perf_counter() - told > 1.0:
                told = time.perf_counter()
                self._tell(node.bound)
            heapq.heappop(queue)
            try:
                children = self._branch(node)
            except BaseException:
                heapq.heappush(queue, node)  # its part of the tree is still open
                raise
            for child in children:
                heapq.heappush(queue, child)
        return self.best.objective if self.best is not None else np.inf

    def _node(self, answer: Answer, lower: Floats, upper: Floats) -> _Node:
        self.serial += 1
        return _Node(answer.objective, self.serial, lower.copy(), upper.copy(), self.solver.basis(), answer.x)

    def _branch(self, node: _Node) -> list[_Node]:
        """Two children of a node, of the decision that moves the bound most."""
        lower, upper = np.maximum(node.lower, self.lower), np.minimum(node.upper, self.upper)
        fraction = self._fractions(node.x)
        open_ = np.flatnonzero(fraction > WHOLE)
        if not len(open_):
            # Whole already; tightened bounds may have moved it, so it is solved for good.
            answer = self._evaluate(lower, upper, node.basis)
            if answer.status == "optimal":
                if self._fractions(answer.x).max(initial=0.0) <= WHOLE:
                    self._offer(answer)
                    return []
                return [self._node(answer, lower, upper)]
            return []
        known = self.count.min(axis=0)[open_] >= RELIABLE
        score = self._score(node, open_)
        order = open_[np.argsort(-score, kind="stable")]
        unknown = [j for j in order if self.count[:, j].min() < RELIABLE][:TRIED]
        best: tuple[float, list[_Node]] | None = None
        if known.any():
            trusted = order[[self.count[:, j].min() >= RELIABLE for j in order]]
            if not unknown:
                return self._children(node, int(trusted[0]), lower, upper)[1]
            unknown.append(int(trusted[0]))
        for j in unknown:
            value, children = self._children(node, int(j), lower, upper)
            if len(children) < 2:
                return children  # one side is closed: the decision is made
            if best is None or value > best[0]:
                best = (value, children)
        assert best is not None
        return best[1]

    def _score(self, node: _Node, candidates: NDArray[np.int64]) -> Floats:
        """Expected gain of branching, by pseudo-costs; averages where a decision has none yet."""
        value = node.x[self.index[candidates]]
        down, up = value - np.floor(value), np.ceil(value) - value
        mean = [g[c > 0].sum() / max(c[c > 0].sum(), 1) for g, c in zip(self.gain, self.count, strict=True)]
        each = [
            np.where(self.count[s][candidates] > 0,
                     self.gain[s][candidates] / np.maximum(self.count[s][candidates], 1), mean[s] or 1.0)
            for s in (0, 1)
        ]
        return np.asarray(np.maximum(each[0] * down, 1e-9) * np.maximum(each[1] * up, 1e-9))

    def _children(self, node: _Node, j: int, lower: Floats, upper: Floats) -> tuple[float, list[_Node]]:
        """Evaluate both sides of decision `j`; offers whole ones as plans. Returns (score, open children)."""
        value = node.x[self.index[j]]
        children: list[_Node] = []
        gains: list[float] = []
        for side in (0, 1):
            low, high = lower.copy(), upper.copy()
            if side == 0:
                high[j] = np.floor(value)
                step = value - np.floor(value)
            else:
                low[j] = np.ceil(value)
                step = np.ceil(value) - value
            answer = self._evaluate(low, high, node.basis)
            if answer.status != "optimal":
                gains.append(np.inf)
                continue
            gain = max(answer.objective - node.bound, 0.0)
            gains.append(gain)
            self.gain[side, j] += gain / step
            self.count[side, j] += 1
            if self._fractions(answer.x).max(initial=0.0) <= WHOLE:
                self._offer(answer)
            else:
                children.append(self._node(answer, low, high))
        finite = [g if np.isfinite(g) else 1e30 for g in gains]
        return max(finite[0], 1e-9) * max(finite[1], 1e-9), children

    # -- a first plan -------------------------------------------------------------------------------------------------

    def _dive(self, root: _Node) -> None:
        """Round decisions one by one, the surest first, to a first plan."""
        node = root
        for _ in range(2 * len(self.index) + 1):
            fraction = self._fractions(node.x)
            open_ = np.flatnonzero(fraction > WHOLE)
            if not len(open_):
                answer = self._evaluate(node.lower, node.upper, node.basis)
                if answer.status == "optimal" and self._fractions(answer.x).max(initial=0.0) <= WHOLE:
                    self._offer(answer)
                return
            j = int(open_[np.argmin(fraction[open_])])
            value = node.x[self.index[j]]
            for goal in (np.round(value), np.floor(value) + np.ceil(value) - np.round(value)):
                low, high = node.lower.copy(), node.upper.copy()
                low[j] = high[j] = goal
                answer = self._evaluate(low, high, node.basis)
                if answer.status == "optimal":
                    node = self._node(answer, low, high)
                    break
            else:
                return

    def _fix_by_reduced_cost(self, root: Answer) -> None:
        """Fix decisions whose other side costs more than the best plan leaves room for."""
        if self.best is None:
            return
        room = self._good_enough() - root.objective
        dual = root.column_dual[self.index]
        x = root.x[self.index]
        at_low = (np.abs(x - self.lower) < WHOLE) & (dual > room)
        at_high = (np.abs(x - self.upper) < WHOLE) & (-dual > room)
        self.upper[at_low] = self.lower[at_low]
        self.lower[at_high] = self.upper[at_high]

    def _tell(self, bound: float) -> None:
        assert self.progress is not None
        best = None if self.best is None else self.best.objective
        gap = None if best is None else (best - bound) / max(abs(best), 1e-12)
        self.progress(Progress(time.perf_counter() - self.begun, "mip", best, bound, gap, self.nodes))


class _StoppedError(Exception):
    """The search was stopped by the clock or the user."""

    def __init__(self, status: str) -> None:
        self.status = status
