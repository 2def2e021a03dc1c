"""The report: a plan as one page that needs no network, no server and, for those who block them, no scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sungari import __version__
from sungari.errors import UsageError
from sungari.show import assets, charts, pictures
from sungari.show.charts.bottlenecks import BARS, units
from sungari.show.charts.bottlenecks import describe as describe_bottlenecks
from sungari.show.charts.chain import KINDS, SMALLEST, VALUE
from sungari.show.charts.map import beyond, located, pick, use_legend
from sungari.show.charts.map import describe as describe_map
from sungari.show.charts.names import Names
from sungari.show.charts.prices import describe as describe_prices
from sungari.show.charts.quality import describe as describe_quality
from sungari.show.charts.sankey import describe as describe_sankey
from sungari.show.charts.welfare import describe as describe_welfare
from sungari.show.headline import figures, horizon, sentences
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import svg
from sungari.show.tables import (
    Table,
    about_plan,
    bottlenecks_table,
    built_table,
    chain_table,
    corridor_table,
    prices_table,
    quality_rows,
    sources_table,
    welfare_rows,
)
from sungari.show.theme import DARK, LIGHT, TOKENS, css

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_HTML = {"en": "en", "zh": "zh-Hans", "ru": "ru"}
_LOCALE = {"en": "en-US", "zh": "zh-CN", "ru": "ru-RU"}


@dataclass(frozen=True)
class Control:
    """A list from which the reader chooses what a chart shows."""

    name: str
    label: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """One card of the report.

    Attributes
    ----------
    id, title, short, lead : str
        Anchor, heading, entry in the contents, and what there is to see.
    chart : str
        Name of its chart; empty for none.
    label : str
        The chart in words.
    options : dict
        Options of the chart by what the reader chooses.
    controls : list of Control
    keys : list of (str, str)
        Legend: name of a colour of the theme, and its meaning.
    captions : list of str
        Remarks under the chart.
    picture : str
        The chart as an SVG element, safe to put into the page.
    tables : list of Table
    heights : dict of str to int
        Height of the chart in pixels by option; the style sheet's where there is none.
    """

    id: str
    title: str
    short: str
    lead: str
    chart: str = ""
    label: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    picture: str = ""
    tables: list[Table] = field(default_factory=list)
    heights: dict[str, int] = field(default_factory=dict)


def write_report(plan: Plan, path: str | os.PathLike[str], lang: str = "en") -> Path:
    """Write a plan's report, whole or not at all.

    Parameters
    ----------
    plan : Plan
    path : path-like
        HTML file to make or replace.
    lang : str
        ``en``, ``zh`` or ``ru``.

    Returns
    -------
    Path
        The file. The same plan makes the same bytes.
    """
    target = Path(path)
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file, such as {target / 'report.html'}")
    text = report(plan, lang)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def report(plan: Plan, lang: str = "en") -> str:
    """A plan's report as the text of one HTML page; see :func:`write_report`."""
    tr = Translator(lang)
    sections, data = _sections(plan, tr)
    script = (_TEMPLATES / "report.js").read_text(encoding="utf-8")
    echarts = assets.echarts()
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["tr"] = tr
    return environment.get_template("report.html").render(
        html_lang=_HTML[lang],
        policy=_policy(echarts, script),
        version=__version__,
        title=_title(plan, tr),
        subtitle=_subtitle(plan, tr),
        figures=figures(plan, tr),
        sentences=sentences(plan, tr),
        sections=sections,
        use_legend=use_legend(tr),
        css=Markup(_style()),
        data=Markup(_json(data)),
        echarts=Markup(echarts),
        script=Markup(script),
    )


def _title(plan: Plan, tr: Translator) -> str:
    descriptor = getattr(plan.region, "descriptor", {})
    return str(descriptor.get(f"title_{tr.lang}") or plan.region.title)


def _subtitle(plan: Plan, tr: Translator) -> str:
    settings = plan.region.settings
    parts = [horizon(plan), tr("money in {currency}", currency=tr.currency(settings.currency))]
    if settings.price_year is not None:
        parts.append(tr("prices of {year}", year=settings.price_year))
    parts.append(tr("discount rate {rate} a year", rate=tr.percent(settings.discount_rate, 1)))
    if str(plan.info.get("status")) != "optimal":
        parts.append(tr("best plan found; not proven optimal"))
    return " · ".join(parts)


def _sections(plan: Plan, tr: Translator) -> tuple[list[Section], dict[str, Any]]:
    data: dict[str, Any] = {
        "lang": tr.lang,
        "locale": _LOCALE[tr.lang],
        "themes": {"light": LIGHT.as_dict(), "dark": DARK.as_dict()},
        "texts": {
            "use": tr("utilisation: {share}", share="").strip(),
            "unlimited": tr("no limit"),
            "year": tr("per year"),
            "period": tr("per period"),
        },
    }
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
    made += [_quality(plan, tr), _about(plan, tr)]
    data["heights"] = {s.chart: s.heights for s in made if s.chart}
    data["charts"] = {s.chart: s.options for s in made if s.chart}
    return made, data


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
    data["ground"] = {"name": charts.map_name(plan), "land": charts.map_ground(plan)}
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
        picture=_picture("map", pictures.map_figure(plan, tr, found=found), label),
        tables=[corridor_table(plan, tr, found, goods)],
    )


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
        picture=_picture("sankey", pictures.sankey_figure(plan, tr, found=found[VALUE]), label),
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
        picture=_picture("bottlenecks", pictures.bottlenecks_figure(plan, tr, found=table), label) if known else "",
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
        picture=_picture("prices", pictures.prices_figure(plan, tr), label),
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
        picture=_picture("welfare", pictures.welfare_figure(plan, tr), label),
        tables=[welfare_rows(plan, tr)],
        heights={key: 130 + 28 * len(charts.welfare_table(plan, tr, by=key)) for key in ways},
    )  # fmt: skip


def _quality(plan: Plan, tr: Translator) -> Section:
    label = describe_quality(plan, tr)
    return Section(
        "assumed",
        tr("What is assumed"),
        tr("Assumptions"),
        tr("How sure the figures are, by table of the region package, and where they come from."),
        chart="quality",
        label=label,
        options={"": charts.quality_option(plan, tr, theme=TOKENS)},
        picture=_picture("quality", pictures.quality_figure(plan, tr), label),
        tables=[quality_rows(plan, tr), sources_table(plan, tr)],
        heights={"": 110 + 27 * len(charts.quality_table(plan))},
    )


def _about(plan: Plan, tr: Translator) -> Section:
    return Section(
        "about",
        tr("How this plan was made"),
        tr("Method"),
        tr("Supply, processing, shipment, storage, sales and projects are chosen together so that the total surplus is "
           "greatest (spatial price equilibrium of Samuelson, Takayama and Judge; investment programming after "
           "Kendrick and Stoutjesdijk). Prices are the duals of the balances."),
        tables=[about_plan(plan, tr)],
    )  # fmt: skip


def _picture(name: str, figure: Any, label: str) -> Markup:
    return Markup(svg(figure, f"still-{name}", label))


def _style() -> str:
    text = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    light, dark = css(LIGHT), css(DARK)
    return (
        f":root{{{light}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f":root[data-theme=dark]{{{dark}}}" + text + ":root[data-theme=dark]{color-scheme:dark}"
        "@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark}}"
        f"@media print{{:root,:root[data-theme=dark]{{{light}}}}}"
    )


def _policy(*scripts: str) -> str:
    """Content security policy: these scripts and nothing else; no request to anywhere."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts
    )
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


def _json(data: Any) -> str:
    """Compact JSON that can't end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
