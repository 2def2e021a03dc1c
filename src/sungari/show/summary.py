"""The answers on one screen: a plan's headline, a region's outline, what differs between two plans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sungari.chain.compare import priced, typical_price, years
from sungari.decide.compare import Differences
from sungari.region.schema import TABLES
from sungari.show import views
from sungari.show.region_views import describe
from sungari.show.terminal import Choice, Heading, View, digits_of, figure, quantity_scale, scale, table

if TYPE_CHECKING:
    from rich.console import Console

    from sungari.chain.compare import Comparison
    from sungari.chain.plan import Plan
    from sungari.region.package import Region

#: Rows of each table of a plan's summary.
ROWS = 6


def print_summary(plan: Plan, out: Console) -> None:
    """Print what the chain looks like at its best, where it chokes, what a unit is worth and who gains."""
    out.print(f"\n{plan.region.title}", style="bold")
    for line in headline(plan):
        out.print(line)
    out.print()
    few = Choice(top=ROWS)
    for heading, view in (
        ("What the chain looks like at its best", chain(plan)),
        ("Where it chokes", views.view(plan, "bottlenecks", few)),
        ("What a unit is worth", views.view(plan, "prices", few)),
        ("Who gains", views.view(plan, "welfare", Choice(top=12))),
        ("What to build", views.view(plan, "projects", Choice(top=12))),
    ):
        if view.rows:
            detail = view.title.partition(": ")[2]
            view.title = f"{heading}: {detail}" if detail else heading
            out.print(view)


def headline(plan: Plan) -> list[str]:
    """A plan's status and money in sentences."""
    info = plan.info
    seconds = sum(float(s) for s in info.get("seconds", {}).values())
    gap = info.get("gap")
    status = str(info["status"]).replace("_", " ")
    exact = f", within {gap:.2g} of the best possible" if gap else ""
    lines = [f"{_first_upper(status)} plan{exact}, found in {seconds:,.1f} s. Money is present value."]
    welfare, objective, cost = (info.get(key) for key in ("welfare", "objective", "total_cost"))
    if welfare is None or objective is None or cost is None:
        return lines
    duties = welfare - objective
    among = f" ({amount(plan, duties)} of it duties)" if abs(duties) > views.DUST * abs(welfare) else ""
    return [*lines, f"Total surplus {amount(plan, welfare)}{among}, all costs {amount(plan, cost)}."]


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def amount(plan: Plan, value: float) -> str:
    """A money figure of ``plan.json`` with its scale and currency, ``"12.3 billion USD"``."""
    settings = plan.region.settings
    whole = value * settings.money_scale
    divisor, word = scale(abs(whole))
    scaled = whole / divisor
    return " ".join(filter(None, (figure(scaled, digits_of(scaled)), word, settings.currency)))


def chain(plan: Plan) -> View:
    """By commodity and for the mean year: taken from resources, made, carried and sold."""
    region = plan.region
    n = max(1, len(set(years(plan).values())))
    unit = views.units(region)
    recipes = region.table("recipes")
    made = recipes[(recipes["amount"] > 0) & recipes["place"].isna()]
    produced = plan.activity.merge(made[["process", "commodity", "amount"]], on="process")
    columns = {
        "supplied": _by_commodity(plan.supply, "quantity"),
        "made": (produced["quantity"] * produced["amount"]).groupby(produced["commodity"].astype(str)).sum(),
        "sold": _by_commodity(plan.sales, "quantity"),
        "short": _by_commodity(plan.sales, "unserved"),
    }
    frame = pd.DataFrame(columns).reindex(list(unit)).fillna(0.0) / n
    frame = frame[frame.max(axis=1) > 0]
    worth = frame.max(axis=1) * priced(frame.index.to_series(), typical_price(plan))
    frame = frame.loc[worth.sort_values(ascending=False, kind="stable").index]
    if not (frame["short"] > 0).any():
        frame = frame.drop(columns="short")
    if not (frame["made"] > 0).any():
        frame = frame.drop(columns="made")
    names = region.names("commodities")
    shown = list(frame.columns)
    data = views.records(frame.rename_axis("commodity").reset_index())
    frame = frame.where(frame > 0)
    scales = [quantity_scale(v) for v in frame.max(axis=1)]
    frame = frame.div([s for s, _ in scales], axis=0).assign(
        name=[names[c] for c in frame.index],
        unit=[f"{word} {unit[c]}/year".strip() for (_, word), c in zip(scales, frame.index, strict=True)],
    )
    headings = [Heading("commodity"), Heading("unit"), *(Heading(c, "", "mixed") for c in shown)]
    rows = list(frame[["name", "unit", *shown]].head(10).itertuples(index=False, name=None))
    note = f"mean of {n} model years" if n > 1 else ""
    return View("Chain", headings, rows, data, note)


def _by_commodity(frame: pd.DataFrame, column: str) -> pd.Series:
    return frame[column].groupby(frame["commodity"].astype(str)).sum()


def print_region(region: Region, out: Console, source: str) -> None:
    """Print what a package holds; `source` is what the user called it."""
    about = describe(region)
    out.print(f"\n{region.title}", style="bold")
    span = f"{about['years'][0]}–{about['years'][-1]}, " if about["years"] else ""
    price_year = f" of {region.settings.price_year}" if region.settings.price_year else ""
    out.print(f"Money in {region.settings.currency}{price_year}, discounted at {region.settings.discount_rate:.1%}.")
    out.print(f"Time: {span}{about['periods']} period{'s' if about['periods'] != 1 else ''}.")
    out.print(f"Parties: {', '.join(about['parties'])}.")
    goods = [f"{name} ({unit})" for name, unit in about["commodities"].items()]
    out.print(f"Commodities: {', '.join(goods)}.")
    sizes = about["rows"]
    rows = [(t.group, t.name, t.title, sizes[t.name]) for t in TABLES if sizes.get(t.name)]
    headings = [Heading(""), Heading("table"), Heading("what its rows are"), Heading("rows", kind="count")]
    first = [(g if i == 0 or rows[i - 1][0] != g else "", *rest) for i, (g, *rest) in enumerate(rows)]
    out.print(table("Tables", headings, first, f"sungari show {source} --what TABLE shows one"))


def print_comparison(found: Comparison | Differences, out: Console) -> None:
    """Print what differs between two results of one kind."""
    kind = found.kind if isinstance(found, Differences) else "plan"
    a, b = found.names
    out.print(f"\n{b} (B) against {a} (A)", style="bold")
    if not found.same_package:
        out.print("They were made from different packages, or from different versions of one.")
    if found.same:
        out.print(f"The two {kind}s are the same.")
        return
    for name, frame in found.tables.items():
        (title, headings), n = _COMPARED[name], found.counts[name]
        if n == 0:
            continue
        note = f"the {len(frame)} largest of {n:,} (--top)" if len(frame) < n else ""
        shown = frame.drop(columns="worth", errors="ignore")
        if {"a", "b", "difference"} <= set(shown.columns) and name not in ("flows", "prices"):
            shown, unit = _in_round_money(shown, found)
            title = f"{title}, {unit}"
        out.print(table(title, headings, list(shown.itertuples(index=False, name=None)), note))


def _in_round_money(frame: pd.DataFrame, found: Comparison | Differences) -> tuple[pd.DataFrame, str]:
    """A table of sides in thousands, millions or billions, and the unit's name."""
    sides = ["a", "b", "difference"]
    factor = found.money_scale if "figure" in frame.columns else 1.0
    divisor, word = scale(float(frame[sides].abs().max().max()) * factor)
    least = views.DUST * float(frame[sides].abs().max().max())
    rounded = {c: (frame[c] * factor / divisor).where(frame[c].abs() > least, 0.0) for c in sides}
    return frame.assign(**rounded), f"{word} {found.currency}".strip()


_SIDES = [Heading("A", kind="mixed"), Heading("B", kind="mixed"), Heading("B minus A", kind="mixed")]
_RANKS = [Heading("rank\nA", kind="plain"), Heading("rank\nB", kind="plain")]
_COMPARED: dict[str, tuple[str, list[Heading]]] = {
    "headline": ("Headline", [Heading("figure"), *_SIDES]),
    "projects": (
        "Projects built differently",
        [
            Heading("project"), Heading("decided\nA", kind="plain"), Heading("decided\nB", kind="plain"),
            Heading("size\nA", kind="mixed"), Heading("size\nB", kind="mixed"),
        ],
    ),
    "welfare": ("Who gains and who loses: welfare by party", [Heading("party"), Heading("component"), *_SIDES]),
    "flows": (
        "Flows, units of the commodity in the model year",
        [Heading("link"), Heading("from"), Heading("to"), Heading("commodity"), Heading("year", kind="plain"), *_SIDES],
    ),
    "chosen": ("Projects that only one chooses", [Heading("project"), Heading("A"), Heading("B")]),
    "first_in": ("Worth first in", [Heading("project"), *_SIDES, *_RANKS]),
    "last_in": ("Worth last in", [Heading("project"), *_SIDES, *_RANKS]),
    "parties": ("Who gains more or less by the set", [Heading("party"), *_SIDES]),
    "budgets": (
        "Budgets used", [Heading("party"), Heading("sector"), Heading("year", kind="plain"), *_SIDES],
    ),
    "shapley": ("Shapley value", [Heading("party"), *_SIDES]),
    "nucleolus": ("Nucleolus", [Heading("party"), *_SIDES]),
    "owen": ("Owen point", [Heading("party"), *_SIDES]),
    "alone": ("What each reaches alone", [Heading("party"), *_SIDES]),
    "prices": (
        "Prices, money per unit, mean of the horizon",
        [Heading("place"), Heading("commodity"), *_SIDES, Heading("relative", kind="share")],
    ),
}  # fmt: skip
