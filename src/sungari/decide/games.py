"""Sharing rules of cooperative games: Shapley value, nucleolus, prenucleolus, least core.

A game gives every coalition a worth; the rules divide the worth of all together. Up to :data:`MOST_EXACT` players every
coalition is looked at; above that the Shapley value is sampled, with its standard error.

Source: Shapley 1953; Schmeidler 1969 (nucleolus); Maschler, Peleg & Shapley 1979 (least core, sequence of linear
programs).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from sungari.chain.program import Floats, Ints
from sungari.errors import UsageError

#: Players up to which all coalitions are looked at.
MOST_EXACT = 12
#: Permutations drawn above that (each with its reverse).
SAMPLES = 2000
#: Relative size below which an excess counts as none.
ROUNDING = 1e-9

Player = TypeVar("Player", bound=Hashable)
Game = Mapping[frozenset[Any], float] | Callable[[frozenset[Any]], float]


@dataclass(frozen=True)
class Split(Generic[Player]):
    """How the worth of all together may be divided.

    Money is in the unit of the game's worths.

    Attributes
    ----------
    shapley : dict
        Average of what a player adds over all orders of joining.
    nucleolus : dict or None
        Least lexicographic complaints among splits that give nobody less than alone; None where there is no such split,
        or too many players.
    prenucleolus : dict or None
        The same among all splits.
    least_core : dict or None
        A split whose largest complaint is least (the prenucleolus).
    excess : float or None
        That largest complaint: what some coalition lacks, per coalition; at most 0 where the core is not empty.
    core_empty : bool or None
        Whether every split leaves some coalition with less than it reaches alone.
    blocking : tuple of frozenset
        Coalitions that cannot all be content, where the core is empty.
    standard_error : dict
        Of the Shapley value; zero where it is exact.
    """

    shapley: dict[Player, float]
    nucleolus: dict[Player, float] | None
    prenucleolus: dict[Player, float] | None
    least_core: dict[Player, float] | None
    excess: float | None
    core_empty: bool | None
    blocking: tuple[frozenset[Player], ...] = ()
    standard_error: dict[Player, float] = field(default_factory=dict)


def share_game(
    v: Game, players: Sequence[Player], *, samples: int = SAMPLES, seed: int = 0
) -> Split[Player]:
    """Divide the worth of a cooperative game.

    Parameters
    ----------
    v : mapping or callable
        Worth of each coalition (a frozenset of players). A mapping may leave out the empty coalition (0) and any other
        that is worth nothing.
    players : sequence
        Distinct players.
    samples : int
        Orders drawn where there are more than :data:`MOST_EXACT` players; each is used forwards and backwards.
    seed : int
        Of the draws.

    Returns
    -------
    Split

    Raises
    ------
    UsageError
        If players recur, or a worth is not a finite number.

    Examples
    --------
    >>> v = {frozenset("ab"): 1.0, frozenset("ac"): 1.0, frozenset("abc"): 1.0}
    >>> {player: round(part, 6) for player, part in share_game(v, "abc").nucleolus.items()}
    {'a': 1.0, 'b': 0.0, 'c': 0.0}
    """
    names = list(players)
    if len(set(names)) != len(names) or not names:
        raise UsageError("players must be distinct, at least one")
    worth = _Worth(v, names)
    if len(names) > MOST_EXACT:
        value, error = _sampled_shapley(worth, samples, seed)
        return Split(
            dict(zip(names, value.tolist(), strict=True)), None, None, None, None, None, (),
            dict(zip(names, error.tolist(), strict=True)),
        )
    values = worth.all()
    shapley = _shapley(values, len(names))
    pre, excess, blocking = _lexicographic(values, len(names), rational=False)
    alone = values[1 << np.arange(len(names))]
    total = values[-1]
    size = float(np.abs(values).max())
    rational = alone.sum() <= total + ROUNDING * size
    nucleolus = _lexicographic(values, len(names), rational=True)[0] if rational else None
    empty = len(names) > 1 and excess > 1e-7 * size

    def named(x: Floats) -> dict[Player, float]:
        return {name: float(share) + 0.0 for name, share in zip(names, x, strict=True)}

    return Split(
        named(shapley),
        named(nucleolus) if nucleolus is not None else None,
        named(pre),
        named(pre),
        float(excess),
        empty,
        tuple(worth.coalition(int(mask)) for mask in blocking) if empty else (),
        dict.fromkeys(names, 0.0),
    )


class _Worth:
    """A game's worths by bit mask, each asked for once."""

    def __init__(self, v: Game, players: list[Any]) -> None:
        self.v, self.players = v, players
        self.known: dict[int, float] = {0: 0.0}

    def coalition(self, mask: int) -> frozenset[Any]:
        return frozenset(p for i, p in enumerate(self.players) if mask >> i & 1)

    def __call__(self, mask: int) -> float:
        if mask not in self.known:
            coalition = self.coalition(mask)
            value = self.v(coalition) if callable(self.v) else self.v.get(coalition, 0.0)
            if not np.isfinite(value):
                raise UsageError("worth of {coalition} is {value}; expected a finite number",
                                 coalition=sorted(map(str, coalition)), value=value)
            self.known[mask] = float(value)
        return self.known[mask]

    def all(self) -> Floats:
        return np.array([self(mask) for mask in range(1 << len(self.players))])


def _shapley(values: Floats, n: int) -> Floats:
    masks = np.arange(1 << n)
    size = _sizes(masks, n)
    # Weight of joining a coalition of s: s! (n − s − 1)! / n!
    weight = np.ones(n) / n
    for s in range(1, n):
        weight[s] = weight[s - 1] * s / (n - s)
    result = np.zeros(n)
    for i in range(n):
        without = masks[(masks >> i & 1) == 0]
        result[i] = float((weight[size[without]] * (values[without | 1 << i] - values[without])).sum())
    return result


def _sizes(masks: Ints, n: int) -> Ints:
    return np.asarray(sum((masks >> i & 1 for i in range(n)), start=np.zeros_like(masks)))


def _sampled_shapley(worth: _Worth, samples: int, seed: int) -> tuple[Floats, Floats]:
    """Shapley value from random orders, each with its reverse (whose errors offset); with standard errors."""
    n = len(worth.players)
    rng = np.random.default_rng(seed)
    draws = np.zeros((samples, n))
    for k in range(samples):
        order = rng.permutation(n)
        for way in (order, order[::-1]):
            mask, before = 0, 0.0
            for i in way:
                mask |= 1 << int(i)
                after = worth(mask)
                draws[k, i] += (after - before) / 2
                before = after
    return draws.mean(axis=0), draws.std(axis=0, ddof=1) / np.sqrt(samples)


def _lexicographic(values: Floats, n: int, *, rational: bool) -> tuple[Floats, float, Ints]:
    """(Pre)nucleolus by a sequence of linear programs.

    Each program makes the largest complaint among the coalitions that are still open as small as it can be; coalitions
    with a positive dual have that complaint in every best split and are settled, until the split is.

    Parameters
    ----------
    rational : bool
        Whether nobody may get less than alone (nucleolus) or that does not matter (prenucleolus).

    Returns
    -------
    x : ndarray, shape (n,)
    excess : float
        Largest complaint, from the first program.
    blocking : ndarray of int
        Masks of the coalitions with that complaint.
    """
    if n == 1:
        return values[[1]].copy(), 0.0, np.zeros(0, dtype=np.int64)
    scale = float(np.abs(values).max()) or 1.0
    worth = values / scale
    masks = np.arange(1, (1 << n) - 1)
    member = (masks[:, None] >> np.arange(n) & 1).astype(float)
    settled: list[NDArray[np.float64]] = [np.ones(n)]
    sides = [float(worth[-1])]
    open_ = np.ones(len(masks), dtype=bool)
    low = worth[1 << np.arange(n)] if rational else np.full(n, -np.inf)
    first, blocking = 0.0, np.zeros(0, dtype=np.int64)
    x = np.zeros(n)
    for stage in range(n):
        mine = np.flatnonzero(open_)
        if not len(mine):
            break
        # Least t with x(S) + t ≥ v(S) for the open coalitions.
        solved = linprog(
            np.append(np.zeros(n), 1.0),
            A_ub=np.column_stack([-member[mine], -np.ones(len(mine))]),
            b_ub=-worth[masks[mine]],
            A_eq=np.column_stack([np.array(settled), np.zeros(len(settled))]),
            b_eq=np.array(sides),
            bounds=[(b if np.isfinite(b) else None, None) for b in low] + [(None, None)],
            method="highs",
        )
        if solved.status != 0:
            break
        point = np.asarray(solved.x)
        x, t = point[:n], float(point[n])
        tight = mine[-solved.ineqlin.marginals > 1e-9]
        if stage == 0:
            first, blocking = t, masks[tight]
        for coalition in tight:
            settled, sides = _settle(settled, sides, member[coalition], worth[masks[coalition]] - t)
        if rational:
            for i in np.flatnonzero(solved.lower.marginals[:n] > 1e-9):
                settled, sides = _settle(settled, sides, np.eye(n)[i], low[i])
        if len(settled) >= n:
            break
        # What is a combination of settled coalitions is settled too.
        basis = np.linalg.qr(np.array(settled).T)[0]
        rest = member - member @ basis @ basis.T
        open_ = np.abs(rest).max(axis=1) > 1e-9
    if len(settled) == n:
        x = np.linalg.solve(np.array(settled), np.array(sides))
    return x * scale, first * scale, blocking


def _settle(
    settled: list[NDArray[np.float64]], sides: list[float], row: NDArray[np.float64], side: float
) -> tuple[list[NDArray[np.float64]], list[float]]:
    """Add an equation unless it follows from those that are there."""
    if np.linalg.matrix_rank(np.array([*settled, row])) > len(settled):
        return [*settled, row], [*sides, float(side)]
    return settled, sides
