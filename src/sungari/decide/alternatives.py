"""Near-best sets: all that come within a share of the best gain, and which projects are in all, some or none of them.

The tree is searched on until nothing near is left. Where there are more such sets than are wanted, each project that
the sets found leave in doubt is settled by two searches of its own: is there a near-best set with it, and one without?
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.chain.branch import Key, Tree

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
    tree = _tree(selection, floors, room, most=max(most, 1), start=[best.key])
    answer = selection.run(tree)
    complete = answer.status == "optimal" and len(tree.found) < most
    top = tree.found.get(best.key, -best.value)
    gain = selection.size(best)
    projects = selection.worlds.first.projects
    listed = []
    for key, objective in tree.found.items():
        if objective <= top + room or key == best.key:
            table = projects.result(selection.worlds.expand(tree.decided[key]))
            listed.append(Near(table[["project", "year", "size"]], gain - (objective - top)))
    listed = listed or [Near(best.projects[["project", "year", "size"]], gain)]
    listed.sort(key=lambda each: -each.gain)
    made = Alternatives(near, listed, complete)
    _members(selection, made, best, room, floors)
    return made


def _tree(
    selection: Selection, floors: Floors | None, room: float, *, most: int, start: list[Key], above: float = np.inf
) -> Tree:
    return Tree(
        selection.solver, selection.arrays, gap=0.0, today=None, beside=room, above=above, most=most,
        start=[np.array(k, dtype=float) for k in start], basis=selection.basis, seconds=selection.left(),
        progress=selection.progress, interruptible=True,
        admits=None if floors is None else lambda values, _: selection.admits(floors, tuple(values.tolist())),
    )


def _members(
    selection: Selection, made: Alternatives, best: Choice, room: float, floors: Floors | None
) -> None:
    """Put each project into all, some or none."""
    projects = selection.worlds.first.projects
    sets = [each.names for each in made.sets]
    for p, name in enumerate(projects.names):
        name = str(name)
        has, lacks = any(name in s for s in sets), any(name not in s for s in sets)
        if not made.complete and not (has and lacks):
            settled = _exists(selection, p, not has, best, room, floors)
            if settled is None:
                made.undecided.append(name)
                continue
            has, lacks = has or settled, lacks or settled
        (made.in_some if has and lacks else made.in_all if has else made.in_none).append(name)


def _exists(
    selection: Selection, project: int, built: bool, best: Choice, room: float, floors: Floors | None
) -> bool | None:
    """Whether some near-best set has (or lacks) a project; None if the time was up."""
    if selection.stopped:
        return None
    worlds, arrays = selection.worlds, selection.arrays
    projects = worlds.first.projects
    mine = np.flatnonzero(projects.project == project)
    columns = np.unique(np.concatenate([projects.built_column[mine], projects.unit_column[mine]]))
    at = np.array([worlds.column[int(c)] for c in columns[columns >= 0]], dtype=np.int64)
    if not len(at):
        return not built
    row = arrays.rows["project once"].start + int(np.searchsorted(np.unique(projects.project), project))
    lower, upper, least = arrays.lower[at].copy(), arrays.upper[at].copy(), arrays.row_lower[row]
    once = np.array([row])
    if built:
        tiny = 1.0 if projects.yes_no[project] else 1e-6 * max(float(projects.size_max[project]), 1e-6)
        arrays.row_lower[row] = max(least, tiny)
        selection.solver.set_sides(once, arrays.row_lower[once], arrays.row_upper[once])
    else:
        if least > 0 or (lower > 0).any():
            return False
        arrays.upper[at] = 0.0
        selection.solver.set_bounds(at, 0.0, np.zeros(len(at)))
    try:
        tree = _tree(selection, floors, 0.0, most=1, start=[], above=-best.value + room)
        answer = selection.run(tree)
    finally:
        arrays.lower[at], arrays.upper[at], arrays.row_lower[row] = lower, upper, least
        selection.solver.set_bounds(at, lower, upper)
        selection.solver.set_sides(once, arrays.row_lower[once], arrays.row_upper[once])
    if answer.feasible:
        return True
    return None if answer.status in ("time_limit", "interrupted") else False
