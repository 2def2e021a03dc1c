"""Rules on sets of projects that no row of the program can hold, such as the capital that a fund needs for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sungari.region.package import Region

Names = frozenset[str]
#: Of a project's greatest size, what is built at least where a rule asks which projects are built.
LEAST = 1e-3


@dataclass(frozen=True)
class Rule:
    """What a set of projects must keep, told by its names alone.

    Attributes
    ----------
    excess : callable
        By how much a set breaks the rule, in any unit; at most 0 if it may be taken.
    reason : callable or None
        Asked with a set that may not be taken, and with all projects, the one first that is the easiest to leave out of
        the reason: gives (with, without) such that every set that holds all of the first and none of the second is
        refused as well. The smaller they are, the more sets need never be looked at. Without it, what differs in any of
        the projects is another set.
    """

    excess: Callable[[Names], float]
    reason: Callable[[Names, Sequence[str]], tuple[Names, Names]] | None = None

    @classmethod
    def of(cls, rule: Rule | Callable[[Names], bool]) -> Rule:
        """The rule; of a callable that says whether a set may be taken, one that knows no more than that."""
        return rule if isinstance(rule, Rule) else cls(lambda names: 0.0 if rule(names) else 1.0)

    def why(self, refused: Names, every: Sequence[str]) -> tuple[Names, Names]:
        """The reason of a refusal; `every` project, the easiest to leave out first."""
        return (refused, frozenset(every) - refused) if self.reason is None else self.reason(refused, every)

    def nearest(self, refused: Names, costs: Mapping[str, float]) -> Names | None:
        """A set that keeps the rule, with little else changed; None where single changes lead to none.

        The project is changed, taken out or in, that brings most of what is needed for what it costs; at the end those
        changes are undone, the dearest first, that were not needed.

        Parameters
        ----------
        costs : mapping of str to float
            What changing each project costs, at least 0; those that may be changed.
        """
        names, over = refused, self.excess(refused)
        least = 1e-9 * max(costs.values(), default=0.0) or 1.0
        while over > 0:
            tried = {name: self.excess(names ^ {name}) for name in costs if (name in names) == (name in refused)}
            less = {name: min(over, over - then) for name, then in tried.items() if then < over}
            better = {name: gain / (costs[name] + least) for name, gain in less.items()}
            if not better:
                return None
            best = max(better, key=lambda name: (better[name], name))
            names, over = names ^ {best}, tried[best]
        for name in sorted(names ^ refused, key=lambda name: -costs[name]):
            if self.excess(names ^ {name}) <= 0:
                names ^= {name}
        return names


def yes_or_no(region: Region) -> Region:
    """The region with no project whose size may be any down to none: a rule must know which are built."""
    projects = region.table("projects")
    kind, least = projects["lumpy"].astype(str), projects["size_min"].astype(float)
    some = np.where(kind == "whole", 1.0, LEAST * projects["size_max"].astype(float))
    return region.with_table("projects", projects.assign(size_min=least.where(kind == "true", np.fmax(least, some))))
