"""The chapter of an appraisal: what each project is worth, and which help or hinder each other."""

from __future__ import annotations

import pandas as pd

from sungari.decide.study import Part, Study
from sungari.show import charts, pictures
from sungari.show.chapters.risk import said, weighed
from sungari.show.chapters.section import Chapter, Control, Section, picture
from sungari.show.charts.interaction import describe as describe_interaction
from sungari.show.charts.interaction import interaction_height, network_table
from sungari.show.charts.names import Names
from sungari.show.charts.ranking import describe as describe_ranking
from sungari.show.charts.ranking import group_label
from sungari.show.decision_tables import blocked_rows, gains_rows, interaction_rows, ranking_rows
from sungari.show.headline import Figure
from sungari.show.i18n import Translator
from sungari.show.theme import TOKENS

#: Pixels of a project's row.
ROW = 25


def chapter(study: Study, tr: Translator) -> Chapter | None:
    """The chapter of a study's appraisal; None where it has none."""
    part = study.appraisal
    if part is None:
        return None
    table = charts.ranking_table(part, tr)
    made = [_ranking(part, tr, table)]
    if len(network_table(part, tr)) or len(charts.pair_table(part, tr)):
        made.append(_interaction(part, tr))
    made += weighed(part, tr)
    made.append(Section(
        "gainers", tr("Who gains and who loses by each project"), tr("Gains and losses"),
        tr("Welfare with the project less welfare without it, by party, into today's network. What the losers lose is "
           "the least that the gainers would have to pay them."),
        tables=[gains_rows(part, tr)],
    ))  # fmt: skip
    return Chapter(
        "appraisal", tr("What each project is worth"), tr("Projects appraised"), tr("Appraisal report"),
        _figures(part, tr, table), _sentences(part, tr, table), made,
    )  # fmt: skip


def _figures(part: Part, tr: Translator, table: pd.DataFrame) -> list[Figure]:
    info, settings = part.info, part.region.settings
    gain = (info["objective_chosen"] - info["objective"]) * settings.money_scale
    worthy = int((table["first"] > 0).sum())
    return [
        Figure(tr.whole(len(info["projects"])), tr("Projects appraised"), tr("first in and last in")),
        Figure(tr.whole(worthy), tr("Worth their cost"), tr("each alone, into today's network")),
        Figure(tr.whole(len(info["chosen"])), tr("Worth building together"), tr("beside what is committed")),
        Figure(tr.money(gain, settings.currency), tr("Gain from building them"), tr("present value")),
    ]


def _sentences(part: Part, tr: Translator, table: pd.DataFrame) -> list[str]:
    info, settings = part.info, part.region.settings
    names = Names(part, tr)
    gain = (info["objective_chosen"] - info["objective"]) * settings.money_scale
    made = [
        tr.ngettext(
            "Of {total} projects {n} is worth building beside what is committed; it brings {gain}.",
            "Of {total} projects {n} are worth building together, beside what is committed; they bring {gain}.",
            len(info["chosen"]), total=tr.whole(len(info["projects"])), gain=tr.money(gain, settings.currency),
        ),
        describe_ranking(part, tr, table),
        describe_interaction(part, tr),
        *said(part, tr),
    ]  # fmt: skip
    turned = table[(table["first"] > 0) & (table["last"] < 0)]["name"].tolist()
    if turned:
        made.append(tr("Worth their cost alone, but not beside the others: {list}.", list=tr.joined(turned[:4])))
    helped = table[(table["first"] < 0) & (table["last"] > 0)]["name"].tolist()
    if helped:
        made.append(tr("Worth their cost only beside the others: {list}.", list=tr.joined(helped[:4])))
    if info.get("improvable"):
        listed = [names.project(p) for p in info["improvable"][:4]]
        made.append(tr("The chosen set is not proven best: it would be better with or without {list}.",
                       list=tr.joined(listed)))  # fmt: skip
    return made


def _ranking(part: Part, tr: Translator, table: pd.DataFrame) -> Section:
    label = describe_ranking(part, tr, table)
    shown: dict[str, int | None] = {"": None}
    numbers = sorted(set(table["group"]))
    if len(numbers) > 1:
        shown |= {str(n): n for n in numbers}
    blocked = blocked_rows(part, tr)
    return Section(
        "ranking",
        tr("Projects ranked by what they are worth"),
        tr("Ranking"),
        tr("The plan with a project less the plan without it, everything else free to adjust, present value. First in: "
           "into today's network. Last in: into the network with all other chosen projects."),
        chart="ranking" if len(table) else "",
        label=label,
        options={k: charts.ranking_option(part, tr, group=n, theme=TOKENS, found=table) for k, n in shown.items()},
        controls=[Control("option", tr("Show"), [
            (k, tr("all projects") if n is None else group_label(table, n, part, tr)) for k, n in shown.items()
        ])],
        captions=[tr("A long line between ring and dot: what the project is worth depends on the others.")],
        picture=None if table.empty else picture(
            "ranking", lambda: pictures.ranking_figure(part, tr, found=table), label),
        tables=[ranking_rows(part, tr), *([blocked] if blocked else [])],
        heights={k: 120 + ROW * int((table["group"] == n).sum() if n is not None else len(table))
                 for k, n in shown.items()},
    )  # fmt: skip


def _interaction(part: Part, tr: Translator) -> Section:
    label = describe_interaction(part, tr)
    paired = len(charts.pair_table(part, tr)) > 0
    raw = part.tables["pairs"]
    few = paired and len({*raw["a"], *raw["b"]}) < sum(not p["committed"] for p in part.info["projects"])
    lead = (tr("Pairs of projects into today's network: a mark where two are worth more together than apart (synergy) "
               "or less (rivalry); its area says how much. Numbers along the foot are those at the left.")
            if paired else
            tr("What the other chosen projects add to each project (synergy) or take from it (rivalry): its worth last "
               "in less its worth first in."))  # fmt: skip
    return Section(
        "interaction",
        tr("Which projects help or hinder each other"),
        tr("Synergy and rivalry"),
        lead,
        chart="interaction",
        label=label,
        options={"": charts.interaction_option(part, tr, theme=TOKENS)},
        captions=[tr("Pairs were solved among the projects whose worth depends most on the others.")] if few else [],
        picture=picture("interaction", lambda: pictures.interaction_figure(part, tr), label),
        tables=[interaction_rows(part, tr)],
        heights={"": interaction_height(part, tr)},
    )
