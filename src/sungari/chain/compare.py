"""What differs between two plans: headline, projects, welfare by party, flows and prices, largest first.

Quantities of different commodities are ranked by what they are worth: the quantity times the commodity's typical price
in the two plans. All differences are the second plan minus the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

#: A difference below this share of the column's largest figure is rounding, not a difference.
NOISE = 1e-6
_HEADLINE = ("objective", "welfare", "total_cost")


@dataclass(frozen=True)
class Comparison:
    """Differences between two plans, each table sorted with the largest first.

    Attributes
    ----------
    names : tuple of str
        What the two plans are called.
    headline : DataFrame
        ``figure`` (objective, welfare, total_cost), ``a``, ``b``, ``difference``: money divided by the package's
        ``money_scale``.
    projects : DataFrame
        ``project``, ``year_a``, ``year_b``, ``size_a``, ``size_b``: those that are built differently.
    welfare : DataFrame
        ``party``, ``component`` (``total`` = sum over the party's components), ``a``, ``b``, ``difference``: money.
    flows : DataFrame
        ``link``, ``from``, ``to``, ``commodity``, ``year``, ``a``, ``b``, ``difference`` (units of the commodity in
        the model year), ``worth`` (money: the size of the difference times the commodity's typical price).
    prices : DataFrame
        ``place``, ``commodity``, ``a``, ``b``, ``difference`` (money per unit, mean over periods by their days),
        ``relative`` (difference over the commodity's typical price); where both plans have a price.
    counts : mapping
        Number of rows that differ by table, before the tables were cut to the largest.
    currency : str
        ISO 4217 code of all money.
    money_scale : float
        What money in ``headline`` is divided by.
    same_package : bool
        Whether both plans were made from the same package, by its SHA-256.
    """

    names: tuple[str, str]
    headline: pd.DataFrame
    projects: pd.DataFrame
    welfare: pd.DataFrame
    flows: pd.DataFrame
    prices: pd.DataFrame
    counts: Mapping[str, int]
    currency: str = ""
    money_scale: float = 1.0
    same_package: bool = True

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The five tables by name."""
        names = ("headline", "projects", "welfare", "flows", "prices")
        return {name: getattr(self, name) for name in names}

    @property
    def same(self) -> bool:
        """Whether the two plans differ in nothing."""
        return not any(self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain data."""
        tables = {name: frame.to_dict("records") for name, frame in self.tables.items()}
        about = {name: getattr(self, name) for name in ("same", "same_package", "currency", "money_scale")}
        sides = {"a": self.names[0], "b": self.names[1]}
        return {"status": "ok", **sides, **about, "differences": dict(self.counts), **tables}

    def _repr_html_(self) -> str:
        from html import escape

        parts = [f"<p><b>{escape(self.names[1])}</b> against <b>{escape(self.names[0])}</b></p>"]
        for name, frame in self.tables.items():
            n = self.counts.get(name, len(frame))
            more = f", the {len(frame)} largest" if len(frame) < n else ""
            parts.append(f"<h4>{name.capitalize()} ({n} differ{more})</h4>")
            if len(frame):
                parts.append(frame.to_html(index=False, float_format=lambda x: f"{x:,.4g}"))
        return "".join(parts)

    def __repr__(self) -> str:
        return f"<Comparison of {self.names[0]!r} and {self.names[1]!r}: {dict(self.counts)}>"


def compare(a: Plan, b: Plan, top: int | None = None, *, names: Sequence[str] | None = None) -> Comparison:
    """Compare two plans.

    Parameters
    ----------
    a, b : Plan
        They may come from different packages; what only one has counts as zero in the other.
    top : int, optional
        Rows to keep of each table; default all that differ.
    names : sequence of str, optional
        What to call the two; default ``a`` and ``b``.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> without, with_all = region.solve(projects="none"), region.solve()  # doctest: +SKIP
    >>> sungari.compare(without, with_all).welfare  # doctest: +SKIP
    """
    typical = _typical(a, b)
    found = {
        "headline": _headline(a, b),
        "projects": _projects(a, b),
        "welfare": _welfare(a, b),
        "flows": _flows(a, b, typical),
        "prices": _prices(a, b, typical),
    }
    counts = {name: len(frame) for name, frame in found.items()}
    counts["headline"] = int((found["headline"]["difference"] != 0).sum())
    cut = {n: f.head(top) if top is not None and n != "headline" else f for n, f in found.items()}
    pair = (str(names[0]), str(names[1])) if names is not None else ("a", "b")
    settings = a.region.settings
    return Comparison(
        pair, counts=counts, currency=settings.currency, money_scale=settings.money_scale,
        same_package=a.info.get("sha256") == b.info.get("sha256"), **cut,
    )  # fmt: skip


def years(plan: Plan) -> dict[str, int]:
    """Model year of each period; empty for a package without periods."""
    periods = plan.region.table("periods")
    return {str(p): int(y) for p, y in zip(periods["period"], periods["year"], strict=True)}


def year_of(plan: Plan, periods: pd.Series) -> pd.Series:
    """Model year of each row's period; the period itself in a package without periods, whose year has no number."""
    known = years(plan)
    return pd.Series([known.get(p, p) for p in periods.astype(str)], index=periods.index, name="year", dtype=object)


def by_year(plan: Plan, frame: pd.DataFrame, keys: Sequence[str], value: str = "quantity") -> pd.DataFrame:
    """Sum a column of a plan's table over the periods of each model year.

    Returns
    -------
    DataFrame
        `keys`, ``year`` and `value`.
    """
    keyed = [*(frame[k].astype(str) for k in keys), year_of(plan, frame["period"])]
    return pd.DataFrame(frame[value].groupby(keyed).sum().reset_index())


def mean_prices(plan: Plan) -> pd.DataFrame:
    """Mean price by place and commodity over all periods, weighted by their days: ``place, commodity, price``."""
    prices = plan.prices()
    periods = plan.region.table("periods")
    days = dict(zip(periods["period"].astype(str), periods["days"].astype(float), strict=True))
    weight = pd.Series([days.get(p, 1.0) for p in prices["period"].astype(str)], index=prices.index, dtype=float)
    keys = [prices["place"].astype(str), prices["commodity"].astype(str)]
    total = (prices["price"] * weight).groupby(keys).sum() / weight.groupby(keys).sum()
    return total.rename("price").reset_index()


def typical_price(plan: Plan) -> pd.Series:
    """Typical price of each commodity: the mean of its prices' size over places that have one; 1 where none has."""
    prices = mean_prices(plan)
    size = prices["price"].abs()
    found: pd.Series = size.where(size > 0).groupby(prices["commodity"]).mean()
    known: pd.Series = found.reindex(plan.region.table("commodities")["commodity"].astype(str)).fillna(1.0)
    return known


def priced(commodities: pd.Series, typical: pd.Series) -> pd.Series:
    """Typical price of each row's commodity; 1 where none is known."""
    known: pd.Series = commodities.map(typical).astype(float)
    return known.fillna(1.0)


def _typical(a: Plan, b: Plan) -> pd.Series:
    both: pd.Series = pd.concat([typical_price(a), typical_price(b)]).groupby(level=0).mean()
    return both


def _joined(a: pd.DataFrame, b: pd.DataFrame, keys: Sequence[str], value: str) -> pd.DataFrame:
    """Both sides by their keys, with only the rows that differ; what one side lacks is zero."""
    left = a.groupby(list(keys))[value].sum().rename("a")
    right = b.groupby(list(keys))[value].sum().rename("b")
    both = pd.concat([left, right], axis=1).astype(float).fillna(0.0)
    both["difference"] = both["b"] - both["a"]
    return both.reset_index().rename(columns={f"level_{i}": k for i, k in enumerate(keys)})


def _real(frame: pd.DataFrame, by: pd.Series | None = None) -> pd.Series:
    """Whether a row differs by more than rounding; measured against the largest figure of its group."""
    largest = frame[["a", "b"]].abs().max(axis=1)
    scale = largest.groupby(by).transform("max") if by is not None else largest.max()
    return frame["difference"].abs() > NOISE * scale


def _headline(a: Plan, b: Plan) -> pd.DataFrame:
    rows = pd.DataFrame(
        {"figure": _HEADLINE, "a": [_info(a, f) for f in _HEADLINE], "b": [_info(b, f) for f in _HEADLINE]}
    )
    rows["difference"] = rows["b"] - rows["a"]
    rows.loc[rows["difference"].abs() <= NOISE * rows[["a", "b"]].abs().max(axis=1), "difference"] = 0.0
    return rows


def _info(plan: Plan, figure: str) -> float:
    value = plan.info.get(figure)
    return np.nan if value is None else float(value)


def _projects(a: Plan, b: Plan) -> pd.DataFrame:
    def built(plan: Plan) -> pd.DataFrame:
        rows = plan.projects
        rows = rows[rows["size"] > NOISE]
        grouped = rows.groupby(rows["project"].astype(str))
        years, sizes = grouped["year"].min().astype(float), grouped["size"].sum().astype(float)
        return pd.DataFrame({"year": years, "size": sizes}).rename_axis("project").reset_index()

    both = built(a).merge(built(b), on="project", how="outer", suffixes=("_a", "_b"))
    sizes = both[["size_a", "size_b"]].fillna(0.0)
    change = (sizes["size_b"] - sizes["size_a"]).abs() / sizes.max(axis=1).where(lambda s: s > 0, 1.0)
    moved = (both["year_a"] != both["year_b"]) & both["year_a"].notna() & both["year_b"].notna()
    both = both.assign(size_a=sizes["size_a"], size_b=sizes["size_b"], _change=change)
    kept = both[(change > NOISE) | moved].sort_values(["_change", "project"], ascending=[False, True])
    kept = kept[["project", "year_a", "year_b", "size_a", "size_b"]]
    return kept.astype({"year_a": "Int64", "year_b": "Int64"}).reset_index(drop=True)


def _welfare(a: Plan, b: Plan) -> pd.DataFrame:
    keys = ["party", "component"]
    both = _joined(_text(a.welfare(), keys), _text(b.welfare(), keys), keys, "amount")
    totals = both.groupby("party", as_index=False)[["a", "b", "difference"]].sum().assign(component="total")
    both = pd.concat([totals, both], ignore_index=True)[[*keys, "a", "b", "difference"]]
    both = both[_real(both)]
    size = both["difference"].abs()
    party_size = totals.set_index("party")["difference"].abs()
    both = both.assign(_party=both["party"].map(party_size), _total=both["component"] == "total", _size=size)
    both = both.sort_values(["_party", "party", "_total", "_size"], ascending=[False, True, False, False])
    return both[[*keys, "a", "b", "difference"]].reset_index(drop=True)


def _flows(a: Plan, b: Plan, typical: pd.Series) -> pd.DataFrame:
    keys = ["link", "from", "to", "commodity"]
    both = _joined(by_year(a, a.flows, keys), by_year(b, b.flows, keys), [*keys, "year"], "quantity")
    both = both[_real(both, both["commodity"])]
    both = both.assign(worth=both["difference"].abs() * priced(both["commodity"], typical))
    return both.sort_values("worth", ascending=False, kind="stable").reset_index(drop=True)


def _prices(a: Plan, b: Plan, typical: pd.Series) -> pd.DataFrame:
    keys = ["place", "commodity"]
    both = mean_prices(a).merge(mean_prices(b), on=keys, suffixes=("_a", "_b")).dropna()
    both = both.rename(columns={"price_a": "a", "price_b": "b"}).assign(difference=lambda f: f["b"] - f["a"])
    both = both[_real(both, both["commodity"])]
    both = both.assign(relative=both["difference"] / priced(both["commodity"], typical))
    order = both["relative"].abs().sort_values(ascending=False, kind="stable").index
    return both.loc[order].reset_index(drop=True)


def _text(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    return frame.assign(**{k: frame[k].astype(str) for k in keys})
