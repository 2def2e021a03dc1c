"""The chapter of a plan: what moves where, where it chokes, what a unit is worth, who gains, what projects change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sungari.show import charts, pictures
from sungari.show.chapters.section import Chapter, Control, Section, picture
from sungari.show.charts.bottlenecks import BARS, units
from sungari.show.charts.bottlenecks import describe as describe_bottlenecks
from sungari.show.charts.chain import KINDS, SMALLEST, VALUE
from sungari.show.charts.change import COLOURS
from sungari.show.charts.change import KINDS as CHANGES
from sungari.show.charts.change import describe as describe_change
from sungari.show.charts.map import beyond, located, pick
from sungari.show.charts.map import describe as describe_map
from sungari.show.charts.names import Names
from sungari.show.charts.prices import describe as describe_prices
from sungari.show.charts.sankey import describe as describe_sankey
from sungari.show.charts.welfare import describe as describe_welfare
from sungari.show.decision_tables import change_rows
from sungari.show.headline import figures, sentences
from sungari.show.i18n import Translator
from sungari.show.tables import (
    bottlenecks_table,
    built_table,
    chain_table,
    corridor_table,
    prices_table,
    welfare_rows,
)
from sungari.show.theme import TOKENS

if TYPE_CHECKING:
    from sungari.chain.plan import Plan
    from sungari.decide.study import Study


def chapter(study: Study, tr: Translator) -> Chapter | None:
    """The chapter of a study's plan; None where it has none (the plan of today stands in for the best)."""
    plan = study.plan or study.today
    if plan is None:
        return None
    data: dict[str, Any] = {}
    made = []
    if len(located(plan)):
        made.append(_map(plan, tr, data))
    made += [_sankey(plan, tr), _bottlenecks(plan, tr)]
    if charts.priced(plan):
        made.append(_prices(plan, tr))
    made.append(_welfare(plan, tr))
    if len(plan.projects):
        made.append(
            Section("projects", tr("Projects that are built"), tr("Projects"),
                    tr("What the plan decides to build, when, and at what cost."), tables=[built_table(plan, tr)])
        )  # fmt: skip
    if study.plan is not None and study.today is not None and len(located(plan)):
        made += _change(study.today, study.plan, tr, data)
    return Chapter(
        "plan", tr("The plan"), tr("Plan"), tr("Plan report"), figures(plan, tr), sentences(plan, tr), made, data
    )  # fmt: skip


def change_chapter(study: Study, tr: Translator) -> Chapter | None:
    """What differs between a study's plan and that of today alone; None where one of them is missing."""
    if study.plan is None or study.today is None or not len(located(study.plan)):
        return None
    data: dict[str, Any] = {}
    sections = _change(study.today, study.plan, tr, data)
    return Chapter("change", tr("With and without the projects"), tr("With and without"), sections=sections, data=data)


def _map(plan: Plan, tr: Translator, data: dict[str, Any]) -> Section:
    found = charts.corridors(plan, tr)
    years: dict[str, list[tuple[str, str]]] = {}
    single = data["single"] = {}
    for year in found.years:
        own = found.periods.loc[found.periods["year"] == year, "period"].tolist()
        single[f"*{year}"] = own
        whole = tr("Whole year {year}", year=year)
        years[str(year)] = [(f"*{year}", whole), *([(p, tr.period(p)) for p in own] if len(own) > 1 else [])]
    data["years"] = years
    data["map"] = charts.map_frames(plan, tr, found)
    missing = len(plan.region.table("places")) - len(located(plan))
    captions = [
        tr("Lines run to the right of their direction: what is carried there and back stands side by side. Utilisation "
           "is that of the whole corridor, whatever goods are shown."),
        tr("Borders and names are shown as they are in practice (Natural Earth, de facto); they express no position on "
           "the status of any territory."),
    ]  # fmt: skip
    if missing:
        captions.append(
            tr.ngettext("{n} place has no coordinates and is not on the map.",
                        "{n} places have no coordinates and are not on the map.", missing)
        )  # fmt: skip
    off = [Names(plan, tr).place(p) for p in beyond(plan)]
    if off:
        captions.append(tr("Too far away to be shown, their corridors run over the edge: {list}.", list=tr.joined(off)))
    goods = pick(found, "")
    label = describe_map(plan, tr, found, goods, f"*{found.years[0]}")
    option = charts.map_option(plan, tr, theme=TOKENS, found=found)
    for series in option["series"]:
        if series["id"] in ("corridors", "idle"):
            series["data"] = []  # the page draws them from the frames
    return Section(
        "map",
        tr("What moves where"),
        tr("Map"),
        tr("Corridors as wide as their flow and coloured by how full they are. Choose goods, year and month."),
        chart="map",
        label=label,
        options={"": option},
        controls=[
            Control("goods", tr("Goods"), [(str(i), g.label) for i, g in enumerate(found.goods)]),
            Control("year", tr("Year"), [(str(y), str(y)) for y in found.years]),
        ],
        captions=captions,
        picture=picture("map", lambda: pictures.map_figure(plan, tr, found=found), label),
        tables=[corridor_table(plan, tr, found, goods)],
        ground=True,
    )


def _change(today: Plan, plan: Plan, tr: Translator, data: dict[str, Any]) -> list[Section]:
    """With and without the projects; nothing where they change no flow."""
    found = charts.changes(today, plan, tr)
    if found is None:
        return []
    data["change"] = charts.change_frames(plan, tr, found)
    goods, year = found.goods[0], found.years[0]
    label = describe_change(plan, tr, found, goods, year)
    option = charts.change_option(plan, tr, found, theme=TOKENS)
    for series in option["series"]:
        if series["id"] == "corridors":
            series["data"] = []  # the page draws them from the frames
    return [Section(
        "change",
        tr("With and without the projects"),
        tr("With and without"),
        tr("Flows that appear, grow, shrink or vanish if the projects are built: lines as wide as the change. Choose "
           "goods and year."),
        chart="change",
        label=label,
        options={"": option},
        controls=[
            Control("goods", tr("Goods"), [(str(i), g.label) for i, g in enumerate(found.goods)]),
            Control("year", tr("Year"), [(str(y), str(y)) for y in found.years]),
        ],
        keys=[(COLOURS[kind], tr(text)) for kind, text in CHANGES.items()],
        picture=picture("change", lambda: pictures.change_figure(plan, tr, found), label),
        tables=[change_rows(plan, tr, found, goods, year)],
        ground=True,
    )]  # fmt: skip


def _sankey(plan: Plan, tr: Translator) -> Section:
    ways = charts.measures(plan, tr)
    found = {key: charts.chain(plan, tr, key) for key in ways}
    ways = {key: label for key, label in ways.items() if len(found[key].edges)} or {VALUE: ways[VALUE]}
    captions = [
        tr("Value is quantity times the mean price of the commodity where it is sold. Flows under {share} of all are "
           "left out.", share=tr.percent(SMALLEST, 1)),
    ]  # fmt: skip
    if any(found[key].dropped > 0 for key in ways):
        share = tr.percent(max(found[key].dropped for key in ways), 1)
        captions.append(tr("Flows that run in a circle are left out: at most {share} of all.", share=share))
    label = describe_sankey(tr, found[VALUE])
    return Section(
        "chain",
        tr("From resources to markets"),
        tr("Chain"),
        tr("What resources become and who buys it: yearly mean over the plan. Choose how flows are measured."),
        chart="sankey",
        label=label,
        options={key: charts.sankey_option(plan, tr, theme=TOKENS, found=found[key]) for key in ways},
        controls=[Control("option", tr("Measured by"), [(k, f"{way}, {found[k].unit}") for k, way in ways.items()])],
        keys=[(kind, tr(text)) for kind, text in KINDS.items()],
        captions=captions,
        picture=picture("sankey", lambda: pictures.sankey_figure(plan, tr, found=found[VALUE]), label),
        tables=[chain_table(tr, found[VALUE])],
        heights={key: min(260 + 13 * len(found[key].nodes), 780) for key in ways},
    )


def _bottlenecks(plan: Plan, tr: Translator) -> Section:
    table = charts.bottleneck_table(plan, tr)
    known = units(table)
    options = {u: charts.bottlenecks_option(plan, tr, unit=u, theme=TOKENS, found=table) for u in known}
    label = describe_bottlenecks(plan, tr, known[0] if known else "", table)
    return Section(
        "bottlenecks",
        tr("Bottlenecks, and what one more unit is worth"),
        tr("Bottlenecks"),
        tr("Capacities that bind. The shadow price of a capacity is what one more unit of it would add to the total "
           "surplus in a year, all else free to adjust."),
        chart="bottlenecks" if known else "",
        label=label,
        options=options,
        controls=[Control("option", tr("Capacity measured in"), [(u, u) for u in known])],
        picture=None if not known else picture(
            "bottlenecks", lambda: pictures.bottlenecks_figure(plan, tr, found=table), label),
        tables=[bottlenecks_table(plan, tr, table)],
        heights={u: 80 + 30 * min(int((table["unit"] == u).sum()), BARS) for u in known},
    )  # fmt: skip


def _prices(plan: Plan, tr: Translator) -> Section:
    names = Names(plan, tr)
    known = charts.priced(plan)
    label = describe_prices(plan, tr, known[0])
    return Section(
        "prices",
        tr("Prices through the year by place"),
        tr("Prices"),
        tr("Shadow prices of the balances: what one more unit would be worth at a place in a period. Shown are the "
           "places where most of the commodity is supplied and sold."),
        chart="prices",
        label=label,
        options={c: charts.prices_option(plan, tr, commodity=c, theme=TOKENS) for c in known},
        controls=[Control("option", tr("Commodity"), [(c, names.commodity(c)) for c in known])],
        picture=picture("prices", lambda: pictures.prices_figure(plan, tr), label),
        tables=[prices_table(plan, tr, known)],
    )  # fmt: skip


def _welfare(plan: Plan, tr: Translator) -> Section:
    label = describe_welfare(plan, tr)
    ways = {"country": tr("countries"), "party": tr("countries and provinces")}
    if len(charts.welfare_table(plan, tr, by="country")) == len(charts.welfare_table(plan, tr)):
        del ways["country"]
    return Section(
        "welfare",
        tr("Welfare by party"),
        tr("Welfare"),
        tr("Who gains and who pays: consumer surplus of buyers, rents of owners, duties collected, and the cost of "
           "projects (annuities within the horizon). Present value."),
        chart="welfare",
        label=label,
        options={key: charts.welfare_option(plan, tr, by=key, theme=TOKENS) for key in ways},
        controls=[Control("option", tr("Show"), list(ways.items()))],
        picture=picture("welfare", lambda: pictures.welfare_figure(plan, tr), label),
        tables=[welfare_rows(plan, tr)],
        heights={key: 130 + 28 * len(charts.welfare_table(plan, tr, by=key)) for key in ways},
    )  # fmt: skip
