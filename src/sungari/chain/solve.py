"""Solving a region: check, assemble, solve, refine, price, and put the plan together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import sungari
from sungari.chain.assembly import Model
from sungari.chain.branch import Tree, suits
from sungari.chain.curves import narrow, put, widen
from sungari.chain.explain import explain_infeasible, explain_unbounded
from sungari.chain.family import Solution
from sungari.chain.plan import Plan
from sungari.chain.solver import Answer, Method, Progress, Solver, solver_name
from sungari.chain.strengthen import strengthen
from sungari.chain.ties import settle
from sungari.errors import Explanation, Infeasible, InputError, Interrupted, NoSolution, Unbounded
from sungari.region.package import Region
from sungari.words import Words

#: Rounds of decisions on curves drawn anew around the last round's plan.
MOST_DECISIONS = 3


@dataclass
class _Options:
    method: Method
    gap: float
    time_limit: float | None
    tolerance: float
    progress: Callable[[Progress], None] | None
    interruptible: bool
    begun: float

    def left(self) -> float | None:
        """Seconds left of the time limit."""
        if self.time_limit is None:
            return None
        return max(self.time_limit - (time.perf_counter() - self.begun), 0.0)


def solve(
    region: Region,
    *,
    projects: str | Iterable[str] = "best",
    method: Method = "auto",
    prune: bool = True,
    gap: float = 1e-6,
    time_limit: float | None = None,
    tolerance: float = 1e-6,
    check: bool = True,
    progress: Callable[[Progress], None] | None = None,
    interruptible: bool = True,
) -> Plan:
    """Find the plan of greatest total surplus.

    Parameters
    ----------
    region : Region
    projects : "best", "none", "all", or names
        ``best``: the model chooses what is built and when; ``none``: only what is committed; ``all`` or names: these
        are built for sure.
    method : str
        ``auto``, ``simplex``, ``ipx`` (interior point with crossover) or ``choose`` (HiGHS' own choice).
    prune : bool
        Leave out what no best plan can use.
    gap : float
        Relative gap at which a mixed-integer solve may stop.
    time_limit : float or None
        Seconds for the solve; the best plan found by then is returned with status ``time_limit``.
    tolerance : float
        Welfare error of elastic demand that is accepted, relative to the objective.
    check : bool
        Whether to check the package first.
    progress : callable or None
        Called about once a second with a :class:`sungari.chain.solver.Progress`.
    interruptible : bool
        Whether Ctrl-C ends the solve with the best plan found so far.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        If the package has errors.
    Infeasible, Unbounded
        With an explanation in the package's own words.
    Interrupted
        If stopped before any plan was found.
    """
    seconds = dict.fromkeys(("load", "check", "build", "solve", "write"), 0.0)
    begun = time.perf_counter()
    if check:
        errors = [p for p in region.check() if p.severity == "error"]
        if errors:
            raise InputError(errors)
    seconds["check"] = time.perf_counter() - begun
    begun = time.perf_counter()
    model = Model(region, projects, prune=prune)
    solver = Solver(model.arrays, relaxed=suits(model.arrays))
    seconds["build"] = time.perf_counter() - begun
    begun = time.perf_counter()
    options = _Options(method, gap, time_limit, tolerance, progress, interruptible, begun)
    solution, answer, error = _solve(model, solver, options)
    seconds["solve"] = time.perf_counter() - begun
    tables = model.results(solution)
    info = _info(model, solution, answer, error, tables, seconds, options)
    return Plan(region, info, tables)


def _solve(model: Model, solver: Solver, options: _Options) -> tuple[Solution, Answer, float]:
    """Solve; price a mixed-integer plan by a second solve; refine demand curves."""
    mixed = bool(len(solver.integer))
    curves = bool(model.demand.curve.any())
    if mixed and curves and solver.relaxed:
        # The curves are drawn well in a wide range around the relaxed plan before any decision is weighed on them.
        widen(model, solver, _linear(model, solver, options), options.left)
    status = priced = _decide(model, solver, options) if mixed else _linear(model, solver, options)
    if mixed:
        solver.fix_integers(status.x)
        priced = _price(solver, status)
    error = 0.0
    if curves:
        priced, error = narrow(model, solver, priced, options.tolerance, left=options.left)
        if mixed and status.status == "optimal":
            status, priced, error = _again(model, solver, status, priced, error, options)
    if mixed:
        solver.fix_integers(priced.x)  # deciding again may have left them free
    priced = settle(model, solver, priced, model.arrays)
    return model.solution(priced), _merge(status, priced), error


def _linear(model: Model, solver: Solver, options: _Options) -> Answer:
    """Solve without regard to whole numbers."""
    return _sound(model, solver.solve(
        options.method, mixed=False, time_limit=options.left(), progress=options.progress,
        interruptible=options.interruptible,
    ))


def _decide(model: Model, solver: Solver, options: _Options) -> Answer:
    """Solve with whole numbers: on a tree of our own where the network is large, else with the general solver."""
    if solver.relaxed:
        tree = Tree(
            solver, model.arrays, gap=options.gap, seconds=options.left(), progress=options.progress,
            interruptible=options.interruptible,
        )
        return _sound(model, tree.search(options.method))
    strengthen(model, solver, left=options.left)
    try:
        return _sound(model, solver.solve(
            options.method, mixed=True, gap=options.gap, time_limit=options.left(), progress=options.progress,
            interruptible=options.interruptible,
        ))
    finally:
        # Prices must come from the model's own rows.
        solver.drop_rows()


def _sound(model: Model, answer: Answer) -> Answer:
    """The answer, if it is a plan; else the reason why not, raised."""
    if answer.status == "infeasible":
        raise Infeasible(explain_infeasible(model))
    if answer.status == "unbounded":
        raise Unbounded(explain_unbounded(model))
    if not answer.feasible:
        error = Interrupted(Explanation(
            Words("The solve was stopped by the time limit before any plan was found.")
            if answer.status == "time_limit" else Words("The solve was stopped by you before any plan was found.")
        ))
        error.status = answer.status
        raise error
    return answer


def _price(solver: Solver, first: Answer) -> Answer:
    """Prices of a mixed-integer plan: solve again with the whole-number decisions fixed."""
    priced = solver.solve("auto", mixed=False)
    return priced if priced.feasible else first


def _again(
    model: Model, solver: Solver, status: Answer, priced: Answer, error: float, options: _Options
) -> tuple[Answer, Answer, float]:
    """Decide again on curves drawn around the plan at hand, until the decisions stay or nothing better is found."""
    arrays = model.arrays
    best, kept = (status, priced, error), model.demand.curves()
    for _ in range(MOST_DECISIONS):
        held = np.round(best[1].x[solver.integer])
        if solver.relaxed:
            widen(model, solver, best[1], options.left)
        solver.free_integers(arrays.lower, arrays.upper)
        if not solver.relaxed:
            solver.start_from(best[1].x)
        try:
            again = _decide(model, solver, options)
        except NoSolution:  # the clock or the user came before a plan: the one at hand stands
            break
        if np.array_equal(np.round(again.x[solver.integer]), held):
            best = (replace(best[0], status=again.status, gap=again.gap), *best[1:])
            break
        solver.fix_integers(again.x)
        refined, left = narrow(model, solver, _price(solver, again), options.tolerance, left=options.left)
        if refined.objective >= best[1].objective:
            break
        best, kept = (again, refined, left), model.demand.curves()
        if again.status != "optimal":
            break
    put(model, solver, kept)
    return best


def _merge(status: Answer, priced: Answer) -> Answer:
    return Answer(
        status.status, priced.x, priced.column_dual, priced.row_dual, priced.row_activity, priced.objective,
        status.gap, True, status.iterations + priced.iterations,
    )


def _info(
    model: Model, solution: Solution, answer: Answer, error: float, tables: dict[str, Any], seconds: dict[str, float],
    options: _Options,
) -> dict[str, Any]:
    region = model.region
    scale = region.settings.money_scale
    weight = dict(zip(model.ground.periods.names, model.ground.periods.weight_of_period, strict=True))
    objective = -float(model.arrays.cost @ solution.x) + 0.0  # an idle plan is worth 0, not -0

    def present(table: str, column: str) -> float:
        frame = tables[table]
        # A table without rows has no type of its own: its mapped periods would be text.
        return float((frame[column] * frame["period"].map(weight).astype(float)).sum())

    value, duties = present("sales", "value"), present("flows", "duty")
    rows, columns, nonzeros = model.arrays.shape
    return {
        "status": answer.status,
        "objective": objective / scale,
        "total_cost": (value - objective) / scale,
        "welfare": (objective + duties) / scale,
        "gap": answer.gap,
        "demand_error": error,
        "currency": region.settings.currency,
        "money_scale": scale,
        "region": region.name,
        "title": region.title,
        "sha256": region.sha256,
        "options": {"projects": model.projects.choice, "gap": options.gap, "method": options.method,
                    "time_limit": options.time_limit, "tolerance": options.tolerance},
        "projects_blocked": model.projects.blocked,
        "restrictions": model.links.restrictions(),
        "solver": solver_name(),
        "version": sungari.__version__,
        "seconds": seconds,
        "sizes": {"rows": rows, "columns": columns, "nonzeros": nonzeros,
                  "integers": int(model.arrays.integer.sum())},
    }
