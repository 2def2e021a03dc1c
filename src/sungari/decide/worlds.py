"""One program for one region, or for several scenarios of it that share what is decided.

Decisions (which projects, when, how large) are taken before it is known which scenario comes; supply, flows and sales
are adjusted to each. The blocks of the scenarios stand side by side and meet in the columns of the decisions alone.
Rules, budgets and shares are those of the region as it stands: what a scenario makes dearer shows in the gain.

Source: Birge & Louveaux, *Introduction to Stochastic Programming* (extensive form); Rockafellar & Uryasev 2000 (CVaR).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from sungari.chain.assembly import Model
from sungari.chain.program import Arrays, Block, Floats, Ints
from sungari.chain.solver import Answer, Solver
from sungari.decide.scenarios import probabilities, scenario_region
from sungari.region.package import Region

#: Name of the region as it stands among its scenarios.
BASE = "base"


@dataclass(frozen=True)
class Tail:
    """How the worst outcomes count: CVaR of the loss, the mean loss of the worst share 1 − `alpha` of outcomes.

    The loss of a scenario is the surplus there without new projects less the surplus with them: a gain is a loss below
    zero.

    Attributes
    ----------
    alpha : float
        0 ≤ alpha < 1.
    weight : float
        Weight of −CVaR in what is maximised; the expected gain has what is left of 1.
    limit : float or None
        Most that the CVaR may be, money.
    """

    alpha: float = 0.9
    weight: float = 0.0
    limit: float | None = None

    def cvar(self, gains: Floats, chances: Floats) -> float:
        """CVaR of the loss, from the gains of the scenarios and their chances, money."""
        order = np.argsort(gains, kind="stable")
        share = np.minimum(np.cumsum(chances[order]), 1.0 - self.alpha)
        part = np.diff(share, prepend=0.0)
        return float(-(part @ gains[order]) / max(part.sum(), 1e-300))


class Worlds:
    """The scenarios of a region as one program, kept in the solver.

    Parameters
    ----------
    region : Region
        As it stands: its projects, rules and budgets hold.
    scenarios : sequence of (float, Region)
        Chance of each scenario, and the region as it is then; chances sum to 1. One alone: the region itself.
    tail : Tail or None
        Whether and how the worst outcomes count.
    today : ndarray or None
        Minimised objective of each scenario without new projects; needed with `tail`.
    like : Worlds or None
        Take the scenarios' models from there.

    Attributes
    ----------
    models : list of Model
        One per scenario.
    first : Model
        Of the region as it stands; its decisions are the program's.
    chances : ndarray
    arrays : Arrays
    solver : Solver
        With whole-number columns relaxed.
    """

    def __init__(
        self,
        region: Region,
        scenarios: Sequence[tuple[float, Region]] = (),
        *,
        tail: Tail | None = None,
        today: Floats | None = None,
        like: Worlds | None = None,
    ) -> None:
        self.tail = tail
        self.first: Model
        self.models: list[Model]
        self.chances: Floats
        if like is not None:
            self.first, self.models, self.chances = like.first, like.models, like.chances
        else:
            self.first = Model(region, "best")
            self.models = [self.first] if not scenarios else [
                self.first if r is region else Model(r, "best") for _, r in scenarios
            ]
            self.chances = np.array([p for p, _ in scenarios] or [1.0])
        self.alone = len(self.models) == 1 and self.models[0] is self.first
        arrays = self.first.arrays
        self.decisions = np.flatnonzero(arrays.decision)
        if self.alone:
            self.arrays = arrays
            self.column = {int(c): int(c) for c in self.decisions}
            self.parts: list[_Part] = []
        else:
            self.column = {int(c): n for n, c in enumerate(self.decisions)}
            self.parts = [_Part(self, model) for model in self.models]
            self.arrays = self._join(today)
        self.solver = Solver(self.arrays, relaxed=True)

    # -- reading ------------------------------------------------------------------------------------------------------

    @property
    def curved(self) -> bool:
        """Whether some demand is a curve."""
        return any(bool(m.demand.curve.any()) for m in self.models)

    def decided(self, x: Floats) -> Floats:
        """A solution in the columns of the region's own model; only its decisions are filled in."""
        made = np.zeros(len(self.first.arrays.cost))
        made[self.decisions] = x[[self.column[int(c)] for c in self.decisions]]
        return made

    def expand(self, decided: Floats) -> Floats:
        """Values of the program's decision columns in the columns of the region's own model; all else 0."""
        made = np.zeros(len(self.first.arrays.cost))
        made[self.decisions] = decided[:len(self.decisions)]
        return made

    def split(self, answer: Answer) -> list[Answer]:
        """The answer, scenario by scenario, each as its own model would have it."""
        if self.alone:
            return [answer]
        return [part.answer(answer, self._weight(n, answer)) for n, part in enumerate(self.parts)]

    def _weight(self, n: int, answer: Answer) -> float:
        """What a unit of money in a scenario weighs in what is optimised."""
        weight = float(self._expected[n])
        if self.tail is not None:
            weight += float(-answer.row_dual[self._loss.start + n]) / self._unit
        return max(weight, 1e-12)

    def objectives(self, answer: Answer) -> Floats:
        """Minimised objective of each scenario."""
        if self.alone:
            return np.array([answer.objective])
        return np.array([float(p.model.arrays.cost @ p.x(answer.x)) for p in self.parts])

    def seen_by(self, n: int) -> Any:
        """The solver as the model of a scenario sees it: takes that model's columns and rows."""
        return self.solver if self.alone else _View(self, n)

    # -- joining ------------------------------------------------------------------------------------------------------

    def _join(self, today: Floats | None) -> Arrays:
        """Decisions first, then the scenarios one after the other, then what the tail needs."""
        first, tail = self.first.arrays, self.tail
        d = self.decisions
        rules = np.flatnonzero(_rules(first))
        share = 1.0 if tail is None else 1.0 - tail.weight
        self._expected = share * self.chances
        cost, lower, upper = [np.zeros(len(d))], [first.lower[d]], [first.upper[d]]
        row_lower, row_upper = [first.row_lower[rules]], [first.row_upper[rules]]
        whole = [first.integer[d]]
        own = first.matrix[:, d].tocsr()[rules].tocoo()
        entries = [(own.coords[0], own.coords[1], own.data)]
        columns, rows = len(d), len(rules)
        for chance, part in zip(self._expected, self.parts, strict=True):
            arrays = part.model.arrays
            part.place(columns, rows)
            np.add.at(cost[0], part.shared, chance * arrays.cost[part.theirs])
            cost.append(chance * arrays.cost[part.own])
            lower.append(arrays.lower[part.own])
            upper.append(arrays.upper[part.own])
            whole.append(arrays.integer[part.own])
            row_lower.append(arrays.row_lower[part.rows])
            row_upper.append(arrays.row_upper[part.rows])
            matrix = arrays.matrix.tocoo()
            r, c = part.row_at[matrix.coords[0]], part.column_at[matrix.coords[1]]
            here = (r >= 0) & (c >= 0)
            entries.append((r[here], c[here], matrix.data[here]))
            columns, rows = columns + len(part.own), rows + len(part.rows)
        decision = np.zeros(columns, dtype=bool)
        decision[:len(d)] = True
        if tail is not None:
            assert today is not None
            n = len(self.parts)
            # Money of losses in a unit of its own keeps the numbers near those of the quantities.
            self._unit = unit = max(1.0, 1e-6 * float(np.abs(today).max()))
            self._loss = Block("loss", rows, n)
            at_risk, worse = columns, columns + 1 + np.arange(n)
            for k, part in enumerate(self.parts):
                theirs = part.model.arrays.cost
                put = np.flatnonzero((theirs != 0) & (part.column_at >= 0))
                entries.append((np.full(len(put), rows + k), part.column_at[put], theirs[put] / unit))
            entries.append((rows + np.arange(n), np.full(n, at_risk), np.full(n, -1.0)))
            entries.append((rows + np.arange(n), worse, np.full(n, -1.0)))
            mean = self.chances / (1.0 - tail.alpha)
            entries.append((np.full(n + 1, rows + n), np.append(at_risk, worse), np.append(1.0, mean)))
            cost.append(tail.weight * unit * np.append(1.0, mean))
            lower.append(np.append(-np.inf, np.zeros(n)))
            upper.append(np.full(n + 1, np.inf))
            whole.append(np.zeros(n + 1, dtype=bool))
            row_lower.append(np.full(n + 1, -np.inf))
            most = np.inf if tail.limit is None else tail.limit / unit
            row_upper.append(np.append(today / unit, most))
            # They count money, not quantities: scaling leaves them alone, as it does decisions.
            decision = np.append(decision, np.ones(n + 1, dtype=bool))
            columns, rows = columns + n + 1, rows + n + 1
        r, c, v = (np.concatenate([e[k] for e in entries]) for k in range(3))
        matrix = sparse.coo_array((v, (r, c)), shape=(rows, columns)).tocsc()
        names = {name: Block(name, int(np.searchsorted(rules, b.start)), b.size)
                 for name, b in first.rows.items() if b.size and rules[0] <= b.start and _is_rule(name)}
        return Arrays(
            np.concatenate(cost), np.concatenate(lower), np.concatenate(upper), np.concatenate(whole),
            np.concatenate(row_lower), np.concatenate(row_upper), matrix, {}, names, decision,
        )

    def limit_tail(self, most: float | None) -> None:
        """Set the most that the CVaR may be, money; None = no limit."""
        row = np.array([self._loss.start + self._loss.size])
        self.solver.set_sides(row, -np.inf, np.inf if most is None else most / self._unit)


class _Part:
    """Where the columns and rows of a scenario's model stand in the joint program."""

    def __init__(self, worlds: Worlds, model: Model) -> None:
        self.model = model
        arrays = model.arrays
        keys = _keys(worlds.first)
        mine = _keys(model)
        shared = [(theirs, worlds.column[keys[key]]) for key, theirs in mine.items() if key in keys]
        self.theirs: Ints = np.array([t for t, _ in shared], dtype=np.int64)
        self.shared: Ints = np.array([s for _, s in shared], dtype=np.int64)
        self.own: Ints = np.flatnonzero(~arrays.decision)
        self.rows: Ints = np.flatnonzero(~_rules(arrays))
        self.column_at: Ints = np.full(len(arrays.cost), -1, dtype=np.int64)
        self.row_at: Ints = np.full(len(arrays.row_lower), -1, dtype=np.int64)

    def place(self, columns: int, rows: int) -> None:
        self.column_at[self.theirs] = self.shared
        self.column_at[self.own] = columns + np.arange(len(self.own))
        self.row_at[self.rows] = rows + np.arange(len(self.rows))

    def x(self, x: Floats) -> Floats:
        return np.where(self.column_at >= 0, x[np.maximum(self.column_at, 0)], 0.0)

    def answer(self, answer: Answer, weight: float) -> Answer:
        """The joint answer as this scenario's model has it; duals in its own money."""
        mine, rows = np.maximum(self.column_at, 0), np.maximum(self.row_at, 0)
        here = self.row_at >= 0
        x = self.x(answer.x)
        return Answer(
            answer.status, x, np.where(self.column_at >= 0, answer.column_dual[mine], 0.0) / weight,
            np.where(here, answer.row_dual[rows], 0.0) / weight, np.where(here, answer.row_activity[rows], 0.0),
            float(self.model.arrays.cost @ x), answer.gap, answer.feasible, answer.iterations,
        )


class _View:
    """The joint solver as one scenario's model sees it."""

    def __init__(self, worlds: Worlds, n: int) -> None:
        self._worlds, self._n, self._part = worlds, n, worlds.parts[n]

    def set_costs(self, columns: Ints, cost: Floats) -> None:
        worlds, at = self._worlds, self._part.column_at[columns]
        worlds.solver.set_costs(at, worlds._expected[self._n] * np.asarray(cost))
        if worlds.tail is not None:
            row = np.full(len(at), worlds._loss.start + self._n)
            worlds.solver.set_coefficients(row, at, np.asarray(cost) / worlds._unit)

    def set_bounds(self, columns: Ints, lower: Floats, upper: Floats) -> None:
        self._worlds.solver.set_bounds(self._part.column_at[columns], lower, upper)

    def set_sides(self, rows: Ints, lower: Floats, upper: Floats) -> None:
        self._worlds.solver.set_sides(self._part.row_at[rows], lower, upper)

    def set_coefficients(self, rows: Ints, columns: Ints, values: Floats) -> None:
        r, c = self._part.row_at[rows], self._part.column_at[columns]
        here = (r >= 0) & (c >= 0)
        self._worlds.solver.set_coefficients(r[here], c[here], values[here])


def _is_rule(name: str) -> bool:
    return name == "budget" or name.startswith("project ")


def _rules(arrays: Arrays) -> Any:
    """Which rows are rules among decisions."""
    found = np.zeros(len(arrays.row_lower), dtype=bool)
    for name, block in arrays.rows.items():
        if _is_rule(name):
            found[block.slice] = True
    return found


def _keys(model: Model) -> dict[tuple[str, int, str], int]:
    """Columns of the decisions by project, model year and kind."""
    projects = model.projects
    names, years = projects.names, projects.ground.periods.years
    made: dict[tuple[str, int, str], int] = {}
    for d, (p, y) in enumerate(zip(projects.project, projects.year, strict=True)):
        built, unit = int(projects.built_column[d]), int(projects.unit_column[d])
        if built >= 0:
            made[str(names[p]), int(years[y]), "built"] = built
        if unit != built:
            made[str(names[p]), int(years[y]), "size"] = unit
    return made


def courses_of(region: Region) -> dict[str, tuple[float, Region]]:
    """The package's scenarios that have a chance, and what they leave to the region as it stands.

    Returns
    -------
    dict of str to (float, Region)
        By name; ``base`` is the region itself. Empty without scenarios.

    Raises
    ------
    UsageError
        If a scenario names something that is not there.
    """
    chances = {name: p for name, p in probabilities(region).items() if p > 0}
    if not chances:
        return {}
    rest = 1.0 - sum(chances.values())
    made = {BASE: (rest, region)} if rest > 1e-9 else {}
    return made | {name: (p, scenario_region(region, name)) for name, p in chances.items()}
