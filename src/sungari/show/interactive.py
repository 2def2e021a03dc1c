"""Pictures that answer to the pointer, for notebooks: Altair charts of the same tables that the other pictures show.

Hovering names a line or a bar with its figures; the map can be moved and zoomed, bars and lines singled out by their
legends. A chart shows itself where a notebook asks for it and saves with ``.save("map.html")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.show.charts.bottlenecks import bottleneck_table, dearest, units
from sungari.show.charts.corridors import corridors, use_class, width
from sungari.show.charts.map import ground, located, pick, positions, use_legend
from sungari.show.charts.names import Names
from sungari.show.charts.prices import price_lines, price_unit, priced
from sungari.show.charts.welfare import money_scale, welfare_table
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT

if TYPE_CHECKING:
    import altair

    from sungari.chain.plan import Plan

_WIDE = 720  # pixels


def map_chart(plan: Plan, tr: Translator, *, goods: str = "", period: str = "") -> altair.LayerChart:
    """The map: corridors as wide as their flow, coloured by utilisation; drag to move it, scroll to zoom.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    goods, period : str
        As in :func:`sungari.show.charts.map_option`.
    """
    import altair as alt

    found, base, names = corridors(plan, tr), ground(plan), Names(plan, tr)
    chosen, period = pick(found, goods), period or f"*{found.years[0]}"
    at = positions(plan, base)
    flow = found.flow(chosen, period)
    most = found.most(chosen, yearly=period[:1] == "*")
    use = found.use[found.use["period"] == period].set_index("corridor")["utilisation"]
    classes = use_legend(tr)
    rows = []
    for arrow, value in flow.items():
        way = found.arrows.iloc[int(str(arrow))]
        start, end = str(way["from"]), str(way["to"])
        if start in at and end in at:
            share = float(use.get(int(way["corridor"]), np.nan))
            rows.append({
                "x": at[start][0], "y": at[start][1], "x2": at[end][0], "y2": at[end][1],
                "line": width(float(value), most), "use": classes[use_class(share)],
                "way": tr("{start} → {end}, {mode}", start=names.place(start), end=names.place(end), mode=way["mode"]),
                "flow": tr.quantity(float(value), chosen.unit),
                "utilisation": tr.percent(share) if share == share else tr("no limit"),
            })  # fmt: skip
    left, bottom, right, top = base.view
    coasts = [
        {"line": i, "order": k, "x": p[0], "y": p[1]} for i, c in enumerate(base.coasts) for k, p in enumerate(c)
    ]
    dots = [{"x": at[p][0], "y": at[p][1], "place": names.place(p)} for p in located(plan)["place"].astype(str)]
    x = alt.X("x:Q", scale=alt.Scale(domain=[left, right], nice=False), axis=None)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[bottom, top], nice=False), axis=None)
    colour = alt.Color("use:N", title=tr("Utilisation"), scale=alt.Scale(domain=classes, range=list(LIGHT.use)))
    layers = [
        alt.Chart(_data(coasts, ["line", "order", "x", "y"])).mark_line(color=LIGHT.coast, strokeWidth=0.7, clip=True)
        .encode(x=x, y=y, detail="line:N", order="order:Q"),
        alt.Chart(_data(rows, ["x", "y", "x2", "y2", "line", "use", "way", "flow", "utilisation"]))
        .mark_rule(opacity=0.85, clip=True)
        .encode(x=x, y=y, x2="x2:Q", y2="y2:Q", color=colour, strokeWidth=alt.StrokeWidth("line:Q", scale=None),
                tooltip=_tips(way=tr("Corridor"), flow=tr("Flow"), utilisation=tr("Utilisation"))),
        alt.Chart(_data(dots, ["x", "y", "place"]))
        .mark_point(filled=True, color=LIGHT.ink, size=26, opacity=1, clip=True)
        .encode(x=x, y=y, tooltip=_tips(place=tr("Place"))),
    ]  # fmt: skip
    high = int(_WIDE / base.aspect)
    made: altair.LayerChart = _quiet(
        alt.layer(*layers).properties(width=_WIDE, height=high, title=chosen.label).interactive()
    )
    return made


def prices_chart(plan: Plan, tr: Translator, *, commodities: list[str] | None = None, places: int = 5) -> altair.Chart:
    """Prices through the year by place, a small picture per commodity; click a place in the legend to single it out.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    commodities : list of str, optional
        Default: the six with the largest value of sales.
    places : int
        Lines per picture.
    """
    import altair as alt

    names = Names(plan, tr)
    rows = []
    for commodity in commodities or priced(plan)[:6]:
        title = f"{names.commodity(commodity)}, {price_unit(plan, tr, commodity)}"
        wide = price_lines(plan, commodity, places)
        for n, (period, prices) in enumerate(wide.iterrows()):
            rows += [
                {"what": title, "n": n, "period": tr.period(str(period)), "place": names.place(str(p)), "price": v}
                for p, v in prices.items() if v == v
            ]  # fmt: skip
    chosen = alt.selection_point(fields=["place"], bind="legend")
    made: altair.Chart = _quiet(
        alt.Chart(_data(rows, ["what", "n", "period", "place", "price"]))
        .mark_line(point=True, interpolate="step")
        .encode(
            x=alt.X("n:O", axis=alt.Axis(labels=False, ticks=False), title=None),
            y=alt.Y("price:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color("place:N", title=tr("Place"), scale=alt.Scale(range=list(LIGHT.series))),
            opacity=alt.condition(chosen, alt.value(1.0), alt.value(0.12)),
            tooltip=_tips(place=tr("Place"), period=tr("Period"), price=tr("Price")),
            facet=alt.Facet("what:N", columns=3, title=None),
        )
        .properties(width=210, height=150).resolve_scale(y="independent").add_params(chosen)
    )  # fmt: skip
    return made


def bottlenecks_chart(plan: Plan, tr: Translator, *, unit: str = "") -> altair.Chart:
    """What one more unit of each binding capacity is worth.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    unit : str
        Unit of capacity; default: the one that most bottlenecks have.
    """
    import altair as alt

    table = bottleneck_table(plan, tr)
    unit = unit or (units(table)[0] if len(table) else "")
    rows = dearest(table, unit)
    currency = tr.currency(plan.region.settings.currency)
    title = tr("{currency} per {unit} of yearly capacity", currency=currency, unit=unit)
    made: altair.Chart = _quiet(
        alt.Chart(rows[["kind", "name", "worth", "binding", "of"]]).mark_bar(color=LIGHT.accent)
        .encode(
            x=alt.X("worth:Q", title=title), y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=340)),
            tooltip=_tips(name=tr("Place"), kind=tr("What"), worth=title),
        )
        .properties(width=_WIDE - 300)
    )  # fmt: skip
    return made


def welfare_chart(plan: Plan, tr: Translator, *, by: str = "party") -> altair.Chart:
    """Welfare by party and component; click a component in the legend to single it out.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    by : str
        ``"party"`` or ``"country"``.
    """
    import altair as alt

    wide = welfare_table(plan, tr, by=by)
    scale = money_scale(plan, wide)
    rows = (wide / scale).rename_axis("party").reset_index().melt("party", var_name="component", value_name="amount")
    rows = rows[rows["amount"] != 0].astype({"party": object, "component": object})
    chosen = alt.selection_point(fields=["component"], bind="legend")
    unit = tr.money_unit(plan.region.settings.currency, scale)
    made: altair.Chart = _quiet(
        alt.Chart(rows).mark_bar()
        .encode(
            x=alt.X("sum(amount):Q", title=unit), y=alt.Y("party:N", sort=[str(p) for p in wide.index], title=None),
            color=alt.Color("component:N", title=None, sort=[str(c) for c in wide.columns],
                            scale=alt.Scale(range=list(LIGHT.series))),
            opacity=alt.condition(chosen, alt.value(1.0), alt.value(0.12)),
            tooltip=_tips(party=tr("Party"), component=tr("What"), amount=unit),
        )
        .properties(width=_WIDE - 260).add_params(chosen)
    )  # fmt: skip
    return made


def _data(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns)


def _tips(**fields: str) -> list[altair.Tooltip]:
    """What is shown under the pointer: field and its title."""
    import altair as alt

    numbers = {"price", "worth", "amount"}
    return [
        alt.Tooltip(f"{f}:Q", title=t, format=",.4~r") if f in numbers else alt.Tooltip(f"{f}:N", title=t)
        for f, t in fields.items()
    ]


def _quiet(chart: Any) -> Any:
    """A chart in the report's colours, without a frame."""
    return (
        chart.configure_view(stroke=None)
        .configure_axis(gridColor=LIGHT.line, labelColor=LIGHT.ink, titleColor=LIGHT.muted, domainColor=LIGHT.line)
        .configure_legend(labelColor=LIGHT.ink, titleColor=LIGHT.muted, labelLimit=260)
        .configure_title(color=LIGHT.ink, anchor="start")
    )
