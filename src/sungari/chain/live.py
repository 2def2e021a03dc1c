"""A live model: solved once, then changed and re-solved warm.

Whatever solves the same region many times – outages, projects, coalitions, scenarios – changes bounds here and starts
each solve from the basis of an earlier one, with the dual simplex method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar

import numpy as np

from sungari.chain import ties
from sungari.chain.assembly import Model
from sungari.chain.basis import pack, unpack
from sungari.chain.branch import WHOLE, Tree
from sungari.chain.curves import narrow, put
from sungari.chain.demand import Curves
from sungari.chain.effects import row_keys
from sungari.chain.limits import Limit
from sungari.chain.program import Arrays, Floats, Ints
from sungari.chain.solver import Answer, Method, Solver
from sungari.chain.uses import Uses
from sungari.errors import Infeasible, UsageError, hinted
from sungari.region.package import Region
from sungari.words import Words

T = TypeVar("T")
#: Relative gap at which decisions count as best: gains are small differences of large objectives.
GAP = 1e-10


@dataclass(frozen=True)
class Change:
    """Bounds that a variant sets: of columns and of rows, by absolute index, in the program's units."""

    columns: Ints
    lower: Floats
    upper: Floats
    rows: Ints
    row_lower: Floats
    row_upper: Floats

    @classmethod
    def nothing(cls) -> Change:
        """The change that changes nothing."""
        index, figures = np.zeros(0, dtype=np.int64), np.zeros(0)
        return cls(index, figures, figures, index, figures, figures)

    def __add__(self, other: Change) -> Change:
        """Both changes; where they meet, the second holds."""
        columns, first = np.unique(np.append(other.columns, self.columns), return_index=True)
        rows, top = np.unique(np.append(other.rows, self.rows), return_index=True)
        return Change(
            columns, np.append(other.lower, self.lower)[first], np.append(other.upper, self.upper)[first],
            rows, np.append(other.row_lower, self.row_lower)[top], np.append(other.row_upper, self.row_upper)[top],
        )


@dataclass(frozen=True)
class Stand:
    """A solved state that other solves start from; it can go to another process.

    Attributes
    ----------
    change : Change
        What leads from the model's first state to this one.
    answer : Answer
    basis : object
        The solver's basis.
    curves : Curves
    """

    change: Change
    answer: Answer
    basis: Any
    curves: Curves

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "basis": pack(self.basis)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({**state, "basis": unpack(*state["basis"])})


class LiveModel:
    """A region's chain model, kept in the solver.

    Parameters
    ----------
    region : Region
        A checked region.
    projects : "none", "all" or list of str
        Projects that are built; whole-number decisions are fixed at the best of the first solve.
    prune : bool
    method : str
        Method of the first solve.
    candidates : bool
        Keep all candidate projects in the model, closed but for `projects` and those committed, so that
        :meth:`built` can open them. Whole-number decisions are then taken anew in every solve.
    like : LiveModel or None
        Live model of the same region with other figures, made with ``prune="reach"``: the first solve starts from its
        plan, where the figures leave the program its columns and rows.
    start : Stand or None
        What the first solve of such a live model has found, in this process or another: it is then not solved again.
    settled : bool
        Whether each plan has the prices that :mod:`sungari.chain.ties` asks for, so that gains by party can be held
        against each other.
    tolerance : float or None
        Welfare that demand curves may miss in each solve, relative to the objective (or to that of the first solve, if
        that is larger); None = the segments that they start with are kept.

    Attributes
    ----------
    model : Model
    start : Stand
        The first solution, as a start for others.
    curve_error : float
        Welfare that demand curves may miss in the latest solve, relative to the objective, where `tolerance` is given.

    Examples
    --------
    >>> live = LiveModel(region)  # doctest: +SKIP
    >>> live.objective - live.with_change(live.capacity("links", "harbin-suifenhe", 0.0))  # doctest: +SKIP
    """

    def __init__(
        self, region: Region, projects: str | Iterable[str] = "none", *, prune: bool | Literal["reach"] = True,
        method: Method = "auto", candidates: bool = False, tolerance: float | None = None,
        like: LiveModel | None = None, start: Stand | None = None, settled: bool = False,
    ) -> None:
        self.tolerance, self.settled = tolerance, settled
        self.curve_error = 0.0
        self._keys: dict[str, dict[str, list[int]]] = {}
        choice = "best" if candidates else projects
        model = Model(region, choice, like=like.model) if like is not None else None
        if like is not None and model is not None and not model.stands_like(like.model):
            like = model = None
        self.model: Model = model or Model(region, choice, prune=prune)
        self._opened = self.model.arrays.copy()
        if candidates:
            self._close(projects)
        self.solver = Solver(self.model.arrays, relaxed=candidates)
        if start is not None and len(self.solver.integer) and not candidates:
            self.solver.fix_integers(start.answer.x)
        self.start = start or self._first(method, like)
        if start is None and (candidates or tolerance is not None):
            self.start = self.stand(Change.nothing())

    def _first(self, method: Method, like: LiveModel | None) -> Stand:
        """Solve for the first time."""
        solver = self.solver
        if like is not None:
            self._set_curves(like.start.curves)
            solver.set_basis(like.start.basis)
            # Dual simplex, whatever has changed: after changes of costs alone the primal one is no faster, after all
            # others ten times slower (see performance.md).
            method = "simplex"
        answer = solver.solve(method)
        if not answer.feasible:
            from sungari.chain.explain import explain_infeasible

            raise Infeasible(explain_infeasible(self.model))
        if len(solver.integer) and not solver.relaxed:
            solver.fix_integers(answer.x)
            answer = solver.solve("simplex", mixed=False)
        return Stand(Change.nothing(), answer, solver.basis(), self.model.demand.curves())

    @property
    def base(self) -> Answer:
        """The first solution."""
        return self.start.answer

    @property
    def objective(self) -> float:
        """Objective of the first solution: surplus in the base year's money, not divided by ``money_scale``."""
        return -self.base.objective

    # -- changes ------------------------------------------------------------------------------------------------------

    def _close(self, projects: str | Iterable[str]) -> None:
        """Leave only these projects (and those committed) open in the model's own bounds."""
        names = self.model.projects.names
        wanted = {"none": [], "all": list(names)}[projects] if isinstance(projects, str) else list(projects)
        first = self.built(wanted)
        arrays = self.model.arrays
        arrays.lower[first.columns], arrays.upper[first.columns] = first.lower, first.upper
        arrays.row_lower[first.rows], arrays.row_upper[first.rows] = first.row_lower, first.row_upper

    def built(self, projects: Iterable[str], *, committed: bool = True) -> Change:
        """The change after which these projects and no others are built.

        Year, and size where it is free, are best chosen in the solve. Needs `candidates`.

        Parameters
        ----------
        projects : iterable of str
        committed : bool
            Whether those that the package commits to are built in any case.

        Raises
        ------
        UsageError
            If there is no such project.
        """
        choice, opened = self.model.projects, self._opened
        on = choice.committed & committed
        for name in projects:
            if name not in self._project:
                raise UsageError(hinted(Words("no project {name!r} in projects.csv", name=name), name, choice.names))
            on[self._project[name]] = True
        owner, columns = self._decided
        alive = np.unique(choice.project)
        rows = opened.rows["project once"].index
        sure = choice.yes_no[alive] & on[alive]
        return Change(
            columns, np.where(on[owner], opened.lower[columns], 0.0), np.where(on[owner], opened.upper[columns], 0.0),
            rows, np.where(sure, 1.0, np.where(on[alive], opened.row_lower[rows], 0.0)), opened.row_upper[rows],
        )

    @cached_property
    def _project(self) -> dict[str, int]:
        """Codes of the projects."""
        return {str(name): p for p, name in enumerate(self.model.projects.names)}

    @cached_property
    def _decided(self) -> tuple[Ints, Ints]:
        """Project of each column of decisions, and the columns, in their order."""
        choice = self.model.projects
        columns, first = np.unique(np.append(choice.built_column, choice.unit_column), return_index=True)
        return np.append(choice.project, choice.project)[first][columns >= 0], columns[columns >= 0]

    def capacity(self, table: str, row: str, factor: float) -> Change:
        """The change that multiplies the capacity of a row, in every period.

        Parameters
        ----------
        table : "links", "supply", "facilities" or "units"
        row : str
            Key of the row, as ``effects.csv`` writes it.
        factor : float
            0 = out of service. An unlimited capacity can only be taken out of service.

        Raises
        ------
        UsageError
            If there is no such row, or it is unlimited and `factor` is not 0.
        """
        if table not in self._keys:
            self._keys[table] = row_keys(self.model.region.table(table), table)
        keys = self._keys[table]
        if row not in keys:
            raise UsageError(hinted(Words("no row {row!r} in {table}.csv", row=row, table=table), row, keys))
        rows: list[Ints] = []
        columns: list[Ints] = []
        for position in keys[row]:
            on_rows, on_columns = self._limits(table, position)
            rows.append(on_rows)
            columns.append(on_columns)
        r, c = np.concatenate(rows), np.concatenate(columns)
        arrays = self.model.arrays
        upper = arrays.upper[c]
        if factor != 0 and np.isinf(upper).any():
            raise UsageError("{table} {row!r} is unlimited; its capacity can only be set to zero", table=table, row=row)
        with np.errstate(invalid="ignore"):
            upper = np.where(factor == 0, 0.0, upper * factor)
        lower = np.minimum(arrays.lower[c], upper)
        return Change(c, lower, upper, r, arrays.row_lower[r], arrays.row_upper[r] * factor)

    def _limits(self, table: str, position: int) -> tuple[Ints, Ints]:
        """Program rows and columns that hold the capacity of a table row."""
        model = self.model
        none = np.zeros(0, dtype=np.int64)
        if table == "units":
            return _rows(model.facilities.unit_limit, position), none
        if table == "links":
            links = model.links
            rows = _rows(links.limit, position)
            banded = np.flatnonzero(links.bands.link[links.band_grid.row] == position)
            rows = np.append(rows, links.band_rows.start + banded)
            columns = none if len(rows) else links.columns.start + np.flatnonzero(links.link_of == position)
            return rows, columns
        if table in ("supply", "facilities"):
            uses: Uses = model.supply if table == "supply" else model.facilities
            rows = _rows(uses.limit, position)
            return rows, none if len(rows) else uses.columns.start + np.flatnonzero(uses.row == position)
        raise UsageError("capacities of {table!r} can't be changed; expected links, supply, facilities or units",
                         table=table)

    # -- solving ------------------------------------------------------------------------------------------------------

    def solve(self, change: Change, start: Stand | None = None) -> Answer:
        """Solve with a change, warm, and undo the change.

        Parameters
        ----------
        change : Change
            From the model's first state.
        start : Stand or None
            Where to start from; None = the first solution.

        Returns
        -------
        Answer
            ``infeasible`` where something that must be met no longer can be.
        """
        return self.visit(change, lambda answer: answer, start)

    def stand(self, change: Change, start: Stand | None = None) -> Stand:
        """Solve with a change and keep the state as a start for others."""
        def keep(answer: Answer) -> Stand:
            return Stand(change, answer, self.solver.basis(), self.model.demand.curves())

        return self.visit(change, keep, start)

    def visit(self, change: Change, look: Callable[[Answer], T], start: Stand | None = None) -> T:
        """Solve with a change, look at the answer while the model stands as changed, and undo the change.

        Returns
        -------
        object
            What `look` returns.
        """
        start = start or self.start
        with self._changed(change, start):
            # Earlier solves leave traces that would make the answer depend on the order of the variants.
            self.solver.forget()
            self.solver.set_basis(start.basis)
            return look(self._best(change))

    @contextmanager
    def _changed(self, change: Change, start: Stand) -> Iterator[None]:
        """The model as a change leaves it, its curves as in a stand; undone in the end."""
        solver, arrays = self.solver, self.model.arrays
        self._set_curves(start.curves)
        self._apply(change)
        try:
            yield
        finally:
            self._set_curves(self.start.curves)
            if solver.relaxed and len(solver.integer):
                solver.set_bounds(solver.integer, arrays.lower[solver.integer], arrays.upper[solver.integer])
            if len(change.columns):
                solver.set_bounds(change.columns, arrays.lower[change.columns], arrays.upper[change.columns])
            if len(change.rows):
                solver.set_sides(change.rows, arrays.row_lower[change.rows], arrays.row_upper[change.rows])

    def at(self, stand: Stand, look: Callable[[], T]) -> T:
        """Look at something while the demand curves are cut as they are in a stand."""
        self._set_curves(stand.curves)
        try:
            return look()
        finally:
            self._set_curves(self.start.curves)

    def _apply(self, change: Change) -> None:
        if len(change.columns):
            self.solver.set_bounds(change.columns, change.lower, change.upper)
        if len(change.rows):
            self.solver.set_sides(change.rows, change.row_lower, change.row_upper)

    def _best(self, change: Change) -> Answer:
        """The best plan of the model as it stands: decisions whole, curves fine."""
        solver = self.solver
        answer = self._fine(solver.solve("simplex", mixed=False), change)
        index = solver.integer
        if not answer.feasible:
            return answer
        if solver.relaxed and len(index) and np.abs(answer.x[index] - np.round(answer.x[index])).max() > WHOLE:
            found = Tree(solver, self._changed_arrays(change), gap=GAP).search("simplex")
            if not found.feasible:
                return found
            whole = np.round(found.x[index])
            # Prices come from a solve with the decisions fixed.
            solver.set_bounds(index, whole, whole)
            answer = self._fine(solver.solve("simplex", mixed=False), change)
        return self.settle(answer, change) if self.settled else answer

    def settle(self, answer: Answer, change: Change) -> Answer:
        """The plan just found with a change that still stands, with the prices that the rule on shared rents asks for.

        See :mod:`sungari.chain.ties`.
        """
        return ties.settle(self.model, self.solver, answer, self._changed_arrays(change))

    def _changed_arrays(self, change: Change) -> Arrays:
        """The program with a change; what is changed in it changes nothing else."""
        made = self.model.arrays.copy()
        made.lower[change.columns], made.upper[change.columns] = change.lower, change.upper
        made.row_lower[change.rows], made.row_upper[change.rows] = change.row_lower, change.row_upper
        return made

    def with_change(self, change: Change) -> float:
        """Objective with a change, in the same money as :attr:`objective`; −∞ where there is no plan."""
        if self.solver.relaxed or self.tolerance is not None:
            answer = self.solve(change)
        else:
            # Nothing but the objective is wanted, which is the same whatever earlier solves have left behind.
            with self._changed(change, self.start):
                self.solver.set_basis(self.start.basis)
                answer = self.solver.solve("simplex", mixed=False, figures=False)
        return -answer.objective if answer.feasible else -np.inf

    # -- demand curves ------------------------------------------------------------------------------------------------

    def _set_curves(self, curves: Curves) -> None:
        """Cut the demand curves as they were cut then."""
        if self.tolerance is not None and self.model.demand.curve.any():
            put(self.model, self.solver, curves)

    def _fine(self, answer: Answer, change: Change) -> Answer:
        """Narrow the segments of the demand curves until what they miss is within the tolerance."""
        self.curve_error = 0.0
        if self.tolerance is not None and answer.feasible and self.model.demand.curve.any():
            sale = self.model.demand.columns
            gone = np.zeros(sale.size, dtype=bool)
            at = change.columns[change.upper == 0] - sale.start
            gone[at[(at >= 0) & (at < sale.size)]] = True
            answer, self.curve_error = narrow(
                self.model, self.solver, answer, self.tolerance, size=abs(self.base.objective), gone=gone
            )
        return answer


def _rows(limit: Limit, position: int) -> Ints:
    if limit.row_index is None:
        return np.zeros(0, dtype=np.int64)
    index = limit.row_index[position]
    return np.asarray(index[index >= 0])
