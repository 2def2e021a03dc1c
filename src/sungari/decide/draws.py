"""Draws: points of ``uncertainties.csv``, spread evenly by Sobol sequences and tied by a Gaussian copula.

Each uncertainty is driven by a standard normal score ``loading · common + √(1 − loading²) · own``. Points come in
several independently scrambled sequences, so that what they differ by tells the error of what is drawn from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sungari.chain.program import Floats, Ints
from sungari.decide.scenarios import Shift
from sungari.errors import UsageError
from sungari.region.check.scenarios import numbers_of
from sungari.region.package import Region

#: Independent sequences.
REPLICATES = 8


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """One figure, or several that move together, that may turn out otherwise.

    Attributes
    ----------
    name, title : str
    kind : str
        Distribution.
    parameters : dict of str to float or list of float
    targets : tuple of (table, row, column, acts)
        What each draw moves, and whether it multiplies (``factor``) or is added (``change``).
    common : str or None
        Cause that it shares with others.
    loading : float
    """

    name: str
    title: str
    kind: str
    parameters: dict[str, Any]
    targets: tuple[tuple[str, str, str, str], ...]
    common: str | None = None
    loading: float = 0.0

    def value(self, u: Floats) -> Floats:
        """Values at probabilities, shape of `u`: the inverse of the distribution function."""
        p = self.parameters
        if self.kind == "normal":
            return np.asarray(stats.norm.ppf(u, p["mean"], p["sd"]))
        if self.kind == "lognormal":
            spread = np.log1p((p["sd"] / p["mean"]) ** 2)
            return np.asarray(np.exp(np.log(p["mean"]) - spread / 2 + np.sqrt(spread) * stats.norm.ppf(u)))
        if self.kind == "discrete":
            edges = np.cumsum(p["chances"])
            return np.asarray(p["values"])[np.minimum(np.searchsorted(edges, u, side="right"), len(edges) - 1)]
        low, width = p["low"], p["high"] - p["low"]
        if self.kind == "uniform":
            return np.asarray(low + width * u)
        share = (p["mode"] - low) / width
        if self.kind == "triangular":
            return np.asarray(stats.triang.ppf(u, share, low, width))
        return np.asarray(stats.beta.ppf(u, 1 + 4 * share, 5 - 4 * share, low, width))  # PERT: four times the mode

    def shifts(self, value: float) -> tuple[Shift, ...]:
        """What the region is like at a value."""
        return tuple(
            Shift(table, row, column, value, 0.0) if acts == "factor" else Shift(table, row, column, 1.0, value)
            for table, row, column, acts in self.targets
        )

    @property
    def neutral(self) -> float:
        """Value that changes nothing: 1 where it multiplies, 0 where it is added."""
        return 1.0 if self.targets[0][3] == "factor" else 0.0


def uncertainties(region: Region) -> list[Uncertainty]:
    """The uncertainties of a package, in the order of their first rows.

    Raises
    ------
    UsageError
        If the package has none.
    """
    frame = region.table("uncertainties")
    if frame.empty:
        raise UsageError("nothing to draw: the package has no uncertainties.csv")
    found = []
    for name, rows in frame.groupby("uncertainty", sort=False):
        head = rows[rows["distribution"].notna()].iloc[0]
        kind = str(head["distribution"])
        parameters: dict[str, Any] = {
            c: float(head[c]) for c in ("mean", "sd", "low", "mode", "high") if pd.notna(head[c])
        }
        if kind == "discrete":
            values = numbers_of(str(head["values"])) or []
            chances = numbers_of(str(head["chances"])) if pd.notna(head["chances"]) else None
            parameters = {"values": values, "chances": chances or [1.0 / len(values)] * len(values)}
        titles = rows["name"].dropna()
        targets = tuple((str(t), str(r), str(c), str(a)) for t, r, c, a in
                        rows[["table", "row", "column", "acts"]].itertuples(index=False))
        tied = rows[rows["common"].notna()]
        found.append(Uncertainty(
            str(name), str(titles.iloc[0]) if len(titles) else str(name), kind, parameters, targets,
            str(tied["common"].iloc[0]) if len(tied) else None,
            float(tied["loading"].iloc[0]) if len(tied) else 0.0,
        ))  # fmt: skip
    return found


@dataclass(frozen=True)
class Draws:
    """Drawn points.

    Attributes
    ----------
    values : ndarray, shape (N, uncertainties)
    replicate : ndarray of int, shape (N,)
        Sequence that each point is of.
    """

    what: list[Uncertainty]
    values: Floats
    replicate: Ints

    def __len__(self) -> int:
        return len(self.values)

    def shifts(self, point: int) -> tuple[Shift, ...]:
        """What the region is like at a point."""
        return tuple(s for u, v in zip(self.what, self.values[point], strict=True) for s in u.shifts(float(v)))


def draw(what: Sequence[Uncertainty], count: int, seed: int = 0, replicates: int = REPLICATES) -> Draws:
    """Draw points.

    Parameters
    ----------
    what : sequence of Uncertainty
    count : int
        Points wanted; rounded up to `replicates` times a power of two, which Sobol sequences need to be even.
    seed : int
        The same seed, the same points.
    replicates : int
        Independently scrambled sequences.
    """
    each = max(1, int(2 ** np.ceil(np.log2(max(count, 1) / replicates))))
    commons = list(dict.fromkeys(u.common for u in what if u.common is not None))
    streams = np.random.SeedSequence(seed).spawn(replicates)
    parts = []
    for stream in streams:
        sequence = stats.qmc.Sobol(len(what) + len(commons), scramble=True, rng=np.random.default_rng(stream))
        points = np.clip(sequence.random(each), 1e-12, 1 - 1e-12)
        parts.append(stats.norm.ppf(points))
    score = np.concatenate(parts)
    own, shared = score[:, : len(what)], score[:, len(what):]
    loading = np.array([u.loading if u.common is not None else 0.0 for u in what])
    cause = [commons.index(u.common) if u.common is not None else -1 for u in what]
    common = np.stack([shared[:, c] if c >= 0 else np.zeros(len(score)) for c in cause], axis=1)
    uniform = stats.norm.cdf(loading * common + np.sqrt(1.0 - loading**2) * own)
    values = np.stack([u.value(uniform[:, k]) for k, u in enumerate(what)], axis=1)
    return Draws(list(what), values, np.repeat(np.arange(replicates), each))
