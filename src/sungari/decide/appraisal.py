"""Appraisal: what each project is worth first in and last in.

*First in* holds a project against today's network (what is committed, and nothing else); *last in* against the network
with all chosen projects. Source: model.md, "With and without". What a project needs comes with it, what excludes it
gives way: a project that requires others can only be had together with them. A project with a size to choose comes in
the best size, in the best year of its window.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

import sungari
from sungari.chain.ground import Ground
from sungari.chain.projects import Projects
from sungari.chain.solver import solver_name
from sungari.decide.store import Store, digest, plans_made_from
from sungari.decide.sweep import TOLERANCE, Outcome, Setup, Sweep, SweepProgress, Variant
from sungari.decide.worth import Ledger, Worth
from sungari.errors import UsageError, nearest
from sungari.region.package import Region

Names = frozenset[str]
#: Gain, relative to the objective, from which a best set that could still be better is said to be so.
IMPROVES = 1e-6
#: The two networks that a project is held against.
AGAINST = ("first", "last")


@dataclass(frozen=True)
class Appraised:
    """One project: what it is worth first in and last in."""

    project: str
    name: str
    chosen: bool
    committed: bool
    first: Worth
    last: Worth


@dataclass
class Appraisal:
    """What the projects of a region are worth.

    Attributes
    ----------
    region : Region
    projects : list of Appraised
    chosen : list of str
        The set that *last in* is held against, without what is committed.
    objective, objective_chosen : float
        Of today's network, and with all chosen projects; money, not divided by ``money_scale``.
    pairs : DataFrame
        a, b, together (worth of both first in), apart (sum of their worths first in), synergy (the difference; below
        zero: rivalry), money; empty if not asked for.
    info : dict
        What it was made from: version, solver, hash, counts of solves, seconds; ``curve_error``: welfare that demand
        curves may miss in a plan, relative to its objective; ``improvable``: projects by whose adding or leaving out
        the best set would be better.
    """

    region: Region
    projects: list[Appraised]
    chosen: list[str]
    objective: float
    objective_chosen: float
    pairs: pd.DataFrame
    info: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data; money divided by ``money_scale``."""
        scale = self.region.settings.money_scale
        made = []
        for each in self.projects:
            first, last = each.first.as_json(scale), each.last.as_json(scale)
            both = first["change"] is not None and last["change"] is not None
            made.append({
                "project": each.project, "name": each.name, "chosen": each.chosen, "committed": each.committed,
                "first_in": first["change"], "last_in": last["change"],
                "synergy": last["change"] - first["change"] if both else None,
                **{k: first[k] for k in ("npv", "irr", "conventional", "mirr", "bcr", "payback",
                                         "discounted_payback", "annuity")},
                "first": first, "last": last,
            })
        pairs = self.pairs.copy()
        money = ["together", "apart", "synergy"]
        pairs[money] = pairs[money] / scale
        return {
            **self.info, "objective": self.objective / scale, "objective_chosen": self.objective_chosen / scale,
            "chosen": self.chosen, "projects": made, "pairs": pairs.to_dict("records"),
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """Everything as tables, money not divided.

        ``worth``, ``flows``, ``parties`` (by year), ``shares`` (by party), ``trade``, ``bottlenecks``, ``pairs``.
        """
        rows: list[dict[str, Any]] = []
        parts: dict[str, list[pd.DataFrame]] = {
            "flows": [], "parties": [], "shares": [], "trade": [], "bottlenecks": [],
        }
        for each in self.projects:
            for against in AGAINST:
                worth: Worth = getattr(each, against)
                rows.append({
                    "project": each.project, "against": against, "change": worth.change, "npv": worth.npv,
                    "npv_paid_at_decision": worth.npv_paid_at_decision,
                    "irr": "; ".join(f"{r:.9g}" for r in worth.irr), "conventional": worth.conventional,
                    "mirr": worth.mirr, "bcr": worth.bcr, "payback": worth.payback,
                    "discounted_payback": worth.discounted_payback, "annuity": worth.annuity,
                    "together": "; ".join(worth.together), "displaced": "; ".join(worth.displaced), "why": worth.why,
                })
                for name, frame in (
                    ("flows", worth.flow), ("parties", worth.parties), ("shares", worth.by_party()),
                    ("trade", worth.trade), ("bottlenecks", worth.bottlenecks),
                ):  # fmt: skip
                    if frame is not None and len(frame):
                        named = frame.copy()
                        named.insert(0, "against", against)
                        named.insert(0, "project", each.project)
                        parts[name].append(named)
        worths = pd.DataFrame(rows)
        figures = ["mirr", "bcr", "payback", "discounted_payback"]
        if len(worths):
            worths[figures] = worths[figures].astype(float)
        made = {"worth": worths}
        made |= {k: pd.concat(v, ignore_index=True) for k, v in parts.items() if v}
        return {**made, "pairs": self.pairs}


class Sets:
    """Which sets of projects can stand together: what requires what, what excludes what, what is committed."""

    def __init__(self, region: Region) -> None:
        self.projects = Projects(Ground(region), "best")
        names = [str(n) for n in self.projects.names]
        self.names = names
        self.requires = {n: frozenset(names[q] for q in self.projects.requires[i]) for i, n in enumerate(names)}
        self.rivals: dict[str, set[str]] = {n: set() for n in names}
        for i, n in enumerate(names):
            for q in self.projects.excludes[i]:
                if q != i:
                    self.rivals[n].add(names[q])
                    self.rivals[names[q]].add(n)
        self.committed = frozenset(n for n, c in zip(names, self.projects.committed, strict=True) if c)
        self.blocked = self.projects.blocked

    def needed(self, project: str) -> Names:
        """A project and all that it requires, directly or not."""
        found, open_ = {project}, [project]
        while open_:
            more = self.requires[open_.pop()] - found
            found |= more
            open_ += sorted(more)
        return frozenset(found)

    def dependents(self, projects: Iterable[str], among: Names) -> Names:
        """Projects, and those of a set that can't stand without them."""
        gone = set(projects)
        while True:
            more = {n for n in among - gone if self.requires[n] & gone}
            if not more:
                return frozenset(gone)
            gone |= more

    def with_and_without(self, project: str, network: Names) -> tuple[Names, Names, Names, Names]:
        """The network with and without a project, what comes or goes with it, and what gives way to it."""
        if project in network:
            gone = self.dependents([project], network)
            return network, network - gone, gone - {project}, frozenset()
        coming = self.needed(project) - network
        rivals = frozenset(r for n in coming for r in self.rivals[n]) & network
        gone = self.dependents(rivals, network) if rivals else frozenset()
        return (network - gone) | coming, network, coming - {project}, gone


def appraise(
    region: Region,
    projects: Sequence[str] | None = None,
    *,
    against: str | Sequence[str] = "best",
    pairs: bool = False,
    gap: float = 1e-6,
    tolerance: float = TOLERANCE,
    workers: int = 1,
    cluster: str | None = None,
    store: Store | None = None,
    progress: Callable[[SweepProgress], None] | None = None,
) -> Appraisal:
    """Appraise projects first in and last in.

    Parameters
    ----------
    region : Region
        A checked region.
    projects : sequence of str or None
        Which to appraise; None = all.
    against : "best", "all" or names
        The network of *last in*: the best set, all that the region's rules allow together, or those named.
    pairs : bool
        Whether to solve every pair of these projects as well.
    gap : float
        Relative gap at which the best set counts as found.
    tolerance : float
        Welfare that demand curves may miss in each plan, relative to the objective.
    workers, cluster, store, progress
        See :class:`sungari.decide.sweep.Sweep`.

    Returns
    -------
    Appraisal

    Raises
    ------
    UsageError
        If a project is not in the package.
    """
    begun = time.perf_counter()
    sets = Sets(region)
    wanted = list(dict.fromkeys(projects)) if projects else sets.names
    named = [] if isinstance(against, str) else list(against)
    for name in [*wanted, *named]:
        if name not in sets.names:
            raise UsageError(f"no project {name!r} in projects.csv; {nearest(name, sets.names)}".rstrip("; "))
    today = sets.committed
    chosen = _chosen(region, sets, against, gap, store)
    all_in = chosen | today
    setup = Setup(region, (Variant.of(all_in),), detail=True, tolerance=tolerance)
    sweep = Sweep(setup, store=store, workers=workers, cluster=cluster, progress=progress)
    networks = {"first": today, "last": all_in}
    asked = {(p, a): sets.with_and_without(p, networks[a]) for p in wanted for a in AGAINST if p not in sets.blocked}
    asked = {k: v for k, v in asked.items() if k[1] == "last" or not v[3]}
    variants = [Variant.of(today), Variant.of(all_in)]
    variants += [Variant.of(s) for each in asked.values() for s in each[:2]]
    free = [p for p in wanted if p not in today and (p, "first") in asked] if pairs else []
    twos = {
        (a, b): asked[a, "first"][0] | asked[b, "first"][0] for a, b in combinations(free, 2)
        if not any(sets.rivals[n] & asked[b, "first"][0] for n in asked[a, "first"][0])
    }
    found = sweep.run([*variants, *(Variant.of(s) for s in twos.values())])
    ledger = Ledger(sets.projects)

    def worth(project: str, against: str) -> Worth:
        if project in sets.blocked:
            return Worth(float("nan"), sets.blocked[project])
        if (project, against) not in asked:
            rivals = sorted(frozenset().union(*(sets.rivals[n] for n in sets.needed(project))) & today)
            return Worth(float("nan"), f"excluded by {', '.join(rivals)}, which is committed")
        with_it, without, together, displaced = asked[project, against]
        return ledger.worth(
            found[Variant.of(with_it)], found[Variant.of(without)], tuple(sorted(together)), tuple(sorted(displaced))
        )

    titles = region.names("projects")
    made = [
        Appraised(p, titles[p], p in chosen, p in today, worth(p, "first"), worth(p, "last")) for p in wanted
    ]
    outcomes = list(found.values())
    info = {
        "status": "appraised", "region": region.name, "title": region.title, "sha256": region.sha256,
        "currency": region.settings.currency, "money_scale": region.settings.money_scale,
        "against": against if isinstance(against, str) else sorted(against), "solver": solver_name(),
        "version": sungari.__version__, "variants": len(outcomes), "solved": sum(not o.skipped for o in outcomes),
        "proven": sum(o.skipped for o in outcomes),
        "curve_error": max((float(o.arrays.get("curve_error", 0.0)) for o in outcomes), default=0.0),
        "improvable": [] if against != "best" else [p.project for p in made if _improves(p, found[Variant.of(all_in)])],
        "seconds": time.perf_counter() - begun,
    }
    return Appraisal(
        region, made, sorted(chosen), found[Variant.of(today)].objective, found[Variant.of(all_in)].objective,
        _pairs(twos, asked, found, Variant.of(today)), info,
    )


def _improves(each: Appraised, network: Outcome) -> bool:
    """Whether the best set would be better with a project that it lacks, or without one that it has.

    The best set is searched on demand curves that are fine around one plan only; a project that changes much may be
    judged differently once they are fine around its own.
    """
    inside = each.chosen or each.committed
    gain = -each.last.change if inside else each.last.change
    return bool(not each.committed and np.isfinite(gain) and gain > IMPROVES * abs(network.objective))


def _chosen(region: Region, sets: Sets, against: str | Sequence[str], gap: float, store: Store | None) -> Names:
    """The set that *last in* is held against, without what is committed."""
    if not isinstance(against, str):
        needed = frozenset().union(*(sets.needed(p) for p in against))
        return needed - sets.committed
    if against == "all":
        kept: Names = sets.committed
        for name in sets.names:
            more = sets.needed(name)
            clash = any(sets.rivals[n] & (kept | more) for n in more)
            if not clash and not more & frozenset(sets.blocked):
                kept |= more
        return kept - sets.committed
    if against != "best":
        raise UsageError(f"against {against!r}: expected 'best', 'all' or names of projects")
    key = digest("best set", plans_made_from(region), gap, solver_name(), sungari.__version__)
    known = store.get(key) if store is not None else None
    if known is not None:
        return frozenset(known[0]["projects"])
    from sungari.chain import solve

    plan = solve(region, projects="best", gap=gap, check=False)
    best = frozenset(plan.projects["project"].astype(str)) - sets.committed
    if store is not None and plan.status == "optimal":
        store.put(key, {"projects": sorted(best)})
    return best


def _pairs(
    twos: dict[tuple[str, str], Names], asked: dict[tuple[str, str], tuple[Names, Names, Names, Names]],
    found: dict[Variant, Outcome], today: Variant,
) -> pd.DataFrame:
    base = found[today].objective
    rows = []
    for (a, b), both in twos.items():
        together = found[Variant.of(both)].objective - base
        apart = sum(found[Variant.of(asked[p, "first"][0])].objective - base for p in (a, b))
        rows.append((a, b, together, apart, together - apart))
    return pd.DataFrame(rows, columns=["a", "b", "together", "apart", "synergy"])
