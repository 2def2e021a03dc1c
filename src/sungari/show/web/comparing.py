"""Two results of one kind, held against each other as tables in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sungari.chain.plan import Plan
from sungari.decide.compare import compare
from sungari.decide.study import Part, Study
from sungari.show.charts.names import Names
from sungari.show.charts.welfare import money_scale
from sungari.show.i18n import N_, Translator
from sungari.show.tables import Head, Table, shown_of

#: Kinds of jobs whose results can be compared.
KINDS = ("plan", "today", "without", "appraisal", "portfolio", "sharing")
ROWS = 20
#: What each table of a comparison is called.
TITLES = {
    "headline": N_("Headline figures"), "projects": N_("Projects built differently"),
    "welfare": N_("Welfare by party"), "flows": N_("Flows"), "prices": N_("Prices"),
    "chosen": N_("Projects that only one chooses"), "first_in": N_("Worth first in"),
    "last_in": N_("Worth last in"), "parties": N_("Who gains more or less"), "budgets": N_("Budgets used"),
    "shapley": N_("Shapley value"), "nucleolus": N_("Nucleolus"), "owen": N_("Owen point"),
    "alone": N_("What each reaches alone"),
}  # fmt: skip
_HEADS = {
    "figure": N_("Figure"), "project": N_("Project"), "party": N_("Party"), "component": N_("Component"),
    "link": N_("Corridor"), "from": N_("From"), "to": N_("To"), "commodity": N_("Commodity"), "year": N_("Year"),
    "place": N_("Place"), "sector": N_("Sector"), "difference": N_("Difference"), "a": "A", "b": "B",
    "year_a": N_("Decided, A"), "year_b": N_("Decided, B"), "size_a": N_("Size, A"), "size_b": N_("Size, B"),
    "rank_a": N_("Place, A"), "rank_b": N_("Place, B"), "relative": N_("Relative"),
}  # fmt: skip
#: Figures of the headline.
_FIGURES = {
    "objective": N_("Total surplus, duties as cost"), "welfare": N_("Total surplus"), "total_cost": N_("Total cost"),
    "gain": N_("Gain"), "objective_chosen": N_("Total surplus with the chosen projects"), "today": N_("Today"),
}  # fmt: skip
#: Tables whose amounts are money; in all others they are quantities or prices.
_MONEY = ("headline", "welfare", "first_in", "last_in", "parties", "budgets", "shapley", "nucleolus", "owen", "alone")


@dataclass(frozen=True)
class Compared:
    """What differs."""

    same: bool
    same_package: bool
    tables: list[Table]


def compared(a: Plan | Part | Study, b: Plan | Part | Study, tr: Translator, names: tuple[str, str]) -> Compared:
    """What differs between two results of one kind, the largest first.

    Parameters
    ----------
    a, b : Plan or Part
    tr : Translator
    names : tuple of str
        What the two are called.

    Raises
    ------
    UsageError
        If they are not of one kind, or of one that can't be compared.
    """
    found = compare(a, b, ROWS, names=names)
    words = Names(b, tr)
    made = [_table(name, frame, found.counts[name], found.money_scale, found.currency, words, b, tr)
            for name, frame in found.tables.items() if found.counts[name]]  # fmt: skip
    return Compared(found.same, found.same_package, made)


def _table(
    name: str, frame: pd.DataFrame, count: int, money: float, currency: str, words: Names, of: Any, tr: Translator
) -> Table:  # fmt: skip
    title = tr(TITLES.get(name, name))
    shown = frame.drop(columns="worth", errors="ignore")
    sides = [c for c in ("a", "b", "difference") if c in shown.columns and pd.api.types.is_numeric_dtype(shown[c])]
    if name in _MONEY and sides:
        amounts = shown[sides].astype(float) * (money if name == "headline" else 1.0)
        scale = money_scale(of, amounts)
        shown = shown.assign(**{c: amounts[c] / scale for c in sides})
        title = f"{title}, {tr.money_unit(currency, scale)}"
    heads = [Head(tr(_HEADS.get(str(c), str(c))), pd.api.types.is_numeric_dtype(shown[c])) for c in shown.columns]
    rows = [[_cell(str(c), v, words, tr) for c, v in row.items()] for row in shown.to_dict("records")]
    return Table(title, heads, rows, shown_of(tr, len(rows), count))


def _cell(column: str, value: Any, words: Names, tr: Translator) -> str:
    if value is None or value is pd.NA or value != value:
        return "–"
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if column in ("year", "year_a", "year_b", "rank_a", "rank_b"):
        return str(int(value))
    if column == "relative":
        return tr.percent(float(value), 1)
    if isinstance(value, int | float):
        return tr.number(float(value), 4)
    named: Callable[[str], str] | None = {
        "project": words.project, "party": words.party, "place": words.place, "from": words.place, "to": words.place,
        "commodity": words.commodity, "link": words.link, "component": words.component,
    }.get(column)  # fmt: skip
    if column == "figure":
        return tr(_FIGURES.get(str(value), str(value)))
    return named(str(value)) if named else str(value)
