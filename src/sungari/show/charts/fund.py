"""The compensation fund: what it may have to pay, how its reserve goes, who pays in, and what would break it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sungari.decide.study import Part
from sungari.show.charts.axes import category_axis, item_tooltip, legend, money_axis, rounded
from sungari.show.charts.names import Names
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import N_, Translator
from sungari.show.theme import LIGHT, Theme

#: Curves of the first year: what they are called, colour and line.
CURVES = {
    "aep": (N_("all claims of a year"), "c0", "solid"), "oep": (N_("largest single claim"), "c1", "dashed"),
}  # fmt: skip
#: Bands of the reserve, the widest first: lower and upper quantile, and what they are called.
BANDS = (("q05", "q95", N_("nine courses in ten")), ("q25", "q75", N_("every second course")))
#: What parties pay in and get, a year.
SIDES = {"pays": (N_("pays in"), "c1"), "claims": (N_("is covered for"), "c0")}
#: Parts of the worst courses' claims below which a hazard is not drawn.
LEAST = 0.002


def hazard_names(fund: Part, tr: Translator) -> dict[str, str]:
    """Names of hazards in the reader's language."""
    return fund.region.names("hazards", tr.lang)


def claims_table(fund: Part) -> pd.DataFrame:
    """Distribution of the first year's claims: ``low``, ``high`` (money), ``chance``; no claim at all is left out."""
    frame = fund.tables["distribution"]
    return frame[frame["high"] > 0].reset_index(drop=True)


def no_claim(fund: Part) -> float:
    """Chance of a first year without any claim."""
    frame = fund.tables["distribution"]
    return float(frame.loc[frame["high"] <= 0, "chance"].sum())


def claims_option(fund: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: how likely the first year's claims are, and where the quantile lies that the fund looks at.

    Parameters
    ----------
    fund : Part
    tr : Translator
    theme : Theme
    """
    table, currency = claims_table(fund), fund.region.settings.currency
    scale = money_scale(fund, table[["high"]])
    bars = [
        {"name": f"{tr.money(row['low'], currency)} – {tr.money(row['high'], currency)}\n"
                 f"{tr.percent(row['chance'], 2)}",
         "value": [rounded((row["low"] + row["high"]) / 2 / scale), rounded(100 * row["chance"])]}
        for row in table.to_dict("records")
    ]  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_claims(fund, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "tooltip": item_tooltip(),
        "xAxis": money_axis(theme, tr("claims of the first year, {unit}", unit=tr.money_unit(currency, scale))),
        "yAxis": _side(theme, tr("chance, %")),
        "series": [
            {"id": "claims", "type": "bar", "barWidth": "98%", "data": bars, "itemStyle": {"color": theme.c0},
             "markLine": {"silent": True, "symbol": "none", "lineStyle": {"color": theme.ink, "type": "dashed"},
                          "label": {"color": theme.ink, "formatter": _quantile(fund, tr)},
                          "data": [{"xAxis": rounded(_var(fund) / scale)}]}},
        ],
    }  # fmt: skip


def _side(theme: Theme, name: str) -> dict[str, Any]:
    """A vertical axis of values whose unit stands above it."""
    return {**money_axis(theme, name), "nameLocation": "end", "nameGap": 14,
            "nameTextStyle": {"color": theme.muted, "align": "left"}}  # fmt: skip


def _var(fund: Part) -> float:
    return float(fund.info["var"][f"{fund.info['level']:g}"]) * float(fund.info["money_scale"])


def _quantile(fund: Part, tr: Translator) -> str:
    return tr("1 in {n} years", n=tr.whole(1 / (1 - fund.info["level"])))


def describe_claims(fund: Part, tr: Translator) -> str:
    """The first year's claims in a sentence."""
    info, currency = fund.info, fund.region.settings.currency
    return tr(
        "In its first year the fund has to pay {mean} on average, and more than {var} once in {n} years.",
        mean=tr.money(info["aal"] * info["money_scale"], currency), var=tr.money(_var(fund), currency),
        n=tr.whole(1 / (1 - info["level"])),
    )  # fmt: skip


def exceedance_table(fund: Part) -> pd.DataFrame:
    """Exceedance curves of the first year: ``years``, ``chance``, ``aep``, ``oep`` (money)."""
    return fund.tables["exceedance"]


def exceedance_option(fund: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: what a year's claims, and the largest single one, exceed once in so many years."""
    table, currency = exceedance_table(fund), fund.region.settings.currency
    scale = money_scale(fund, table[["aep"]])
    series = [
        {"id": name, "name": tr(label), "type": "line", "symbol": "circle", "symbolSize": 7,
         "lineStyle": {"color": getattr(theme, colour), "type": dash, "width": 2},
         "itemStyle": {"color": getattr(theme, colour)},
         "data": [{"name": f"{tr(label)}\n{tr('1 in {n} years', n=tr.whole(y))}: {tr.money(v, currency)}",
                   "value": [y, rounded(v / scale)]} for y, v in zip(table["years"], table[name], strict=True)]}
        for name, (label, colour, dash) in CURVES.items()
    ]  # fmt: skip
    foot = money_axis(theme, tr("once in so many years"))
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_exceedance(fund, tr)}},
        "grid": {"left": 8, "right": 30, "top": 56, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [str(s["name"]) for s in series]),
        "tooltip": item_tooltip(),
        "xAxis": {**foot, "type": "log", "min": int(table["years"].min()), "max": int(table["years"].max())},
        "yAxis": _side(theme, tr.money_unit(currency, scale)),
        "series": series,
    }  # fmt: skip


def describe_exceedance(fund: Part, tr: Translator) -> str:
    """The curves in a sentence."""
    table, currency = exceedance_table(fund), fund.region.settings.currency
    rows = table[table["years"].isin([10, 100, 1000])].to_dict("records")
    listed = [tr("1 in {n} years: {money}", n=tr.whole(r["years"]), money=tr.money(r["aep"], currency)) for r in rows]
    return tr("What the claims of the first year exceed: {list}.", list=tr.joined(listed))


def reserve_table(fund: Part) -> pd.DataFrame:
    """The reserve by year: ``year``, quantiles ``q05`` … ``q95`` (money, at its end), ``ruin`` (chance so far)."""
    return fund.tables["years"][["year", "q05", "q25", "q50", "q75", "q95", "ruin"]]


def reserve_option(fund: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: the reserve's fan – the middle course, and how far half and nine tenths of the courses spread."""
    table, currency = reserve_table(fund), fund.region.settings.currency
    scale = money_scale(fund, table[["q95"]])
    years = [str(y) for y in table["year"]]
    series: list[dict[str, Any]] = []
    for (low, high, label), opacity in zip(BANDS, (0.18, 0.34), strict=True):
        base = {"type": "line", "stack": low, "symbol": "none", "silent": True, "lineStyle": {"width": 0}}
        series.append({**base, "id": low, "data": [rounded(v / scale) for v in table[low]]})
        series.append({
            **base, "id": high, "name": tr(label), "areaStyle": {"color": theme.c0, "opacity": opacity},
            "itemStyle": {"color": theme.c0, "opacity": opacity},
            "data": [rounded((h - v) / scale) for v, h in zip(table[low], table[high], strict=True)],
        })  # fmt: skip
    series.append({
        "id": "q50", "name": tr("middle course"), "type": "line", "symbol": "circle", "symbolSize": 6,
        "lineStyle": {"color": theme.accent, "width": 2}, "itemStyle": {"color": theme.accent},
        "data": [
            {"name": f"{y}\n{tr('middle course')}: {tr.money(r['q50'], currency)}\n"
                     f"{tr('nine courses in ten')}: {tr.money(r['q05'], currency)} – {tr.money(r['q95'], currency)}\n"
                     f"{tr('chance of having run dry')}: {tr.percent(r['ruin'], 2)}",
             "value": rounded(r["q50"] / scale)}
            for y, r in zip(years, table.to_dict("records"), strict=True)
        ],
    })  # fmt: skip
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_reserve(fund, tr)}},
        "grid": {"left": 8, "right": 30, "top": 56, "bottom": 8, "containLabel": True},
        "legend": legend(theme, [tr("middle course"), *(tr(label) for _, _, label in reversed(BANDS))]),
        "tooltip": item_tooltip(),
        "xAxis": {"type": "category", "data": years, "boundaryGap": False, "axisTick": {"show": False},
                  "axisLine": {"lineStyle": {"color": theme.muted}}, "axisLabel": {"color": theme.muted}},
        "yAxis": _side(theme, tr.money_unit(currency, scale)),
        "series": series,
    }  # fmt: skip


def describe_reserve(fund: Part, tr: Translator) -> str:
    """The reserve in a sentence."""
    info, table, currency = fund.info, reserve_table(fund), fund.region.settings.currency
    last = table.iloc[-1]
    return tr(
        "With {capital} at the start the fund holds {middle} at the end of {year} in the middle course; the chance "
        "that it has run dry by then is {ruin}.",
        capital=tr.money(info["opening_capital"] * info["money_scale"], currency),
        middle=tr.money(float(last["q50"]), currency), year=int(last["year"]), ruin=tr.percent(float(last["ruin"]), 2),
    )  # fmt: skip


def accounts_table(fund: Part, tr: Translator) -> pd.DataFrame:
    """Parties: ``party``, ``name``, ``pays`` (a year, the opening capital spread over the horizon), ``claims`` (a year,
    expected), ``capital`` (its projects' part); money. Who pays or gets most comes first."""
    names, horizon = Names(fund, tr), float(fund.info["horizon"])
    frame = fund.tables["parties"].copy()
    frame["name"] = [names.party(p) if p else tr("outside") for p in frame["party"].astype(str)]
    frame["pays"] = frame["opening"] / horizon + frame["contributions"] + frame["premiums"]
    frame = frame.assign(_order=frame[["pays", "claims"]].max(axis=1)).sort_values("_order", ascending=False)
    return frame[["party", "name", "pays", "claims", "capital"]].reset_index(drop=True)


def accounts_option(fund: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: what each party pays in a year, and what it is covered for."""
    table, currency = accounts_table(fund, tr), fund.region.settings.currency
    scale = money_scale(fund, table[list(SIDES)])
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_accounts(fund, tr)}},
        "grid": {"left": 8, "right": 30, "top": 40, "bottom": 34, "containLabel": True},
        "legend": legend(theme, [tr(label) for label, _ in SIDES.values()]),
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": money_axis(theme, tr("{unit} a year", unit=tr.money_unit(currency, scale))),
        "yAxis": category_axis(theme, table["name"].tolist(), width=230),
        "series": [
            {"id": side, "name": tr(label), "type": "bar", "barMaxWidth": 12,
             "itemStyle": {"color": getattr(theme, colour)}, "data": [rounded(v / scale) for v in table[side]]}
            for side, (label, colour) in SIDES.items()
        ],
    }  # fmt: skip


def describe_accounts(fund: Part, tr: Translator) -> str:
    """Who pays and who is covered, in a sentence."""
    table, currency = accounts_table(fund, tr), fund.region.settings.currency
    payers = [f"{r['name']} {tr.money(r['pays'], currency)}" for r in
              table.sort_values("pays", ascending=False).head(3).to_dict("records") if r["pays"] > 0]
    covered = [f"{r['name']} {tr.money(r['claims'], currency)}" for r in
               table.sort_values("claims", ascending=False).head(3).to_dict("records") if r["claims"] > 0]
    return tr("Most is paid in a year by {payers}; most is covered, on average, of {covered}.",
              payers=tr.joined(payers) or "–", covered=tr.joined(covered) or "–")  # fmt: skip


def breaking_table(fund: Part, tr: Translator) -> pd.DataFrame:
    """Hazards in the courses that need most capital: ``hazard``, ``name``, ``share`` (of their claims)."""
    names = hazard_names(fund, tr)
    frame = fund.tables["breaking_hazards"]
    frame = frame[frame["share"] >= LEAST]
    return frame.assign(name=[names.get(h, h) for h in frame["hazard"].astype(str)]).reset_index(drop=True)


def breaking_option(fund: Part, tr: Translator, *, theme: Theme = LIGHT) -> dict[str, Any]:
    """ECharts option: which hazards bring the claims of the courses that need most capital."""
    table = breaking_table(fund, tr)
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"description": describe_breaking(fund, tr)}},
        "grid": {"left": 8, "right": 30, "top": 12, "bottom": 34, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": money_axis(theme, tr("% of the claims of the worst courses")),
        "yAxis": category_axis(theme, table["name"].tolist(), width=340, lines=True),
        "series": [{"id": "breaking", "type": "bar", "barMaxWidth": 18, "itemStyle": {"color": theme.c1},
                    "data": [rounded(100 * v) for v in table["share"]]}],
    }  # fmt: skip


def describe_breaking(fund: Part, tr: Translator) -> str:
    """What would break the fund, in a sentence."""
    table = breaking_table(fund, tr)
    if table.empty:
        return tr("No course that was drawn brings any claim.")
    listed = [f"{r['name']} ({tr.percent(r['share'])})" for r in table.head(3).to_dict("records")]
    return tr("What would break the fund, by its part in the claims of the worst courses: {list}.",
              list=tr.joined(listed))  # fmt: skip
