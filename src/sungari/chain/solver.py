"""The solver: the one room that knows HiGHS.

Takes the arrays of a program, scales them, solves, and gives values and duals back in the program's own units.
Changes of bounds and costs are re-solved warm, from the last basis.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sungari.chain.program import Arrays, Floats, Ints
from sungari.errors import SungariError

Status = Literal["optimal", "infeasible", "unbounded", "time_limit", "interrupted", "cut_off"]
Method = Literal["auto", "simplex", "ipx", "choose", "pdlp"]

#: From this many columns on, a pruned model is solved cold without presolve, which then costs more than it saves.
LARGE = 60_000
#: From this many columns on, the interior point method with crossover beats the simplex method (see performance.md).
HUGE = 1_000_000
#: Below this, a scale is left at one: small hand-made models keep their own numbers.
_PLAIN = (1e-2, 1e5)
#: Coefficients within these bounds need no scaling by HiGHS.
_EVEN = (1e-2, 1e2)
#: HiGHS' number for reference weights in the dual simplex method.
_DEVEX = 1


class SolverError(SungariError):
    """The solver failed or refused what it was given; not the user's fault."""

    exit_code = 1


@dataclass(frozen=True)
class Progress:
    """How far a solve is.

    Attributes
    ----------
    seconds : float
    phase : str
        ``"lp"`` or ``"mip"``.
    incumbent, bound : float or None
        Best plan found and best bound on any (minimised money, base year), for mixed-integer models.
    gap : float or None
        Relative gap between them.
    iterations : int
    """

    seconds: float
    phase: str
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None
    iterations: int = 0


@dataclass(frozen=True)
class Answer:
    """What the solver found, in the program's own units.

    Attributes
    ----------
    status : str
    x, column_dual : ndarray, shape (columns,)
    row_dual, row_activity : ndarray, shape (rows,)
        Duals are changes of the minimised objective per unit of right-hand side; zero for a mixed-integer answer.
    objective : float
        Minimised objective.
    gap : float
        Relative gap of a mixed-integer answer; 0 for a linear one.
    feasible : bool
        Whether `x` is a plan at all.
    """

    status: Status
    x: Floats
    column_dual: Floats
    row_dual: Floats
    row_activity: Floats
    objective: float
    gap: float
    feasible: bool
    iterations: int


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep HiGHS' banner, written by the C library, off standard output."""
    try:
        libc = ctypes.CDLL(None)
        sys.stdout.flush()
        libc.fflush(None)
        saved = os.dup(1)
    except (OSError, TypeError, AttributeError, ValueError):
        yield
        return
    try:
        with open(os.devnull, "wb") as sink:
            os.dup2(sink.fileno(), 1)
            try:
                yield
            finally:
                libc.fflush(None)
                os.dup2(saved, 1)
    finally:
        os.close(saved)


class Solver:
    """A live model in HiGHS.

    Parameters
    ----------
    arrays : Arrays
        The program; kept by reference for its shape only, later changes go through the methods here.
    relaxed : bool
        Whether whole-number columns may take fractions; what calls does the rounding (see ``branch``).
    threads : int or None
        Threads that HiGHS may use; None = its own choice.
    """

    def __init__(self, arrays: Arrays, *, relaxed: bool = False, threads: int | None = None) -> None:
        self.integer = np.flatnonzero(arrays.integer)
        self.relaxed = relaxed
        self.n_rows, self.n_columns, _ = arrays.shape
        self._scales(arrays)
        with _quiet():
            self.highs: Any = highspy.Highs()  # type: ignore[no-untyped-call]
            self.option("output_flag", False)
            self.option("log_to_console", False)
        if threads is not None:
            self.option("threads", threads)
        self._near = False
        self._pass(arrays)

    # -- scaling --------------------------------------------------------------------------------------------------

    def _scales(self, arrays: Arrays) -> None:
        """Powers of two that bring quantities and money near one; whole-number columns stay as they are."""
        pieces = bool(arrays.decision.any())
        counted = ~arrays.decision if pieces else slice(None)
        quantity = _scale(arrays.row_lower, arrays.row_upper, arrays.lower[counted], arrays.upper[counted])
        self.column_scale: Floats = np.broadcast_to(quantity, self.n_columns)
        self.row_scale: Floats = np.broadcast_to(quantity, self.n_rows)
        if pieces:
            self.column_scale = np.where(arrays.decision, 1.0, quantity)
            self.row_scale = np.full(self.n_rows, quantity)
            csc = arrays.matrix
            row = csc.indices
            ours = np.zeros(self.n_rows, dtype=bool)
            of_column = np.repeat(arrays.decision, np.diff(csc.indptr))
            ours[row[~of_column]] = True
            largest = np.zeros(self.n_rows)
            np.maximum.at(largest, row, np.abs(csc.data))
            pure = ~ours & (largest > 0)
            self.row_scale[pure] = 2.0 ** np.round(np.log2(largest[pure]))
        self.money_scale = 1.0 / _scale(arrays.cost * self.column_scale, plain=(1e-1, 1e3))

    # -- the model in HiGHS ---------------------------------------------------------------------------------------

    def option(self, name: str, value: Any) -> None:
        """Set an option of HiGHS.

        Raises
        ------
        SolverError
            If HiGHS doesn't know the option or refuses the value (it would go on with the default).
        """
        if self.highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise SolverError(f"HiGHS refuses option {name} = {value!r}")

    def _call(self, what: str, status: Any) -> None:
        if status == highspy.HighsStatus.kError:
            raise SolverError(f"HiGHS failed in {what}")

    def _pass(self, arrays: Arrays) -> None:
        csc = arrays.matrix
        data = csc.data
        if arrays.decision.any() or (self.row_scale != self.row_scale[:1]).any():
            columns = np.repeat(self.column_scale, np.diff(csc.indptr))
            data = data * columns / self.row_scale[csc.indices]
        self._even = _within(data, _EVEN)
        integrality = np.zeros(self.n_columns, np.int32) if self.relaxed else arrays.integer.astype(np.int32)
        status = self.highs.passModel(
            self.n_columns, self.n_rows, len(data),
            int(highspy.MatrixFormat.kColwise), int(highspy.ObjSense.kMinimize), 0.0,
            arrays.cost * self.column_scale * self.money_scale,
            _over(arrays.lower, self.column_scale), _over(arrays.upper, self.column_scale),
            _over(arrays.row_lower, self.row_scale), _over(arrays.row_upper, self.row_scale),
            csc.indptr.astype(np.int32, copy=False), csc.indices.astype(np.int32, copy=False), data, integrality,
        )
        self._call("passModel", status)

    def set_costs(self, columns: Ints, cost: ArrayLike) -> None:
        """Change costs of columns (program's units)."""
        index = np.asarray(columns, dtype=np.int32)
        value = np.asarray(cost, dtype=float) * self.column_scale[index] * self.money_scale
        self._call("changeColsCost", self.highs.changeColsCost(len(index), index, value))

    def set_bounds(self, columns: Ints, lower: ArrayLike, upper: ArrayLike) -> None:
        """Change bounds of columns (program's units)."""
        index = np.asarray(columns, dtype=np.int32)
        scale = self.column_scale[index]
        low, high = np.broadcast_to(np.asarray(lower, float), len(index)), np.broadcast_to(upper, len(index))
        self._call("changeColsBounds", self.highs.changeColsBounds(len(index), index, low / scale, high / scale))

    def set_sides(self, rows: Ints, lower: ArrayLike, upper: ArrayLike) -> None:
        """Change the two sides of rows (program's units)."""
        index = np.asarray(rows, dtype=np.int32)
        scale = self.row_scale[index]
        low, high = np.broadcast_to(np.asarray(lower, float), len(index)), np.broadcast_to(upper, len(index))
        self._call("changeRowsBounds", self.highs.changeRowsBounds(len(index), index, low / scale, high / scale))

    def set_coefficients(self, rows: Ints, columns: Ints, values: Floats) -> None:
        """Change entries of the matrix (program's units)."""
        scaled = values * self.column_scale[columns] / self.row_scale[rows]
        for row, column, value in zip(rows.tolist(), columns.tolist(), scaled.tolist(), strict=True):
            self._call("changeCoeff", self.highs.changeCoeff(row, column, value))

    def add_rows(self, rows: Any) -> None:
        """Add rows ``rows · x ≤ 0`` after the model's own, whose figures alone an answer holds.

        Parameters
        ----------
        rows : sparse matrix, shape (any, columns)
            In the program's units.
        """
        csr = rows.tocsr()
        n = csr.shape[0]
        index = csr.indices.astype(np.int32)
        value = csr.data * self.column_scale[index]
        # Each row is brought near one by itself.
        largest = np.maximum.reduceat(np.abs(value), csr.indptr[:-1])
        value = value / np.repeat(2.0 ** np.round(np.log2(largest)), np.diff(csr.indptr))
        self._call("addRows", self.highs.addRows(
            n, np.full(n, -np.inf), np.zeros(n), len(value), csr.indptr[:-1].astype(np.int32), index, value
        ))

    def keep_rows(self, count: int) -> int:
        """Keep room for rows after the model's own, without any content yet; the number of the first of them."""
        start = int(self.highs.getNumRow())
        free, none = np.full(count, np.inf), np.zeros(0, dtype=np.int32)
        self._call("addRows", self.highs.addRows(
            count, -free, free, 0, np.zeros(count, dtype=np.int32), none, np.zeros(0)
        ))
        return start

    def fill_row(self, row: int, columns: Ints, values: Floats, upper: float) -> None:
        """Put ``values · x[columns] ≤ upper`` (program's units) where :meth:`keep_rows` has kept room."""
        scaled = values * self.column_scale[columns]
        size = 2.0 ** np.round(np.log2(np.abs(scaled).max()))
        for column, value in zip(columns.tolist(), (scaled / size).tolist(), strict=True):
            self._call("changeCoeff", self.highs.changeCoeff(row, column, value))
        self._call("changeRowBounds", self.highs.changeRowBounds(row, -np.inf, upper / size))

    def drop_rows(self) -> None:
        """Take out what :meth:`add_rows` has added."""
        more = self.highs.getNumRow() - self.n_rows
        if more:
            index = np.arange(self.n_rows, self.n_rows + more, dtype=np.int32)
            self._call("deleteRows", self.highs.deleteRows(more, index))

    def fix_integers(self, x: Floats) -> None:
        """Fix the whole-number columns at their (rounded) values in `x`, and make the model linear."""
        value = np.round(x[self.integer])
        index = self.integer.astype(np.int32)
        self.set_bounds(self.integer, value, value)
        if not self.relaxed:
            kinds = np.zeros(len(index), dtype=np.uint8)
            self._call("changeColsIntegrality", self.highs.changeColsIntegrality(len(index), index, kinds))

    def free_integers(self, lower: Floats, upper: Floats) -> None:
        """Undo :meth:`fix_integers`."""
        index = self.integer.astype(np.int32)
        self.set_bounds(self.integer, lower[self.integer], upper[self.integer])
        if not self.relaxed:
            kinds = np.ones(len(index), dtype=np.uint8)
            self._call("changeColsIntegrality", self.highs.changeColsIntegrality(len(index), index, kinds))

    def start_from(self, x: Floats) -> None:
        """Offer a plan as a starting point of a mixed-integer solve."""
        solution = highspy.HighsSolution()
        solution.col_value = (x / self.column_scale).tolist()
        self.highs.setSolution(solution)

    def basis(self) -> Any:
        """The basis of the last solve, to start others from."""
        return self.highs.getBasis()

    def set_basis(self, basis: Any) -> None:
        """Start the next solve from a basis.

        Steepest edge weights of a basis take longer to make than a few steps of the simplex method; from the first
        basis on, solves here use reference weights (Devex), a sixth faster, and even coefficients stay as they are.
        """
        if not self._near:
            self._near = True
            self.option("simplex_dual_edge_weight_strategy", _DEVEX)
            if self._even:
                self.option("simplex_scale_strategy", 0)
            self.forget()  # or HiGHS goes on with the weights that it has
        self._call("setBasis", self.highs.setBasis(basis))

    def forget(self) -> None:
        """Drop what is left of earlier solves: the next one then depends on the model and its starting basis alone."""
        self._call("clearSolver", self.highs.clearSolver())

    # -- solving ----------------------------------------------------------------------------------------------------

    def solve(
        self,
        method: Method = "auto",
        *,
        mixed: bool | None = None,
        gap: float = 1e-6,
        time_limit: float | None = None,
        progress: Callable[[Progress], None] | None = None,
        interruptible: bool = False,
        cutoff: float | None = None,
        figures: bool = True,
    ) -> Answer:
        """Solve the model as it stands, warm if it was solved before.

        Parameters
        ----------
        method : str
            ``auto``: simplex, but interior point with crossover for huge models that are solved cold.
        mixed : bool or None
            Whether the model has whole-number columns; None = as it was given.
        gap : float
            Relative gap at which a mixed-integer solve may stop.
        time_limit : float or None
            Seconds; none left, none used: the answer is then ``time_limit`` at once.
        progress : callable or None
            Called about once a second with a :class:`Progress`.
        interruptible : bool
            Whether Ctrl-C ends the solve (with what it has found so far) rather than waiting for HiGHS.
        cutoff : float or None
            Objective above which the dual simplex method may give up; the answer is then ``cut_off``.
        figures : bool
            Whether to read values and duals; without them a warm re-solve of a small model takes a quarter less time.

        Raises
        ------
        SolverError
            If HiGHS fails.
        """
        if time_limit is not None and time_limit <= 0:  # HiGHS would look at the clock too late to keep a limit of zero
            none = np.zeros(0)
            return Answer("time_limit", none, none, none, none, float("nan"), 0.0, False, 0)
        mixed = (bool(len(self.integer)) and not self.relaxed) if mixed is None else mixed
        warm = bool(self.highs.getBasis().valid)
        cold = method == "auto" and not mixed and not warm
        if method == "auto":
            method = "ipx" if cold and self.n_columns >= HUGE else "simplex"
        bare = cold and LARGE <= self.n_columns < HUGE
        if bare:
            self.option("presolve", "off")
        self.option("solver", "choose" if mixed else method)
        self.option("mip_rel_gap", float(gap))
        self.option("objective_bound", float("inf") if cutoff is None else float(cutoff) * self.money_scale)
        self.option("time_limit", float("inf") if time_limit is None else self.highs.getRunTime() + float(time_limit))
        interrupted = self._run(progress, interruptible, mixed)
        answer = self._answer(mixed, interrupted, figures)
        if bare:
            self.option("presolve", "choose")
        if answer is None:
            # The interior point method may end without a verdict; the simplex method always has one.
            self.option("solver", "choose" if mixed else "simplex")
            if mixed:
                self.option("presolve", "off")
            interrupted = self._run(progress, interruptible, mixed)
            answer = self._answer(mixed, interrupted, figures)
            if mixed:
                self.option("presolve", "choose")
        if answer is None:
            raise SolverError(f"HiGHS ended with {self.highs.modelStatusToString(self.highs.getModelStatus())}")
        return answer

    def _run(self, progress: Callable[[Progress], None] | None, interruptible: bool, mixed: bool) -> bool:
        """Run HiGHS; returns whether it was interrupted by the user."""
        if progress is None and not interruptible:
            self._call("run", self.highs.run())
            return False
        stop = threading.Event()
        seen: dict[str, float] = {}
        begun = time.perf_counter()

        def watch(event: Any) -> None:
            # Called from the solver's thread at every look-in point.
            data = event.data_out
            if mixed:
                seen["incumbent"], seen["bound"] = data.mip_primal_bound, data.mip_dual_bound
                seen["gap"] = data.mip_gap
            if stop.is_set():
                event.interrupt()

        highs = self.highs
        hooks = [highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt]
        for hook in hooks:
            hook += watch
        failure: list[BaseException] = []
        result: list[Any] = []

        def work() -> None:
            try:
                result.append(highs.run())
            except BaseException as error:  # handed to the caller's thread below
                failure.append(error)

        thread = threading.Thread(target=work, daemon=True)
        interrupted = False
        patience = 100
        try:
            # A start or a join that Ctrl-C breaks off leaves HiGHS running, and the thread may pass for dead: only what
            # it hands over tells that it is done.
            while not result and not failure and patience:
                try:
                    if not interrupted and thread.ident is None:
                        thread.start()
                    if interrupted:
                        patience -= thread.ident is None
                        time.sleep(0.01)
                    else:
                        thread.join(1.0 if progress else 0.2)
                    if progress and not result and not failure:
                        progress(self._progress(seen, time.perf_counter() - begun, mixed))
                except KeyboardInterrupt:
                    interrupted = True
                    stop.set()
        finally:
            for hook in hooks:
                hook -= watch
        if failure:
            raise failure[0]
        if result:
            self._call("run", result[0])
        return interrupted

    def _progress(self, seen: dict[str, float], seconds: float, mixed: bool) -> Progress:
        def real(name: str) -> float | None:
            value = seen.get(name)
            return None if value is None or not np.isfinite(value) or abs(value) > 1e29 else value / self.money_scale

        gap = seen.get("gap")
        gap = None if gap is None or not np.isfinite(gap) else gap
        return Progress(seconds, "mip" if mixed else "lp", real("incumbent"), real("bound"), gap)

    def _answer(self, mixed: bool, interrupted: bool, figures: bool) -> Answer | None:
        highs, kind = self.highs, highspy.HighsModelStatus
        status = highs.getModelStatus()
        if status == kind.kUnboundedOrInfeasible:
            # Presolve found one of the two; without it the simplex method says which.
            self.option("presolve", "off")
            self.option("solver", "simplex" if not mixed else "choose")
            self._call("run", highs.run())
            self.option("presolve", "choose")
            status = highs.getModelStatus()
        names: dict[Any, Status] = {
            kind.kOptimal: "optimal", kind.kModelEmpty: "optimal", kind.kInfeasible: "infeasible",
            kind.kUnbounded: "unbounded", kind.kUnboundedOrInfeasible: "infeasible", kind.kTimeLimit: "time_limit",
            kind.kInterrupt: "interrupted", kind.kObjectiveBound: "cut_off",
        }
        if interrupted and status not in (kind.kOptimal, kind.kInfeasible, kind.kUnbounded):
            status = kind.kInterrupt
        if status not in names:
            return None
        info = highs.getInfo()
        feasible = info.primal_solution_status == 2 or names[status] == "optimal"
        if not mixed and names[status] in ("time_limit", "interrupted"):
            feasible = False  # a linear solve broken off has a point, but no plan
        gap = 0.0
        if mixed and feasible:
            gap = float(info.mip_gap) if np.isfinite(info.mip_gap) else 0.0
        x, column_dual, row_activity, row_dual = self._values(feasible and figures, mixed)
        objective = float(info.objective_function_value) / self.money_scale if feasible else float("nan")
        return Answer(
            names[status], x, column_dual, row_dual, row_activity, objective, gap, feasible,
            int(max(info.simplex_iteration_count, 0)),
        )

    def _values(self, wanted: bool, mixed: bool) -> tuple[Floats, Floats, Floats, Floats]:
        if not wanted:
            none = np.zeros(0)
            return none, none, none, none
        highs, n, m = self.highs, self.n_columns, self.n_rows
        # Lists of known length by `fromiter`: twice as fast as letting NumPy find out what they hold.
        x = np.fromiter(highs.allVariableValues(), float, n) * self.column_scale
        activity = np.fromiter(highs.allConstrValues(), float, m) * self.row_scale
        if mixed:
            return x, np.zeros(n), activity, np.zeros(m)
        column_dual = np.fromiter(highs.allVariableDuals(), float, n) / (self.money_scale * self.column_scale)
        row_dual = np.fromiter(highs.allConstrDuals(), float, m) / (self.money_scale * self.row_scale)
        return x, column_dual, activity, row_dual


def _over(values: Floats, scale: Floats) -> Floats:
    """Values in units of the scale; what is all zero is none the less for that, and not copied."""
    return values / scale if values.any() else values


def _within(values: NDArray[np.float64], bounds: tuple[float, float]) -> bool:
    size = np.abs(values)
    return bool(size.min(initial=1.0) >= bounds[0] and size.max(initial=1.0) <= bounds[1])


def solver_name() -> str:
    """Name and version of the solver, for ``plan.json``."""
    return f"HiGHS {version('highspy')}"


def _scale(*values: NDArray[np.float64], plain: tuple[float, float] = _PLAIN) -> float:
    """Power of two near the typical magnitude of the finite, nonzero values; 1 if that is plain already."""
    size = np.concatenate([part[np.isfinite(part) & (part != 0)] for part in values if part.any()] or [np.zeros(0)])
    if not len(size):
        return 1.0
    typical = float(np.median(np.abs(size, out=size), overwrite_input=True))
    if plain[0] <= typical <= plain[1]:
        return 1.0
    return float(2.0 ** np.round(np.log2(typical)))
