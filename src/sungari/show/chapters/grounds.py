"""The last chapter: what all figures stand on, and how each result was made."""

from __future__ import annotations

from sungari.decide.study import Study
from sungari.show import charts, pictures
from sungari.show.chapters.section import Chapter, Section, picture
from sungari.show.charts.quality import describe as describe_quality
from sungari.show.i18n import Translator
from sungari.show.tables import about_part, about_plan, quality_rows, sources_table
from sungari.show.theme import TOKENS


def chapter(study: Study, tr: Translator) -> Chapter:
    """Assumptions, sources and methods."""
    return Chapter("grounds", tr("What it stands on"), tr("Sources and methods"),
                   sections=[_quality(study, tr), _about(study, tr)])  # fmt: skip


def _quality(study: Study, tr: Translator) -> Section:
    label = describe_quality(study, tr)
    return Section(
        "assumed",
        tr("What is assumed"),
        tr("Assumptions"),
        tr("How sure the figures are, by table of the region package, and where they come from."),
        chart="quality",
        label=label,
        options={"": charts.quality_option(study, tr, theme=TOKENS)},
        picture=picture("quality", lambda: pictures.quality_figure(study, tr), label),
        tables=[quality_rows(study, tr), sources_table(study, tr)],
        heights={"": 110 + 27 * len(charts.quality_table(study))},
    )


def _about(study: Study, tr: Translator) -> Section:
    plan = study.plan or study.today
    tables = [about_plan(plan, tr)] if plan is not None else []
    tables += [about_part(part, tr) for name in study.parts if (part := study.part(name)) is not None]
    return Section(
        "about",
        tr("How this plan was made") if len(study.parts) == 1 and plan is not None else tr("How this was made"),
        tr("Method"),
        " ".join(_methods(study, tr)),
        tables=tables,
    )


def _methods(study: Study, tr: Translator) -> list[str]:
    made = []
    if set(study.parts) != {"fund"}:
        made.append(tr(
            "Supply, processing, shipment, storage, sales and projects are chosen together so that the total surplus "
            "is greatest (spatial price equilibrium of Samuelson, Takayama and Judge; investment programming after "
            "Kendrick and Stoutjesdijk). Prices are the duals of the balances."))
    if "fund" in study.parts:
        made.append(tr(
            "The fund's claims come from the hazards that covered projects are exposed to, tied by common causes, "
            "after deductibles, shares and limits. Its capital is the least that keeps the chance of ruin within what "
            "is accepted."))
    return made
