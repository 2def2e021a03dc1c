"""The map: corridors as wide as their flow, coloured by how full they are."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sungari.errors import UsageError, nearest
from sungari.show import assets
from sungari.show.basemap import Basemap, Floats, Projection, basemap
from sungari.show.charts.axes import item_tooltip
from sungari.show.charts.corridors import CLASSES, Corridors, corridors, round_steps, use_class, width
from sungari.show.charts.goods import Goods
from sungari.show.charts.names import Names
from sungari.show.charts.naming import Dot, arrange
from sungari.show.i18n import Translator
from sungari.show.theme import LIGHT, Theme
from sungari.words import Words

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

_PAGE = (1080.0, 600.0)  # pixels: size for which names are arranged; smaller pages hide what no longer fits
_LETTERS = 12.0  # pixels
_MANY = 20  # places from which on some may be called far away
_FAR_AWAY = 2.5  # a place so many times farther from the middle than three quarters of all lies off the map


@lru_cache(maxsize=8)
def _ground(points: tuple[tuple[float, float], ...], bare: bool) -> Basemap:
    lat, lon = (np.array(v, dtype=float) for v in zip(*points, strict=True))
    near = _together(lat, lon)
    return basemap(lat[near], lon[near], None if bare else assets.world())


def _together(lat: Floats, lon: Floats) -> NDArray[np.bool_]:
    """Which places make up the region: all but the few that lie far away from the rest, such as a world market."""
    everywhere = np.ones(len(lat), dtype=bool)
    if len(lat) < _MANY:
        return everywhere
    x, y = Projection.around(lat, lon)(lat, lon)
    away = np.hypot(x - np.median(x), y - np.median(y))
    near = away <= _FAR_AWAY * np.quantile(away, 0.75)
    return near if near.mean() > 0.8 else everywhere


def beyond(plan: Plan) -> list[str]:
    """Places that lie off the map: their corridors run over its edge."""
    table = located(plan)
    near = _together(table["lat"].to_numpy(dtype=float), table["lon"].to_numpy(dtype=float))
    return [str(p) for p in table.loc[~near, "place"]]


def ground(plan: Plan, *, bare: bool = False) -> Basemap:
    """The ground under a plan's map.

    Parameters
    ----------
    plan : Plan
    bare : bool
        Without outlines, which need :func:`sungari.show.assets.ensure_assets`.
    """
    table = located(plan)
    if table.empty:
        raise UsageError("no place has coordinates: give `lat` and `lon` in places.csv to draw a map")
    return _ground(tuple(zip(table["lat"].tolist(), table["lon"].tolist(), strict=True)), bare)


def located(plan: Plan) -> pd.DataFrame:
    """Places with coordinates: ``place``, ``lat``, ``lon``, ``kind``."""
    places = plan.region.table("places")
    known = places["lat"].notna() & places["lon"].notna()
    return places.loc[known, ["place", "lat", "lon", "kind"]].reset_index(drop=True)


def map_name(plan: Plan) -> str:
    """Name under which the map's ground is registered with ECharts."""
    points = json.dumps(located(plan)[["lat", "lon"]].to_numpy().round(4).tolist())
    return "ground-" + hashlib.sha256(points.encode()).hexdigest()[:12]


def map_option(
    plan: Plan,
    tr: Translator,
    *,
    goods: str = "",
    period: str = "",
    theme: Theme = LIGHT,
    found: Corridors | None = None,
) -> dict[str, Any]:
    """ECharts option of the map; its ground (:func:`map_ground`) must be registered first.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    goods : str
        A commodity, or a measure (``"=t"``) in which all goods that have it are added up; default: the widest choice.
    period : str
        A period; ``"*2030"`` a whole year; default: the whole first year.
    theme : Theme
    found : Corridors, optional
        The plan's flows, if they are at hand.

    Returns
    -------
    dict
        Plain data. Series ``corridors`` holds one line per direction with flow, ``idle`` the rest, ``places`` the dots.
    """
    found = found or corridors(plan, tr)
    base = ground(plan)
    chosen = pick(found, goods)
    period = period or f"*{found.years[0]}"
    data, idle = _lines(plan, tr, found, base, chosen, period, theme)
    option = lines_option(plan, theme, data, idle, map_dots(plan, tr, found, theme))
    option["aria"] = {"enabled": True, "label": {"description": describe(plan, tr, found, chosen, period)}}
    return option


def lines_option(
    plan: Plan, theme: Theme, data: list[dict[str, Any]], idle: list[dict[str, Any]], dots: dict[str, Any]
) -> dict[str, Any]:
    """ECharts option of a map with some lines on it, idle ones dotted, and the places."""
    base = ground(plan)
    left, bottom, right, top = base.view
    hidden = {"silent": True, "type": "lines", "coordinateSystem": "geo", "polyline": True}
    return {
        "animation": False,
        "tooltip": item_tooltip(),
        "geo": {
            "map": map_name(plan),
            "aspectScale": 1,
            "boundingCoords": [[left, top], [right, bottom]],
            "left": 0, "right": 0, "top": 0, "bottom": 0,
            "preserveAspect": "contain",
            "roam": True,
            "scaleLimit": {"min": 1, "max": 12},
            "silent": True,
            "itemStyle": {"areaColor": theme.land, "borderColor": theme.land, "borderWidth": 0.6},
            "emphasis": {"disabled": True},
        },
        "series": [
            hidden | {"id": "coasts", "z": 1, "lineStyle": {"color": theme.coast, "width": 0.7, "opacity": 1},
                      "data": [{"coords": line} for line in base.coasts]},
            hidden | {"id": "borders", "z": 1, "data": [{"coords": line} for line in base.borders],
                      "lineStyle": {"color": theme.border, "width": 0.9, "opacity": 0.9, "type": [5, 3]}},
            {"id": "idle", "type": "lines", "coordinateSystem": "geo", "z": 2, "data": idle,
             "lineStyle": {"color": theme.idle, "width": 1, "opacity": 0.75, "type": [2, 3]}},
            {"id": "corridors", "type": "lines", "coordinateSystem": "geo", "z": 3, "data": data,
             "symbol": ["none", "arrow"], "lineStyle": {"opacity": 0.9, "cap": "butt"},
             "emphasis": {"lineStyle": {"opacity": 1}}},
            dots,
        ],
    }  # fmt: skip


def map_ground(plan: Plan) -> dict[str, Any]:
    """GeoJSON to register under :func:`map_name` before the map is drawn."""
    return ground(plan).geojson()


def map_frames(plan: Plan, tr: Translator, found: Corridors) -> dict[str, Any]:
    """All that the map can show, for a page that steps through it: quantities by arrow, commodity and period.

    Returns
    -------
    dict
        ``arrows``: per arrow its two ends in plane units (None = nowhere), its curvature, its name and the position of
        its corridor in ``use``; ``goods``: per choice its label, unit, factors by commodity, and for a year and a
        period the largest flow and the legend of widths; ``flows``: per commodity and period a flat list of arrow,
        quantity, arrow, quantity …; ``use``: per period, and per year (``"*2030"``), the utilisation of each corridor
        in percent (None = no limit).
    """
    at = positions(plan)
    names = Names(plan, tr)
    arrows = []
    for corridor, start, end, mode, curve in found.arrows.itertuples(index=False, name=None):
        title = tr("{start} → {end}, {mode}", start=names.place(start), end=names.place(end), mode=mode)
        arrows.append([at.get(start), at.get(end), round(float(curve), 2), title, corridor])
    flows: dict[str, dict[str, list[float]]] = {}
    for (commodity, period), part in found.flows.groupby(["commodity", "period"], sort=False):
        sums = part.groupby("arrow")["quantity"].sum()
        flat = [v for pair in zip(sums.index.tolist(), sums.tolist(), strict=True) for v in pair]
        flows.setdefault(str(commodity), {})[str(period)] = [int(v) if v == int(v) else float(f"{v:.4g}") for v in flat]
    goods = []
    for chosen in found.goods:
        spans = {}
        for name, yearly in (("year", True), ("period", False)):
            most = found.most(chosen, yearly=yearly)
            spans[name] = {"most": float(f"{most:.6g}"), "legend": width_legend(tr, chosen, most)}
        goods.append(
            {"label": chosen.label, "unit": tr.unit(chosen.unit, plural=True), "factors": chosen.factors} | spans
        )
    use: dict[str, list[float | None]] = {}
    for period, part in found.use.groupby("period", sort=False):
        row: list[float | None] = [None] * (int(found.arrows["corridor"].max()) + 1)
        for corridor, share in zip(part["corridor"], part["utilisation"], strict=True):
            row[corridor] = None if share != share else round(100 * share, 1)
        use[str(period)] = row
    return {"arrows": arrows, "goods": goods, "flows": flows, "use": use, "classes": [100 * c for c in CLASSES]}


def width_legend(tr: Translator, goods: Goods, most: float) -> list[list[Any]]:
    """Steps of a legend of widths: ``[width in pixels, text with unit]``, widest first."""
    return [[width(step, most), tr.quantity(step, goods.unit)] for step in round_steps(most)]


def use_legend(tr: Translator) -> list[str]:
    """Texts of the classes of utilisation, low to high, then: no limit."""
    low, middle, high = (tr.percent(c) for c in CLASSES)
    return [
        tr("under {share}", share=low),
        tr("{low} to {high}", low=low, high=middle),
        tr("{low} to {high}", low=middle, high=high),
        tr("{share} and over", share=high),
        tr("no limit"),
    ]


class _Choice(Protocol):
    """What has goods to choose from."""

    @property
    def goods(self) -> list[Goods]: ...


def pick(found: _Choice, goods: str) -> Goods:
    """The wanted choice of goods; the first if none is named."""
    if not found.goods:
        return Goods("", "", "", {})
    if not goods:
        return found.goods[0]
    known = {g.key: g for g in found.goods}
    if goods not in known:
        hint = nearest(goods, known) or Words("one of {names}", names=", ".join(known))
        raise UsageError("no goods {goods!r} on the corridors; {hint}", goods=goods, hint=hint)
    return known[goods]


def describe(plan: Plan, tr: Translator, found: Corridors, goods: Goods, period: str) -> str:
    """The map in one or two sentences, for those who can't see it."""
    flow = found.flow(goods, period).sort_values(ascending=False)
    text = tr("Map of {n} corridors.", n=tr.whole(found.arrows["corridor"].nunique()))
    if len(flow):
        names = Names(plan, tr)
        top = found.arrows.iloc[int(str(flow.index[0]))]
        text += " " + tr(
            "Most is carried from {start} to {end}: {quantity}.",
            start=names.place(str(top["from"])),
            end=names.place(str(top["to"])),
            quantity=tr.quantity(float(flow.iloc[0]), goods.unit),
        )
    return text


def positions(plan: Plan, base: Basemap | None = None) -> dict[str, list[float]]:
    """Places with coordinates on the plane of the map."""
    base = base or ground(plan)
    table = located(plan)
    x, y = base.place(table["lat"].to_numpy(dtype=float), table["lon"].to_numpy(dtype=float))
    return {p: [round(float(a)), round(float(b))] for p, a, b in zip(table["place"].astype(str), x, y, strict=True)}


def _lines(
    plan: Plan, tr: Translator, found: Corridors, base: Basemap, goods: Goods, period: str, theme: Theme
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Lines with flow, and those without."""
    at = positions(plan, base)
    names = Names(plan, tr)
    flow = found.flow(goods, period)
    most = found.most(goods, yearly=period[:1] == "*")
    use = found.use[found.use["period"] == period].set_index("corridor")["utilisation"]
    data, busy = [], set()
    for arrow, value in flow.items():
        row = found.arrows.iloc[int(str(arrow))]
        start, end, corridor = str(row["from"]), str(row["to"]), int(row["corridor"])
        if start not in at or end not in at:
            continue
        busy.add(corridor)
        share = float(use.get(corridor, np.nan))
        title = tr("{start} → {end}, {mode}", start=names.place(start), end=names.place(end),
                   mode=str(row["mode"]))  # fmt: skip
        wide = width(float(value), most)
        shown = tr.percent(share) if share == share else tr("no limit")
        data.append(
            {
                "name": f"{title}\n{tr.quantity(float(value), goods.unit)}\n{tr('utilisation: {share}', share=shown)}",
                "coords": [at[start], at[end]],
                "symbolSize": arrow_size(wide),
                "lineStyle": {"width": wide, "color": theme.use[use_class(share)], "curveness": float(row["curve"])},
            }
        )
    idle = [
        {"name": tr("{start} – {end}, {mode}", start=names.place(str(r["from"])), end=names.place(str(r["to"])),
                    mode=str(r["mode"])),
         "coords": [at[str(r["from"])], at[str(r["to"])]],
         "lineStyle": {"curveness": float(r["curve"])}}
        for _, r in found.arrows.drop_duplicates("corridor").iterrows()
        if int(r["corridor"]) not in busy and str(r["from"]) in at and str(r["to"]) in at
    ]  # fmt: skip
    return data, idle


def arrow_size(wide: float) -> float:
    """Size of the head of an arrow, pixels, for a line so wide."""
    return round(5 + wide * 1.3, 1)


def map_dots(plan: Plan, tr: Translator, found: Corridors, theme: Theme) -> dict[str, Any]:
    """Places as dots, named where there is room, the busiest first."""
    base = ground(plan)
    names = Names(plan, tr)
    dots = page_dots(plan, found, base, names, _PAGE)
    sides = arrange(dots, _LETTERS, (0.0, 0.0, *_PAGE))
    at = positions(plan, base)
    table = located(plan)
    data = [
        {
            "name": "\n".join([dot.name, names.party(names.party_of.get(place, ""))]),
            "place": place,
            "value": at[place],
            "symbolSize": round(2 * dot.radius, 1),
            "symbol": "diamond" if kind == "crossing" else "circle",
            "label": {"show": side is not None, "position": side or "right", "formatter": plain(dot.name)},
        }
        for dot, side, place, kind in zip(dots, sides, table["place"].astype(str), table["kind"], strict=True)
    ]
    return {
        "id": "places",
        "type": "scatter",
        "coordinateSystem": "geo",
        "z": 5,
        "data": data,
        "itemStyle": {"color": theme.card, "borderColor": theme.ink, "borderWidth": 1.4, "opacity": 1},
        "label": {"show": True, "fontSize": _LETTERS, "color": theme.ink, "textBorderColor": theme.card,
                  "textBorderWidth": 3, "distance": 4},
        "labelLayout": {"hideOverlap": True},
    }  # fmt: skip


def plain(name: str) -> str:
    """A name in which ECharts finds no template."""
    return name.replace("{", "(").replace("}", ")")


def page_dots(plan: Plan, found: Corridors, base: Basemap, names: Names, page: tuple[float, float]) -> list[Dot]:
    """The located places in pixels of a page of some size, in their order."""
    at = positions(plan, base)
    left, bottom, right, top = base.view
    scale = min(page[0] / (right - left), page[1] / (top - bottom))
    shift_x = page[0] / 2 - (left + right) / 2 * scale
    shift_y = page[1] / 2 - (bottom + top) / 2 * scale
    weight = found.throughput()
    most = float(weight.max()) if len(weight) else 1.0
    return [
        Dot(
            at[place][0] * scale + shift_x,
            at[place][1] * scale + shift_y,
            3.0 + 3.0 * float(np.sqrt(max(float(weight.get(place, 0.0)), 0.0) / most)) if most > 0 else 3.0,
            names.place(place),
            float(weight.get(place, 0.0)),
        )
        for place in located(plan)["place"].astype(str)
    ]
