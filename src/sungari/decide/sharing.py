"""What cooperation is worth, and how the parties may share it: the region as a cooperative game.

Source: model.md, "What cooperation is worth"; Owen 1975 (linear production games).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

import sungari
from sungari.chain.live import Change, LiveModel, Stand
from sungari.chain.program import Ints
from sungari.chain.solver import Answer
from sungari.decide.games import MOST_EXACT, ROUNDING, Split, share_game
from sungari.errors import UsageError
from sungari.region.package import Region

By = Literal["country", "province"]
#: Welfare that demand curves may miss in a coalition's plan, relative to that of all together.
TOLERANCE = 1e-6
#: Plans kept to start others from.
MOST_KEPT = 64


@dataclass(frozen=True)
class Sharing:
    """The gain from cooperating and how it may be shared. Money is the package's, present value, unscaled.

    Attributes
    ----------
    players : list of str
        Parties that play: countries, or provinces.
    worth : dict of frozenset to float
        Surplus that each coalition reaches with its own places, links and projects and the outside world, above what
        the outside world reaches by itself; those that were asked for.
    gain : float
        Worth of all together less the sum of what each reaches alone.
    split : Split
        Shapley value, nucleolus, least core.
    own : dict
        Welfare that the plan of all together leaves with each player (duties not counted, as in the objective).
    owen : dict
        Owen point: that welfare, with the change in the outside world's split evenly. In the core of a linear game.
    curve_error : float
        Largest part of the worth of all together that demand curves may miss in a coalition's plan.
    region : Region
        The package that it was made from.
    by : str
        Whether the players are countries or provinces.
    stability : DataFrame or None
        The split in every scenario; see :func:`sungari.decide.stability.over_scenarios`.
    """

    players: list[str]
    worth: dict[frozenset[str], float]
    gain: float
    split: Split[str]
    own: dict[str, float]
    owen: dict[str, float]
    curve_error: float
    region: Region
    by: By
    stability: pd.DataFrame | None = None

    def table(self) -> pd.DataFrame:
        """One row per player: alone, shapley, nucleolus, least_core, owen, own, and the payment to each that turns its
        own welfare into its Shapley value (money, present value; payments sum to what the outside world gave)."""
        split = self.split
        nan = dict.fromkeys(self.players, np.nan)
        frame = pd.DataFrame({
            "player": self.players,
            "alone": [self.worth[frozenset({p})] for p in self.players],
            "shapley": [split.shapley[p] for p in self.players],
            "standard_error": [split.standard_error[p] for p in self.players],
            "nucleolus": [(split.nucleolus or nan)[p] for p in self.players],
            "least_core": [(split.least_core or nan)[p] for p in self.players],
            "owen": [self.owen[p] for p in self.players],
            "own": [self.own[p] for p in self.players],
        })
        frame["payment"] = frame["shapley"] - frame["owen"]
        return frame

    def as_json(self) -> dict[str, Any]:
        """Plain data, money divided by the package's ``money_scale``."""
        region = self.region
        money_scale = region.settings.money_scale
        rows = self.table().drop(columns="player") / money_scale
        players = [
            {"player": p, **{k: None if np.isnan(v) else v for k, v in row.items()}}
            for p, row in zip(self.players, rows.to_dict("records"), strict=True)
        ]
        split = self.split
        return {
            "status": "shared", "region": region.name, "title": region.title, "sha256": region.sha256, "by": self.by,
            "currency": region.settings.currency, "money_scale": money_scale, "version": sungari.__version__,
            "players": players,
            "worth": [{"coalition": sorted(c), "worth": w / money_scale} for c, w in self.worth.items() if c],
            "gain": self.gain / money_scale,
            "core_empty": split.core_empty,
            "excess": None if split.excess is None else split.excess / money_scale,
            "blocking": [sorted(c) for c in split.blocking],
            "curve_error": self.curve_error,
            "stability": self._stability(money_scale),
        }

    def _stability(self, money_scale: float) -> dict[str, Any] | None:
        if self.stability is None:
            return None
        from sungari.decide.stability import ranges

        cases = self.stability.drop_duplicates("scenario")
        span = ranges(self.stability)
        span[["low", "high"]] = span[["low", "high"]] / money_scale
        return {
            "scenarios": len(cases), "core_not_empty": int((cases["core_empty"] == False).sum()),  # noqa: E712
            "ranges": span.to_dict("records"),
            "gains": [{"scenario": n or None, "gain": g / money_scale, "core_empty": None if pd.isna(e) else bool(e)}
                      for n, g, e in zip(cases["scenario"], cases["gain"], cases["core_empty"], strict=True)],
        }

    def tables(self) -> dict[str, pd.DataFrame]:
        """``players`` (see :meth:`table`), ``worth`` (coalition, its players joined by "; "; worth) and ``stability``
        where scenarios were solved; money."""
        rows = [("; ".join(sorted(c)), w) for c, w in self.worth.items() if c]
        made = {"players": self.table(), "worth": pd.DataFrame(rows, columns=["coalition", "worth"])}
        return made if self.stability is None else {**made, "stability": self.stability}


def share(
    region: Region,
    by: By = "country",
    *,
    projects: str | list[str] = "none",
    samples: int = 200,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Sharing:
    """Divide what cooperation in a region is worth.

    Parameters
    ----------
    region : Region
        A checked region.
    by : "country" or "province"
        Whether the players are the topmost parties or the parties that hold places.
    projects : "none", "all" or list of str
        Projects that stand; a coalition has those whose parties all belong to it.
    samples : int
        Orders drawn for the Shapley value above :data:`sungari.decide.games.MOST_EXACT` players.
    seed : int
        Of those draws.
    progress : callable or None
        Called with the number of coalitions solved so far.

    Returns
    -------
    Sharing

    Raises
    ------
    UsageError
        If the region has no players.
    """
    game = Coalitions(region, by, projects)
    players = game.players
    count = 0

    def worth(coalition: frozenset[str]) -> float:
        nonlocal count
        count += 1
        if progress is not None:
            progress(count)
        return game.worth(coalition)

    known: dict[frozenset[str], float] = {}

    def remembered(coalition: frozenset[str]) -> float:
        if coalition not in known:
            known[coalition] = worth(coalition)
        return known[coalition]

    if len(players) <= MOST_EXACT:
        for coalition in outside_in(players):
            remembered(coalition)
    everyone = frozenset(players)
    total = remembered(everyone)
    alone = sum(remembered(frozenset({p})) for p in players)
    split = share_game(remembered, players, samples=samples, seed=seed)
    own = game.own()
    outside = total - sum(own.values())
    owen = {p: amount + outside / len(players) for p, amount in own.items()}
    return Sharing(players, known, total - alone, split, own, owen, game.curve_error, region, by)


def outside_in(players: list[str]) -> Iterator[frozenset[str]]:
    """Every coalition but the empty one, each soon after one that has a single player more."""

    def walk(coalition: frozenset[str], first: int) -> Iterator[frozenset[str]]:
        yield coalition
        for i in range(first, len(players)):
            if len(coalition) > 1:
                yield from walk(coalition - {players[i]}, i + 1)

    return walk(frozenset(players), 0)


class Coalitions:
    """Worths of coalitions, from one live model whose columns are switched off for those who stay out.

    Least quantities (``min``) bind all together only: a smaller coalition is not held to what it pledged as part of the
    whole.

    Attributes
    ----------
    players : list of str
    curve_error : float
        Largest relative error left by demand curves so far.
    """

    def __init__(self, region: Region, by: By, projects: str | list[str] = "none") -> None:
        if by not in ("country", "province"):
            raise UsageError("players by {by!r}: expected 'country' or 'province'", by=by)
        self.live = live = LiveModel(region, projects, tolerance=TOLERANCE)
        self.model = model = live.model
        ground = model.ground
        parties = region.table("parties")
        external = (parties["kind"] == "external").to_numpy(dtype=bool)
        outside = external | external[ground.root]
        unit = ground.root if by == "country" else np.arange(len(parties))
        holds = np.unique(unit[ground.place_party])
        playing = [int(p) for p in holds if not outside[p]]
        if not playing:
            raise UsageError("no players: every place belongs to an external party")
        self.players = [str(ground.parties[p]) for p in playing]
        position = {p: i for i, p in enumerate(playing)}
        self.player_of = np.array([-1 if outside[p] else position.get(int(unit[p]), -1) for p in range(len(unit))])
        # Bit of the player that each party belongs to; parties outside, or without a place, need nobody.
        self.bit = np.array(
            [0 if i < 0 else 1 << int(i) for i in self.player_of], dtype=np.int64
        )
        self.arrays = model.arrays
        self.needs, self.row_needs = self._needs()
        self.pledges = self._pledges()
        self.curve_error = 0.0
        self._empty: float | None = None
        self._stands: dict[int, Stand] = {}

    def _needs(self) -> tuple[Ints, Ints]:
        """Players that each column, and each row with a lower side, needs to be there; bit masks."""
        model, bit = self.model, self.bit
        place = bit[model.ground.place_party]
        needs = np.zeros(len(self.arrays.cost), dtype=np.int64)
        rows = np.zeros(len(self.arrays.row_lower), dtype=np.int64)
        for uses in (model.supply, model.facilities):
            mine = place[uses.place] | bit[uses.owner]
            needs[uses.columns.slice] = mine[uses.row]
            rows[uses.least_rows.slice] = mine[uses.least_grid.row]
        links = model.links
        ends = place[links.start] | place[links.end] | bit[links.owner][links.link]
        needs[links.columns.slice] = ends[links.grid.row]
        stores, n = model.stores, len(model.ground.periods)
        mine = place[stores.place] | bit[stores.owner]
        needs[stores.stock.slice] = np.repeat(mine[stores.ways.row[stores.way]], n)
        needs[stores.charge.slice] = needs[stores.discharge.slice] = np.repeat(mine[stores.rows], n)
        rows[self.arrays.rows["stock"].slice] = np.repeat(mine[stores.rows], n)
        demand = model.demand
        mine = place[demand.place] | bit[demand.buyer]
        needs[demand.columns.slice] = mine[demand.at]
        needs[demand.unserved.slice] = mine[demand.at[demand.short_of]]
        rows[demand.rows.slice] = mine[demand.at[demand.in_row]]
        rows[demand.least_rows.slice] = mine[demand.least_grid.row]
        projects = model.projects
        parts = [int(np.bitwise_or.reduce(bit[parties])) for parties, _ in projects.shares]
        of_project = np.array(parts, dtype=np.int64)
        for _ in parts:  # who has no part in what a project requires cannot have the project either
            for p, required in enumerate(projects.requires):
                for q in required:
                    of_project[p] |= of_project[q]
        for d, p in enumerate(projects.project):
            for column in (projects.built_column[d], projects.unit_column[d]):
                if column >= 0:
                    needs[column] = of_project[p]
        alive = np.unique(projects.project)
        rows[self.arrays.rows["project once"].slice] = of_project[alive]
        return needs, rows

    def _pledges(self) -> tuple[Ints, Ints]:
        """Columns and rows that hold least quantities (``min``), which all together stand for, not a part of them.

        Demand that must be met is no such pledge: whoever is there must meet it.
        """
        columns = [np.zeros(0, dtype=np.int64)]
        rows = [np.zeros(0, dtype=np.int64)]
        for family in self.model.families:
            for must in family.requirements():
                pledged = np.ones(len(must.index), dtype=bool)
                if must.table == "demand":
                    pledged = ~self.model.demand.firm[must.row]
                (columns if must.kind == "column" else rows).append(must.index[pledged])
        return np.concatenate(columns), np.concatenate(rows)

    def worth(self, coalition: frozenset[str]) -> float:
        """Surplus of a coalition above that of the outside world by itself, money (present value, unscaled)."""
        if self._empty is None:
            self._empty = self._surplus(0)
        mask = sum(1 << self.players.index(p) for p in coalition)
        if not mask:
            return 0.0
        worth = self._surplus(mask) - self._empty
        # What is nothing beside the surplus of all together is what the solver's last digits leave.
        noise = ROUNDING * max(abs(self.live.base.objective), abs(self._empty))
        return worth if abs(worth) > noise else 0.0

    def own(self) -> dict[str, float]:
        """Welfare of each player in the plan of all together, duties not counted."""
        live, model = self.live, self.model
        together = self._change((1 << len(self.players)) - 1)

        def look(answer: Answer) -> pd.DataFrame:
            return model.results(model.solution(live.settle(answer, together)))["welfare"]

        frame = live.visit(together, look)
        frame = frame[frame["component"] != "duties"]
        amounts = dict.fromkeys(self.players, 0.0)
        player = dict(zip(self.model.ground.parties, self.player_of, strict=True))
        for party, amount in frame.groupby("party")["amount"].sum().items():
            if player[party] >= 0:
                amounts[self.players[player[party]]] += float(amount)
        return amounts

    def _surplus(self, mask: int) -> float:
        stand = self._stand(mask)
        if not stand.answer.feasible:
            raise UsageError("a coalition cannot meet what must be met by its own means: {players}; give demand a "
                             "price or a penalty", players=[p for i, p in enumerate(self.players) if mask >> i & 1])
        self.curve_error = max(self.curve_error, self.live.curve_error)
        return -stand.answer.objective

    def _stand(self, mask: int) -> Stand:
        """Plan of a coalition, from that of the smallest known one around it; the latest are kept."""
        around = [m for m in self._stands if m & mask == mask]
        nearest = min(around, key=lambda m: m.bit_count(), default=None)
        start = None
        if nearest is not None:
            start = self._stands[nearest] = self._stands.pop(nearest)  # used last, dropped last
        stand = self.live.stand(self._change(mask), start)
        if stand.answer.feasible:
            self._stands[mask] = stand
            if len(self._stands) > MOST_KEPT:
                del self._stands[next(iter(self._stands))]
        return stand

    def _change(self, mask: int) -> Change:
        """What the model becomes for a coalition: columns and rows of those who stay out are switched off."""
        arrays = self.arrays
        off = (self.needs & ~mask) != 0
        rows = np.flatnonzero(self.row_needs)
        out = (self.row_needs[rows] & ~mask) != 0
        lower, upper = arrays.lower.copy(), arrays.upper.copy()
        fixed = arrays.integer  # whole-number decisions stay as all together made them
        lower[fixed] = upper[fixed] = np.round(self.live.base.x[fixed])
        changed = off | fixed
        if mask != (1 << len(self.players)) - 1:
            off_least, off_rows = self.pledges
            lower[off_least] = 0.0
            changed[off_least] = True
            out |= np.isin(rows, off_rows)
        columns = np.flatnonzero(changed)
        off = off[columns]
        return Change(
            columns, np.where(off, 0.0, lower[columns]), np.where(off, 0.0, upper[columns]),
            rows[out], np.full(int(out.sum()), -np.inf), np.full(int(out.sum()), np.inf),
        )


__all__ = ["MOST_EXACT", "Coalitions", "Sharing", "outside_in", "share"]
