"""The story of a corridor or a place: what goes in and out, what it costs, how full it is, what it stands on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from sungari.chain.plan import Plan
from sungari.errors import Unknown, hinted
from sungari.show import charts
from sungari.show.chapters.section import Control, Section
from sungari.show.charts.axes import rounded
from sungari.show.charts.bottlenecks import bottleneck_table
from sungari.show.charts.corridors import Corridors, periods_of
from sungari.show.charts.names import Names
from sungari.show.charts.prices import price_unit
from sungari.show.headline import Figure
from sungari.show.i18n import Translator
from sungari.show.tables import Head, Table
from sungari.show.theme import TOKENS
from sungari.words import Words

#: Rows of a table in a story.
ROWS = 12


@dataclass(frozen=True)
class Fact:
    """A row of the package that a story stands on.

    Attributes
    ----------
    table, title : str
        The package's table, and its name in the reader's language.
    position : int
        Row of the table.
    row : str
        What it is called.
    says : list of (str, str)
        Its figures: column and cell.
    quality, source : str
    """

    table: str
    title: str
    position: int
    row: str
    says: list[tuple[str, str]]
    quality: str
    source: str


@dataclass(frozen=True)
class Change:
    """What a project changes here."""

    project: str
    name: str
    text: str


@dataclass(frozen=True)
class Story:
    """All that the panel shows."""

    kind: str
    name: str
    lead: str
    figures: list[Figure]
    sections: list[Section]
    facts: list[Fact] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def corridor(plan: Plan, tr: Translator, found: Corridors, number: int) -> Story:
    """The story of a corridor of the map.

    Raises
    ------
    Unknown
        If the plan has no such corridor.
    """
    arrows = found.arrows[found.arrows["corridor"] == number]
    if arrows.empty:
        raise Unknown("no corridor {number} on this map", number=number)
    names = Names(plan, tr)
    first = arrows.iloc[0]
    start, end = str(first["from"]), str(first["to"])
    links = _links_of(plan, names, start, end, str(first["mode"]))
    last = found.years[-1]
    use = found.use[found.use["corridor"] == number].set_index("period")["utilisation"]
    share = float(use.get(f"*{last}", np.nan))
    figures = [
        Figure(tr.percent(share) if share == share else tr("no limit"), tr("Utilisation in {year}", year=last)),
        *_worths(plan, tr, "links", links["link"].astype(str)),
    ]
    distance = float(links["distance"].max())
    lead = str(first["mode"]) + (f" · {tr.quantity(distance, 'km')}" if distance == distance else "")
    sections = [_carried(plan, tr, found, arrows)]
    if use.notna().any():
        sections.insert(0, _fullness(plan, tr, use))
    return Story(
        tr("Corridor"), tr("{start} – {end}", start=names.place(start), end=names.place(end)), lead, figures, sections,
        _facts(plan, tr, "links", links.index, ("capacity", "cost", "days", "loss", "profile")),
        _changes(plan, tr, {("links", str(link)) for link in links["link"]}),
    )  # fmt: skip


def place(plan: Plan, tr: Translator, code: str) -> Story:
    """The story of a place.

    Raises
    ------
    Unknown
        If the region has no such place.
    """
    region, names = plan.region, Names(plan, tr)
    known = region.table("places")["place"].astype(str).tolist()
    if code not in known:
        raise Unknown(hinted(Words("no place {code!r}", code=code), code, known))
    party = names.party_of.get(code, "")
    here = {t: region.table(t) for t in ("supply", "facilities", "stores", "demand")}
    rows = {t: frame[frame["place"].astype(str) == code] for t, frame in here.items()}
    facts: list[Fact] = []
    keys: set[tuple[str, str]] = set()
    for table, frame in rows.items():
        what = "process" if table == "facilities" else "commodity"
        shown = {"supply": ("capacity", "cost"), "facilities": ("capacity",), "stores": ("capacity", "cost"),
                 "demand": ("quantity", "price")}[table]  # fmt: skip
        facts += _facts(plan, tr, table, frame.index, shown)
        keys |= {(table, f"{code}/{w}") for w in frame[what].astype(str)}
    figures = []
    for table in ("supply", "facilities"):
        figures += _worths(plan, tr, table, [r for t, r in keys if t == table])[:1]
    sections = [s for s in (_price(plan, tr, code), _through(plan, tr, code)) if s is not None]
    return Story(tr("Place"), names.place(code), names.party(party), figures[:2], sections, facts,
                 _changes(plan, tr, keys))  # fmt: skip


# -- what they are made of --------------------------------------------------------------------------------------------


def _links_of(plan: Plan, names: Names, start: str, end: str, mode: str) -> pd.DataFrame:
    links = plan.region.table("links")
    ends = [{str(a), str(b)} == {start, end} for a, b in zip(links["from"], links["to"], strict=True)]
    same = [names.mode(str(m)) == mode for m in links["mode"]]
    made: pd.DataFrame = links[np.array(ends) & np.array(same)]
    return made


def _worths(plan: Plan, tr: Translator, table: str, rows: Iterable[str]) -> list[Figure]:
    """What one more unit of capacity is worth, the dearest row first."""
    found = bottleneck_table(plan, tr)
    wanted = tuple(rows)
    mine = found[(found["table"] == table) & found["row"].astype(str).str.startswith(wanted)] if wanted else found[:0]
    currency = plan.region.settings.currency
    made = []
    for row in mine.sort_values("worth", ascending=False).head(2).to_dict("records"):
        note = tr("a year, for yearly capacity; binds in {n} of {total} periods", n=tr.whole(row["binding"]),
                  total=tr.whole(row["of"]))  # fmt: skip
        made.append(Figure(f"{tr.number(float(row['worth']), 4)} {tr.currency(currency)}/{row['unit']}",
                           tr("One more unit is worth: {name}", name=row["name"]), note))  # fmt: skip
    return made


def _lines(
    plan: Plan, tr: Translator, lines: dict[str, list[float | None]], unit: str, label: str, *, share: bool = False
) -> dict[str, Any]:  # fmt: skip
    """A line per model year through its months; one line through all periods where years differ in their periods."""
    top = 34 if len(lines) > 1 else 26
    periods = periods_of(plan)
    length = max(len(v) for v in lines.values())
    first = periods[periods["year"] == periods["year"].iloc[0]]["period"].tolist()
    axis = [tr.period(p, year=False) for p in first] if len(first) == length else [str(i + 1) for i in range(length)]
    muted = {"axisLabel": {"color": TOKENS.muted, "hideOverlap": True, "fontSize": 11},
             "axisLine": {"lineStyle": {"color": TOKENS.line}}, "axisTick": {"show": False}}  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": label}},
        "color": list(TOKENS.series),
        "grid": {"left": 4, "right": 10, "top": top + 12, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "confine": True},
        "legend": {"top": 0, "left": 0, "show": len(lines) > 1, "icon": "roundRect", "itemHeight": 4, "itemWidth": 16,
                   "textStyle": {"color": TOKENS.ink, "fontSize": 12}},
        "xAxis": muted | {"type": "category", "data": axis},
        "yAxis": muted | {"type": "value", "name": unit, "scale": not share, "nameGap": 10,
                          "nameTextStyle": {"color": TOKENS.muted, "align": "left"},
                          "splitLine": {"lineStyle": {"color": TOKENS.line}}} | ({"min": 0} if share else {}),
        "series": [
            {"id": name, "name": name, "type": "line", "step": "middle", "data": values, "symbol": "circle",
             "symbolSize": 5, "lineStyle": {"width": 2}, "showSymbol": length <= 12}
            for name, values in lines.items()
        ],
    }  # fmt: skip


def _by_year(plan: Plan, values: pd.Series) -> dict[str, list[float | None]]:
    """Values by period as a line for each model year."""
    periods = periods_of(plan)
    return {
        str(year): [None if v != v else rounded(float(v)) for v in values.reindex(part["period"])]
        for year, part in periods.groupby("year", sort=True)
    }


def _fullness(plan: Plan, tr: Translator, use: pd.Series) -> Section:
    label = tr("Utilisation through the year")
    lines = _by_year(plan, 100 * use)
    return Section(
        "story-use", label, "", "", chart="story-use", label=label, heights={"": 210},
        options={"": _lines(plan, tr, lines, tr("% of capacity"), label, share=True)},
    )  # fmt: skip


def _carried(plan: Plan, tr: Translator, found: Corridors, arrows: pd.DataFrame) -> Section:
    """What is carried in each direction, by year."""
    names = Names(plan, tr)
    flows = found.flows[found.flows["arrow"].isin(arrows.index)]
    sums = flows.pivot_table(index=["arrow", "commodity"], columns="year", values="quantity", aggfunc="sum")
    sums = sums.reindex(columns=found.years).fillna(0.0)
    rows = []
    order = sums[found.years[-1]].sort_values(ascending=False).index
    for arrow, commodity in list(order)[:ROWS]:
        way, values = found.arrows.loc[arrow], sums.loc[(arrow, commodity)]
        unit = tr.unit(names.units.get(str(commodity), ""), plural=True)
        rows.append([f"{names.commodity(str(commodity))}, {unit}" if unit else names.commodity(str(commodity)),
                     tr("to {place}", place=names.place(str(way["to"]))),
                     *(tr.compact(float(v)) if v else "–" for v in values)])  # fmt: skip
    heads = [Head(tr("Goods")), Head(tr("Direction")), *(Head(str(y), True) for y in found.years)]
    caption = tr("Carried per year")
    return Section("story-flows", caption, "", "", tables=[
        Table(caption, heads, rows, "" if rows else tr("Nothing is carried here in this plan."))])  # fmt: skip


def _price(plan: Plan, tr: Translator, code: str) -> Section | None:
    """Prices through the year of what is traded at a place."""
    names, prices = Names(plan, tr), plan.prices(place=code)
    order = [c for c in charts.priced(plan) if c in set(prices["commodity"].astype(str))]
    if not order:
        return None
    trade = pd.concat([t.loc[t["place"].astype(str) == code, ["commodity", "quantity"]]
                       for t in (plan.supply, plan.sales)])  # fmt: skip
    volume = trade.groupby("commodity")["quantity"].sum()
    order.sort(key=lambda c: -float(volume.get(c, 0.0) > 0))
    label = tr("Price through the year")
    options = {}
    for commodity in order:
        line = prices[prices["commodity"].astype(str) == commodity].groupby("period")["price"].mean()
        options[commodity] = _lines(plan, tr, _by_year(plan, line), price_unit(plan, tr, commodity), label)
    return Section(
        "story-price", label, "", "", chart="story-price", label=label, options=options, heights=dict.fromkeys(options,
                                                                                                              220),
        controls=[Control("option", tr("Commodity"), [(c, names.commodity(c)) for c in order])],
    )  # fmt: skip


def _through(plan: Plan, tr: Translator, code: str) -> Section | None:
    """What comes in, is made, goes out and is sold at a place in the last model year."""
    names, periods = Names(plan, tr), periods_of(plan)
    last = periods["year"].max()
    own = set(periods.loc[periods["year"] == last, "period"])

    def total(frame: pd.DataFrame, column: str) -> pd.Series:
        mine = frame[(frame[column].astype(str) == code) & frame["period"].astype(str).isin(own)]
        sums: pd.Series = mine.groupby(mine["commodity"].astype(str))["quantity"].sum()
        return sums

    columns = {
        tr("Produced"): total(plan.supply, "place"), tr("Comes in"): total(plan.flows, "to"),
        tr("Goes out"): total(plan.flows, "from"), tr("Sold"): total(plan.sales, "place"),
    }  # fmt: skip
    frame = pd.DataFrame(columns).fillna(0.0)
    frame = frame[frame.max(axis=1) > 0]
    if frame.empty:
        return None
    frame = frame.loc[frame.max(axis=1).sort_values(ascending=False).index]
    rows = []
    for commodity, values in frame.head(ROWS).iterrows():
        unit = tr.unit(names.units.get(str(commodity), ""), plural=True)
        name = names.commodity(str(commodity))
        rows.append([f"{name}, {unit}" if unit else name, *(tr.compact(float(v)) if v else "–" for v in values)])
    caption = tr("In and out in {year}", year=last)
    heads = [Head(tr("Goods")), *(Head(c, True) for c in frame.columns)]
    return Section("story-through", caption, "", "", tables=[Table(caption, heads, rows)])


def _facts(plan: Plan, tr: Translator, table: str, positions: Iterable[int], columns: tuple[str, ...]) -> list[Fact]:
    """Rows of the package, with their source."""
    region, names = plan.region, Names(plan, tr)
    frame, sources = region.table(table), region.table("sources")
    titles = dict(zip(sources["source"].astype(str), sources["title"].astype(str), strict=True))
    made = []
    for i in list(positions)[:ROWS]:
        row = frame.loc[i]
        says = [(c, _cell(tr, row[c])) for c in columns if c in frame.columns and not pd.isna(row[c])
                and not (c in ("loss", "cost", "days") and row[c] == 0)]  # fmt: skip
        key = {"links": lambda r: str(r["link"]), "facilities": lambda r: names.process(str(r["process"]))}.get(
            table, lambda r: names.commodity(str(r["commodity"])))(row)  # fmt: skip
        source = str(row["source"]) if not pd.isna(row.get("source")) else ""
        quality = str(row["quality"]) if not pd.isna(row.get("quality")) else ""
        made.append(Fact(table, names.table(table), int(i), key, says, quality, titles.get(source, source)))
    return made


def _cell(tr: Translator, value: Any) -> str:
    return tr.number(float(value), 4) if isinstance(value, int | float | np.number) else str(value)


def _changes(plan: Plan, tr: Translator, keys: set[tuple[str, str]]) -> list[Change]:
    """Projects with effects on some rows; a key of a table with steps is met by each of them."""
    names, effects = Names(plan, tr), plan.region.table("effects")
    made: dict[str, Change] = {}
    for row in effects.to_dict("records"):
        table, own = str(row["table"]), str(row["row"])
        if not any(t == table and (own == k or own.startswith(k + "/")) for t, k in keys):
            continue
        code = str(row["project"])
        sign = "+" if float(row["change"]) > 0 else ""
        text = f"{row['column']} {sign}{tr.compact(float(row['change']))}"
        known = made.get(code)
        made[code] = Change(code, names.project(code), f"{known.text}; {text}" if known else text)
    return list(made.values())
