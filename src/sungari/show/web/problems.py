"""Problems of the data as pages show them."""

from __future__ import annotations

from dataclasses import dataclass

from sungari.errors import Problem
from sungari.show.i18n import Translator
from sungari.words import Words


@dataclass(frozen=True)
class Said:
    """A problem as a page shows it, in the reader's language.

    Attributes
    ----------
    place : str
        File, row and column.
    value : str
        What stands there.
    detail : str
        What is expected.
    english : bool
        Whether the detail is English though the reader's language is another: it comes from elsewhere.
    """

    place: str
    value: str
    detail: str
    english: bool = False


def said(problem: Problem, tr: Translator) -> Said:
    """A problem in the reader's language."""
    place = tr.said(problem.place)
    if tr.lang == "zh":
        place = place.replace(", ", "，")
    english = tr.lang != "en" and not isinstance(problem.expected, Words)
    return Said(place, problem.value, tr.said(problem.detail), english)
