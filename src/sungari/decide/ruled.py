"""A rule on sets in a search among them: whom it refuses, what is learned of that, and what to try instead."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sungari.chain.branch import Key
from sungari.chain.cuts import Cuts
from sungari.chain.program import Floats, Ints
from sungari.chain.solver import Answer
from sungari.decide.rule import Names, Rule
from sungari.decide.worlds import Worlds


class Ruled:
    """A rule beside a live program in which every project is a yes or no.

    Parameters
    ----------
    rule : Rule
    worlds : Worlds

    Attributes
    ----------
    cuts : Cuts
        Rows that keep out what was refused, and what is refused for the same reasons.
    refused : int
        Sets that the rule has refused.
    """

    def __init__(self, rule: Rule, worlds: Worlds) -> None:
        self.rule, self.index, self.refused = rule, worlds.solver.integer, 0
        self.cuts = Cuts(worlds.solver)
        self._built, self._always = _years(worlds)

    def keeps(self, key: Key, answer: Answer | None) -> bool:
        """Whether decisions keep to the rule; of those that don't, learns why from a plan of them, if there is one."""
        names = self._always | {name for name, places in self._built.items() if any(key[n] for n in places)}
        if self.rule.excess(names) <= 0:
            return True
        if answer is not None:
            self.refused += 1
            dual = answer.column_dual[self.index]
            # What it costs at least to build another, or to do without: what matters little is left out of reasons.
            costs = {name: float(np.abs(dual[mine]).max() if name in names else dual[mine].clip(0.0).min())
                     for name, mine in self._built.items()}
            self._learn(names, costs)
            if self.refused.bit_count() == 1:  # now and then
                self._instead(names, key, costs, dual)
        return False

    def _learn(self, names: Names, costs: Mapping[str, float]) -> None:
        """Keep out all sets that are refused for the reason of this one."""
        order = sorted(costs, key=lambda name: (costs[name], name))
        having, lacking = ([self._built[name] for name in sorted(part - self._always)]
                           for part in self.rule.why(names, [*order, *sorted(self._always)]))
        if having or lacking:
            signs = [np.repeat(sign, sum(map(len, part))) for sign, part in ((1.0, having), (-1.0, lacking))]
            self.cuts.add(np.concatenate([*having, *lacking]), np.concatenate(signs), len(having) - 1.0)
        elif len(self.index):
            # What is built anyway is refused: nothing is left.
            self.cuts.add(np.zeros(1, dtype=np.int64), np.ones(1), -1.0)

    def _instead(self, names: Names, key: Key, costs: Mapping[str, float], dual: Floats) -> None:
        """Have a set tried that is near one refused and keeps to the rule."""
        near = self.rule.nearest(names, costs)
        if near is None:
            return
        values = np.array(key, dtype=float)
        for name in near ^ names:
            mine = self._built[name]
            values[mine] = 0.0
            if name in near:
                values[mine[np.argmin(dual[mine])]] = 1.0
        self.cuts.ideas.append(values)


def _years(worlds: Worlds) -> tuple[dict[str, Ints], Names]:
    """Projects with the places of their years among the whole-number decisions; those that are always built."""
    projects = worlds.first.projects
    place = {int(j): n for n, j in enumerate(worlds.solver.integer)}
    made, always = {}, set()
    for p in np.unique(projects.project):
        columns = [worlds.column[int(c)] for c in projects.built_column[projects.project == p]]
        if all(c in place for c in columns):
            made[str(projects.names[p])] = np.array([place[c] for c in columns])
        else:  # committed, in the one year there is
            always.add(str(projects.names[p]))
    return made, frozenset(always)
