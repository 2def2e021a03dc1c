"""A plain package as the flat tables that a user of another tool would begin with; shares no code with the chain.

Reads the CSV files with pandas. Understands what ``generate(plain=True)`` writes, and stops at anything else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


@dataclass
class Problem:
    """The problem, every name resolved.

    Attributes
    ----------
    periods : DataFrame
        ``share`` of its year and ``discount`` factor, by period.
    factors : DataFrame
        Period × profile.
    buses : Index
        ``place/commodity``.
    supply, sales, needs : DataFrame
        ``bus``, ``capacity`` (units per year), ``cost`` (money per unit: cost, minus the price, penalty), ``profile``.
    facilities : DataFrame
        ``place``, ``process``, ``capacity`` (activity per year), ``cost`` (money per activity), ``unit``
        (``place/unit``, or NA), ``use``.
    recipes : DataFrame
        ``process``, ``commodity``, ``amount``.
    units : Series
        Capacity per year by ``place/unit``.
    stores : DataFrame
        ``bus``, ``capacity`` (units), ``cost`` (money per unit and year), ``loss`` (share per year).
    links : DataFrame
        ``capacity`` (load per year) and ``profile``, by link that has a capacity.
    flows : DataFrame
        ``link``, ``from_bus``, ``to_bus``, ``cost`` (money per unit, duty included), ``weight``, ``quota`` (or NA).
    quotas : Series
        Units per year, by quota.
    """

    periods: pd.DataFrame
    factors: pd.DataFrame
    buses: pd.Index
    supply: pd.DataFrame
    sales: pd.DataFrame
    needs: pd.DataFrame
    facilities: pd.DataFrame
    recipes: pd.DataFrame
    units: pd.Series
    stores: pd.DataFrame
    links: pd.DataFrame
    flows: pd.DataFrame
    quotas: pd.Series

    @property
    def share(self) -> np.ndarray[Any, Any]:
        return self.periods["share"].to_numpy()

    def factor(self, profiles: pd.Series) -> np.ndarray[Any, Any]:
        """Factor of each row in each period: row × period."""
        table = self.factors.assign(**{"": 1.0})
        return table[profiles.fillna("")].to_numpy().T

    def limit(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """Capacity of each row in each period: row × period."""
        return rows["capacity"].to_numpy()[:, None] * self.share * self.factor(rows["profile"])

    def worth(self, cost: pd.Series) -> np.ndarray[Any, Any]:
        """Discounted cost of a unit of each row in each period: row × period."""
        return cost.to_numpy()[:, None] * self.periods["discount"].to_numpy()


def read(folder: str | Path) -> Problem:
    """Read a plain package.

    Raises
    ------
    ValueError
        If it holds what this reader has no words for.
    """
    folder = Path(folder)
    settings = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["sungari"]
    files = {f.stem: pd.read_csv(f) for f in folder.glob("*.csv")}
    if settings.get("free_disposal", True) or files.keys() & {"congestion", "projects"}:
        raise ValueError("the package is not plain: generate it with --plain")
    places, goods = files["places"], files["commodities"].set_index("commodity")
    buses = pd.Index([f"{p}/{c}" for p in places["place"] for c in goods.index], name="bus")
    supply, demand = _on_bus(files["supply"]), _on_bus(files["demand"]).rename(columns={"quantity": "capacity"})
    need = demand["price"].isna()
    flows, quotas = _flows(files, places.set_index("place")["party"], goods["value"])
    facilities = files["facilities"].merge(files["processes"][["process", "cost"]], on="process")
    facilities = facilities.merge(files["unit_use"], on="process", how="left")
    facilities["unit"] = facilities["place"] + "/" + facilities["unit"]
    units = files["units"]
    limits = units["capacity"].fillna(np.inf).to_numpy()
    return Problem(
        periods=_periods(files["periods"], settings),
        factors=_factors(files["profiles"], files["periods"]["period"]),
        buses=buses,
        supply=supply,
        sales=demand[~need].assign(cost=-demand["price"]).reset_index(drop=True),
        needs=demand[need].assign(cost=demand["penalty"]).reset_index(drop=True),
        facilities=facilities,
        recipes=files["recipes"],
        units=pd.Series(limits, index=units["place"] + "/" + units["unit"], name="capacity"),
        stores=_on_bus(files["stores"]),
        links=files["links"].set_index("link")[["capacity", "profile"]].dropna(subset="capacity"),
        flows=flows,
        quotas=quotas,
    )


def _on_bus(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(bus=frame["place"] + "/" + frame["commodity"])


def _periods(frame: pd.DataFrame, settings: dict[str, Any]) -> pd.DataFrame:
    rate, first = settings.get("discount_rate", 0.0), frame["year"].min()
    spans = range(frame["years"].max())
    discount = sum((frame["years"] > n) * (1 + rate) ** -(frame["year"] - first + n) for n in spans)
    share = frame["days"] / frame.groupby("year")["days"].transform("sum")
    return pd.DataFrame({"year": frame["year"], "share": share, "discount": discount}).set_index(frame["period"])


def _factors(profiles: pd.DataFrame, periods: pd.Series) -> pd.DataFrame:
    by_month = profiles.astype({"period": int}).pivot(index="period", columns="profile", values="factor")
    return by_month.loc[periods.str[-2:].astype(int)].set_axis(periods)


def _flows(
    files: dict[str, pd.DataFrame], party: pd.Series, value: pd.Series
) -> tuple[pd.DataFrame, pd.Series]:
    there = files["links"].merge(files["rates"], on="mode")
    back = there.rename(columns={"from": "to", "to": "from"})
    flows = pd.concat([there, back], ignore_index=True)
    flows["from_bus"] = flows["from"] + "/" + flows["commodity"]
    flows["to_bus"] = flows["to"] + "/" + flows["commodity"]
    flows["from_party"], flows["to_party"] = flows["from"].map(party), flows["to"].map(party)
    duties = files["duties"].reset_index(names="duty")
    pair = ["from_party", "to_party"]
    narrow = flows.merge(duties, on=[*pair, "commodity"], how="left")
    wide = flows.merge(duties[duties["commodity"] == "*"].drop(columns="commodity"), on=pair, how="left")
    chosen = narrow.where(narrow["duty"].notna(), wide)
    carriage = flows["per_km"] * flows["distance"] + flows["per_unit"] + flows["per_day"] * flows["days"]
    flows["cost"] = carriage + chosen["ad_valorem"].fillna(0) * flows["commodity"].map(value)
    quotas = duties.set_index("duty")["quota"].dropna()
    flows["quota"] = chosen["duty"].where(chosen["duty"].isin(quotas.index))
    return flows[["link", "from_bus", "to_bus", "cost", "weight", "quota"]], quotas
