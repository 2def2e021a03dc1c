"""What a project changes beside money: the bottlenecks that it eases, the trade that it creates and diverts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.decide.sweep import Outcome

#: Changes below this share of the largest figure are rounding.
DUST = 1e-7


def trade(with_it: Outcome, without: Outcome, span: NDArray[np.float64]) -> pd.DataFrame:
    """Change of what crosses borders between countries.

    Parameters
    ----------
    with_it, without : Outcome
        With detail.
    span : ndarray, shape (Y,)
        Calendar years that each model year stands for.

    Returns
    -------
    DataFrame
        link, from, to, commodity, before, change: units a year, mean over the horizon; largest change first.
    """
    share = span / span.sum()
    before, after = (dict(zip(o.arrays["way"].tolist(), o.arrays["trade"] @ share, strict=True))
                     for o in (without, with_it))
    least = DUST * max([*before.values(), *after.values()], default=0.0)
    rows = [
        (*way.split("|"), before.get(way, 0.0), after.get(way, 0.0) - before.get(way, 0.0))
        for way in sorted(before.keys() | after.keys())
    ]
    frame = pd.DataFrame(rows, columns=["link", "from", "to", "commodity", "before", "change"])
    frame = frame[frame["change"].abs() > least]
    return frame.sort_values("change", key=abs, ascending=False, kind="stable", ignore_index=True)


def created_and_diverted(changes: pd.DataFrame) -> pd.DataFrame:
    """Trade created and diverted, by commodity.

    Parameters
    ----------
    changes : DataFrame
        As :func:`trade` makes it.

    Returns
    -------
    DataFrame
        commodity, created (change of all that crosses borders; below zero: trade lost), diverted (what some ways lose
        and others gain): units a year.
    """
    up = changes["change"].clip(lower=0.0)
    down = -changes["change"].clip(upper=0.0)
    each = pd.DataFrame({"commodity": changes["commodity"], "up": up, "down": down})
    total = each.groupby("commodity", sort=True, as_index=False)[["up", "down"]].sum()
    return pd.DataFrame({
        "commodity": total["commodity"],
        "created": total["up"] - total["down"],
        "diverted": np.minimum(total["up"], total["down"]),
    })


def bottlenecks(with_it: Outcome, without: Outcome) -> pd.DataFrame:
    """Capacities whose price changes.

    Returns
    -------
    DataFrame
        table, row, year (model year), worth_before, worth_after (money per unit of yearly capacity and year),
        rent_before, rent_after (money a year, undiscounted); where the rent falls most first.
    """
    before, after = (_prices(o) for o in (without, with_it))
    none = (0.0, 0.0)
    rows: list[tuple[Any, ...]] = []
    for limit in sorted(before.keys() | after.keys()):
        table, row, year = limit.split("|")
        (worth, rent), (worth_after, rent_after) = before.get(limit, none), after.get(limit, none)
        rows.append((table, row, int(year), worth, worth_after, rent, rent_after))
    frame = pd.DataFrame(rows, columns=[
        "table", "row", "year", "worth_before", "worth_after", "rent_before", "rent_after"
    ])  # fmt: skip
    change = frame["worth_after"] - frame["worth_before"]
    moved = change.abs() > DUST * frame[["worth_before", "worth_after"]].max(axis=1)
    frame = frame[moved].assign(fall=(frame["rent_before"] - frame["rent_after"])[moved])
    frame = frame.sort_values("fall", ascending=False, kind="stable", ignore_index=True)
    return frame.drop(columns="fall")


def _prices(outcome: Outcome) -> dict[str, tuple[float, float]]:
    arrays = outcome.arrays
    figures = zip(arrays["worth"].tolist(), arrays["rent"].tolist(), strict=True)
    return dict(zip(arrays["limit"].tolist(), figures, strict=True))
