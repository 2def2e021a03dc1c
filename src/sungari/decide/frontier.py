"""Frontiers: the greatest gain against the budget, against the CVaR of the loss, against the least party's gain.

Each point is a search of its own, started from the sets already found. A set that keeps to a tighter limit keeps to a
wider one as well; so the best of all sets seen stands at every point, and the gain never falls as the limit gives way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.chain.rules import budget_limits
from sungari.decide.party_gain import Floors, insiders
from sungari.errors import UsageError

if TYPE_CHECKING:
    from sungari.decide.selection import Choice, Found, Selection

#: Columns in money.
MONEY = ("level", "gain", "objective", "spent", "cvar", "least_gain", "ahead")
#: Least gains are raised by at least this share of the whole gain from point to point.
STEP = 0.02


def empty() -> pd.DataFrame:
    """A frontier without points: kind, level, gain, objective, spent, cvar, least_gain, least_party, projects, chosen,
    ahead (what is left unproven), status."""
    return pd.DataFrame({
        "kind": pd.array([], dtype="str"), "level": [], "gain": [], "objective": [], "spent": [], "cvar": [],
        "least_gain": [], "least_party": pd.array([], dtype="str"), "projects": [],
        "chosen": pd.array([], dtype="str"), "ahead": [], "status": pd.array([], dtype="str"),
    })


def draw(
    selection: Selection, along: str, found: Found, *, points: int = 8, floors: Floors | None = None
) -> pd.DataFrame:
    """The frontier along a limit.

    Parameters
    ----------
    selection : Selection
    along : "budget", "cvar" or "least-gain"
    found : Found
        The search for the best set within the limits as they stand.
    points : int
    floors : Floors or None
        Hold at every point.

    Returns
    -------
    DataFrame
        One row per point, the tightest limit first; see :func:`empty`. Money not divided.
    """
    if along == "budget":
        rows = _budget(selection, found, points, floors)
    elif along == "cvar":
        rows = _cvar(selection, found, points, floors)
    elif along == "least-gain":
        rows = _least_gain(selection, found, points, floors)
    else:
        raise UsageError("frontier along {along!r}: expected 'budget', 'cvar' or 'least-gain'", along=along)
    return pd.DataFrame(rows, columns=list(empty().columns)).astype(
        {"kind": "str", "least_party": "str", "chosen": "str", "status": "str"}
    )


def _best(found: Found) -> Choice:
    assert found.best is not None
    return found.best


def _row(selection: Selection, along: str, level: float, found: Found, choice: Choice) -> dict[str, Any]:
    worlds, today = selection.worlds, selection.today
    before = np.full(len(choice.objectives), np.nan) if today is None else today.objectives
    gains = np.full(len(choice.parties), np.nan) if today is None else choice.parties - today.parties
    inside = np.flatnonzero(insiders(worlds.first.ground))
    least = inside[int(np.argmin(gains[inside]))]
    names = sorted(choice.names)
    return {
        "kind": along, "level": level, "gain": selection.gain(choice),
        "objective": float(worlds.chances @ choice.objectives), "spent": selection.spent(choice),
        "cvar": np.nan if worlds.tail is None else worlds.tail.cvar(choice.objectives - before, worlds.chances),
        "least_gain": float(gains[least]), "least_party": str(worlds.first.ground.parties[least]),
        "projects": len(names), "chosen": "; ".join(names),
        "ahead": found.ahead, "status": found.status,
    }


def _climb(
    selection: Selection, along: str, levels: list[float], set_level: Any, floors: Floors | None
) -> list[dict[str, Any]]:
    """One search per level, the tightest first; each starts from the last one's set."""
    rows: list[dict[str, Any]] = []
    held: Choice | None = None
    for level in levels:
        if selection.stopped:
            break
        set_level(level)
        found = selection.search(floors=floors, start=[held.key] if held is not None else [], redraw=False)
        choice = found.best
        if choice is None and held is None:
            if found.status != "infeasible":
                break
            continue  # not even today's commitments fit
        if choice is None or (held is not None and held.value > choice.value):
            assert held is not None
            choice = held
        rows.append(_row(selection, along, level, found, choice))
        held = choice
        if found.status in ("time_limit", "interrupted"):
            break
    return rows


def _budget(selection: Selection, found: Found, points: int, floors: Floors | None) -> list[dict[str, Any]]:
    best = _best(found)
    limits = budget_limits(selection.worlds.first.projects)
    number = list(limits).index(("*", -1, "*", True))
    amount = list(limits.values())[number]
    # What the best set leaves of the budget buys nothing better: the frontier is flat from there on.
    top = min(amount, float(best.budgets[number]))
    levels = [float(x) for x in np.linspace(0.0, top, points)]
    try:
        rows = _climb(selection, "budget", levels[:-1], lambda level: selection.set_budget(number, level), floors)
    finally:
        selection.set_budget(number, amount)
    return [*rows, _row(selection, "budget", top, found, best)] + (
        [_row(selection, "budget", amount, found, best)] if amount > top * (1 + 1e-9) else []
    )


def _cvar(selection: Selection, found: Found, points: int, floors: Floors | None) -> list[dict[str, Any]]:
    worlds, today, best = selection.worlds, selection.today, _best(found)
    tail = worlds.tail
    assert tail is not None
    assert today is not None
    top = tail.cvar(best.objectives - today.objectives, worlds.chances)
    # The least CVaR there is: nothing but the worst outcomes counts.
    low = _least_cvar(selection, floors, best)
    levels = [float(x) for x in np.linspace(low, top, points)]
    room = 1e-9 * max(abs(low), abs(top), 1.0)
    try:
        rows = _climb(selection, "cvar", levels[:-1], lambda level: worlds.limit_tail(level + room), floors)
    finally:
        worlds.limit_tail(tail.limit)
    return [*rows, _row(selection, "cvar", top, found, best)]


def _least_cvar(selection: Selection, floors: Floors | None, best: Choice) -> float:
    """The lowest limit on the CVaR that some set keeps to, found by halving between none and the best set's."""
    worlds, today = selection.worlds, selection.today
    assert worlds.tail is not None
    assert today is not None
    tail = worlds.tail
    high = tail.cvar(best.objectives - today.objectives, worlds.chances)
    low = high - max(selection.gain(best), abs(high), 1.0) * 4.0
    try:
        for _ in range(12):
            middle = (low + high) / 2
            worlds.limit_tail(middle)
            found = selection.search(floors=floors, redraw=False)
            if selection.stopped:
                break
            if found.best is None:
                low = middle
            else:
                high = min(tail.cvar(found.best.objectives - today.objectives, worlds.chances), high)
            if high - low <= 1e-3 * max(abs(high), 1.0):
                break
    finally:
        worlds.limit_tail(tail.limit)
    return high


def _least_gain(selection: Selection, found: Found, points: int, floors: Floors | None) -> list[dict[str, Any]]:
    """From the best set on, ask for ever more for the party that has least, until no set gives it."""
    best = _best(found)
    rows = [_row(selection, "least-gain", float("nan"), found, best)]
    rows[0]["level"] = rows[0]["least_gain"]
    base = floors or Floors({}, {})
    step = STEP * max(selection.gain(best), 0.0)
    while len(rows) < points and not selection.stopped:
        level = rows[-1]["least_gain"] + max(step, 1e-6 * abs(rows[-1]["least_gain"]))
        more = selection.search(floors=replace(base, least=level), redraw=False)
        if more.best is None:
            break
        rows.append(_row(selection, "least-gain", level, more, more.best))
        if more.status != "optimal":
            break
    return rows[::-1]
