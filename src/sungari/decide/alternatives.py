"""Near-best sets: all that come within a share of the best gain, and which projects are in all, some or none of them.

The tree is searched on until nothing near is left. Where there are more such sets than are wanted, each project that
the sets found leave in doubt is settled by a search of its own: is there a near-best set with it, or one without?
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.chain.branch import Key, Tree
from sungari.chain.program import Ints
from sungari.chain.projects import Projects

if TYPE_CHECKING:
    from sungari.decide.party_gain import Floors
    from sungari.decide.selection import Choice, Selection


@dataclass(frozen=True)
class Near:
    """A set near the best.

    Attributes
    ----------
    projects : DataFrame
        project, year, size.
    gain : float
        What is maximised, beyond today's network; money. Held against the best set on the same curves as that.
    """

    projects: pd.DataFrame
    gain: float

    @property
    def names(self) -> frozenset[str]:
        """Projects that are built."""
        return frozenset(self.projects["project"].astype(str))


@dataclass
class Alternatives:
    """Sets near the best.

    Attributes
    ----------
    near : float
        Share of the gain that a set may fall short of the best.
    sets : list of Near
        The sets, the best first; the best set is one of them.
    complete : bool
        Whether all there are have been found.
    in_all, in_some, in_none, undecided : list of str
        Projects by whether all, some or none of the near-best sets have them; `undecided`: the search was stopped.
    """

    near: float
    sets: list[Near]
    complete: bool
    in_all: list[str] = field(default_factory=list)
    in_some: list[str] = field(default_factory=list)
    in_none: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    def as_json(self, scale: float) -> dict[str, Any]:
        """Plain data; money divided by `scale`."""
        top = self.sets[0].gain
        return {
            "near": self.near, "complete": self.complete, "count": len(self.sets),
            "in_all": self.in_all, "in_some": self.in_some, "in_none": self.in_none, "undecided": self.undecided,
            "sets": [
                {"gain": each.gain / scale, "loss": (top - each.gain) / scale,
                 "chosen": each.projects.to_dict("records")}
                for each in self.sets
            ],
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """``alternatives`` (set, gain, project, year, size) and ``membership`` (project, near_best); money."""
        parts = []
        for n, each in enumerate(self.sets, 1):
            part = each.projects.copy()
            part.insert(0, "gain", each.gain)
            part.insert(0, "set", n)
            parts.append(part)
        word = {"all": self.in_all, "some": self.in_some, "none": self.in_none, "undecided": self.undecided}
        rows = [(p, w) for w, names in word.items() for p in names]
        return {
            "alternatives": pd.concat(parts, ignore_index=True),
            "membership": pd.DataFrame(rows, columns=["project", "near_best"]).astype("str"),
        }


def find(
    selection: Selection, best: Choice, near: float, *, floors: Floors | None = None, most: int = 30
) -> Alternatives:
    """All sets that bring at least (1 − `near`) times the best gain.

    Sets differ where a whole-number decision does: another project, another year, another number of units. A size
    that may be any number is always the best for its set.

    Parameters
    ----------
    most : int
        Sets that are listed at most.
    """
    room = near * selection.size(best)
    tree = _tree(selection, floors, [best.key, *_turned(selection, best.key)], beside=room, most=max(most, 1))
    answer = selection.run(tree)
    top, gain = tree.found.get(best.key, -best.value), selection.size(best)
    projects = selection.worlds.first.projects
    listed = [(best.names, Near(best.projects[["project", "year", "size"]], gain))]
    for key, objective in tree.found.items():
        if objective <= top + room and key != best.key:
            table = projects.result(selection.worlds.expand(tree.decided[key]))[["project", "year", "size"]]
            listed.append((frozenset(table["project"].astype(str)), Near(table, gain - (objective - top))))
    complete = answer.status == "optimal" and len(tree.found) < most
    sets = sorted((each for _, each in listed), key=lambda each: -each.gain)[:most]
    made = Alternatives(near, sets, complete)
    _members(selection, made, [names for names, _ in listed], top + room, floors)
    return made


def _tree(
    selection: Selection, floors: Floors | None, start: list[Key], *, beside: float, most: int, above: float = np.inf
) -> Tree:
    return Tree(
        selection.solver, selection.arrays, gap=0.0, beside=beside, above=above, most=most,
        start=[np.array(k, dtype=float) for k in start], basis=selection.basis, seconds=selection.left(),
        progress=selection.progress, interruptible=True, learned=selection.learned, **selection.asking(floors),
    )


def _turned(selection: Selection, key: Key) -> list[Key]:
    """The decisions of a set with one project less, or one more in its first year."""
    worlds = selection.worlds
    projects = worlds.first.projects
    place = {int(j): n for n, j in enumerate(selection.index)}
    made = []
    for p in np.unique(projects.project):
        mine = [place.get(worlds.column[int(c)], -1) for c in _columns(projects, int(p))]
        mine = [n for n in mine if n >= 0]
        if not mine:
            continue
        values = list(key)
        built = any(values[n] for n in mine)
        for n in mine:
            values[n] = 0
        if not built:
            values[mine[0]] = 1
        made.append(tuple(values))
    return made


def _columns(projects: Projects, project: int) -> Ints:
    """Columns of a project's decisions, in its model."""
    mine = np.flatnonzero(projects.project == project)
    columns = np.unique(np.concatenate([projects.built_column[mine], projects.unit_column[mine]]))
    return np.asarray(columns[columns >= 0])


def _members(
    selection: Selection, made: Alternatives, sets: list[frozenset[str]], limit: float, floors: Floors | None
) -> None:
    """Put each project into all, some or none."""
    for p, name in enumerate(map(str, selection.worlds.first.projects.names)):
        has, lacks = any(name in s for s in sets), any(name not in s for s in sets)
        if not made.complete and not (has and lacks):
            settled = _exists(selection, p, not has, limit, floors)
            if settled is None:
                made.undecided.append(name)
                continue
            has, lacks = has or settled, lacks or settled
        (made.in_some if has and lacks else made.in_all if has else made.in_none).append(name)


def _exists(
    selection: Selection, project: int, built: bool, limit: float, floors: Floors | None
) -> bool | None:
    """Whether some near-best set has (or lacks) a project; None if the search was stopped."""
    if selection.stopped:
        return None
    worlds, arrays = selection.worlds, selection.arrays
    projects = worlds.first.projects
    at = np.array([worlds.column[int(c)] for c in _columns(projects, project)], dtype=np.int64)
    if not len(at):
        return not built
    row = arrays.rows["project once"].start + int(np.searchsorted(np.unique(projects.project), project))
    once = np.array([row])
    lower, upper, least = arrays.lower[at].copy(), arrays.upper[at].copy(), arrays.row_lower[row]
    if not built and (least > 0 or (lower > 0).any()):
        return False
    if built:
        some = 1.0 if projects.yes_no[project] else 1e-6 * max(float(projects.size_max[project]), 1e-6)
        arrays.row_lower[row] = max(least, some)
        selection.solver.set_sides(once, arrays.row_lower[once], arrays.row_upper[once])
    else:
        arrays.upper[at] = 0.0
        selection.solver.set_bounds(at, 0.0, np.zeros(len(at)))
    try:
        answer = selection.run(_tree(selection, floors, [], beside=0.0, most=1, above=limit))
    finally:
        arrays.lower[at], arrays.upper[at], arrays.row_lower[row] = lower, upper, least
        selection.solver.set_bounds(at, lower, upper)
        selection.solver.set_sides(once, arrays.row_lower[once], arrays.row_upper[once])
    if answer.feasible:
        return True
    return None if answer.status in ("time_limit", "interrupted") else False
