"""How stable a split is: the same game played in each scenario of the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from sungari.decide.scenarios import probabilities, scenario_region
from sungari.decide.sharing import Sharing, share
from sungari.errors import UsageError

#: What a scenario's row says of each player, in money.
COLUMNS = ("alone", "shapley", "nucleolus", "owen", "own")


def over_scenarios(
    sharing: Sharing, projects: str | list[str] = "none", *, samples: int = 200, seed: int = 0,
    progress: Callable[[str, int], None] | None = None,
) -> Sharing:  # fmt: skip
    """Split again under every scenario of the package.

    Parameters
    ----------
    sharing : Sharing
        The split in the base case.
    projects, samples, seed
        As it was made with; see :func:`sungari.decide.sharing.share`.
    progress : callable or None
        Called with the scenario's name and the number of coalitions solved in it so far.

    Returns
    -------
    Sharing
        The same, with ``stability``: scenario, probability, player, the columns of :data:`COLUMNS` (money), gain (of
        all), core_empty (None above the number of players whose coalitions are all looked at).

    Raises
    ------
    UsageError
        If the package has no scenarios.
    """
    chances = probabilities(sharing.region)
    if not chances:
        raise UsageError("the package has no scenarios to split under; add scenarios.csv")
    rest = max(1.0 - sum(chances.values()), 0.0)
    parts = [_rows("", rest, sharing)]
    for name, chance in chances.items():

        def tell(count: int, scenario: str = name) -> None:
            if progress is not None:
                progress(scenario, count)

        region = scenario_region(sharing.region, name)
        parts.append(_rows(name, chance, share(
            region, sharing.by, projects=projects, samples=samples, seed=seed, progress=tell
        )))  # fmt: skip
    return replace(sharing, stability=pd.concat(parts, ignore_index=True))


def _rows(scenario: str, chance: float, found: Sharing) -> pd.DataFrame:
    frame = found.table()[["player", *COLUMNS]].copy()
    frame.insert(0, "probability", chance)
    frame.insert(0, "scenario", scenario)
    empty = found.split.core_empty
    return frame.assign(gain=found.gain, core_empty=pd.array([empty] * len(frame), dtype="boolean"))


def ranges(stability: pd.DataFrame) -> pd.DataFrame:
    """Lowest and highest figure of each player over the scenarios: player, rule, low, high (money)."""
    rows = []
    for player, part in stability.groupby("player", sort=False):
        for rule in COLUMNS:
            known = part[rule].to_numpy(dtype=float)
            if np.isfinite(known).any():
                rows.append((str(player), rule, float(np.nanmin(known)), float(np.nanmax(known))))
    return pd.DataFrame(rows, columns=["player", "rule", "low", "high"])
