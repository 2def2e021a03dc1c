"""What an appraisal asks: which sets of projects are held against each other, in any course of things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sungari.chain.ground import Ground
from sungari.chain.projects import Projects
from sungari.decide.scenarios import Shift
from sungari.decide.sweep import Outcome, Variant
from sungari.region.package import Region

if TYPE_CHECKING:
    from sungari.decide.appraisal import Appraisal

Names = frozenset[str]
#: Changes below this share of the objective are the solver's rounding.
NOISE = 1e-9
#: The two networks that a project is held against.
AGAINST = ("first", "last")


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


@dataclass(frozen=True)
class Questions:
    """The sets of projects that are held against each other.

    Attributes
    ----------
    sets : Sets
    networks : dict of str to frozenset of str
        Projects of today's network (``first``) and of the network with all chosen (``last``).
    asked : dict of (project, against) to tuple
        Network with and without the project, what comes or goes with it, what gives way to it; pairs for which there
        is no answer are left out.
    """

    sets: Sets
    networks: Mapping[str, Names]
    asked: dict[tuple[str, str], tuple[Names, Names, Names, Names]]

    @classmethod
    def about(cls, sets: Sets, projects: Iterable[str], chosen: Names) -> Questions:
        """Questions about projects, `chosen` being what the others are held against last in."""
        networks = {"first": sets.committed, "last": chosen | sets.committed}
        asked = {
            (p, a): sets.with_and_without(p, networks[a]) for p in projects for a in AGAINST if p not in sets.blocked
        }
        # What must give way to a project first in is committed: there is no such network.
        return cls(sets, networks, {k: v for k, v in asked.items() if k[1] == "last" or not v[3]})

    @classmethod
    def of(cls, appraisal: Appraisal) -> Questions:
        """The questions that an appraisal has answered."""
        return cls.about(
            Sets(appraisal.region), [p.project for p in appraisal.projects], frozenset(appraisal.chosen)
        )

    @property
    def all_in(self) -> Variant:
        """The network with all chosen projects: where sweeps have a stand beside today's."""
        return Variant.of(self.networks["last"])

    def variants(self, shifts: tuple[Shift, ...] = ()) -> list[Variant]:
        """All that must be solved in one course of things; the two networks first."""
        sets = [*self.networks.values(), *(s for each in self.asked.values() for s in each[:2])]
        return list(dict.fromkeys(Variant.of(s, shifts=shifts) for s in sets))

    def change(
        self, project: str, against: str, found: Mapping[Variant, Outcome], shifts: tuple[Shift, ...] = ()
    ) -> float:
        """Change of the objective that a project makes; NaN where one of the two has no plan."""
        with_it, without, *_ = self.asked[project, against]
        before = found[Variant.of(without, shifts=shifts)].objective
        change = found[Variant.of(with_it, shifts=shifts)].objective - before
        return 0.0 if abs(change) <= NOISE * abs(before) else change  # rounding is no loss
