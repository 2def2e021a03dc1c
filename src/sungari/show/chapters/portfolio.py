"""The chapter of a portfolio: which set to build within the budgets, how sure that is, and who gains by it."""

from __future__ import annotations

from sungari.decide.study import Part, Study
from sungari.show import charts, pictures
from sungari.show.chapters.section import Chapter, Section, picture
from sungari.show.charts.names import Names
from sungari.show.charts.portfolio import (
    core_shown,
    core_table,
    describe_core,
    describe_frontier,
    describe_gains,
    frontier_table,
    gains_table,
)
from sungari.show.decision_tables import (
    budget_rows,
    chosen_rows,
    core_rows,
    frontier_rows,
    party_rows,
)
from sungari.show.headline import Figure
from sungari.show.i18n import Translator
from sungari.show.theme import TOKENS


def chapter(study: Study, tr: Translator) -> Chapter | None:
    """The chapter of a study's portfolio; None where it has none."""
    part = study.portfolio
    if part is None:
        return None
    budgets = budget_rows(part, tr)
    made = [Section(
        "chosen", tr("The set to build"), tr("The set"),
        tr("The projects, years and sizes that bring most within budgets, rules and floors."),
        tables=[chosen_rows(part, tr), *([budgets] if budgets else [])],
    )]  # fmt: skip
    if len(frontier_table(part, tr)) > 1:
        made.append(_frontier(part, tr))
    if len(core_table(part, tr)):
        made.append(_core(part, tr))
    if len(gains_table(part, tr)):
        made.append(_gains(part, tr))
    return Chapter("portfolio", tr("Which projects to build together"), tr("Portfolio"), tr("Portfolio report"),
                   _figures(part, tr), _sentences(part, tr), made)  # fmt: skip


def _figures(part: Part, tr: Translator) -> list[Figure]:
    info = part.info
    scale, currency = info["money_scale"], info["currency"]
    capex = sum(p["capex"] for p in info["chosen"] if not p["committed"]) * scale
    made = [Figure(tr.whole(len({p["project"] for p in info["chosen"] if not p["committed"]})), tr("Projects chosen"),
                   tr("capital cost {money}", money=tr.money(capex, currency)))]  # fmt: skip
    if info["gain"] is not None:
        made.append(Figure(tr.money(info["gain"] * scale, currency), tr("Gain over today's network"),
                           tr("present value")))  # fmt: skip
        made.append(Figure(tr.percent(info["gap"] or 0.0, 2), tr("Gap"),
                           tr("at most so much more could another set bring")))  # fmt: skip
    if info.get("marginal_value") is not None:
        made.append(Figure(tr.number(info["marginal_value"]), tr("Worth of one more unit of budget"),
                           tr("gain for each unit of money")))  # fmt: skip
    return made


def _sentences(part: Part, tr: Translator) -> list[str]:
    info = part.info
    scale, currency = info["money_scale"], info["currency"]
    names = Names(part, tr)
    fresh = [p for p in info["chosen"] if not p["committed"]]
    made = []
    if info["gain"] is not None and fresh:
        top = sorted(fresh, key=lambda p: -p["capex"])[:3]
        made.append(tr.ngettext(
            "{n} project is chosen; it brings {gain}: {list}.",
            "{n} projects are chosen; they bring {gain}. The largest: {list}.",
            len({p["project"] for p in fresh}), gain=tr.money(info["gain"] * scale, currency),
            list=tr.joined([names.project(p["project"]) for p in top]),
        ))  # fmt: skip
    elif not fresh:
        made.append(tr("No project is worth building beside what is committed."))
    if len(gains_table(part, tr)):
        made.append(describe_gains(part, tr))
    if len(frontier_table(part, tr)) > 1:
        made.append(describe_frontier(part, tr))
    if len(core_table(part, tr)):
        made.append(describe_core(part, tr))
    if info["status"] != "optimal":
        made.append(tr("The search was stopped early; another set could bring up to {gap} more.",
                       gap=tr.percent(info["gap"] or 0.0, 1)))  # fmt: skip
    return made


def _frontier(part: Part, tr: Translator) -> Section:
    label = describe_frontier(part, tr)
    return Section(
        "frontier",
        tr("The gain against the limit"),
        tr("Frontier"),
        tr("The best set was searched anew at each point. Where the line flattens, more room brings little more."),
        chart="frontier",
        label=label,
        options={"": charts.frontier_option(part, tr, theme=TOKENS)},
        picture=picture("frontier", lambda: pictures.frontier_figure(part, tr), label),
        tables=[frontier_rows(part, tr)],
    )


def _core(part: Part, tr: Translator) -> Section:
    label = describe_core(part, tr)
    table = core_table(part, tr)
    none = table.loc[table["near_best"] == "none", "name"].tolist()
    captions = [tr("In none of them: {list}.", list=tr.joined(none))] if none else []
    return Section(
        "core",
        tr("What near-best sets have in common"),
        tr("Near-best sets"),
        tr("Many sets bring almost as much as the best. A project that is in all of them is a safe choice; one that is "
           "in some can be settled by other reasons."),
        chart="core",
        label=label,
        options={"": charts.core_option(part, tr, theme=TOKENS)},
        captions=captions,
        picture=picture("core", lambda: pictures.core_figure(part, tr), label),
        tables=[core_rows(part, tr)],
        heights={"": 120 + 25 * len(core_shown(table))},
    )  # fmt: skip


def _gains(part: Part, tr: Translator) -> Section:
    label = describe_gains(part, tr)
    return Section(
        "gains",
        tr("Who gains by the set, and who loses"),
        tr("Gains by party"),
        tr("Welfare with the set less welfare of today's network, side payments not counted, present value."),
        chart="gains",
        label=label,
        options={"": charts.gains_option(part, tr, theme=TOKENS)},
        picture=picture("gains", lambda: pictures.gains_figure(part, tr), label),
        tables=[party_rows(part, tr)],
        heights={"": 120 + 26 * len(gains_table(part, tr))},
    )
