"""What the package says, laid out by row and period, with the plan's projects in operation.

Source: docs/format.md; nothing here is taken from the code that builds the model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.region.package import Region

Floats = NDArray[np.float64]
#: Columns by which ``effects.csv`` names the rows of each table.
KEYS: dict[str, tuple[str, ...]] = {
    "supply": ("place", "commodity", "step"),
    "facilities": ("place", "process"),
    "units": ("place", "unit"),
    "links": ("link",),
    "stores": ("place", "commodity"),
    "demand": ("place", "commodity", "step"),
}
#: Name of the one period of a package without ``periods.csv``.
ONLY_PERIOD = "year"


@dataclass(frozen=True)
class Facts:
    """A package and a plan, ready to be compared.

    Attributes
    ----------
    region : Region
    info : mapping
        Headline of the plan.
    tables : mapping of str to DataFrame
        Result tables.
    calendar : DataFrame
        ``period``, ``year``, ``share`` (of a yearly figure), ``weight`` (present value of a unit of money), ``span``
        (calendar years that the model year stands for), in time order.
    running : DataFrame
        ``project``, ``year`` (model year of operation), ``size``, ``most`` (``size_max``): what works when.
    """

    region: Region
    info: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    calendar: pd.DataFrame
    running: pd.DataFrame
    factors: pd.DataFrame
    _kept: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, repr=False)

    def table(self, name: str) -> pd.DataFrame:
        """A table of the package."""
        return self.region.table(name)

    def by_period(self, table: str) -> pd.DataFrame:
        """Rows of a table in the periods in which they hold.

        Returns
        -------
        DataFrame
            The key columns, ``row`` (position in the table), ``key`` (text), ``period``, ``year``, ``share`` (of a
            yearly figure, without the profile), ``factor`` (of the profile).
        """
        if ("by period", table) not in self._kept:
            self._kept["by period", table] = self._by_period(table)
        return self._kept["by period", table]

    def _by_period(self, table: str) -> pd.DataFrame:
        frame, calendar = self.table(table), self.calendar
        n, t = len(frame), len(calendar)
        row, at = np.repeat(np.arange(n), t), np.tile(np.arange(t), n)
        year = calendar["year"].to_numpy(dtype=float)[at]
        if "year_from" in frame.columns:
            low = frame["year_from"].astype("Float64").to_numpy(dtype=float, na_value=-np.inf)
            high = frame["year_to"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
            hold = (low[row] <= year) & (year <= high[row])
            row, at = row[hold], at[hold]
        keys = list(KEYS[table])
        made = pd.DataFrame({k: frame[k].astype(object).to_numpy()[row] for k in keys})
        made["row"] = row
        made["key"] = key_text(made, keys)
        for column in ("period", "year", "share"):
            made[column] = calendar[column].to_numpy()[at]
        made["factor"] = 1.0
        if "profile" in frame.columns and len(made) and len(self.factors):
            made["profile"] = frame["profile"].astype(object).to_numpy()[row]
            made = made.merge(self.factors, on=["profile", "period"], how="left").drop(columns="profile")
            made["factor"] = made["given"].fillna(1.0)
            made = made.drop(columns="given")
        return made

    def changes(self, table: str, *columns: str) -> pd.DataFrame:
        """What projects in operation change.

        Returns
        -------
        DataFrame
            ``row``, ``year``, ``project``, ``column``, ``change`` (at the plan's size), ``full`` (at the largest size).
        """
        effects = self.table("effects")
        mine = effects[(effects["table"] == table) & effects["column"].isin(columns)]
        if mine.empty or self.running.empty:
            return pd.DataFrame({"row": np.zeros(0, dtype=int), "year": np.zeros(0, dtype=int), "project": [],
                                 "column": [], "change": np.zeros(0), "full": np.zeros(0)})
        rows = effect_rows(self.table(table), table)
        joined = mine[["project", "row", "column", "change"]].rename(columns={"row": "key", "change": "each"})
        joined = joined.astype({"project": object, "key": object}).merge(rows, on="key")
        joined = joined.merge(self.running, on="project")
        joined["change"] = joined["each"] * joined["size"]
        joined["full"] = joined["each"] * joined["most"]
        keys = ["row", "year", "project", "column"]
        return joined.groupby(keys, as_index=False).agg(change=("change", "sum"), full=("full", "first"))

    def added(self, frame: pd.DataFrame, table: str, *columns: str) -> Floats:
        """What projects add to a yearly figure, for each row of a :meth:`by_period` frame."""
        changes = self.changes(table, *columns)
        if changes.empty:
            return np.zeros(len(frame))
        total = changes.groupby(["row", "year"], as_index=False)["change"].sum()
        joined = frame[["row", "year"]].merge(total, on=["row", "year"], how="left")
        return joined["change"].fillna(0.0).to_numpy(dtype=float)

    def moved(self, frame: pd.DataFrame, table: str, column: str) -> tuple[Floats, Floats]:
        """Least and most that projects in operation change a cost, a loss or days, for each row of a by-period frame.

        A project that makes a row better may be left unused by part of what goes through it; one that makes anything
        of the row worse holds for all of it, in the measure of its size.
        """
        changes = self.changes(table, "cost", "loss", "days")
        if changes.empty:
            return np.zeros(len(frame)), np.zeros(len(frame))
        worse = changes[changes["full"] > 0].drop_duplicates(["row", "project"])[["row", "project"]].assign(worse=True)
        changes = changes.merge(worse, on=["row", "project"], how="left")
        must = changes["worse"].notna() & (changes["change"].abs() >= changes["full"].abs() * (1 - 1e-9))
        changes = changes.assign(
            low=np.where(must, changes["full"], np.minimum(changes["full"], 0.0)),
            high=np.where(must, changes["full"], np.maximum(changes["full"], 0.0)),
        )
        mine = changes[changes["column"] == column]
        total = mine.groupby(["row", "year"], as_index=False)[["low", "high"]].sum()
        joined = frame[["row", "year"]].merge(total, on=["row", "year"], how="left")
        return joined["low"].fillna(0.0).to_numpy(dtype=float), joined["high"].fillna(0.0).to_numpy(dtype=float)

    def plan(self, name: str) -> pd.DataFrame:
        """A result table with its names as plain objects, so that it merges with anything."""
        if ("plan", name) not in self._kept:
            frame = self.tables[name]
            text = [c for c in frame.columns if not pd.api.types.is_numeric_dtype(frame[c])]
            self._kept["plan", name] = frame.astype(dict.fromkeys(text, object))
        return self._kept["plan", name]

    def of_period(self, periods: pd.Series, column: str) -> Floats:
        """A column of the calendar for each of some periods."""
        values = self.calendar.set_index("period")[column]
        return values.reindex(periods.to_numpy(dtype=object)).to_numpy(dtype=float)

    def weight(self, periods: pd.Series) -> Floats:
        """Present value of a unit of money in each period."""
        return self.of_period(periods, "weight")


def key_text(frame: pd.DataFrame, keys: list[str]) -> NDArray[np.object_]:
    """Key columns joined by ``/``."""
    text = frame[keys[0]].astype(str).astype(object)
    for key in keys[1:]:
        text = text + "/" + frame[key].astype(str).astype(object)
    return np.asarray(text.to_numpy(dtype=object))


def effect_rows(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """``key`` and ``row``: by which texts ``effects.csv`` may name each row of a table."""
    keys = list(KEYS[table])
    made = pd.DataFrame({"key": key_text(frame, keys), "row": np.arange(len(frame))})
    if table not in ("supply", "demand"):
        return made
    # The step may be left out where it is 1, or the only one.
    short = pd.DataFrame({"key": key_text(frame, keys[:2]), "row": np.arange(len(frame))})
    step = frame["step"].astype(str)
    number = step.groupby([frame["place"].astype(str), frame["commodity"].astype(str)]).transform("nunique")
    short = short[((step == "1") | (number == 1)).to_numpy(dtype=bool)]
    return pd.concat([made, short], ignore_index=True)


def gather(region: Region, info: dict[str, Any], tables: dict[str, pd.DataFrame]) -> Facts:
    """Lay out a package and a plan."""
    calendar = _calendar(region)
    running = _running(region, tables["projects"], calendar)
    return Facts(region, info, tables, calendar, running, _factors(region, calendar))


def _calendar(region: Region) -> pd.DataFrame:
    frame, settings = region.table("periods"), region.settings
    if len(frame):
        made = pd.DataFrame({
            "period": frame["period"].astype(object).to_numpy(),
            "year": frame["year"].to_numpy(dtype=int),
            "days": frame["days"].to_numpy(dtype=float),
            "span": frame["years"].to_numpy(dtype=float),
            "given": frame["discount"].to_numpy(dtype=float),
        })
    else:
        dated = [f["year_from"].dropna() for f in region.tables.values() if "year_from" in f.columns]
        first = min((int(years.min()) for years in dated if len(years)), default=0)
        year = next((int(y) for y in (settings.base_year, settings.price_year) if y), first)
        made = pd.DataFrame({"period": pd.Series([ONLY_PERIOD], dtype=object), "year": [year], "days": [365.0],
                             "span": [1.0], "given": [np.nan]})
    made["share"] = made["days"] / made.groupby("year")["days"].transform("sum")
    base = settings.base_year if settings.base_year is not None else int(made["year"].min())
    rate = settings.discount_rate
    computed = [
        sum(1.0 / (1.0 + rate) ** (year - base + n) for n in range(round(span)))
        for year, span in zip(made["year"], made["span"], strict=True)
    ]
    made["weight"] = made["given"].fillna(pd.Series(computed, index=made.index))
    return made[["period", "year", "share", "weight", "span"]]


def _factors(region: Region, calendar: pd.DataFrame) -> pd.DataFrame:
    """``profile``, ``period``, ``given``: factors by period; a row for a period goes before one for its month."""
    profiles = region.table("profiles")[["profile", "period", "factor"]].astype({"profile": object, "period": object})
    exact = profiles[profiles["period"].isin(calendar["period"])].rename(columns={"factor": "given"})
    dated = calendar["period"][calendar["period"].str.fullmatch(r".{4}-.{2}")]
    months = pd.DataFrame({"month": dated.str[5:], "exact": dated}).astype(object)
    monthly = profiles.rename(columns={"period": "month", "factor": "given"}).merge(months, on="month")
    monthly = monthly.rename(columns={"exact": "period"})[["profile", "period", "given"]]
    both = pd.concat([exact, monthly], ignore_index=True) if len(monthly) else exact
    return both.drop_duplicates(["profile", "period"], keep="first").reset_index(drop=True)


def _running(region: Region, decided: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Model years in which decided projects work: from decision plus lead to the end of life, in whole model years."""
    years = np.sort(calendar["year"].unique())
    made = decided[["project", "year", "size"]].astype({"project": object}).rename(columns={"year": "decided"})
    known = region.table("projects")[["project", "lead", "life", "year_from", "size_max"]].astype({"project": object})
    made = made.merge(known, on="project")
    begun = np.maximum(made["decided"].to_numpy(dtype=float),
                       made["year_from"].astype("Float64").to_numpy(dtype=float, na_value=-np.inf))
    ready = begun + made["lead"].to_numpy(dtype=float)
    at = np.searchsorted(years, ready - 1e-9)
    start = np.append(years.astype(float), np.inf)[at]
    works = (years >= start[:, None]) & (years < (start + made["life"].to_numpy(dtype=float))[:, None] - 1e-9)
    decision, year = np.nonzero(works)
    return pd.DataFrame({
        "project": made["project"].to_numpy()[decision],
        "decision": decision,
        "year": years[year],
        "size": made["size"].to_numpy(dtype=float)[decision],
        "most": made["size_max"].to_numpy(dtype=float)[decision],
    })
