"""What is wrong or odd in a region package, all at once: one function per check, by topic.

Each check is a function from a region to the problems that it finds, and stands in its file's ``CHECKS``. Checks must
bear tables that hold other errors: all of them run, so that one look shows everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sungari.errors import Problem
from sungari.region.check import (
    criteria,
    duties,
    fund,
    hazards,
    keys,
    magnitudes,
    projects,
    provenance,
    reach,
    references,
    scenarios,
    time,
    use,
    values,
)
from sungari.region.check.common import Check
from sungari.region.check.projects import ownership_breaches
from sungari.region.package import Region
from sungari.words import Words

__all__ = ["CHECKS", "check", "ownership_breaches"]

#: Every check, in the order in which its findings are listed.
CHECKS: tuple[Check, ...] = (
    *references.CHECKS, *keys.CHECKS, *values.CHECKS, *time.CHECKS, *projects.CHECKS,
    *duties.CHECKS, *reach.CHECKS, *use.CHECKS, *scenarios.CHECKS, *criteria.CHECKS, *hazards.CHECKS, *fund.CHECKS,
    *magnitudes.CHECKS, *provenance.CHECKS,
)

#: More warnings of one kind than this are told as one.
MOST_ALIKE = 10


def check(region: Region) -> list[Problem]:
    """Every problem of a package.

    Parameters
    ----------
    region : Region

    Returns
    -------
    list of Problem
        What reading found and what the checks find, once for each cell that can't be read: errors first, then
        warnings. Of many warnings of one kind in one column there is one, with their number and the first rows.
    """
    found = list(region.problems)
    # A cell that can't be read stands for nothing: what else would be said of it is no second mistake.
    unread = {(p.file, p.row, p.column) for p in found if p.row is not None}
    for one in CHECKS:
        found += (p for p in one(region) if (p.file, p.row, p.column) not in unread)
    errors = [p for p in found if p.severity == "error"]
    return errors + list(_gathered(p for p in found if p.severity != "error"))


def _gathered(warnings: Iterable[Problem]) -> Iterator[Problem]:
    groups: dict[tuple[str, str, str | None], list[Problem]] = {}
    for problem in warnings:
        groups.setdefault((problem.check, problem.file, problem.column), []).append(problem)
    for (name, file, column), group in groups.items():
        if len(group) <= MOST_ALIKE:
            yield from group
            continue
        first = group[0]
        rows = ", ".join(str(p.row) for p in group[:5])
        yield Problem(file, first.row, column, first.value,
                      Words("{n} rows alike, the first: {expected}", n=len(group), expected=first.expected),
                      Words("rows {rows}, …", rows=rows), name, first.severity)
