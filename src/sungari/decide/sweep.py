"""Sweeps: the same region solved many times, each variant warm from the nearest plan that is known.

A sweep gives the same figures in this process, in worker processes and on a Dask cluster: every variant is solved from
a stand (a plan known beforehand) and from nothing else, so neither order nor place matters. What duals prove is not
solved; what a store holds is not solved again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

import sungari
from sungari.chain.live import Change, LiveModel, Stand
from sungari.chain.solver import Answer, Method, solver_name
from sungari.decide.measures import Measures
from sungari.decide.scenarios import Shift, shifted
from sungari.decide.screen import proven
from sungari.decide.store import Store, digest, plans_made_from
from sungari.errors import Infeasible
from sungari.region.package import Region

#: Welfare that demand curves may miss in each plan, relative to the objective.
TOLERANCE = 2e-7


@dataclass(frozen=True)
class Variant:
    """One way in which the region is to be solved again.

    Attributes
    ----------
    projects : tuple of str
        All projects that are built, committed ones as well if they are.
    capacity : tuple of (table, row, factor)
        Capacities that are multiplied; see :meth:`sungari.chain.live.LiveModel.capacity`.
    shifts : tuple of Shift
        What else is otherwise: a scenario; see :func:`sungari.decide.scenarios.shifted`.
    """

    projects: tuple[str, ...] = ()
    capacity: tuple[tuple[str, str, float], ...] = ()
    shifts: tuple[Shift, ...] = ()

    @classmethod
    def of(
        cls, projects: Sequence[str] | frozenset[str], *capacity: tuple[str, str, float],
        shifts: Sequence[Shift] = (),
    ) -> Variant:
        return cls(tuple(sorted(projects)), tuple(sorted(capacity)), tuple(shifts))


@dataclass(frozen=True)
class Outcome:
    """What came of a variant.

    Attributes
    ----------
    objective : float
        Money, not divided by ``money_scale``; NaN where there is no plan.
    status : str
        ``optimal``, ``infeasible`` …
    skipped : bool
        Whether duals proved it without a solve.
    seconds : float
    arrays : dict of str to ndarray
        See :meth:`sungari.decide.measures.Measures.read`.
    """

    objective: float
    status: str
    skipped: bool
    seconds: float
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def feasible(self) -> bool:
        return bool(np.isfinite(self.objective))


@dataclass(frozen=True)
class SweepProgress:
    """How far a sweep is: variants done of all, seconds so far and (estimated) left."""

    done: int
    total: int
    seconds: float
    left: float | None


@dataclass(frozen=True)
class Setup:
    """What every worker needs to make its live model: all that an outcome depends on, but for the variant."""

    region: Region
    stands: tuple[Variant, ...] = ()
    detail: bool = False
    tolerance: float = TOLERANCE
    prune: bool = True
    method: Method = "auto"

    @cached_property
    def known(self) -> tuple[Variant, ...]:
        """All stands; the first is the network of today, with what is committed."""
        projects = self.region.table("projects")
        committed = projects.loc[projects["committed"].fillna(False).astype(bool), "project"]
        return (Variant.of(frozenset(committed.astype(str))), *self.stands)

    def near(self, variant: Variant) -> Variant:
        """The stand that differs least from a variant, in the same scenario; the first of several."""
        found = min(self.known, key=lambda s: (
            len(set(s.projects) ^ set(variant.projects)) + len(set(s.capacity) ^ set(variant.capacity))
        ))
        return replace(found, shifts=variant.shifts)

    @cached_property
    def _made_from(self) -> str:
        return digest(
            plans_made_from(self.region), self.detail, self.tolerance, self.prune, self.method, solver_name(),
            sungari.__version__,
        )

    @cached_property
    def name(self) -> str:
        """Hash of the setup: the same name, the same live model."""
        return digest(self._made_from, [(s.projects, s.capacity) for s in self.stands])

    def key(self, variant: Variant) -> str:
        """Hash of all that the outcome of a variant is made from."""
        near = self.near(variant)
        return digest(
            self._made_from, near.projects, near.capacity, variant.projects, variant.capacity, variant.shifts
        )


#: Stands by the variants that they are plans of.
Stands = dict[Variant, Stand]


@dataclass(frozen=True)
class Start:
    """The first solves of a sweep: stands of the region as it is, and of the model that bears other figures."""

    base: Stands | None = None
    wide: Stands | None = None


class Scene:
    """One course of things: a live model of the region under some shifts, and its stands.

    Parameters
    ----------
    setup : Setup
    shifts : tuple of Shift
    like : Scene or None
        The course to start from, made with ``wide``.
    wide : bool
        Whether the model must bear other figures: what only costs and prices rule out then stays in it.
    stands : dict of Variant to Stand or None
        What another process has found of this course: its stands, which need no solve then.

    Raises
    ------
    Infeasible
        If today's network has no plan under these shifts.
    """

    def __init__(
        self, setup: Setup, shifts: tuple[Shift, ...] = (), like: Scene | None = None, *, wide: bool = False,
        stands: Stands | None = None,
    ) -> None:
        self.setup, self.shifts, self._like = setup, shifts, like
        region = shifted(setup.region, shifts) if shifts else setup.region
        today = replace(setup.known[0], shifts=shifts)
        self.live: LiveModel = LiveModel(
            region, prune="reach" if wide and setup.prune else setup.prune, method=setup.method, candidates=True,
            tolerance=setup.tolerance, like=like.live if like is not None else None,
            start=stands[today] if stands else None, settled=setup.detail,
        )  # fmt: skip
        self.measures = Measures(self.live.model, detail=setup.detail)
        self._stands: Stands = {**(stands or {}), today: self.live.start}
        self._read: dict[Variant, dict[str, NDArray[Any]]] = {}

    def _change(self, variant: Variant) -> Change:
        change = self.live.built(variant.projects, committed=False)
        for table, row, factor in variant.capacity:
            change = change + self.live.capacity(table, row, factor)
        return change

    def stand(self, variant: Variant) -> Stand:
        """A stand of this course, solved from the same stand of the course that it starts from."""
        if variant not in self._stands:
            start = None
            if self._like is not None and self.live.model.stands_like(self._like.live.model):
                start = self._like.stand(replace(variant, shifts=()))
            if start is not None and not start.answer.feasible:
                start = None
            self._stands[variant] = self.live.stand(self._change(variant), start)
        return self._stands[variant]

    def stands(self) -> Stands:
        """All stands of this course, for another process to start from."""
        return {v: self.stand(v) for v in (replace(known, shifts=self.shifts) for known in self.setup.known)}

    def solve(self, variant: Variant) -> Outcome:
        """The outcome of a variant."""
        begun = time.perf_counter()
        change = self._change(variant)
        near = self.setup.near(variant)
        stand = self.stand(near)
        if not stand.answer.feasible:
            near, stand = replace(self.setup.known[0], shifts=self.shifts), self.live.start
        found = self._known(variant, change, near, stand)
        if found is not None:
            answer = found
            arrays = self.measures.decided_otherwise(self._seen(near, stand), stand.answer.x, found.x)
        else:
            answer, arrays = self.live.visit(change, self._look, stand)
        objective = -answer.objective if answer.feasible else float("nan")
        return Outcome(objective, answer.status, found is not None, time.perf_counter() - begun, arrays)

    def _seen(self, variant: Variant, stand: Stand) -> dict[str, NDArray[Any]]:
        """What is kept of a stand's plan, read once."""
        if variant not in self._read:
            # The curves must stand as they did for the plan that is looked at.
            self._read[variant] = self.live.at(stand, lambda: self.measures.read(stand.answer))
        return self._read[variant]

    def _look(self, answer: Answer) -> tuple[Answer, dict[str, NDArray[Any]]]:
        if not answer.feasible:
            return answer, {}
        return answer, {**self.measures.read(answer), "curve_error": np.array(self.live.curve_error)}

    def _known(self, variant: Variant, change: Change, near: Variant, stand: Stand) -> Answer | None:
        """The plan of a variant that duals prove, or that is the stand itself."""
        if variant == near:
            return stand.answer
        if variant.capacity != near.capacity:
            return None
        before, after = set(near.projects), set(variant.projects)
        return proven(self.live, stand, change, sorted(after - before), sorted(before - after))


class Engine:
    """Solves variants, in one thread at a time; the latest scenario is kept, so scenarios had best come together.

    Parameters
    ----------
    setup : Setup
    start : Start or None
        Where another process' engine has got to; None = the first solves are done here.
    """

    def __init__(self, setup: Setup, start: Start | None = None) -> None:
        self.setup = setup
        self._start = start or Start()
        self._scene: Scene | None = None
        self._hopeless: dict[tuple[Shift, ...], str] = {}

    @cached_property
    def base(self) -> Scene:
        """The region as it is."""
        return Scene(self.setup, stands=self._start.base)

    @property
    def live(self) -> LiveModel:
        """The live model of the region as it is."""
        return self.base.live

    @cached_property
    def _wide(self) -> Scene:
        return Scene(self.setup, wide=True, stands=self._start.wide)

    def start(self, variants: Iterable[Variant]) -> Start:
        """What another process needs to begin with these variants as this one does, without solving anything twice."""
        shifted = {bool(variant.shifts) for variant in variants}
        return Start(self.base.stands() if False in shifted else None, self._wide.stands() if True in shifted else None)

    def solve(self, variant: Variant) -> Outcome:
        """The outcome of a variant."""
        if not variant.shifts:
            return self.base.solve(variant)
        if variant.shifts in self._hopeless:
            return Outcome(float("nan"), self._hopeless[variant.shifts], True, 0.0)
        if self._scene is None or self._scene.shifts != variant.shifts:
            self._scene = None  # one large model less while the next one is made
            wide = self._wide
            try:
                self._scene = Scene(self.setup, variant.shifts, wide)
            except Infeasible as error:
                self._hopeless[variant.shifts] = error.status
                return self.solve(variant)
        return self._scene.solve(variant)


class Sweep:
    """A region that is solved many times.

    Parameters
    ----------
    setup : Setup
    store : Store or None
        Where finished variants are kept and looked up.
    workers : int
        Processes, this one among them.
    cluster : str or None
        Address of a Dask scheduler, ``tcp://host:8786``; takes the place of `workers`.
    progress : callable or None
        Called with a :class:`SweepProgress` after each variant.

    Examples
    --------
    >>> sweep = Sweep(Setup(region))  # doctest: +SKIP
    >>> sweep.run([Variant.of(["bridge"]), Variant.of(["bridge", "ferry"])])  # doctest: +SKIP
    """

    def __init__(
        self, setup: Setup, *, store: Store | None = None, workers: int = 1, cluster: str | None = None,
        progress: Callable[[SweepProgress], None] | None = None,
    ) -> None:
        self.setup, self.store, self.progress = setup, store, progress
        self.workers, self.cluster = workers, cluster
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """This process' own live model."""
        if self._engine is None:
            self._engine = Engine(self.setup)
        return self._engine

    def run(self, variants: Sequence[Variant]) -> dict[Variant, Outcome]:
        """Outcomes of the variants, in the order given."""
        begun = time.perf_counter()
        found: dict[Variant, Outcome] = {}
        for variant in variants:
            kept = self._kept(variant)
            if kept is not None:
                found[variant] = kept
        todo = [v for v in dict.fromkeys(variants) if v not in found]
        for n, (variant, outcome) in enumerate(self._solve(todo), 1):
            if self.store is not None:
                facts = {"objective": outcome.objective if outcome.feasible else None, "status": outcome.status,
                         "skipped": outcome.skipped, "seconds": outcome.seconds}
                self.store.put(self.setup.key(variant), facts, outcome.arrays)
            found[variant] = outcome
            if self.progress is not None:
                spent = time.perf_counter() - begun
                self.progress(SweepProgress(n, len(todo), spent, spent / n * (len(todo) - n)))
        return {v: found[v] for v in variants}

    def _kept(self, variant: Variant) -> Outcome | None:
        kept = self.store.get(self.setup.key(variant)) if self.store else None
        if kept is None:
            return None
        facts, arrays = kept
        objective = float("nan") if facts["objective"] is None else float(facts["objective"])
        return Outcome(objective, facts["status"], facts["skipped"], facts["seconds"], arrays)

    def _solve(self, todo: Sequence[Variant]) -> Iterator[tuple[Variant, Outcome]]:
        if self.cluster is not None and todo:
            from sungari.decide.workers import on_cluster

            yield from on_cluster(self.setup, todo, self.cluster)
        elif self.workers > 1 and len(todo) > 1:
            from sungari.decide.workers import in_processes

            yield from in_processes(self.setup, todo, self.workers, lambda: self.engine)
        else:
            for group in together(todo):
                for variant in group:
                    yield variant, self.engine.solve(variant)


def together(variants: Sequence[Variant]) -> list[tuple[Variant, ...]]:
    """Variants that one worker had best solve in a row: those of one scenario; others stand alone."""
    groups: dict[Any, list[Variant]] = {}
    for variant in variants:
        groups.setdefault(variant.shifts or variant, []).append(variant)
    return [tuple(group) for group in groups.values()]
