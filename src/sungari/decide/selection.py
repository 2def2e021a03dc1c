"""The search for the best set of projects: one live program, many questions to it.

Sets are compared on equal footing: the tree weighs all of them on the same segments of demand curves, drawn well in a
wide range around the plan found; whatever is then said of a set comes from its own plan, with segments narrowed around
that one until what they miss is within the tolerance.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sungari.chain import curves, ties
from sungari.chain.branch import Key, Learned, Tree
from sungari.chain.explain import explain_infeasible, explain_unbounded
from sungari.chain.program import Floats, Ints
from sungari.chain.solver import Answer, Progress
from sungari.decide.party_gain import Floors, welfare_of
from sungari.decide.rule import Rule
from sungari.decide.ruled import Ruled
from sungari.decide.worlds import Worlds
from sungari.errors import Explanation, Infeasible, Interrupted, Unbounded
from sungari.words import Words

#: Welfare that demand curves may miss in a plan, relative to its objective.
TOLERANCE = 2e-7
#: Rounds of decisions on curves drawn anew around the last round's plan.
MOST_ROUNDS = 3
#: Plans so near the best that what curves miss could turn their order: priced each for itself.
MOST_PRICED = 6


@dataclass(frozen=True)
class Choice:
    """What is decided, and what its own plan says. Money is not divided by ``money_scale``.

    Attributes
    ----------
    key : tuple of int
        Values of the whole-number decisions.
    value : float
        What is maximised: the expected objective, or what the tail makes of it.
    objectives : ndarray, shape (scenarios,)
        Objective in each scenario.
    parties : ndarray, shape (parties,)
        Expected welfare.
    projects : DataFrame
        project, year, size …: see :attr:`sungari.chain.plan.Plan.projects`.
    budgets : ndarray
        Use of each budget.
    error : float
        What demand curves may miss in its plan, relative to the objective.
    """

    key: Key
    value: float
    objectives: Floats
    parties: Floats
    projects: pd.DataFrame
    budgets: Floats
    error: float

    @property
    def names(self) -> frozenset[str]:
        """Projects that are built."""
        return frozenset(self.projects["project"].astype(str))


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Attributes
    ----------
    best : Choice or None
        None where no set is allowed.
    ahead : float
        How much more than the best a set could be worth at most, money: what is left unproven.
    status : str
        ``optimal``, ``infeasible``, ``time_limit`` or ``interrupted``.
    nodes : int
        Linear solves.
    seen : dict
        Minimised objective of every set that was come across, by its key; on the curves of the last round.
    """

    best: Choice | None
    ahead: float
    status: str
    nodes: int
    seen: dict[Key, float]


def stopped(status: str) -> Interrupted:
    """What is raised where a search ends before it has found anything."""
    error = Interrupted(Explanation(
        Words("The search was stopped by the time limit before any set was found.")
        if status == "time_limit" else Words("The search was stopped by you before any set was found.")
    ))
    error.status = status
    return error


class Selection:
    """A region's projects, ready to be chosen from.

    Parameters
    ----------
    worlds : Worlds
    gap : float
        Part of the gain at which a search may stop.
    tolerance : float
        Welfare that demand curves may miss in a plan, relative to its objective.
    left : callable
        Seconds that are left, None = no limit.
    progress : callable or None
    today : Choice or None
        The plan without new projects, where it is known: a limit on the CVaR may shut it out of this program.
    rule : Rule or None
        What every set must keep beside the rows of the program; every project is then a yes or no.

    Attributes
    ----------
    today : Choice or None
        Without new projects; None where the network of today can't meet what must be met.
    relaxed : Answer
        The best plan if decisions could be taken by halves.
    basis : object
        Its basis.
    learned : Learned
        What the searches so far have learned about the decisions.
    ruled : Ruled or None
        The rule, and what they have learned of it.
    stopped : bool
        Whether the user has asked to end: no further question is put.
    """

    def __init__(
        self,
        worlds: Worlds,
        *,
        gap: float = 1e-4,
        tolerance: float = TOLERANCE,
        left: Callable[[], float | None] = lambda: None,
        progress: Callable[[Progress], None] | None = None,
        today: Choice | None = None,
        rule: Rule | None = None,
    ) -> None:
        self.worlds, self.gap, self.tolerance, self.left, self.progress = worlds, gap, tolerance, left, progress
        self.solver, self.arrays, self.index = worlds.solver, worlds.arrays, worlds.solver.integer
        self.priced: dict[Key, Choice] = {}
        self.basis: Any = None
        self.stopped = False
        self.learned = Learned.nothing(len(self.index))
        self.ruled = None if rule is None else Ruled(rule, worlds)
        self.relaxed = self._relax()
        self.draw(self.relaxed)
        self._given = today is not None
        self._today_here = None if today is None else -today.value
        self.today = today or self._today()

    # -- the two ends: nothing new, and everything by halves ----------------------------------------------------------

    def _relax(self) -> Answer:
        begun = time.perf_counter()
        answer = self.solver.solve(
            "auto", mixed=False, time_limit=self.left(), progress=self.progress, interruptible=True
        )
        self.unit = time.perf_counter() - begun
        model = self.worlds.first
        if answer.status == "infeasible":
            raise Infeasible(explain_infeasible(model))
        if answer.status == "unbounded":
            raise Unbounded(explain_unbounded(model))
        if not answer.feasible:
            raise stopped(answer.status)
        return answer

    @contextmanager
    def _nothing_new(self) -> Iterator[Ints]:
        """Leave open nothing but what is committed; gives the columns that are closed."""
        projects, arrays, d = self.worlds.first.projects, self.worlds.first.arrays, self.worlds.decisions
        kept = np.zeros(len(arrays.cost), dtype=bool)
        mine = projects.committed[projects.project]
        kept[projects.built_column[mine & (projects.built_column >= 0)]] = True
        kept[projects.unit_column[mine]] = True
        at = np.array([self.worlds.column[int(c)] for c in d[~kept[d]]], dtype=np.int64)
        lower, upper = self.arrays.lower[at].copy(), self.arrays.upper[at].copy()
        self.arrays.lower[at] = self.arrays.upper[at] = 0.0
        self.solver.set_bounds(at, 0.0, np.zeros(len(at)))
        try:
            yield at
        finally:
            self.arrays.lower[at], self.arrays.upper[at] = lower, upper
            self.solver.set_bounds(at, lower, upper)

    def _today(self) -> Choice | None:
        """The plan without new projects."""
        with self._nothing_new() as at:
            tree = Tree(self.solver, self.arrays, gap=1e-10, basis=self.basis, seconds=self.left())
            answer = self.run(tree)
            if self.stopped:
                raise KeyboardInterrupt  # no set has been looked at yet
            self._today_here = answer.objective if answer.feasible else None
            if not answer.feasible:
                return None
            found = self._price(tuple(np.round(answer.x[self.index]).astype(int).tolist()))
            if found is not None and np.isin(at, self.index).all():
                self.priced[found.key] = found  # no size is left free that might make more of the same decisions
            return found

    # -- demand curves ------------------------------------------------------------------------------------------------

    def draw(self, answer: Answer) -> None:
        """Draw the curves well in a wide range around a plan, and solve the relaxed program with them."""
        self.basis = self.solver.basis()
        if self.worlds.curved:
            for _ in range(2):
                self._refine(answer, curves.WIDE)
                finer = self.solver.solve("simplex", mixed=False, time_limit=self.left())
                if not finer.feasible:
                    break
                answer = finer
            self._drawn = [m.demand.curves() for m in self.worlds.models]
            self.basis = self.solver.basis()

    def _refine(self, answer: Answer, least: float = 0.0) -> None:
        for n, (model, part) in enumerate(zip(self.worlds.models, self.worlds.split(answer), strict=True)):
            if model.demand.curve.any():
                curves.refine(model, self.worlds.seen_by(n), part, least)

    def _missed(self, answer: Answer) -> float:
        """What the curves may miss in a plan, expected, relative to the objective."""
        parts = self.worlds.split(answer)
        missed = [m.demand.error(m.solution(a)) for m, a in zip(self.worlds.models, parts, strict=True)]
        size = max(abs(float(self.worlds.chances @ [p.objective for p in parts])), 1.0)
        return float(self.worlds.chances @ missed) / size

    def _put_back(self) -> None:
        if self.worlds.curved:
            for n, (model, drawn) in enumerate(zip(self.worlds.models, self._drawn, strict=True)):
                curves.put(model, self.worlds.seen_by(n), drawn)

    # -- one set ------------------------------------------------------------------------------------------------------

    def price(self, key: Key) -> Choice | None:
        """The plan of what is decided; None where there is none. Leaves the solver ready for the next question."""
        if key not in self.priced:
            found = self._price(key)
            if found is None:
                return None
            self.priced[key] = found
        return self.priced[key]

    def _price(self, key: Key) -> Choice | None:
        solver, worlds = self.solver, self.worlds
        values = np.array(key, dtype=float)
        solver.set_bounds(self.index, values, values)
        solver.set_basis(self.basis)
        try:
            answer = solver.solve("simplex", mixed=False)
            error, last, idle, tolerance = 0.0, np.inf, 0, min(self.tolerance, curves.PRICED)
            for _ in range(curves.MOST_REFINEMENTS if worlds.curved and answer.feasible else 0):
                error = self._missed(answer)
                still = abs(answer.objective - last) <= 0.1 * tolerance * abs(answer.objective)
                last, idle = answer.objective, idle + 1 if still else 0
                if error <= tolerance or idle >= curves.MOST_IDLE:
                    break
                self._refine(answer, curves.FINEST)
                answer = solver.solve("simplex", mixed=False)
            if not answer.feasible:
                return None
            return self._read(key, self._settle(answer), error)
        finally:
            self._put_back()

    def _settle(self, answer: Answer) -> Answer:
        """The plan with the prices that the rule on shared rents asks for, in every scenario."""
        with ExitStack() as wide:
            for n, model in enumerate(self.worlds.models):
                wide.enter_context(ties.widened(model, self.worlds.seen_by(n), model.arrays))
            self.solver.solve("simplex", mixed=False, figures=False)
        return ties.settled(self.solver, answer)

    def _read(self, key: Key, answer: Answer, error: float) -> Choice:
        worlds, first = self.worlds, self.worlds.first
        parts = worlds.split(answer)
        welfare = [welfare_of(m, m.solution(a)) for m, a in zip(worlds.models, parts, strict=True)]
        decided = worlds.decided(answer.x)
        table = first.projects.result(decided)
        rows = first.arrays.rows["budget"].slice
        used = np.asarray(first.arrays.matrix.tocsr()[rows] @ decided)
        objectives = np.array([-p.objective for p in parts])
        return Choice(key, -answer.objective, objectives, worlds.chances @ np.array(welfare), table, used, error)

    # -- searching ----------------------------------------------------------------------------------------------------

    def search(
        self, *, floors: Floors | None = None, start: Iterable[Key] = (), seconds: float | None = None,
        redraw: bool = True,
    ) -> Found:
        """The best set of all that are allowed.

        Parameters
        ----------
        floors : Floors or None
            Least gains by party.
        start : iterable of tuple of int
            Decisions to try first.
        seconds : float or None
            Time limit, beside that of the selection.
        redraw : bool
            Whether to decide again on curves drawn around the set found.
        """
        begun = time.perf_counter()
        known, nodes, seen = list(start), 0, dict[Key, float]()
        best: Choice | None = None
        ahead, status = np.inf, "optimal"
        for _ in range(MOST_ROUNDS if redraw and self.worlds.curved else 1):
            limits = [s for s in (self.left(), seconds and seconds - (time.perf_counter() - begun)) if s is not None]
            tree = self._tree(floors, known, min(limits, default=None))
            answer = self.run(tree)
            nodes += tree.nodes
            status = answer.status
            if not answer.feasible:
                if status == "infeasible" and best is None:
                    return Found(None, 0.0, status, nodes, seen)
                break
            seen = tree.found
            ahead = max(answer.objective - tree.bound, 0.0)
            try:
                chosen = self._finest(tree, floors)
            except KeyboardInterrupt:
                self.stopped, status = True, "interrupted"
                chosen = self._own(tree)
            if best is not None and (chosen.key == best.key or chosen.value <= best.value):
                break
            best = chosen
            if status != "optimal" or not self.worlds.curved or not redraw:
                break
            known = [best.key, *known]
            self._around(best)
        return Found(best, float(ahead), status, nodes, seen)

    def run(self, tree: Tree) -> Answer:
        """Search a tree, and remember if the user has asked to end."""
        answer = tree.search("simplex")
        self.stopped |= answer.status == "interrupted"
        return answer

    def _tree(self, floors: Floors | None, start: Iterable[Key], seconds: float | None) -> Tree:
        return Tree(
            self.solver, self.arrays, gap=self.gap, today=self._today_here, basis=self.basis, seconds=seconds,
            start=[np.array(k, dtype=float) for k in start], progress=self.progress, interruptible=True,
            learned=self.learned, **self.asking(floors),
        )

    def asking(self, floors: Floors | None) -> dict[str, Any]:
        """Options of a tree that holds sets against the rule and the floors."""
        if floors is None and self.ruled is None:
            return {}
        cuts = None if self.ruled is None else self.ruled.cuts
        return {"admits": lambda values, answer: self.admits(floors, tuple(values.tolist()), answer), "cuts": cuts}

    def admits(self, floors: Floors | None, key: Key, answer: Answer | None = None) -> bool:
        """Whether a set keeps to the rule, and to the floors; `answer` is a plan of it, if there is one."""
        if self.ruled is not None and not self.ruled.keeps(key, answer):
            return False  # by its names alone, without a plan of its own
        if floors is None:
            return True
        choice = self.price(key)
        if choice is None or self.today is None:
            return False
        gains = choice.parties - self.today.parties
        return not floors.short(self.worlds.first.ground, gains, float(np.abs(choice.parties).sum()))

    def _finest(self, tree: Tree, floors: Floors | None) -> Choice:
        """The best by its own plan, among those whose order the curves may have turned."""
        assert tree.best is not None
        order = sorted(tree.found, key=lambda k: tree.found[k])
        top = tree.found[order[0]]
        reach = self._missed(tree.best) * abs(top) if self.worlds.curved else 0.0
        near = [k for k in order if tree.found[k] <= top + reach][:MOST_PRICED]
        priced = [c for c in map(self.price, near) if c is not None]
        allowed = [c for c in priced if self.admits(floors, c.key)]
        return max(allowed, key=lambda c: c.value)

    def _own(self, tree: Tree) -> Choice:
        """The best of a tree by its own plan."""
        assert tree.best is not None
        chosen = self.price(tuple(np.round(tree.best.x[self.index]).astype(int).tolist()))
        assert chosen is not None
        return chosen

    def _around(self, choice: Choice) -> None:
        """Draw the curves around a set's plan."""
        values = np.array(choice.key, dtype=float)
        self.solver.set_bounds(self.index, values, values)
        self.solver.set_basis(self.basis)
        answer = self.solver.solve("simplex", mixed=False)
        self.draw(answer)
        self.solver.set_bounds(self.index, self.arrays.lower[self.index], self.arrays.upper[self.index])
        relaxed = self.solver.solve("simplex", mixed=False)
        if relaxed.feasible:
            self.relaxed, self.basis = relaxed, self.solver.basis()
        if self.today is not None and not self._given:
            with self._nothing_new():
                held = np.array(self.today.key, dtype=float)
                self.solver.set_bounds(self.index, held, held)
                here = self.solver.solve("simplex", mixed=False, figures=False)
                if here.feasible:  # or the rule refuses what is there today
                    self._today_here = here.objective

    def gain(self, choice: Choice) -> float:
        """What a set is worth beyond today's network, expected, money; NaN where there is no plan today."""
        if self.today is None:
            return float("nan")
        return float(self.worlds.chances @ (choice.objectives - self.today.objectives))

    def spent(self, choice: Choice) -> float:
        """Capital cost of a set, without what is committed, money."""
        projects = self.worlds.first.projects
        committed = {str(n) for n, c in zip(projects.names, projects.committed, strict=True) if c}
        new = ~choice.projects["project"].astype(str).isin(committed)
        return float(choice.projects.loc[new, "capex"].sum())

    def set_budget(self, number: int, amount: float) -> None:
        """Change one budget: its place among the rows ``budget``, and money."""
        row = np.array([self.arrays.rows["budget"].start + number])
        self.arrays.row_upper[row] = amount
        self.solver.set_sides(row, -np.inf, np.full(1, amount))

    def size(self, choice: Choice) -> float:
        """What is maximised beyond today's network, money: what gaps are relative to."""
        return abs(choice.value - self.today.value) if self.today is not None else abs(choice.value)
