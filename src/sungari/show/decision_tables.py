"""The tables under the charts of appraisal, portfolio and sharing, as rows of text in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sungari.show.charts.change import KINDS, Changes
from sungari.show.charts.criteria import places_table, quadrant_table
from sungari.show.charts.goods import Goods
from sungari.show.charts.interaction import network_table, pair_table
from sungari.show.charts.names import Names
from sungari.show.charts.portfolio import ALONG, along, core_table, frontier_table, gains_table
from sungari.show.charts.ranking import ranking_table
from sungari.show.charts.risk import risk_table, tornado_table
from sungari.show.charts.split import split_table, stability_table
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import N_, Translator
from sungari.show.tables import ROWS, Head, Table, shown_of
from sungari.words import restored

if TYPE_CHECKING:
    from sungari.decide.study import Part

STANDING = {"committed": N_("committed"), "chosen": N_("yes"), "left": N_("no")}
#: Parties that gain and lose most, in a cell.
FEW = 3


def ranking_rows(appraisal: Part, tr: Translator) -> Table:
    """Worth, rates of return and what becomes of each project."""
    table = ranking_table(appraisal, tr)
    unit, cell = _money(appraisal, tr, table[["first", "last"]])
    facts = {p["project"]: p for p in appraisal.info["projects"]}
    rows = []
    odd = False
    for row in table.itertuples(index=False):
        fact = facts[str(row.project)]
        rates = " / ".join(tr.percent(r, 1) for r in fact["irr"]) or "–"
        if fact["irr"] and not fact["conventional"]:
            rates, odd = f"{rates} *", True
        rows.append([
            str(row.name), cell(row.first), cell(row.last), rates,
            "–" if fact["bcr"] is None else tr.number(fact["bcr"]),
            "–" if fact["payback"] is None else tr.number(fact["payback"]), tr(STANDING[str(row.standing)]),
        ])  # fmt: skip
    heads = [Head(tr("Project")), Head(tr("First in, {unit}", unit=unit), True),
             Head(tr("Last in, {unit}", unit=unit), True),
             Head(tr("Rate of return, % a year"), True), Head(tr("Benefit over cost"), True),
             Head(tr("Payback, years"), True), Head(tr("Chosen"))]  # fmt: skip
    note = tr("* The flow changes its sign more than once: read no rate from it alone.") if odd else ""
    return Table(tr("What each project is worth, present value"), heads, rows, note)


def blocked_rows(appraisal: Part, tr: Translator) -> Table | None:
    """Projects without a figure, and why; None where all have one."""
    names = Names(appraisal, tr)
    whys = {
        p["project"]: _why(p["first"]) or _why(p["last"]) or "–"
        for p in appraisal.info["projects"] if p["first_in"] is None or p["last_in"] is None
    }  # fmt: skip
    rows = [[names.project(project), tr.said(why)] for project, why in whys.items()]
    if not rows:
        return None
    return Table(tr("Projects without a figure"), [Head(tr("Project")), Head(tr("Why"))], rows)


def _why(worth: dict[str, Any]) -> str:
    """Why there is no figure; appraisals of former days have it in English only."""
    return restored(str(worth.get("why_words") or worth["why"] or ""))


def gains_rows(appraisal: Part, tr: Translator) -> Table:
    """Who gains most and who loses by each project first in, and what would make the losers whole."""
    names, table = Names(appraisal, tr), ranking_table(appraisal, tr)
    facts = {p["project"]: p["first"] for p in appraisal.info["projects"]}
    scale = appraisal.region.settings.money_scale
    paid = pd.Series([facts[p]["compensation"] * scale for p in table["project"]], dtype=float)
    unit, cell = _money(appraisal, tr, paid.to_frame())
    rows = []
    for project, name, compensation in zip(table["project"], table["name"], paid, strict=True):
        parties = sorted(facts[project]["parties"], key=lambda p: -p["change"])
        gain = [names.party(p["party"]) for p in parties if p["change"] > 0]
        lose = [names.party(p["party"]) for p in reversed(parties) if p["compensation"] > 0]
        rows.append([name, _few(gain, tr), _few(lose, tr), cell(compensation)])
    heads = [Head(tr("Project")), Head(tr("Gain most")), Head(tr("Lose")),
             Head(tr("Would make the losers whole, {unit}", unit=unit), True)]  # fmt: skip
    return Table(tr("Who gains and who loses, first in"), heads, rows)


def _few(names: list[str], tr: Translator) -> str:
    if not names:
        return "–"
    rest = len(names) - FEW
    more = [tr.ngettext("{n} more", "{n} more", rest)] if rest > 0 else []
    return tr.joined([*names[:FEW], *more])


def interaction_rows(appraisal: Part, tr: Translator) -> Table:
    """The pairs that interact most, or what the others add to each project."""
    pairs = pair_table(appraisal, tr)
    if len(pairs):
        unit, cell = _money(appraisal, tr, pairs[["together", "apart", "synergy"]])
        rows = [
            [str(r.name_a), str(r.name_b), cell(r.together), cell(r.apart), cell(r.synergy)]
            for r in pairs.head(ROWS).itertuples(index=False)
        ]
        heads = [Head(tr("Project")), Head(tr("and project")), Head(tr("Together, {unit}", unit=unit), True),
                 Head(tr("Apart, {unit}", unit=unit), True), Head(tr("Synergy, {unit}", unit=unit), True)]  # fmt: skip
        return Table(tr("Pairs that interact most, into today's network"), heads, rows,
                     shown_of(tr, len(rows), len(pairs)))  # fmt: skip
    table = network_table(appraisal, tr)
    unit, cell = _money(appraisal, tr, table[["synergy"]])
    return Table(
        tr("What the other chosen projects add to each project"),
        [Head(tr("Project")), Head(tr("Last in less first in, {unit}", unit=unit), True)],
        [[str(r.name), cell(r.synergy)] for r in table.itertuples(index=False)],
    )


def change_rows(part: Any, tr: Translator, found: Changes, goods: Goods, year: int) -> Table:
    """The flows that change most."""
    names = Names(part, tr)
    table = found.table(goods, year)
    rows = []
    for arrow, before, after, _, kind in table.head(ROWS).itertuples(index=False):
        way = found.after.arrows.iloc[int(arrow)]
        rows.append([names.place(str(way["from"])), names.place(str(way["to"])), str(way["mode"]), tr.whole(before),
                     tr.whole(after), tr(KINDS[kind])])  # fmt: skip
    unit = tr.per_year(tr.unit(goods.unit, plural=True))
    heads = [Head(tr("From")), Head(tr("To")), Head(tr("Mode")), Head(tr("Without, {unit}", unit=unit), True),
             Head(tr("With, {unit}", unit=unit), True), Head(tr("The flow"))]  # fmt: skip
    return Table(tr("Flows that change most in {year}: {goods}", year=year, goods=goods.label), heads, rows,
                 shown_of(tr, len(rows), len(table)))  # fmt: skip


def split_rows(sharing: Part, tr: Translator) -> Table:
    """What each rule gives each player."""
    table = split_table(sharing, tr)
    unit, cell = _money(sharing, tr, table[["own", "owen", "shapley", "nucleolus", "payment"]])
    rows = [
        [str(r.name), cell(r.own), cell(r.owen), cell(r.shapley), cell(r.nucleolus), cell(r.payment)]
        for r in table.itertuples(index=False)
    ]
    heads = [Head(tr("Party")), Head(tr("Own plan, nothing paid"), True), Head(tr("Owen point"), True),
             Head(tr("Shapley value"), True), Head(tr("Nucleolus"), True), Head(tr("Side payment"), True)]  # fmt: skip
    note = tr("Side payment: what turns the Owen point into the Shapley value.")
    return Table(tr("Gain over going alone, {unit}, present value", unit=unit), heads, rows, note)


def stability_rows(sharing: Part, tr: Translator) -> Table | None:
    """Range of each player's gain over the scenarios; None where none were solved."""
    table = stability_table(sharing, tr)
    if table.empty:
        return None
    unit, cell = _money(sharing, tr, table[["low", "high"]])
    wide = table.assign(text=[f"{cell(r.low)} … {cell(r.high)}" for r in table.itertuples(index=False)])
    wide = wide.pivot(index="name", columns="rule", values="text").reindex(columns=["owen", "shapley", "nucleolus"])
    rows = [[str(name), *(str(v) if v == v else "–" for v in values)] for name, *values in wide.itertuples()]
    heads = [Head(tr("Party")), Head(tr("Owen point"), True), Head(tr("Shapley value"), True),
             Head(tr("Nucleolus"), True)]  # fmt: skip
    return Table(tr("Lowest and highest gain in the scenarios, {unit}", unit=unit), heads, rows)


def chosen_rows(portfolio: Part, tr: Translator) -> Table:
    """The projects of the set: year, size, cost, committed or not."""
    names = Names(portfolio, tr)
    frame = portfolio.tables["chosen"]
    unit, cell = _money(portfolio, tr, frame[["capex"]])
    frame = frame.sort_values(["committed", "year", "capex"], ascending=[True, True, False])
    rows = [
        [names.project(str(r["project"])), str(int(r["year"])), tr.number(float(r["size"])), cell(r["capex"]),
         tr("committed") if r["committed"] else tr("chosen")]
        for r in frame.to_dict("records")
    ]  # fmt: skip
    heads = [Head(tr("Project")), Head(tr("Decided"), True), Head(tr("Size"), True),
             Head(tr("Capital cost, {unit}", unit=unit), True), Head(tr("Why"))]  # fmt: skip
    return Table(tr("Projects of the set"), heads, rows)


def budget_rows(portfolio: Part, tr: Translator) -> Table | None:
    """Budgets, what is used of them, and what one more unit would bring; None without budgets."""
    names = Names(portfolio, tr)
    frame = portfolio.tables["budgets"]
    if frame.empty:
        return None
    unit, cell = _money(portfolio, tr, frame[["amount", "used"]])
    rows = []
    for r in frame.to_dict("records"):
        party, sector = str(r["party"]), str(r["sector"])
        rows.append([
            tr("all parties") if party == "*" else names.party(party), tr("all sectors") if sector == "*" else sector,
            tr("whole horizon") if pd.isna(r["year"]) else str(int(r["year"])), cell(r["amount"]), cell(r["used"]),
            "–" if pd.isna(r["value"]) else tr.number(float(r["value"])),
        ])  # fmt: skip
    heads = [Head(tr("Party")), Head(tr("Sector")), Head(tr("Year")), Head(tr("Budget, {unit}", unit=unit), True),
             Head(tr("Used, {unit}", unit=unit), True), Head(tr("One more unit brings"), True)]  # fmt: skip
    return Table(tr("Budgets"), heads, rows)


def frontier_rows(portfolio: Part, tr: Translator) -> Table:
    """The points of the frontier."""
    table = frontier_table(portfolio, tr)
    unit, cell = _money(portfolio, tr, table[["level", "gain", "spent"]])
    rows = [
        [cell(r["level"]), cell(r["gain"]), cell(r["spent"]), tr.whole(r["projects"])] for r in table.to_dict("records")
    ]
    heads = [Head(tr("Limit, {unit}", unit=unit), True), Head(tr("Gain, {unit}", unit=unit), True),
             Head(tr("Capital cost, {unit}", unit=unit), True), Head(tr("Projects"), True)]  # fmt: skip
    return Table(tr("Points of the frontier: {what}", what=tr(ALONG[along(portfolio)])), heads, rows)


def core_rows(portfolio: Part, tr: Translator) -> Table:
    """How many near-best sets have each project."""
    words = {"all": N_("all"), "some": N_("some"), "none": N_("none"), "undecided": N_("not settled")}
    table = core_table(portfolio, tr)
    said = [tr(words[str(word)]) for word in table["near_best"]]
    rows = [[str(n), word, tr.percent(s)] for n, word, s in zip(table["name"], said, table["share"], strict=True)]
    heads = [Head(tr("Project")), Head(tr("In how many near-best sets")), Head(tr("Share of those found"), True)]
    return Table(tr("Projects in near-best sets"), heads, rows)


def party_rows(portfolio: Part, tr: Translator) -> Table:
    """What each party gains or loses by the set."""
    table = gains_table(portfolio, tr)
    unit, cell = _money(portfolio, tr, table[["gain"]])
    return Table(
        tr("Gain by party"), [Head(tr("Party")), Head(tr("Gain, {unit}", unit=unit), True)],
        [[str(r.name), cell(r.gain)] for r in table.itertuples(index=False)],
    )  # fmt: skip


def risk_rows(appraisal: Part, tr: Translator) -> Table:
    """Mean, spread and tails of each project's worth."""
    table = risk_table(appraisal, tr)
    unit, cell = _money(appraisal, tr, table[["enpv", "low", "high", "cvar"]])
    rows = [
        [r["name"], cell(r["enpv"]), cell(r["sd"]), cell(r["low"]), cell(r["high"]), tr.percent(r["p_negative"]),
         cell(r["var"]), cell(r["cvar"])]
        for r in table.to_dict("records")
    ]  # fmt: skip
    heads = [Head(tr("Project")), Head(tr("Mean"), True), Head(tr("Standard deviation"), True),
             Head(tr("5 % point"), True), Head(tr("95 % point"), True), Head(tr("Chance of a loss"), True),
             Head(tr("Value at risk"), True), Head(tr("Mean of the worst cases"), True)]  # fmt: skip
    note = tr("Value at risk and the mean of the worst cases are losses: below zero there is a gain even then.")
    return Table(tr("Worth first in under risk, {unit}", unit=unit), heads, rows, note)


def tornado_rows(appraisal: Part, tr: Translator) -> Table:
    """What moves each project's worth."""
    table = tornado_table(appraisal, tr)
    unit, cell = _money(appraisal, tr, table[["down", "up"]])
    rows = [
        [r["name"], r["uncertainty"], tr.number(r["low"]), tr.number(r["high"]), cell(r["down"]), cell(r["up"])]
        for r in table.groupby("project", sort=False).head(3).to_dict("records")
    ]
    heads = [Head(tr("Project")), Head(tr("Uncertainty")), Head(tr("10 % point"), True), Head(tr("90 % point"), True),
             Head(tr("Worth moves by, at 10 %"), True), Head(tr("at 90 %"), True)]  # fmt: skip
    return Table(tr("What moves the projects' worth most, {unit}", unit=unit), heads, rows)


def places_rows(appraisal: Part, tr: Translator) -> Table:
    """Places by all criteria, with their ranges."""
    rows = [
        [r["name"], tr.whole(r["rank"]), tr.whole(r["best"]), tr.whole(r["worst"]),
         tr("flips") if r["flips"] else tr("firm"), tr.percent(r["first_share"])]
        for r in places_table(appraisal, tr).to_dict("records")
    ]  # fmt: skip
    heads = [Head(tr("Project")), Head(tr("Place"), True), Head(tr("Best place"), True), Head(tr("Worst place"), True),
             Head(tr("With the way of ranking")), Head(tr("Share of first places"), True)]  # fmt: skip
    return Table(tr("Places by many criteria, weights of all parties together"), heads, rows)


def quadrant_rows(appraisal: Part, tr: Translator) -> Table:
    """The two indices of each project."""
    table = quadrant_table(appraisal, tr).sort_values(["quadrant", "name"], kind="stable")
    rows = [
        [r["name"], r["sector"], tr.whole(r["social"]), tr.whole(r["financial"]), r["quadrant"]]
        for r in table.to_dict("records")
    ]
    heads = [Head(tr("Project")), Head(tr("Sector")), Head(tr("Social and environmental"), True),
             Head(tr("Financial and economic"), True), Head(tr("Quadrant"))]  # fmt: skip
    return Table(tr("Two indices, 0 to 100"), heads, rows)


def _money(part: Any, tr: Translator, amounts: pd.DataFrame) -> tuple[str, Any]:
    """Unit of a table's money, and how a cell of it is written."""
    scale = money_scale(part, amounts)
    most = float(amounts.abs().to_numpy().max()) / scale if amounts.size else 0.0
    places = 0 if most >= 1e4 else 1 if most >= 1e3 else 2

    def cell(value: float) -> str:
        return "–" if value != value else tr.fixed(value / scale, places)

    return tr.money_unit(part.region.settings.currency, scale), cell
