"""With and without: flows that appear, grow, shrink and vanish between two plans of one package, on the map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from sungari.show.charts.corridors import Corridors, corridors, width
from sungari.show.charts.goods import Goods
from sungari.show.charts.map import arrow_size, lines_option, map_dots, pick, positions, width_legend
from sungari.show.charts.names import Names
from sungari.show.i18n import N_, Translator
from sungari.show.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

#: What may become of a flow: its name, and its colour in the theme.
KINDS = {"appears": N_("appears"), "grows": N_("grows"), "shrinks": N_("shrinks"), "vanishes": N_("vanishes")}
COLOURS = {"appears": "c0", "grows": "c6", "shrinks": "use1", "vanishes": "use3"}
#: A change below this share of the largest is not drawn, and a flow below it counts as none.
LEAST = 1e-3


@dataclass(frozen=True)
class Changes:
    """Flows of two plans of one package.

    Attributes
    ----------
    before, after : Corridors
    goods : list of Goods
        Of both plans.
    years : list of int
        Model years, the last first: by then most projects work.
    """

    before: Corridors
    after: Corridors
    goods: list[Goods]
    years: list[int]

    def table(self, goods: Goods, year: int) -> pd.DataFrame:
        """Flows that change: ``arrow``, ``before``, ``after``, ``change`` (unit of the goods, a year), ``kind``."""
        sides = {"before": self.before, "after": self.after}
        frame = pd.DataFrame({name: side.flow(goods, f"*{year}") for name, side in sides.items()})
        frame = frame.fillna(0.0).rename_axis("arrow").reset_index()
        frame["change"] = frame["after"] - frame["before"]
        most = float(frame["change"].abs().max()) if len(frame) else 0.0
        frame = frame[frame["change"].abs() > LEAST * most]
        frame["kind"] = [kind(b, a) for b, a in zip(frame["before"], frame["after"], strict=True)]
        return frame.sort_values("change", key=abs, ascending=False, kind="stable").reset_index(drop=True)


def changes(before: Plan, after: Plan, tr: Translator) -> Changes | None:
    """What changes from one plan to another; None where they are not of one network, or nothing can be drawn."""
    if not _one_network(before, after):
        return None
    a, b = corridors(before, tr), corridors(after, tr)
    known = {g.key: g for g in [*b.goods, *a.goods]}
    goods = [g for g in known.values() if g.key.startswith("=")]
    goods += [g for g in known.values() if not g.key.startswith("=")]
    found = Changes(a, b, goods, sorted(b.years, reverse=True))
    kept = [g for g in goods if any(len(found.table(g, y)) for y in found.years)]
    return Changes(a, b, kept, found.years) if kept else None


def _one_network(a: Plan, b: Plan) -> bool:
    """Whether two plans are of one package, or of two that differ in their projects only."""
    if a.info.get("sha256") == b.info.get("sha256"):
        return True
    network = ("places", "links", "rates", "commodities", "periods")
    return all(a.region.table(name).equals(b.region.table(name)) for name in network)


def kind(before: float, after: float) -> str:
    """What becomes of a flow."""
    if after > before:
        return "appears" if before <= LEAST * after else "grows"
    return "vanishes" if after <= LEAST * before else "shrinks"


def change_option(
    plan: Plan, tr: Translator, found: Changes, *, goods: str = "", year: int | None = None, theme: Theme = LIGHT
) -> dict[str, Any]:
    """ECharts option of the map of changes; its ground must be registered first (see ``map_ground``).

    Parameters
    ----------
    plan : Plan
        With the projects.
    tr : Translator
    found : Changes
    goods : str
        As in ``map_option``; default: the widest choice.
    year : int or None
        Model year; default: the last.
    theme : Theme

    Returns
    -------
    dict
        Plain data. Series ``corridors`` holds the flows that change, as wide as the change.
    """
    chosen, year = pick(found, goods), found.years[0] if year is None else year
    names, at = Names(plan, tr), positions(plan)
    rows = found.table(chosen, year)
    most = float(rows["change"].abs().max()) if len(rows) else 0.0
    data = []
    for arrow, before, after, change, what in rows.itertuples(index=False):
        way = found.after.arrows.iloc[int(arrow)]
        start, end = str(way["from"]), str(way["to"])
        if start not in at or end not in at:
            continue
        wide = width(abs(change), most)
        title = tr("{start} → {end}, {mode}", start=names.place(start), end=names.place(end), mode=str(way["mode"]))
        data.append({
            "name": f"{title}\n{tr(KINDS[what])}: {moved(tr, before, after, chosen.unit)}",
            "coords": [at[start], at[end]],
            "symbolSize": arrow_size(wide),
            "lineStyle": {"width": wide, "color": getattr(theme, COLOURS[what]), "curveness": float(way["curve"])},
        })  # fmt: skip
    option = lines_option(plan, theme, data, [], map_dots(plan, tr, found.after, theme))
    option["aria"] = {"enabled": True, "label": {"description": describe(plan, tr, found, chosen, year)}}
    return option


def change_frames(plan: Plan, tr: Translator, found: Changes) -> dict[str, Any]:
    """All that the map of changes can show.

    Returns
    -------
    dict
        ``arrows``: as in ``map_frames``; ``goods``: label, unit, factors, and by year the largest change and the legend
        of widths; ``flows``: per commodity and year a flat list of arrow, before, after …; ``kinds``: words.
    """
    names, at = Names(plan, tr), positions(plan)
    arrows = []
    for _, start, end, mode, curve in found.after.arrows.itertuples(index=False, name=None):
        title = tr("{start} → {end}, {mode}", start=names.place(start), end=names.place(end), mode=mode)
        arrows.append([at.get(start), at.get(end), round(float(curve), 2), title])
    goods = []
    for chosen in found.goods:
        years = {}
        for year in found.years:
            most = float(found.table(chosen, year)["change"].abs().max() or 0.0)
            most = 0.0 if most != most else most
            years[str(year)] = {"most": float(f"{most:.6g}"), "legend": width_legend(tr, chosen, most)}
        goods.append({"label": chosen.label, "unit": tr.unit(chosen.unit, plural=True), "factors": chosen.factors,
                      "years": years})  # fmt: skip
    flows: dict[str, dict[str, list[float]]] = {}
    both = pd.concat([
        side.flows.groupby(["commodity", "year", "arrow"])["quantity"].sum().rename(name)
        for name, side in (("before", found.before), ("after", found.after))
    ], axis=1).fillna(0.0)
    moved = (both["after"] - both["before"]).abs() > 1e-6 * both.max(axis=1)
    for (commodity, in_year), part in both[moved].groupby(level=[0, 1], sort=False):
        flat: list[float] = []
        numbers = part.index.get_level_values("arrow")
        for number, before, after in zip(numbers, part["before"], part["after"], strict=True):
            flat += [int(str(number)), _short(before), _short(after)]
        flows.setdefault(str(commodity), {})[str(in_year)] = flat
    return {"arrows": arrows, "goods": goods, "flows": flows, "kinds": {k: tr(text) for k, text in KINDS.items()},
            "colours": COLOURS, "least": LEAST}  # fmt: skip


def describe(plan: Plan, tr: Translator, found: Changes, goods: Goods, year: int) -> str:
    """The map in a sentence."""
    rows = found.table(goods, year)
    if rows.empty:
        return tr("With the projects the same flows as without.")
    names = Names(plan, tr)
    top = rows.iloc[0]
    way = found.after.arrows.iloc[int(top["arrow"])]
    return tr(
        "With the projects, the largest change in {year} is from {start} to {end}: {before} before, {after} after.",
        year=year, start=names.place(str(way["from"])), end=names.place(str(way["to"])),
        before=tr.quantity(float(top["before"]), goods.unit), after=tr.quantity(float(top["after"]), goods.unit),
    )  # fmt: skip


def moved(tr: Translator, before: float, after: float, unit: str) -> str:
    """Two quantities of a flow as ``0 t → 3 million t``."""
    return f"{tr.quantity(before, unit)} → {tr.quantity(after, unit)}"


def _short(value: float) -> float:
    return int(value) if value == int(value) else float(f"{value:.4g}")
