"""Problems of the data in the reader's language.

Where a check speaks in words that can be said again, they are. What other checks say is English, and as exact as it can
be; for other readers a sentence in their own language goes before it, one for each kind of problem.
"""

from __future__ import annotations

from dataclasses import dataclass

from sungari.errors import Problem
from sungari.show.i18n import N_, Translator
from sungari.words import Words

#: What is wrong, by the name of the check that found it.
SENTENCES = {
    "account": N_("There is no such name."),
    "assumed": N_("Much of this is assumed."),
    "banned-priced": N_("The duty has no effect, for the flow is banned."),
    "base-year": N_("The base year does not fit the years."),
    "blank": N_("Something must stand here."),
    "choice": N_("This is none of the words that may stand here."),
    "congestion-band": N_("This band of congestion has no effect."),
    "congestion-capacity": N_("A link with congestion needs a capacity."),
    "congestion-free": N_("Congestion costs nothing here, so it has no effect."),
    "congestion-order": N_("Delays must not fall as the link fills up."),
    "coordinates": N_("Latitude and longitude go together."),
    "correlation-factor": N_("No hazard depends on this common cause."),
    "correlation-matrix": N_("These correlations can't hold together."),
    "correlation-self": N_("The correlation of something with itself is always 1."),
    "correlation-twice": N_("This correlation is stated twice."),
    "cost-above-price": N_("It costs more than anybody pays for it."),
    "criterion-judgements": N_("The judgements of the criteria don't fit."),
    "criterion-preference": N_("The preference of the criterion is incomplete."),
    "criterion-scores": N_("The scores of the criterion are in the wrong place."),
    "criterion-weights": N_("The criterion has its weights twice."),
    "csv": N_("This is not a table that can be read."),
    "currency": N_("There is no such currency, or no rate for it."),
    "descriptor": N_("The settings of the package can't be read."),
    "discount-rate": N_("The discount rate is unusual."),
    "distance": N_("The distance does not fit the two places."),
    "distribution": N_("The distribution is not possible."),
    "duplicate-key": N_("The same stands in another row."),
    "duty-tie": N_("Two duties fit equally well; which one counts is not clear."),
    "effect-below-zero": N_("The project takes away more than there is."),
    "effect-column": N_("A project can't change this column."),
    "effect-row": N_("There is no such row to change."),
    "effect-unlimited": N_("There is no limit here that could be moved."),
    "elasticity": N_("The elasticity is not possible."),
    "empty-recipe": N_("The process makes and uses nothing."),
    "encoding": N_("The text of the file can't be read."),
    "exposure-idle": N_("The fund never pays anything for it."),
    "forbidden": N_("This may not be done."),
    "formula": N_("The cell holds an error of Excel."),
    "fund-layer": N_("The layer of reinsurance is incomplete."),
    "fund-place": N_("This has no effect in this row of the fund."),
    "fund-replenishment": N_("The replenishment of the fund does not fit its trigger."),
    "fund-value": N_("The setting of the fund can't have this value."),
    "gate": N_("The gate of the stage is not in order."),
    "hazard-copula": N_("The tie of the hazard to its common cause is incomplete."),
    "hazard-moments": N_("No such distribution has this mean and deviation."),
    "hazard-network": N_("What the hazard changes in the network is not clear."),
    "hazard-rate": N_("How often the hazard strikes is not clear."),
    "hazard-severity": N_("How hard the hazard strikes is not stated."),
    "hazard-share": N_("More than everything would be lost on average."),
    "hazard-values": N_("The losses observed are missing or wrong."),
    "header": N_("The heads of the columns are not in order."),
    "horizon": N_("It can't work before the last year."),
    "iati": N_("The file is not of the form that is expected."),
    "initial-unused": N_("The initial stock has no effect."),
    "json": N_("The file is not of the form that is expected."),
    "kind": N_("This is not of the kind that belongs here."),
    "link-loop": N_("A link must not end where it begins."),
    "loading": N_("The tie of the hazard to its common cause is incomplete."),
    "loss": N_("The loss is unusually high."),
    "magnitude": N_("The figure is far from the others; is the unit right?"),
    "min-over-max": N_("The least is more than the most."),
    "missing-column": N_("A column is missing."),
    "missing-table": N_("A table is missing."),
    "month-profile": N_("A profile by month does not fit these periods."),
    "newer-edit": N_("There is a newer edit, which would be lost."),
    "no-effect": N_("The project changes nothing."),
    "no-link": N_("No link leads there."),
    "no-place": N_("The process has no place."),
    "no-shares": N_("The project has no shares."),
    "no-size": N_("The project can't be built at any size."),
    "no-source": N_("No source is named."),
    "no-value": N_("The commodity has no value that the duty could be taken on."),
    "observation": N_("The observation does not fit the package."),
    "oc4ids": N_("The file is not of the form that is expected."),
    "option": N_("This choice can't be made."),
    "overlapping-years": N_("Two rows hold in the same years."),
    "ownership-cap": N_("Foreign shares are above the cap."),
    "parent-cycle": N_("The parties go round in a circle."),
    "password": N_("The password is not good enough."),
    "penalty-with-price": N_("The penalty has no effect beside a price."),
    "period-days": N_("The days of the period are wrong."),
    "period-discount": N_("The discounting of the period is wrong."),
    "period-gap": N_("The years that the periods stand for overlap."),
    "period-order": N_("The periods are not in the order of time."),
    "period-year": N_("The year of the period is not that of its name."),
    "period-years": N_("The years that the period stands for are wrong."),
    "profile-period": N_("There is no such period."),
    "range": N_("The figure is outside what is possible."),
    "rate-mode": N_("The means of transport are not the same."),
    "requires-cycle": N_("Projects require one another in a circle."),
    "requires-excluded": N_("The project requires what it excludes."),
    "reserved-name": N_("This name is kept for something else."),
    "rule": N_("The rule of red flags is not in order."),
    "scaling": N_("Figures of very different size stand side by side, which makes solving less sure."),
    "scenario-blank": N_("The scenario has no effect there."),
    "scenario-column": N_("The scenario can't change this."),
    "scenario-probability": N_("The chances of the scenarios are more than 1 together."),
    "scenario-row": N_("There is no such row to change."),
    "sector": N_("There is no project in this sector."),
    "self-reference": N_("A project names itself."),
    "setting": N_("There is no such setting, or it can't have this value."),
    "shares-sum": N_("The shares don't sum to 1."),
    "stage": N_("The gate of the stage is not in order."),
    "store-carries": N_("What the store carries over the years does not fit them."),
    "token": N_("The token is not in order."),
    "too-many-ways": N_("Too many projects change this row."),
    "unit": N_("There is no such unit, or it does not fit."),
    "unit-nowhere": N_("No place has this equipment."),
    "unknown-column": N_("There is no such column; it is not used."),
    "unknown-name": N_("There is no such name."),
    "unknown-table": N_("There is no such table."),
    "unreachable": N_("What is wanted there can't get there."),
    "unsupplied": N_("Nobody has it."),
    "unused": N_("It is never used."),
    "unwanted": N_("Nobody wants it."),
    "xml": N_("The file is not of the form that is expected."),
    "year-order": N_("The years are in the wrong order."),
    "years-unused": N_("Years are stated, but the package has none."),
}


@dataclass(frozen=True)
class Said:
    """A problem as a page shows it.

    Attributes
    ----------
    place : str
        File, row and column.
    value : str
        What stands there.
    sentence : str
        What is wrong, in the reader's language; empty where the detail is, or nothing is said of such problems.
    detail : str
        What is expected, in the reader's language where it can be said in it, else in English.
    english : bool
        Whether the detail is English though the reader's language is another.
    """

    place: str
    value: str
    sentence: str
    detail: str
    english: bool = False


def said(problem: Problem, tr: Translator) -> Said:
    """A problem in the reader's language."""
    place = [problem.file]
    if problem.row is not None:
        place.append(tr("row {n}", n=problem.row) if isinstance(problem.row, int) else tr("cell {n}", n=problem.row))
    if problem.column:
        place.append(tr("column {name}", name=problem.column))
    english = tr.lang != "en" and not isinstance(problem.expected, Words)
    sentence = SENTENCES.get(problem.check, "") if english else ""
    detail = tr.said(problem.expected)
    if problem.hint:
        detail = f"{detail} ({tr.said(problem.hint)})"
    glue = "，" if tr.lang == "zh" else ", "
    return Said(glue.join(place), problem.value, sentence and tr(sentence), detail, english)
