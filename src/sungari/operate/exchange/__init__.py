"""What an import would do, shown before it is done; and doing it, whole or not at all.

An import never overwrites an edit that its author has not seen. What the author has seen is known from the file, where
the register wrote it and noted the versions in it; else from the last import of the same origin. A project that has
been edited since is refused, unless the caller says to overwrite.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from sqlalchemy import select

from sungari.errors import InputError, Problem, UsageError
from sungari.operate import content as contents
from sungari.operate import packages, projects
from sungari.operate.access import sight
from sungari.operate.access.actor import ALL, LOCAL, Actor
from sungari.operate.content import PROJECTS, CellChange, Content, Normal
from sungari.operate.records import Package, Project, Version
from sungari.operate.register import Register, Work
from sungari.region.package import Region
from sungari.region.regions import locate
from sungari.region.schema import BY_NAME
from sungari.words import Words

What = Literal["created", "changed", "unchanged", "refused"]
#: Makes a project's content from the one that is there, if any.
Make = Callable[[Content | None], Normal]


@dataclass
class Incoming:
    """What a file holds, ready to be compared with the register.

    Attributes
    ----------
    origin : str
        What kind of file, and its name for good: the same file of another day has the same.
    projects : dict of str to callable
        By project, what makes its content from the one that is there, if any.
    region : Region or None
        The package, where the file is one.
    mark : mapping
        What the register noted in the file when it wrote it; may be empty.
    problems : dict of str to list of Problem
        By project, what is wrong with it.
    """

    origin: str
    projects: dict[str, Make]
    region: Region | None = None
    mark: Mapping[str, Any] = field(default_factory=dict)
    problems: dict[str, list[Problem]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What an import does to one thing.

    Attributes
    ----------
    kind : str
        ``package`` or ``project``.
    key : str
    what : str
        ``created``, ``changed``, ``unchanged`` or ``refused``.
    cells : list of CellChange
        What changes.
    problems : list of Problem
        Why it is refused, by cell.
    """

    kind: str
    key: str
    what: What
    cells: list[CellChange] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "key": self.key, "what": self.what, "cells": [c.as_dict() for c in self.cells],
                "problems": [p.as_dict() for p in self.problems]}


# -- reading files ----------------------------------------------------------------------------------------------------


def read_package(package: str | os.PathLike[str]) -> Incoming:
    """A region package: a folder, or the name of one that comes with Sungari.

    Raises
    ------
    InputError
        With all errors that belong to no project.
    """
    region = _each_text(Region.read(locate(package)), _as_written)
    return _incoming(region, [p for p in region.check() if p.severity == "error"], f"package:{region.name}")


def read_workbook(path: str | os.PathLike[str]) -> Incoming:
    """A region package as an Excel workbook.

    Raises
    ------
    InputError
        With all errors that belong to no project, by sheet and cell.
    """
    from sungari.region.workbook import import_workbook

    problems: list[Problem] = []
    try:
        region = import_workbook(path)
    except InputError as error:
        problems, region = error.problems, import_workbook(path, check=False)
    return _incoming(region, problems, f"package:{region.name}")


def _incoming(region: Region, problems: Iterable[Problem], origin: str) -> Incoming:
    parts = packages.take_apart(region)
    by_project: dict[str, list[Problem]] = {}
    others: list[Problem] = []
    for problem in problems:
        line = int(re.sub(r"\D", "", str(problem.row)) or 0)
        table = problem.file.removesuffix(".csv")
        code = packages.owner_of(region, table, line) if line and table in BY_NAME else None
        (by_project.setdefault(code, []) if code in parts.projects else others).append(problem)
    if others:
        raise InputError(others)
    made: dict[str, Make] = {code: _always(content) for code, content in parts.projects.items()}
    mark = region.descriptor.get(packages.MARK)
    return Incoming(origin, made, region, mark if isinstance(mark, Mapping) else {}, by_project)


def _always(content: Normal) -> Make:
    return lambda _there: content


# -- comparing --------------------------------------------------------------------------------------------------------


def propose(work: Work, incoming: Incoming, *, overwrite: bool = False) -> list[Change]:
    """What taking a file in would do; nothing is changed.

    Parameters
    ----------
    work : Work
    incoming : Incoming
    overwrite : bool
        Whether the file wins over edits that it has not seen.
    """
    work.actor.demand("import")
    hidden = sight.hidden_projects(work)
    held = work.session.get(Package, 1)
    ours = held is not None and incoming.mark.get("register") == held.register
    made = [_package(work, incoming, held, ours and not overwrite)] if incoming.region is not None else []
    seen = incoming.mark.get("versions", {}) if ours else {}
    for code, make in incoming.projects.items():
        if code in hidden:
            why = Words("this code can't be used; choose another one")
            made.append(Change("project", code, "refused", [], [_barred(code, why)]))
            continue
        made.append(_allowed(work, _project(work, incoming, code, make, seen.get(code), overwrite), make))
    return made


def _package(work: Work, incoming: Incoming, held: Package | None, strict: bool) -> Change:
    region = incoming.region
    if region is None or held is None:
        raise AssertionError("no package to compare with")
    allowed = work.actor.may("region.edit", [ALL])
    if not held.name:
        return Change("package", region.name, "created") if allowed else _foreign(region.name)
    if held.name != region.name:
        raise UsageError("this register is of the region {held!r}, the file is of {found!r}; a register holds one "
                         "region", held=held.name, found=region.name)
    different = packages.differences(work, region, packages.take_apart(region))
    cells = [CellChange("package", "", name, None, "changed") for name in different]
    if different and strict and incoming.mark.get("package") != held.version:
        why = Words("changed in the register since the file was written: {tables}", tables=", ".join(different))
        return Change("package", region.name, "refused", cells, [_refusal("datapackage.json", None, "", why)])
    if different and not allowed:
        return _foreign(region.name)
    return Change("package", region.name, "changed" if different else "unchanged", cells)


def _foreign(name: str) -> Change:
    why = Words("the region's own tables are changed by an administrator of all parties")
    return Change("package", name, "refused", [], [Problem("datapackage.json", None, None, "", why, "", "forbidden")])


def _barred(code: str, why: str) -> Problem:
    return Problem(BY_NAME[PROJECTS].file, None, "project", code, why, "", "forbidden")


def _allowed(work: Work, change: Change, make: Make) -> Change:
    """A change, refused where the actor imports for none of the parties that the project is of."""
    if change.what not in ("created", "changed"):
        return change
    if change.what == "created":
        of = projects.named_in(work, make(None)) or None
    else:
        of = projects.concerned(work, change.key)
    if work.actor.may("import", of):
        return change
    why = Words("an import for parties that you don't import for")
    return Change("project", change.key, "refused", [], [_barred(change.key, why)])


def _project(
    work: Work, incoming: Incoming, code: str, make: Make, seen: int | None, overwrite: bool
) -> Change:
    def refused(*problems: Problem) -> Change:
        return Change("project", code, "refused", [], list(problems))

    if incoming.problems.get(code):
        return refused(*incoming.problems[code])
    there = work.session.get(Project, code)
    try:
        if there is None:
            return Change("project", code, "created", contents.changes({}, make(None)))
        now = projects.current(work, code)
        new = make(now.content)
        if new == now.content:
            return Change("project", code, "unchanged")
        base = _base(work, incoming, code, seen)
        if base is not None and make(base.content) == base.content:
            return Change("project", code, "unchanged")  # nothing new came; later edits stay
    except InputError as error:
        return refused(*error.problems)
    was, is_now, comes = ((c[PROJECTS][0].get("stage") or "") for c in (
        base.content if base else now.content, now.content, new))  # fmt: skip
    if comes not in (was, is_now):
        why = Words("{code!r} is in {stage}; a stage is changed at its gate, not by an import",
                    code=code, stage=there.stage)
        return refused(_refusal(PROJECTS, "stage", comes, why))
    cells = [c for c in contents.changes(now.content, new) if (c.table, c.column) != (PROJECTS, "stage")]
    if base is None and now.origin != incoming.origin and not overwrite:
        return refused(*(_refusal(c.table, c.column, c.after, Words(
            "{code!r} has {before!r}, written by {who} on {day} and not read from this file",
            code=code, before=c.before, who=now.who, day=f"{now.at:%Y-%m-%d}",
        )) for c in cells))  # fmt: skip
    since = contents.changes(base.content, now.content) if base is not None else []
    since = [c for c in since if (c.table, c.column) != (PROJECTS, "stage")]
    if since and not overwrite:
        why = Words("changed in the register since: {code!r} is at version {number} by {who}, the file has not seen it",
                    code=code, number=now.number, who=now.who)
        return refused(*(_refusal(c.table, c.column, c.after, why) for c in since))
    return Change("project", code, "changed" if cells else "unchanged", cells)


def _base(work: Work, incoming: Incoming, code: str, seen: int | None) -> Version | None:
    """The version that the file's author had before him, as far as is known."""
    if seen is not None:
        return projects.version(work, code, int(seen))
    return work.session.scalar(
        select(Version).where(Version.project == code, Version.origin == incoming.origin)
        .order_by(Version.number.desc()).limit(1)
    )  # fmt: skip


def _refusal(table: str, column: str | None, value: Any, why: str) -> Problem:
    file = BY_NAME[table].file if table in BY_NAME else table
    text = "" if value is None else str(value)
    if column == "stage":
        return Problem(file, None, column, text, why, "", "stage")
    return Problem(file, None, column, text, why, Words("--overwrite takes the file's"), "newer-edit")


# -- doing ------------------------------------------------------------------------------------------------------------


def take_in(
    register: Register, incoming: Incoming, *, who: str = "", why: str = "", overwrite: bool = False,
    skip_refused: bool = False, dry_run: bool = False, actor: Actor = LOCAL,
) -> tuple[list[Change], bool]:  # fmt: skip
    """Take a file into the register, whole or not at all.

    Parameters
    ----------
    register : Register
    incoming : Incoming
    who, why : str
        In whose name and for what reason; default reason: the file.
    overwrite : bool
        Whether the file wins over edits that it has not seen.
    skip_refused : bool
        Whether to take the rest where something is refused.
    dry_run : bool
        Only say what would happen.
    actor : Actor
        Whose rights count.

    Returns
    -------
    changes : list of Change
    done : bool
        Whether they have happened.
    """
    if dry_run:
        with register.reading(actor) as work:
            return propose(work, incoming, overwrite=overwrite), False
    with register.writing(who, why or Words("import of {origin}", origin=incoming.origin), actor=actor) as work:
        changes = propose(work, incoming, overwrite=overwrite)
        if any(c.what == "refused" for c in changes) and not skip_refused:
            return changes, False
        act = {c.key: c.what for c in changes if c.kind == "project"}
        package = next((c.what for c in changes if c.kind == "package"), "unchanged")
        new = "created" in act.values() and work.actor.may("region.edit", [ALL])  # their place among the others
        if incoming.region is not None and (package in ("created", "changed") or new):
            packages.put_tables(work, incoming.region, packages.take_apart(incoming.region), incoming.origin)
        for code, what in act.items():
            if what == "created":
                projects.take_up(work, code, incoming.projects[code](None), origin=incoming.origin)
            elif what == "changed":
                now = projects.current(work, code)
                projects.rewrite(work, code, incoming.projects[code](now.content), expected=now.number,
                                origin=incoming.origin)
        return changes, True


# -- texts that spreadsheets take for formulas ------------------------------------------------------------------------

_ARMED = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")


def _dangerous(text: str) -> bool:
    return _ARMED.match(text) is not None and _NUMBER.fullmatch(text) is None


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula when it opens a CSV file: one that looks like it gets a ``'``.

    Examples
    --------
    >>> harmless("=1+1"), harmless("-3.5"), harmless("coal")
    ("'=1+1", '-3.5', 'coal')
    """
    return f"'{text}" if _dangerous(text) else text


def _as_written(text: str) -> str:
    return text[1:] if text.startswith("'") and _dangerous(text[1:]) else text


def _each_text(region: Region, change: Callable[[str], str]) -> Region:
    tables = {}
    for name, frame in region.tables.items():
        made = {}
        for column in frame.columns:
            if str(frame[column].dtype) not in ("str", "object"):
                continue
            values = frame[column].tolist()
            new = [change(v) if isinstance(v, str) else v for v in values]
            if any(isinstance(v, str) and v != w for v, w in zip(values, new, strict=True)):
                made[column] = pd.Series(new, index=frame.index, dtype=frame[column].dtype)
        tables[name] = frame.assign(**made) if made else frame
    other = region.with_figures(tables)
    other.problems = region.problems
    return other


def write_package(region: Region, folder: str | os.PathLike[str]) -> Path:
    """Write a region from the register as a package; opened as spreadsheets, its files do nothing."""
    return _each_text(region, harmless).write(folder)
