"""Chapters of the report: one file each, with one function that makes a chapter of a study, or None where it has none.

A new chapter is one more file and its line in :data:`CHAPTERS`.
"""

from collections.abc import Callable

from sungari.decide.study import Study
from sungari.show.chapters import appraisal, fund, grounds, plan, portfolio, sharing
from sungari.show.chapters.section import Chapter
from sungari.show.i18n import Translator

#: In the order of the report.
CHAPTERS: tuple[Callable[[Study, Translator], Chapter | None], ...] = (
    plan.chapter,
    appraisal.chapter,
    portfolio.chapter,
    sharing.chapter,
    fund.chapter,
    grounds.chapter,
)
