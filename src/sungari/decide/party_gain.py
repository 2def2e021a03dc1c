"""Gains by party, and floors under them.

The gain of a party is what :meth:`sungari.chain.plan.Plan.welfare` gives it in the plan with a set of projects less
what it gives it in the plan without new projects, each with its own prices; side payments don't count. Where several
prices fit a plan, they are those that :mod:`sungari.chain.ties` asks for. No linear model of network and decisions can
therefore hold a floor: a set is held against it once it has been priced, and left out if it falls short; the tree goes
on around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sungari.chain.assembly import Model
from sungari.chain.family import Solution
from sungari.chain.ground import Ground
from sungari.chain.program import Floats
from sungari.errors import UsageError, hinted
from sungari.region.package import Region
from sungari.words import Words

#: Part of the money that moves which is the solver's rounding, and nobody's loss.
NOISE = 1e-9


def welfare_of(model: Model, solution: Solution) -> Floats:
    """Welfare by party, discounted money, shape (parties,)."""
    total = np.zeros(len(model.ground.parties))
    parts = [item for family in model.families for item in family.welfare(solution)]
    for party, _, amount in parts + model.projects.welfare(solution.x, solution.row_dual):
        np.add.at(total, party, amount)
    return total


@dataclass(frozen=True)
class Floors:
    """Least gains that a set of projects must bring.

    Attributes
    ----------
    amounts : mapping of str to float
        Least gain of a party with all that belong to it, money, not divided by ``money_scale``.
    shares : mapping of str to float
        The same as a share of the gain of all parties together.
    nobody_worse : bool
        Whether no party may lose; parties of kind ``external`` don't count.
    least : float or None
        Least gain that every party (but external ones) must have.
    """

    amounts: Mapping[str, float]
    shares: Mapping[str, float]
    nobody_worse: bool = False
    least: float | None = None

    @classmethod
    def of(
        cls, region: Region, min_gain: Mapping[str, float | str] | None = None, *, nobody_worse: bool = False
    ) -> Floors | None:
        """Floors as the caller names them; None if there are none.

        Parameters
        ----------
        min_gain : mapping of str to float or str
            Money by party, or a share of the whole gain, ``"10%"``.

        Raises
        ------
        UsageError
            If a party is unknown or a figure has another form.
        """
        amounts, shares = {}, {}
        parties = list(region.table("parties")["party"].astype(str))
        for party, figure in (min_gain or {}).items():
            if party not in parties:
                raise UsageError(hinted(Words("least gain: no party {party!r} in parties.csv",
                                              party=party), party, parties))
            text = str(figure).strip()
            try:
                value = float(text.removesuffix("%").replace("_", ""))
            except ValueError:
                value = np.nan
            if not np.isfinite(value):
                raise UsageError("least gain of {party}: {text!r}: expected an amount of money or a share, as 5e9 "
                                 "or 10%", party=party, text=text)
            if text.endswith("%"):
                shares[party] = value / 100.0
            else:
                amounts[party] = value
        return cls(amounts, shares, nobody_worse) if amounts or shares or nobody_worse else None

    def short(self, ground: Ground, gains: Floats, moved: float) -> dict[str, tuple[float, float]]:
        """Parties that fall short, with their gain and the floor.

        Parameters
        ----------
        gains : ndarray, shape (parties,)
        moved : float
            Money that moves: gains this much smaller are rounding.
        """
        room = NOISE * max(moved, 1.0)
        found: dict[str, tuple[float, float]] = {}
        total = float(gains.sum())
        named = [(p, a) for p, a in self.amounts.items()] + [(p, s * total) for p, s in self.shares.items()]
        for party, floor in named:
            gain = with_members(ground, gains)[ground.parties.get_loc(party)]
            if gain < floor - room:
                found[party] = (float(gain), float(floor))
        floor = self.least if self.least is not None else 0.0 if self.nobody_worse else -np.inf
        inside = insiders(ground)
        for p in np.flatnonzero(inside & (gains < floor - room)):
            found.setdefault(str(ground.parties[p]), (float(gains[p]), floor))
        return found


def with_members(ground: Ground, gains: Floats) -> Floats:
    """Gains of each party with all that belong to it, shape (parties,)."""
    return np.asarray((ground.ancestry.T >= 0) @ gains)


def insiders(ground: Ground) -> NDArray[np.bool_]:
    """Parties that are not external."""
    kind = ground.region.table("parties")["kind"].astype("str").to_numpy(dtype=object)
    return np.asarray(kind != "external", dtype=bool)
