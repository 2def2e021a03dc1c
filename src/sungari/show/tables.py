"""The tables under the charts: the same figures as rows of text in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from sungari.show import charts
from sungari.show.charts.chain import Chain
from sungari.show.charts.corridors import Corridors
from sungari.show.charts.goods import Goods
from sungari.show.charts.names import Names, Regional
from sungari.show.charts.prices import price_unit
from sungari.show.charts.quality import LABELS
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import N_, Translator

if TYPE_CHECKING:
    from sungari.chain.plan import Plan
    from sungari.decide.study import Part

ROWS = 20

#: How a solver ended.
STATUS = {
    "optimal": N_("optimal"), "time_limit": N_("stopped at the time limit"), "interrupted": N_("interrupted"),
}  # fmt: skip


@dataclass(frozen=True)
class Head:
    """Heading of a column; numbers are set to the right."""

    text: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of text under headings."""

    caption: str
    heads: list[Head]
    rows: list[list[str]]
    note: str = ""


def shown_of(tr: Translator, shown: int, total: int) -> str:
    """How many of all rows are shown; empty where all are."""
    return tr("The first {n} of {total} rows.", n=tr.whole(shown), total=tr.whole(total)) if shown < total else ""


def corridor_table(plan: Plan, tr: Translator, found: Corridors, goods: Goods) -> Table:
    """The busiest corridors of the first year, by direction."""
    names = Names(plan, tr)
    period = f"*{found.years[0]}"
    flow = found.flow(goods, period).sort_values(ascending=False, kind="stable")
    use = found.use[found.use["period"] == period].set_index("corridor")["utilisation"]
    rows = []
    for arrow, value in flow.head(ROWS).items():
        row = found.arrows.iloc[int(str(arrow))]
        share = float(use.get(int(row["corridor"]), float("nan")))
        rows.append(
            [names.place(str(row["from"])), names.place(str(row["to"])), str(row["mode"]),
             tr.whole(float(value)), tr.percent(share) if share == share else tr("no limit")]
        )  # fmt: skip
    unit = tr.per_year(tr.unit(goods.unit, plural=True))
    heads = [Head(tr("From")), Head(tr("To")), Head(tr("Mode")), Head(tr("Flow, {unit}", unit=unit), True),
             Head(tr("Utilisation, % of capacity"), True)]  # fmt: skip
    caption = tr("Busiest corridors in {year}: {goods}", year=found.years[0], goods=goods.label)
    return Table(caption, heads, rows, shown_of(tr, len(rows), len(flow)))


def chain_table(tr: Translator, found: Chain) -> Table:
    """The largest flows from resources to markets."""
    name = dict(zip(found.nodes["node"], found.nodes["name"], strict=True))
    rows = [
        [name[source], name[target], tr.number(amount / found.scale)]
        for source, target, amount in found.edges.head(ROWS)[["source", "target", "amount"]].itertuples(index=False)
    ]
    heads = [Head(tr("From")), Head(tr("To")), Head(tr("Value, {unit}", unit=found.unit), True)]
    return Table(tr("Largest flows from resources to markets"), heads, rows, shown_of(tr, len(rows), len(found.edges)))


def bottlenecks_table(plan: Plan, tr: Translator, table: pd.DataFrame) -> Table:
    """Binding capacities, the dearest first."""
    settings = plan.region.settings
    currency = tr.currency(settings.currency)
    rows = [
        [row["name"], row["kind"], f"{tr.number(float(row['worth']), 4)} {currency}/{row['unit']}",
         f"{tr.compact(float(row['capacity']))} {row['unit']}", tr.number(float(row["rent"]) / settings.money_scale),
         tr("{n} of {total}", n=tr.whole(row["binding"]), total=tr.whole(row["of"]))]
        for _, row in table.head(ROWS).iterrows()
    ]  # fmt: skip
    heads = [
        Head(tr("Where")), Head(tr("Kind")), Head(tr("One more unit is worth, per year"), True),
        Head(tr("Capacity per year"), True),
        Head(tr("Rent, {unit}", unit=tr.per_year(tr.money_unit(settings.currency, settings.money_scale))), True),
        Head(tr("Periods in which it binds"), True),
    ]  # fmt: skip
    note = shown_of(tr, len(rows), len(table)) if rows else tr("No capacity binds.")
    return Table(tr("Binding capacities, the dearest first"), heads, rows, note)


def prices_table(plan: Plan, tr: Translator, known: list[str]) -> Table:
    """Mean, lowest and highest price of the main commodities at their main places."""
    names = Names(plan, tr)
    rows = []
    for commodity in known[:8]:
        for _, row in charts.price_table(plan, tr, commodity).head(3).iterrows():
            rows.append(
                [names.commodity(commodity), str(row["place"]), price_unit(plan, tr, commodity),
                 tr.number(float(row["mean"]), 4), f"{tr.number(float(row['low']), 4)} ({row['low_period']})",
                 f"{tr.number(float(row['high']), 4)} ({row['high_period']})"]
            )  # fmt: skip
    heads = [Head(tr("Commodity")), Head(tr("Place")), Head(tr("Unit")), Head(tr("Mean"), True),
             Head(tr("Lowest (when)"), True), Head(tr("Highest (when)"), True)]  # fmt: skip
    return Table(tr("Prices of the main commodities at their main places"), heads, rows)


def welfare_rows(plan: Plan, tr: Translator) -> Table:
    """Welfare by party and component."""
    settings = plan.region.settings
    wide = charts.welfare_table(plan, tr)
    scale = money_scale(plan, wide)
    wide = wide / scale
    most = float(wide.abs().to_numpy().max()) if wide.size else 0.0
    places = 0 if most >= 1e4 else 1 if most >= 1e3 else 2
    shown = {str(party): list(values) for party, values in zip(wide.index, wide.to_numpy(), strict=True)}
    if len(shown) > 1:
        shown[tr("Total")] = wide.sum().tolist()
    rows = [[party, *(tr.fixed(float(v), places) for v in [*values, sum(values)])] for party, values in shown.items()]
    heads = [Head(tr("Party")), *(Head(str(c), True) for c in wide.columns), Head(tr("Total"), True)]
    unit = tr.money_unit(settings.currency, scale)
    return Table(tr("Welfare by party and component, {unit}, present value", unit=unit), heads, rows)


def built_table(plan: Plan, tr: Translator) -> Table:
    """Projects that the plan builds."""
    names = Names(plan, tr)
    settings = plan.region.settings
    frame = plan.region.table("projects")
    host = dict(zip(frame["project"].astype(str), frame["host"].fillna("").astype(str), strict=True))
    table = plan.projects.sort_values(["year", "capex"], ascending=[True, False], kind="stable")
    rows = []
    for _, row in table.iterrows():
        project = str(row["project"])
        start = row.get("operates_from")
        rows.append(
            [names.project(project), names.party(host.get(project, "")), str(int(row["year"])),
             "–" if start is None or start != start or int(start) < 0 else str(int(start)),
             tr.number(float(row["size"])), tr.number(float(row["capex"]) / settings.money_scale),
             tr.number(float(row["annuity"]) / settings.money_scale)]
        )  # fmt: skip
    unit = tr.money_unit(settings.currency, settings.money_scale)
    heads = [Head(tr("Project")), Head(tr("Host")), Head(tr("Decided"), True), Head(tr("Operates from"), True),
             Head(tr("Size"), True), Head(tr("Capital cost, {unit}", unit=unit), True),
             Head(tr("Annuity, {unit}", unit=tr.per_year(unit)), True)]  # fmt: skip
    return Table(tr("Projects that are built"), heads, rows)


def quality_rows(plan: Regional, tr: Translator) -> Table:
    """Rows of each table by how sure they are."""
    names = Names(plan, tr)
    table = charts.quality_table(plan)
    rows = [
        [names.table(str(t)), tr.whole(int(values.sum())), *(tr.percent(v / max(values.sum(), 1)) for v in values)]
        for t, values in zip(table.index, table.to_numpy(), strict=True)
    ]
    heads = [Head(tr("Table of the package")), Head(tr("Rows"), True),
             *(Head(tr(LABELS[str(q)]), True) for q in table.columns)]  # fmt: skip
    return Table(tr("How sure the figures are"), heads, rows)


def sources_table(plan: Regional, tr: Translator) -> Table:
    """Sources of the package's figures with their licences."""
    table = charts.source_table(plan)
    rows = [
        [row["title"], row["licence"] or "–", row["date"] or "–", row["address"] or "–", tr.whole(row["rows"])]
        for _, row in table.iterrows()
    ]
    heads = [Head(tr("Source")), Head(tr("Licence")), Head(tr("Date")), Head(tr("Address")), Head(tr("Rows"), True)]
    return Table(tr("Sources"), heads, rows, "" if rows else tr("The package names no sources."))


def about_plan(plan: Plan, tr: Translator) -> Table:
    """What the plan was made from and with."""
    info = plan.info
    settings = plan.region.settings
    status = str(info.get("status", ""))
    rows = [
        [tr("Package"), f"{plan.region.name} ({plan.region.title})"],
        [tr("Fingerprint of the package (SHA-256)"), str(info.get("sha256", "–"))],
        [tr("Result"), tr(STATUS[status]) if status in STATUS else status],
        [tr("Optimality gap"), tr.percent(float(info["gap"]), 2) if _number(info.get("gap")) else "–"],
        [tr("Solver"), _solver(info)],
    ]
    for key, label in (("columns", tr("Variables")), ("rows", tr("Constraints")), ("nonzeros", tr("Coefficients"))):
        size = info.get("sizes", {}).get(key)
        if _number(size):
            rows.append([label, tr.whole(float(size))])
    seconds = [v for v in dict(info.get("seconds", {})).values() if _number(v)]
    if seconds:
        rows.append([tr("Computing time"), tr("{n} s", n=tr.number(float(sum(seconds)), 2))])
    if settings.base_year is not None:
        rows.append([tr("Money is discounted to"), str(settings.base_year)])
    return Table(tr("Facts about the plan"), [Head(tr("What")), Head(tr("Value"))], rows)


def about_part(part: Part, tr: Translator) -> Table:
    """What a result was made from and with."""
    info = part.info
    rows = [
        [tr("Package"), f"{part.region.name} ({part.region.title})"],
        [tr("Fingerprint of the package (SHA-256)"), part.region.sha256],
    ]
    if info.get("solver"):
        rows.append([tr("Solver"), str(info["solver"])])
    for key, label in (("variants", tr("Variants looked at")), ("solved", tr("Variants solved"))):
        if _number(info.get(key)):
            rows.append([label, tr.whole(float(info[key]))])
    if _number(info.get("seconds")):
        rows.append([tr("Computing time"), tr("{n} s", n=tr.number(float(info["seconds"]), 2))])
    if _number(info.get("curve_error")):
        rows.append([tr("Welfare that demand curves may miss"), tr.percent(float(info["curve_error"]), 4)])
    caption = {
        "appraisal": tr("Facts about the appraisal"), "portfolio": tr("Facts about the portfolio"),
        "sharing": tr("Facts about the sharing"), "fund": tr("Facts about the fund"),
    }.get(part.kind, part.kind)  # fmt: skip
    return Table(caption, [Head(tr("What")), Head(tr("Value"))], rows)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _solver(info: dict[str, Any]) -> str:
    solver = info.get("solver", "–")
    if isinstance(solver, dict):
        return " ".join(str(v) for v in solver.values())
    return " ".join(str(v) for v in (solver, info.get("solver_version")) if v)
