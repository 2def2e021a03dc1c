"""Everything that can go wrong, as one small tree.

::

    SungariError
    ├── InputError        the package (or another input) is wrong: one list of all problems   exit code 2
    ├── UsageError        the call is wrong: unknown name, option or file                     exit code 2
    │   ├── Unknown       there is no such record, or none that whoever asks may see
    │   └── Conflict      the edit was made from what somebody else has changed since
    ├── Forbidden         who asks may not do this                                            exit code 2
    ├── GateClosed        a project can't enter a stage: what is missing, listed              exit code 1
    └── NoSolution        the model has no plan                                              exit code 1
        ├── Infeasible    with an explanation in the package's own words
        ├── Unbounded     likewise
        └── Interrupted   stopped by the user or by the time limit before any plan was found
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sungari.words import Words, several


@dataclass(frozen=True)
class Problem:
    """One problem of an input, placed so that its author finds it at once.

    Attributes
    ----------
    file : str
        File (or sheet) the problem is in, ``"supply.csv"``.
    row : int or str or None
        Line of the file (header = 1), or a cell's address, or None when the whole file is meant.
    column : str or None
        Column's name.
    value : str
        What stands there.
    expected : str
        What should stand there.
    hint : str
        Nearest valid name or other help; may be empty.
    check : str
        Short name of the check that found it, ``"unknown-name"``.
    severity : str
        ``"error"`` or ``"warning"``.
    """

    file: str
    row: int | str | None
    column: str | None
    value: str
    expected: str
    hint: str = ""
    check: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        return str(self.words)

    @property
    def place(self) -> Words:
        """File, row or cell, and column."""
        row = "" if self.row is None else Words("row {row}", row=self.row) if isinstance(self.row, int) else (
            Words("cell {cell}", cell=self.row))
        return several([self.file, row, Words("column {column}", column=self.column) if self.column else ""], ", ")

    @property
    def detail(self) -> Words:
        """What is expected, and a hint."""
        both = {"expected": self.expected, "hint": self.hint}
        return Words("{expected} ({hint})", **both) if self.hint else Words("{expected}", expected=self.expected)

    @property
    def words(self) -> Words:
        """All of it."""
        if self.value == "":
            return Words("{place}: {detail}", place=self.place, detail=self.detail)
        return Words("{place}: {value!r}: {detail}", place=self.place, value=self.value, detail=self.detail)

    def as_dict(self) -> dict[str, Any]:
        """The problem as plain data, for ``--json``."""
        return {
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "expected": self.expected,
            "hint": self.hint,
            "check": self.check,
            "severity": self.severity,
        }


class SungariError(Exception):
    """Base of all errors that Sungari raises on purpose.

    Parameters
    ----------
    text : str
        What is wrong: a constant with fields, so that it can be said in other languages, or :class:`Words` made before.
    **values
        What stands in the fields.

    Attributes
    ----------
    words : Words
        The same text.
    """

    exit_code = 2

    def __init__(self, text: str = "", /, **values: Any) -> None:
        self.words = text if isinstance(text, Words) and not values else Words(text, **values)
        super().__init__(self.words)

    @property
    def first_line(self) -> str:
        """What is wrong, without the rest."""
        return self.words if "\n" not in self.words else self.words.splitlines()[0]


class UsageError(SungariError):
    """The call is wrong: an unknown region, project, option or file."""


class Unknown(UsageError):  # noqa: N818 - reads as what it is
    """There is no such record, or none that whoever asks may see: the two can't be told apart."""


class Conflict(UsageError):  # noqa: N818 - reads as what it is
    """An edit was made from a state that somebody else has changed since; nothing is written."""


class Forbidden(SungariError):  # noqa: N818 - reads as what it is
    """Who asks may not do this, or is not known; nothing is written."""


class GateClosed(SungariError):  # noqa: N818 - reads as what it is
    """A project can't enter a stage; carries all that is missing at once."""

    exit_code = 1

    def __init__(self, headline: str, missing: Sequence[str]) -> None:
        self.headline = headline
        self.missing = list(missing)
        lines = [Words("{headline}:", headline=headline), *(Words("  - {text}", text=m) for m in self.missing)]
        super().__init__(several(lines, "\n"))


#: What problems are in, if nothing else is said.
PACKAGE = Words("package")


class InputError(SungariError):
    """An input is wrong; carries all of its problems at once."""

    def __init__(self, problems: Sequence[Problem], what: str = PACKAGE) -> None:
        self.problems = list(problems)
        self.what = what
        n = len(self.problems)
        title = Words("1 problem in the {what}:", what=what) if n == 1 else (
            Words("{n} problems in the {what}:", n=n, what=what))
        super().__init__(several([title, *(Words("  {problem}", problem=p.words) for p in self.problems)], "\n"))


@dataclass
class Explanation:
    """Why there is no plan, in the package's own words.

    Attributes
    ----------
    headline : str
        One sentence.
    shortfalls : list of dict
        Each with ``table``, ``row`` (line of the file), ``place``, ``commodity``, ``period``, ``quantity``
        (what is asked, in the commodity's unit for the period), ``short`` (by how much) and ``unit``.
    limits : list of dict
        Limits in the way: ``table``, ``row``, ``period``, ``text``; strongest first.
    """

    headline: str
    shortfalls: list[dict[str, Any]] = field(default_factory=list)
    limits: list[dict[str, Any]] = field(default_factory=list)

    @property
    def words(self) -> Words:
        """All of it, line by line."""
        lines = [self.headline, *(Words("  - {text}", text=s["text"]) for s in self.shortfalls)]
        if self.limits:
            lines += [Words("In the way:"), *(Words("  - {text}", text=x["text"]) for x in self.limits)]
        return several(lines, "\n")

    def __str__(self) -> str:
        return str(self.words)


class NoSolution(SungariError):  # noqa: N818 - reads as what it is: no solution
    """The model has no plan.

    Attributes
    ----------
    explanation : Explanation
    seconds : dict of str to float
        Where the time went, by phase, as in ``plan.json``; building and explaining count as solving.
    """

    exit_code = 1
    status = "unknown"

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation
        self.seconds = dict.fromkeys(("load", "check", "build", "solve", "write"), 0.0)
        super().__init__(explanation.words)

    @property
    def first_line(self) -> str:
        return self.explanation.headline


class Infeasible(NoSolution):
    """No plan meets all that must be met."""

    status = "infeasible"


class Unbounded(NoSolution):
    """The objective can grow without end."""

    status = "unbounded"


class Interrupted(NoSolution):
    """Stopped, by the user or the time limit, before any plan was found."""

    status = "interrupted"


#: What is expected of a cell that may not be blank.
BLANK = Words("blank; it must be given")


def nearest(value: str, names: Iterable[str]) -> str:
    """Did-you-mean text for a name that is not known.

    Returns
    -------
    str
        Words, ``"did you mean 'coal'?"``, or an empty text when nothing is near.
    """
    found = difflib.get_close_matches(value, list(names), n=1, cutoff=0.6)
    if not found:
        folded = {name.lower(): name for name in names}
        found = [folded[value.lower()]] if value.lower() in folded else []
    return Words("did you mean {name!r}?", name=found[0]) if found else ""


def either(names: Sequence[str]) -> str:
    """Names as one of which will do: words, or the name itself where it is the only one; empty for none.

    Examples
    --------
    >>> either(["CN", "RU", "MN"])
    'CN or RU or MN'
    """
    if len(names) < 2:
        return names[0] if names else ""
    return Words("{one} or {other}", one=names[0], other=either(names[1:]))


def hinted(text: Words, value: str, names: Iterable[str], *, listed: bool = False) -> Words:
    """A text about a name that is not known, with the nearest one that is; `listed`: else with all of them.

    Examples
    --------
    >>> hinted(Words("no role {role!r}", role="viewr"), "viewr", ["viewer", "analyst"], listed=True)
    "no role 'viewr'; did you mean 'viewer'?"
    """
    known = list(names)
    others = Words("one of {names}", names=", ".join(map(str, known))) if listed else ""
    return several([text, nearest(value, known) or others])
