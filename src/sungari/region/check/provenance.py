"""Where a package's figures come from, and how many are assumed: by rows, and by the money that hangs on them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sungari.errors import Problem
from sungari.region.check.common import Check, Floats, Mask, known, numbers
from sungari.region.package import Region
from sungari.region.schema import QUALITIES, TABLES, Table
from sungari.words import Words

#: Tables that state how the model is set up rather than how the world is.
_NO_FIGURES = frozenset({"periods", "shares", "criteria", "sources"})
_NO_COLUMNS = frozenset({"lat", "lon", "years", "discount"})


def provenance(region: Region) -> pd.DataFrame:
    """Sources and quality of the figures, table by table.

    Parameters
    ----------
    region : Region

    Returns
    -------
    DataFrame
        One row per table with figures: ``table``, ``rows`` (that hold a figure), ``sourced`` (that name a source),
        ``reported``, ``derived``, ``estimated``, ``assumed``, ``unrated`` (rows by quality), ``money`` (at stake:
        capacity × cost, quantity × price, capex; in the package's currency), ``assumed_share`` (of rows, 0..1; blank
        without rows) and ``assumed_money_share`` (of the money at stake; blank where there is none).
    """
    rows = [_of_table(region, t) for t in TABLES if t.name in region.tables and _figures(t)]
    columns = ["table", "rows", "sourced", *QUALITIES, "unrated", "money", "assumed_share", "assumed_money_share"]
    frame = pd.DataFrame([r for r in rows if r["rows"]], columns=columns)
    return frame.astype({"table": "str", **dict.fromkeys(("rows", "sourced", *QUALITIES, "unrated"), int)})


def _figures(table: Table) -> list[str]:
    if table.name in _NO_FIGURES:
        return []
    return [c.name for c in table.columns if c.kind == "number" and c.name not in _NO_COLUMNS]


def _holding(region: Region, table: Table) -> Mask:
    """Rows in which the package states a figure."""
    frame = region.tables[table.name]
    columns = [c for c in _figures(table) if c in frame.columns]
    return np.asarray(frame[columns].notna().to_numpy(dtype=bool).any(axis=1), dtype=bool)


def _of_table(region: Region, table: Table) -> dict[str, object]:
    frame = region.table(table.name)
    holding = _holding(region, table)
    quality = frame["quality"].where(holding)
    counts = quality.value_counts().to_dict()
    money = np.where(holding, np.nan_to_num(at_stake(region, table.name)), 0.0)
    total, count = float(money.sum()), int(holding.sum())
    at_risk = float(money[(quality == "assumed").to_numpy()].sum()) if "assumed" in counts else 0.0
    return {
        "table": table.name,
        "rows": count,
        "sourced": int(known(frame, "source")[holding].sum()),
        **{q: int(counts.get(q, 0)) for q in QUALITIES},
        "unrated": count - sum(counts.values()),
        "money": total,
        "assumed_share": counts.get("assumed", 0) / count if count else np.nan,
        "assumed_money_share": at_risk / total if total > 0 else np.nan,
    }


def at_stake(region: Region, table: str) -> Floats:
    """Money that hangs on each row of a table: yearly for capacities and quantities, once for projects.

    Parameters
    ----------
    region : Region
    table : str

    Returns
    -------
    ndarray
        In the package's currency; 0 or NaN where a row by itself moves no money.
    """
    frame = region.table(table)
    if table == "supply":
        return numbers(frame, "capacity") * np.abs(numbers(frame, "cost"))
    if table == "demand":
        goods = region.table("commodities").drop_duplicates("commodity").set_index("commodity")["value"]
        price = np.where(known(frame, "price"), numbers(frame, "price"), frame["commodity"].map(goods).to_numpy(float))
        return numbers(frame, "quantity") * np.abs(price)
    if table == "facilities":
        costs = region.table("processes").drop_duplicates("process").set_index("process")["cost"]
        own = np.where(known(frame, "cost"), numbers(frame, "cost"), frame["process"].map(costs).to_numpy(float))
        return numbers(frame, "capacity") * np.abs(own)
    if table == "links":
        rates = region.table("rates")
        by_mode = rates[rates["link"].isna().to_numpy()].groupby("mode")[["per_km", "per_unit"]].mean()
        per_km, per_unit = (
            np.nan_to_num(frame["mode"].map(by_mode[c]).to_numpy(dtype=float)) for c in ("per_km", "per_unit")
        )
        cost: Floats = numbers(frame, "cost") + per_unit + per_km * numbers(frame, "distance")
        return numbers(frame, "capacity") * np.abs(cost)
    if table == "stores":
        return numbers(frame, "capacity") * np.abs(numbers(frame, "cost"))
    if table == "projects":
        return numbers(frame, "capex") + numbers(frame, "capex_per_size") * numbers(frame, "size_max")
    if table in ("exposures", "budgets"):
        return numbers(frame, "amount")
    return np.zeros(len(frame))


def sources_and_quality(region: Region) -> Iterator[Problem]:
    """Figures that say not where they come from, and the share of assumed ones, by table."""
    counts = provenance(region)
    yield from _without_source(region, counts)
    yield from _assumed(counts)


def _without_source(region: Region, counts: pd.DataFrame) -> Iterator[Problem]:
    bare = counts[(counts["sourced"] < counts["rows"]).to_numpy()]
    if len(bare) and not counts["sourced"].any():
        yield Problem("sources.csv", None, None, "",
                      Words("no figure has a source: {rows} rows in {tables} tables",
                            rows=int(counts["rows"].sum()), tables=len(counts)),
                      Words("column source names a row of sources.csv"), "no-source", "warning")
        return
    for name, rows, sourced in zip(bare["table"], bare["rows"], bare["sourced"], strict=True):
        frame = region.table(name)
        table = next(t for t in TABLES if t.name == name)
        first = int(np.flatnonzero(_holding(region, table) & ~known(frame, "source"))[0])
        yield Problem(f"{name}.csv", region.line(name, first), "source", "",
                      Words("{bare} of {rows} rows have figures without a source; this is the first",
                            bare=rows - sourced, rows=rows), "", "no-source", "warning")


def _assumed(counts: pd.DataFrame) -> Iterator[Problem]:
    for row in counts[(counts["assumed"] > 0).to_numpy()].to_dict("records"):
        share = row["assumed_money_share"]
        money = "" if pd.isna(share) else Words(", {share:.0%} of the money at stake", share=share)
        yield Problem(f"{row['table']}.csv", None, "quality", "assumed",
                      Words("{assumed} of {rows} rows ({assumed_share:.0%}) are assumed{money}",
                            assumed=row["assumed"], rows=row["rows"], assumed_share=row["assumed_share"], money=money),
                      "", "assumed", "warning")


CHECKS: tuple[Check, ...] = (sources_and_quality,)
