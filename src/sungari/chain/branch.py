"""Branch and bound over few whole-number decisions in a large network, on one live model.

A general mixed-integer solver starts each of its many linear solves on a presolved copy and spends most of its time on
cuts that a network of thousands of flows hardly feels. With some dozens of projects the tree is small, and each node is
a handful of dual simplex steps from its parent; so the tree is walked here, on the live model.

Source: Land & Doig 1960; reliability branching after Achterberg, Koch & Martin 2005; reduced-cost fixing; the ranked
list of near-best plans by the partition of Lawler 1972.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sungari.chain.cuts import Cuts
from sungari.chain.program import Arrays, Floats, Ints
from sungari.chain.propagate import Rules
from sungari.chain.solver import Answer, Method, Progress, Solver

#: A tree of our own pays where the network is this many times larger than the number of decisions.
COLUMNS_PER_DECISION = 50
WHOLE = 1e-6
#: Candidates whose two children are both tried before their pseudo-costs are trusted, and how often each.
TRIED = 6
RELIABLE = 1
#: Part of the objective that the solver's rounding may move; no gap is asked to be smaller.
ROUNDING = 1e-12

Key = tuple[int, ...]


def suits(arrays: Arrays) -> bool:
    """Whether the tree here is likely to beat the general solver."""
    n = int(arrays.integer.sum())
    return 0 < n * COLUMNS_PER_DECISION <= len(arrays.cost)


@dataclass(order=True)
class _Node:
    """A part of the tree: a bound, the decisions' bounds, and the basis to start from.

    `x` and `dual` are the decisions' values and reduced costs in the node's own solution; empty until it is solved.
    """

    bound: float
    serial: int
    lower: Floats = field(compare=False)
    upper: Floats = field(compare=False)
    basis: Any = field(compare=False)
    x: Floats = field(compare=False)
    dual: Floats = field(compare=False)


@dataclass(frozen=True)
class Learned:
    """Pseudo-costs: how much the bound has moved, in all, when a decision was rounded down or up, and how often.

    Attributes
    ----------
    gain : ndarray of float, shape (2, decisions)
        Per unit of rounding.
    count : ndarray of int, shape (2, decisions)
    """

    gain: Floats
    count: Ints

    @classmethod
    def nothing(cls, decisions: int) -> Learned:
        """Nothing yet."""
        return cls(np.zeros((2, decisions)), np.zeros((2, decisions), dtype=np.int64))


class Tree:
    """One search.

    Parameters
    ----------
    solver : Solver
        A relaxed live model.
    arrays : Arrays
        Its program; decisions are held between its bounds.
    gap : float
        Relative gap at which the search may stop: of the objective, or of what it is better than `today`.
    today : float or None
        Objective that a plan's gain is counted from.
    beside : float
        How much worse than the best a plan may be and yet be wanted (money): all of them are found.
    above : float
        Objective above which no plan is wanted.
    most : int
        Plans after which the search stops.
    admits : callable or None
        Told a plan's decisions and its answer, says whether the plan may be taken.
    cuts : Cuts or None
        Rows that `admits` adds to when it refuses a plan, so that plans refused for the same reason don't come up.
    start : iterable of ndarray
        Decisions that are tried first.
    learned : Learned or None
        What earlier searches of the same program have learned about its decisions; goes on learning.
    basis : object or None
        Basis to solve the root from; None = whatever the solver holds.
    seconds : float or None
        Time limit.
    progress : callable or None
    interruptible : bool
        Whether Ctrl-C ends the search with the best plan found so far.

    Attributes
    ----------
    best : Answer or None
        The best plan so far.
    bound : float
        No plan has a lower objective.
    found : dict
        Objective of every plan seen, by its decisions' values; all that are wanted once the search is ``optimal``.
    decided : dict
        Values of all decision columns in each of them, sizes that need not be whole as well.
    nodes : int
        Linear solves.
    """

    def __init__(
        self,
        solver: Solver,
        arrays: Arrays,
        *,
        gap: float = 1e-6,
        today: float | None = None,
        beside: float | None = None,
        above: float = np.inf,
        most: int = 1_000_000,
        admits: Callable[[Ints, Answer], bool] | None = None,
        cuts: Cuts | None = None,
        start: Iterable[Floats] = (),
        learned: Learned | None = None,
        basis: Any = None,
        seconds: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        interruptible: bool = False,
    ) -> None:
        self.solver, self.arrays = solver, arrays
        self.gap, self.today, self.beside, self.above, self.most = gap, today, beside, above, most
        self.admits, self.cuts, self.start, self.basis = admits, cuts, list(start), basis
        self.seconds, self.progress, self.interruptible = seconds, progress, interruptible
        self.index = solver.integer
        self.lower = arrays.lower[self.index].copy()
        self.upper = arrays.upper[self.index].copy()
        self.rules = Rules(arrays, self.index)
        self._cuts_known = 0
        self.best: Answer | None = None
        self.bound = -np.inf
        self.found: dict[Key, float] = {}
        self.decided: dict[Key, Floats] = {}
        self._decisions = np.flatnonzero(arrays.decision)
        self.nodes = 0
        self._serial = 0
        self._root: _Node | None = None
        learned = learned or Learned.nothing(len(self.index))
        self._gain, self._count = learned.gain, learned.count
        self._begun = time.perf_counter()

    def _tighten_by_rules(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats] | None:
        """Bounds that rules among decisions leave, what has been learned since included."""
        if self.cuts is not None:
            for values, side in self.cuts.rows[self._cuts_known:]:
                self.rules.learn(values, side)
            self._cuts_known = len(self.cuts.rows)
        return self.rules.tighten(lower, upper)

    # -- one linear solve ---------------------------------------------------------------------------------------------

    def _left(self) -> float | None:
        return None if self.seconds is None else max(self.seconds - (time.perf_counter() - self._begun), 0.01)

    def _evaluate(self, lower: Floats, upper: Floats, basis: Any, method: Method = "simplex") -> Answer:
        """Solve with the decisions between these bounds, from a basis."""
        solver = self.solver
        if self.seconds is not None and time.perf_counter() - self._begun > self.seconds:
            raise _StoppedError("time_limit")
        solver.set_bounds(self.index, lower, upper)
        if basis is not None:
            solver.set_basis(basis)
        limit = self._limit()
        answer = solver.solve(
            method, mixed=False, time_limit=self._left(), interruptible=self.interruptible and self.nodes == 0,
            cutoff=limit if np.isfinite(limit) else None,
        )
        self.nodes += 1
        if answer.status in ("time_limit", "interrupted"):
            raise _StoppedError(answer.status)
        return answer

    def _limit(self) -> float:
        """Objective from which on a part of the tree holds nothing that is wanted."""
        if self.best is None:
            return self.above
        best = self.best.objective
        rounding = ROUNDING * abs(best)
        if self.beside is not None:
            return min(best + self.beside + rounding, self.above)
        gained = abs(best) if self.today is None else abs(self.today - best)
        return min(best - max(self.gap * gained, rounding), self.above)

    def _fractions(self, x: Floats) -> Floats:
        return np.asarray(np.abs(x - np.round(x)))

    def _whole(self, x: Floats) -> bool:
        return bool(self._fractions(x).max(initial=0.0) <= WHOLE)

    def _offer(self, answer: Answer) -> None:
        """Take a plan, if it may be taken and is better than the best so far."""
        if answer.objective > (self.above if self.beside is None else self._limit()):
            return
        values = np.round(answer.x[self.index]).astype(np.int64)
        key = tuple(values.tolist())
        if key in self.found:
            return
        wanted = self.best is None or self.beside is not None or answer.objective < self.best.objective
        if wanted and self.admits is not None and not self.admits(values, answer):
            return
        self.found[key] = answer.objective
        self.decided[key] = answer.x[self._decisions]
        if self.best is None or answer.objective < self.best.objective:
            self.best = answer
            self._tighten()

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
        narrowed = self._tighten_by_rules(self.lower, self.upper)
        if narrowed is not None:  # if it is None the linear solve finds out, too
            self.lower, self.upper = narrowed
        try:
            root = self._evaluate(self.lower, self.upper, self.basis, method)
            if root.status in ("infeasible", "unbounded", "cut_off"):
                return replace(root, status="infeasible") if root.status == "cut_off" else root
            self.bound = root.objective
            self._root = self._node(root, self.lower, self.upper)
            queue.append(self._root)
            self._try_known()
            if not self.start or self.best is None:
                self._dive(self._root)
            self.bound = self._walk(queue)
        except (_StoppedError, KeyboardInterrupt) as stop:
            status = stop.status if isinstance(stop, _StoppedError) else "interrupted"
            self.bound = min((n.bound for n in queue), default=self.bound)
        if self.best is None:
            kind = "infeasible" if status == "optimal" else status
            none = np.zeros(0)
            return Answer(kind, none, none, none, none, float("nan"), 0.0, False, self.nodes)  # type: ignore[arg-type]
        self.bound = min(self.bound, self.best.objective)
        gap = (self.best.objective - self.bound) / max(abs(self.best.objective), 1e-12)
        return replace(self.best, status=status, gap=gap, iterations=self.nodes)  # type: ignore[arg-type]

    def _walk(self, queue: list[_Node]) -> float:
        """Take the node with the best bound, branch, until nothing can be better; returns the proven bound."""
        told = self._begun
        while queue:
            node = queue[0]
            if node.bound >= self._limit() or len(self.found) >= self.most:
                return node.bound
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
        self._serial += 1
        return _Node(
            answer.objective, self._serial, lower.copy(), upper.copy(), self.solver.basis(), answer.x[self.index],
            answer.column_dual[self.index],
        )

    def _branch(self, node: _Node) -> list[_Node]:
        """Children of a node: of the decision that moves the bound most, or around its plan if it has one."""
        lower, upper = np.maximum(node.lower, self.lower), np.minimum(node.upper, self.upper)
        if len(node.x):
            # What costs more than the best plan leaves room for is not worth a look in this part of the tree.
            room = self._limit() - node.bound
            upper = np.where((np.abs(node.x - lower) < WHOLE) & (node.dual > room), lower, upper)
            lower = np.where((np.abs(node.x - upper) < WHOLE) & (-node.dual > room), upper, lower)
        narrowed = self._tighten_by_rules(lower, upper) if (lower <= upper).all() else None
        if narrowed is None:
            return []
        lower, upper = narrowed
        moved = len(node.x) == 0 or bool(((node.x < lower - WHOLE) | (node.x > upper + WHOLE)).any())
        if moved or self._whole(node.x):
            # Not solved yet, solved within bounds that have become narrower, or a plan that must be read.
            answer = self._evaluate(lower, upper, node.basis)
            if answer.status != "optimal":
                return []
            node = self._node(answer, lower, upper)
            return self._around(node, answer) if self._whole(node.x) else [node]
        open_ = np.flatnonzero(self._fractions(node.x) > WHOLE)
        score = self._score(node, open_)
        order = open_[np.argsort(-score, kind="stable")]
        known = self._count.min(axis=0) >= RELIABLE
        tried = [int(j) for j in order if not known[j]][:TRIED]
        trusted = next((int(j) for j in order if known[j]), None)
        if trusted is not None:
            if not tried:
                return self._children(node, trusted, lower, upper)[1]
            tried.append(trusted)
        best: tuple[float, list[_Node]] | None = None
        for j in tried:
            value, children, closed = self._children(node, j, lower, upper)
            if closed:
                return children  # the decision is made on one side, or on both
            if best is None or value > best[0]:
                best = (value, children)
        assert best is not None
        return best[1]

    def _around(self, node: _Node, answer: Answer) -> list[_Node]:
        """Take the plan of a node; where others in its part of the tree may be wanted, the parts beside the plan."""
        before, known = len(self.found), self.cuts.held if self.cuts is not None else 0
        self._offer(answer)
        taken = len(self.found) > before
        while self.cuts is not None and self.cuts.ideas:
            self._try(self.cuts.ideas.pop())
        if self.cuts is not None and self.cuts.held > known:
            # The plan is refused for a reason that is now a row: what is left is one part, to be solved anew.
            return [replace(node, x=np.zeros(0), dual=np.zeros(0))]
        limit = self._limit()
        if self.beside is None and (taken or self.admits is None or answer.objective >= limit):
            return []
        value = np.round(node.x)
        children = []
        lower, upper = node.lower.copy(), node.upper.copy()
        # Reduced costs bound what each change costs at least; the dearest is fixed last, when little is left open.
        for j in np.argsort(-np.abs(node.dual), kind="stable"):
            if lower[j] == upper[j]:
                continue
            for side in (0, 1):
                low, high = lower.copy(), upper.copy()
                if side == 0:
                    high[j] = value[j] - 1
                    bound = node.bound + max(-node.dual[j], 0.0)
                else:
                    low[j] = value[j] + 1
                    bound = node.bound + max(node.dual[j], 0.0)
                if low[j] <= high[j] and bound < limit:
                    self._serial += 1
                    children.append(_Node(bound, self._serial, low, high, node.basis, np.zeros(0), np.zeros(0)))
            lower[j] = upper[j] = value[j]
        return children

    def _score(self, node: _Node, candidates: Ints) -> Floats:
        """Expected gain of branching, by pseudo-costs; averages where a decision has none yet."""
        value = node.x[candidates]
        down, up = value - np.floor(value), np.ceil(value) - value
        mean = [g[c > 0].sum() / max(c[c > 0].sum(), 1) for g, c in zip(self._gain, self._count, strict=True)]
        each = [
            np.where(self._count[s][candidates] > 0,
                     self._gain[s][candidates] / np.maximum(self._count[s][candidates], 1), mean[s] or 1.0)
            for s in (0, 1)
        ]
        return np.asarray(np.maximum(each[0] * down, 1e-9) * np.maximum(each[1] * up, 1e-9))

    def _children(self, node: _Node, j: int, lower: Floats, upper: Floats) -> tuple[float, list[_Node], bool]:
        """Evaluate both sides of decision `j`. Returns (score, open children, whether a side is decided)."""
        value = node.x[j]
        children: list[_Node] = []
        gains: list[float] = []
        closed = False
        for side in (0, 1):
            low, high = lower.copy(), upper.copy()
            if side == 0:
                high[j] = np.floor(value)
                step = value - np.floor(value)
            else:
                low[j] = np.ceil(value)
                step = np.ceil(value) - value
            narrowed = self._tighten_by_rules(low, high)
            if narrowed is None:
                gains.append(np.inf)
                continue
            low, high = narrowed
            answer = self._evaluate(low, high, node.basis)
            if answer.status != "optimal":
                gains.append(np.inf)
                continue
            gain = max(answer.objective - node.bound, 0.0)
            gains.append(gain)
            self._gain[side, j] += gain / step
            self._count[side, j] += 1
            child = self._node(answer, low, high)
            whole = self._whole(child.x)
            closed |= whole
            children += self._around(child, answer) if whole else [child]
        finite = [g if np.isfinite(g) else 1e30 for g in gains]
        closed |= not all(np.isfinite(gains))
        return max(finite[0], 1e-9) * max(finite[1], 1e-9), children, closed

    # -- first plans --------------------------------------------------------------------------------------------------

    def _try_known(self) -> None:
        """Try the decisions that were handed over."""
        for values in self.start:
            self._try(values)

    def _try(self, values: Floats) -> None:
        """Take the plan of these decisions, if it may be taken and is better than the best so far."""
        whole = np.clip(np.round(values), self.lower, self.upper)
        assert self._root is not None
        answer = self._evaluate(whole, whole, self._root.basis)
        if answer.status == "optimal":
            self._offer(answer)

    def _dive(self, root: _Node) -> None:
        """Round decisions one by one, the surest first, to a first plan."""
        node = root
        for _ in range(2 * len(self.index) + 1):
            fraction = self._fractions(node.x)
            open_ = np.flatnonzero(fraction > WHOLE)
            if not len(open_):
                answer = self._evaluate(node.lower, node.upper, node.basis)
                if answer.status == "optimal" and self._whole(answer.x[self.index]):
                    self._offer(answer)
                return
            j = int(open_[np.argmin(fraction[open_])])
            value = node.x[j]
            for goal in (np.round(value), np.floor(value) + np.ceil(value) - np.round(value)):
                low, high = node.lower.copy(), node.upper.copy()
                low[j] = high[j] = goal
                narrowed = self._tighten_by_rules(low, high)
                if narrowed is None:
                    continue
                low, high = narrowed
                answer = self._evaluate(low, high, node.basis)
                if answer.status == "optimal":
                    node = self._node(answer, low, high)
                    break
            else:
                return

    def _tighten(self) -> None:
        """Fix decisions whose other side costs more than the best plan leaves room for, by the root's reduced costs."""
        root = self._root
        if root is None:
            return
        room = self._limit() - root.bound
        at_low = (np.abs(root.x - root.lower) < WHOLE) & (root.dual > room)
        at_high = (np.abs(root.x - root.upper) < WHOLE) & (-root.dual > room)
        self.upper[at_low] = np.minimum(self.upper, root.lower)[at_low]
        self.lower[at_high] = np.maximum(self.lower, root.upper)[at_high]

    def _tell(self, bound: float) -> None:
        assert self.progress is not None
        best = None if self.best is None else self.best.objective
        gap = None
        if best is not None:
            gap = (best - bound) / max(abs(best if self.today is None else self.today - best), 1e-12)
        self.progress(Progress(time.perf_counter() - self._begun, "mip", best, bound, gap, self.nodes))


class _StoppedError(Exception):
    """The search was stopped by the clock or the user."""

    def __init__(self, status: str) -> None:
        self.status = status
