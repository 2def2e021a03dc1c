"""The part of the appraisal's chapter on risk, sensitivity and many criteria, where they were asked for."""

from __future__ import annotations

from sungari.decide.study import Part
from sungari.show import charts, pictures
from sungari.show.chapters.section import Control, Section, picture
from sungari.show.charts.criteria import describe_places, describe_quadrants, places_table, quadrant_table
from sungari.show.charts.ranking import group_label, ranking_table
from sungari.show.charts.risk import describe_risk, describe_tornado, risk_table, tornado_table
from sungari.show.decision_tables import places_rows, quadrant_rows, risk_rows, tornado_rows
from sungari.show.i18n import Translator
from sungari.show.theme import TOKENS

#: Pixels of a row.
ROW = 25


def weighed(part: Part, tr: Translator) -> list[Section]:
    """A section for each of risk, sensitivity, criteria and quadrants that the appraisal has."""
    made = []
    if len(risk_table(part, tr)):
        made.append(_risk(part, tr))
    if len(tornado_table(part, tr)):
        made.append(_tornado(part, tr))
    if len(places_table(part, tr)):
        made.append(_places(part, tr))
    if len(quadrant_table(part, tr)):
        made.append(_quadrants(part, tr))
    return made


def said(part: Part, tr: Translator) -> list[str]:
    """The same in a sentence each."""
    made = [describe_risk(part, tr)] if len(risk_table(part, tr)) else []
    return made + ([describe_places(part, tr)] if len(places_table(part, tr)) else [])


def _risk(part: Part, tr: Translator) -> Section:
    label, table, ranking = describe_risk(part, tr), risk_table(part, tr), ranking_table(part, tr)
    group = dict(zip(ranking["project"], ranking["group"], strict=True))
    groups = table["project"].map(group)
    numbers = sorted({int(g) for g in groups.dropna()})
    shown = {"": table} | ({str(n): table[groups == n] for n in numbers} if len(numbers) > 1 else {})
    return Section(
        "risk",
        tr("What each project is worth under risk"),
        tr("Risk"),
        tr("Worth into today's network over all cases that were looked at: a dot at the mean, a line over nine tenths "
           "of the cases."),
        chart="risk",
        label=label,
        options={key: charts.risk_option(part, tr, theme=TOKENS, found=rows) for key, rows in shown.items()},
        controls=[Control("option", tr("Show"), [
            (key, tr("all projects") if not key else group_label(ranking, int(key), part, tr)) for key in shown
        ])],
        picture=picture("risk", lambda: pictures.risk_figure(
            part, tr, panels=[rows for key, rows in shown.items() if key or len(shown) == 1]
        ), label),
        tables=[risk_rows(part, tr)],
        heights={key: 120 + ROW * len(rows) for key, rows in shown.items()},
    )  # fmt: skip


def _tornado(part: Part, tr: Translator) -> Section:
    table = tornado_table(part, tr)
    names = dict(zip(table["project"], table["name"], strict=True))
    first = next(iter(names))
    label = describe_tornado(part, tr, first, table)
    return Section(
        "tornado",
        tr("What moves a project's worth"),
        tr("Sensitivity"),
        tr("Each uncertainty by itself at its 10 % and 90 % points, all else as in the base case. Choose a project."),
        chart="tornado",
        label=label,
        options={p: charts.tornado_option(part, tr, project=p, theme=TOKENS, found=table) for p in names},
        controls=[Control("option", tr("Project"), list(names.items()))],
        picture=picture("tornado", lambda: pictures.tornado_figure(part, tr), label),
        tables=[tornado_rows(part, tr)],
        heights={p: 130 + 30 * int((table["project"] == p).sum()) for p in names},
    )


def _places(part: Part, tr: Translator) -> Section:
    label = describe_places(part, tr)
    return Section(
        "places",
        tr("Places by many criteria"),
        tr("Criteria"),
        tr("No way of ranking by many criteria is the right one. Shown is each project's place by the weighted sum, "
           "and the range of its places over all ways of ranking and weights drawn around those of the parties."),
        chart="places",
        label=label,
        options={"": charts.places_option(part, tr, theme=TOKENS)},
        picture=picture("places", lambda: pictures.places_figure(part, tr), label),
        tables=[places_rows(part, tr)],
        heights={"": 120 + ROW * len(places_table(part, tr))},
    )  # fmt: skip


def _quadrants(part: Part, tr: Translator) -> Section:
    label = describe_quadrants(part, tr)
    return Section(
        "quadrants",
        tr("Two indices against the sector's budget"),
        tr("Quadrants"),
        tr("The view of the World Bank's Infrastructure Prioritization Framework: a social and environmental index and "
           "a financial and economic one, each from 0 to 100 among the projects of a sector. A quadrant says by which "
           "of the two a project is within its sector's budget."),
        chart="quadrants",
        label=label,
        options={"": charts.quadrant_option(part, tr, theme=TOKENS)},
        picture=picture("quadrants", lambda: pictures.quadrant_figure(part, tr), label),
        tables=[quadrant_rows(part, tr)],
        heights={"": 560},
    )
