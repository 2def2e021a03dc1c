"""What moves along each corridor: flows by direction, goods and period, and how full the corridor is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sungari.show.charts.goods import Goods, choices
from sungari.show.charts.names import Names
from sungari.show.i18n import Translator

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

#: Bounds between the classes of utilisation (shares of capacity).
CLASSES = (0.6, 0.8, 0.95)
NO_LIMIT = len(CLASSES) + 1
WIDEST, THINNEST = 13.0, 1.2  # pixels


@dataclass(frozen=True)
class Corridors:
    """Flows on the map's corridors.

    Attributes
    ----------
    arrows : DataFrame
        One row per corridor and direction: ``corridor`` (number), ``from``, ``to``, ``mode`` (in the reader's
        language), ``curve`` (curvature of its line). Links of one mode between the same two places are one corridor.
    goods : list of Goods
    years : list of int
    periods : DataFrame
        ``period``, ``year``, ``days`` in time order.
    flows : DataFrame
        ``arrow`` (row of `arrows`), ``commodity``, ``period``, ``year``, ``quantity`` (units per period).
    use : DataFrame
        ``corridor``, ``period``, ``utilisation`` (share, of its fullest link; NaN = no limit), and whole years with
        period ``"*<year>"``.
    """

    arrows: pd.DataFrame
    goods: list[Goods]
    years: list[int]
    periods: pd.DataFrame
    flows: pd.DataFrame
    use: pd.DataFrame

    def flow(self, goods: Goods, period: str) -> pd.Series:
        """Quantity by arrow of some goods in a period, or in a year (``"*2030"``), in the goods' unit."""
        part = self._spans.get(period)
        if part is None:
            return pd.Series(dtype=float)
        sums: pd.Series = _in_unit(part, goods).groupby(part["arrow"]).sum()
        return sums[sums > 0]

    def most(self, goods: Goods, *, yearly: bool) -> float:
        """Largest flow of an arrow over all periods, or over all years: what the widest line stands for."""
        flows = self.flows[self.flows["commodity"].isin(list(goods.factors))]
        sums = _in_unit(flows, goods).groupby([flows["arrow"], flows["year" if yearly else "period"]]).sum()
        return max(float(sums.max()), 0.0) if len(sums) else 0.0

    @cached_property
    def _spans(self) -> dict[str, pd.DataFrame]:
        """Flows by period, and by year (``"*2030"``)."""
        yearly = self.flows.assign(period="*" + self.flows["year"].astype(str))
        flows = pd.concat([yearly, self.flows], ignore_index=True)
        sums = flows.groupby(["period", "arrow", "commodity"], sort=False)["quantity"].sum().reset_index()
        return {str(period): part.reset_index(drop=True) for period, part in sums.groupby("period", sort=False)}

    def throughput(self) -> pd.Series:
        """Importance of each place for the map's names: share of all goods that pass it, summed over goods."""
        totals = self.flows.groupby("commodity")["quantity"].transform("sum")
        shares = self.flows["quantity"] / totals.clip(lower=1e-300)
        ends = self.arrows.loc[self.flows["arrow"], ["from", "to"]]
        total = pd.concat([pd.Series(shares.to_numpy(), index=ends[side].to_numpy()) for side in ("from", "to")])
        return total.groupby(level=0).sum()


def _in_unit(flows: pd.DataFrame, goods: Goods) -> pd.Series:
    """Quantities of some goods in their common unit; 0 for all others."""
    quantity: pd.Series = flows["quantity"] * flows["commodity"].map(goods.factors).fillna(0.0).astype(float)
    return quantity


def corridors(plan: Plan, tr: Translator) -> Corridors:
    """Gather a plan's flows for the map.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    """
    names = Names(plan, tr)
    arrows, position, corridor = _arrows(plan, names)
    periods = periods_of(plan)
    flows = plan.flows
    ways = zip(flows["link"].astype(str), flows["from"].astype(str), strict=True)
    arrow = [position.get(way, -1) for way in ways]
    year = dict(zip(periods["period"], periods["year"], strict=True))
    made = pd.DataFrame(
        {
            "arrow": np.array(arrow, dtype=int),
            "commodity": flows["commodity"].astype(str).to_numpy(),
            "period": flows["period"].astype(str).to_numpy(),
            "quantity": flows["quantity"].to_numpy(dtype=float),
        }
    )
    made["year"] = made["period"].map(year)
    made = made[(made["arrow"] >= 0) & (made["quantity"] > 1e-9)].reset_index(drop=True)
    made = made.groupby(["arrow", "commodity", "period", "year"], sort=False, as_index=False)[["quantity"]].sum()
    return Corridors(
        arrows, choices(made["commodity"], names, tr), sorted(set(year.values())), periods, made,
        _use(plan, year, corridor),
    )


def _arrows(plan: Plan, names: Names) -> tuple[pd.DataFrame, dict[tuple[str, str], int], dict[str, int]]:
    """The arrows, the arrow of each link and place that it starts from, and the corridor of each link."""
    links = plan.region.table("links").drop_duplicates("link")
    there = links[["link", "from", "to", "mode"]].astype(str)
    there["mode"] = [names.mode(m) for m in there["mode"]]
    back = there[links["both_ways"].fillna(False).astype(bool).to_numpy()].rename(columns={"from": "to", "to": "from"})
    ways = pd.concat([there, back], ignore_index=True)
    pair = [" ".join(sorted(p)) for p in zip(ways["from"], ways["to"], strict=True)]
    ways["corridor"] = pd.factorize(pd.Series(pair) + " " + ways["mode"])[0]
    arrow = ways.groupby(["corridor", "from"], sort=False).ngroup()
    kept = ~ways.duplicated(["corridor", "from"])
    arrows: pd.DataFrame = ways[kept][["corridor", "from", "to", "mode"]].reset_index(drop=True)
    arrows["curve"] = _curves(arrows)
    position = dict(zip(zip(ways["link"], ways["from"], strict=True), arrow.tolist(), strict=True))
    return arrows, position, dict(zip(ways["link"], ways["corridor"].tolist(), strict=True))


def periods_of(plan: Plan) -> pd.DataFrame:
    """Periods in time order with their year; one yearly period if the package names none."""
    table = plan.region.table("periods")
    if len(table):
        return pd.DataFrame(
            {
                "period": table["period"].astype(str),
                "year": table["year"].astype(int),
                "days": table["days"].fillna(365.0).astype(float),
            }
        ).reset_index(drop=True)
    seen = [str(p) for p in pd.unique(plan.capacity["period"])] or ["1"]
    base = plan.region.settings.base_year
    year = int(base) if base is not None else int(seen[0][:4]) if seen[0][:4].isdigit() else 1
    return pd.DataFrame({"period": seen, "year": year, "days": 365.0})


def _curves(arrows: pd.DataFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Curvature of each arrow, to the right of its way, so that those between the same two places lie side by side."""
    rank = arrows.groupby(["from", "to"]).cumcount()
    pair = [tuple(sorted(p)) for p in zip(arrows["from"], arrows["to"], strict=True)]
    alone = pd.Series(pair).map(pd.Series(pair).value_counts()).to_numpy() == 1
    return np.where(alone, 0.0, -0.09 - 0.13 * rank.to_numpy())


def _use(plan: Plan, year: dict[str, int], corridor: dict[str, int]) -> pd.DataFrame:
    """Utilisation of corridors by period and by year: that of the fullest link."""
    table = plan.capacity[plan.capacity["table"] == "links"]
    made = pd.DataFrame(
        {
            "link": table["row"].astype(str),
            "period": table["period"].astype(str),
            "capacity": table["capacity"].astype(float),
            "used": table["used"].astype(float),
        }
    )
    yearly = made.assign(period="*" + made["period"].map(year).astype(str))
    made = pd.concat([made, yearly.groupby(["link", "period"], as_index=False).sum()], ignore_index=True)
    limited = np.isfinite(made["capacity"]) & (made["capacity"] > 0)
    made["utilisation"] = np.where(limited, made["used"] / made["capacity"].where(limited, 1.0), np.nan)
    made = made.assign(corridor=made["link"].map(corridor)).dropna(subset="corridor")
    fullest = made.groupby(["corridor", "period"], sort=False, as_index=False)[["utilisation"]].max()
    return fullest.astype({"corridor": int})


def use_class(utilisation: float) -> int:
    """Class of a utilisation, 0 = low; :data:`NO_LIMIT` where there is no capacity to compare with."""
    return NO_LIMIT if utilisation != utilisation else int(np.searchsorted(CLASSES, utilisation + 1e-9, side="right"))


def width(flow: float, most: float) -> float:
    """Width of a line in pixels: in proportion to the flow, never too thin to see."""
    return round(max(THINNEST, WIDEST * flow / most), 1) if flow > 0 and most > 0 else 0.0


def round_steps(most: float) -> list[float]:
    """Three round flows to show in a legend of widths, largest first (1, 2, 5, 10 …)."""
    if most <= 0:
        return []
    power = 10.0 ** np.floor(np.log10(most))
    series = [float(f * p) for p in (power, power / 10) for f in (5.0, 2.0, 1.0)]
    return [step for step in series if step <= most * (1 + 1e-9)][:3]
