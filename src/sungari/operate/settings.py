"""What ``datapackage.json`` says of the register's region: its title and the model's settings, looked at and edited.

An edit is tried by the region's own checks and counts from the edition that the editor saw, as that of a table's row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sungari.errors import Conflict, InputError, Problem, nearest
from sungari.operate import packages
from sungari.operate.access import sight
from sungari.operate.access.actor import ALL
from sungari.operate.records import Package
from sungari.operate.register import Work
from sungari.operate.tables import likeness
from sungari.region.descriptor import DESCRIPTOR, settings_of
from sungari.region.package import Region
from sungari.region.schema import SETTINGS, Setting
from sungari.words import Words

#: What readers are told of the region; the model asks none of it.
TEXTS: tuple[Setting, ...] = (
    Setting("title", "text", None, "what the region is called; default: the package's name"),
    Setting("title_zh", "text", None, "the same in Chinese"),
    Setting("title_ru", "text", None, "the same in Russian"),
    Setting("description", "text", None, "what the package holds"),
)
#: All that can be edited, in the order in which it is shown.
ENTRIES = {s.name: s for s in (*TEXTS, *SETTINGS)}
#: Signs that a text may have.
LONGEST = 5000
_TEXT = {s.name for s in TEXTS}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def values(held: Package) -> dict[str, Any]:
    """Every entry as it holds now; what is not given has its default."""
    settings, _ = settings_of(held.settings)
    texts = {"title": held.title, **{n: held.descriptor.get(n) for n in _TEXT if n != "title"}}
    return {n: texts[n] if n in _TEXT else getattr(settings, n) for n in ENTRIES}


def typed(cells: Mapping[str, str]) -> dict[str, Any]:
    """Cells as the entries have them, from how people write them; what can't be read stays the text that it is.

    Examples
    --------
    >>> typed({"discount_rate": "0.05", "exchange_rates": "CNY 0.14", "base_year": ""})
    {'discount_rate': 0.05, 'exchange_rates': {'CNY': 0.14}, 'base_year': None}
    """
    return {name: _typed(ENTRIES[name].kind, text) if name in ENTRIES else text for name, text in cells.items()}


def _typed(kind: str, text: str) -> Any:
    text = text.strip()
    if not text:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    if kind in ("number", "integer"):
        return _number(text)
    if kind == "mapping":
        pairs = [re.split(r"[\s=:]+", line.strip(), maxsplit=1) for line in text.splitlines() if line.strip()]
        if all(len(pair) == 2 for pair in pairs):
            return {code: _number(rate) for code, rate in pairs}
    return text


def _number(text: str) -> Any:
    try:
        return float(text.replace("_", " "))  # which Python would read over
    except ValueError:
        return text


def tried(
    region: Region, cells: Mapping[str, Any], before: Sequence[Problem] | None = None
) -> tuple[Region, list[Problem]]:
    """The region as an edit would leave it, and what is wrong or odd with it then.

    Parameters
    ----------
    region : Region
    cells : mapping of str to any
        New values by entry; None: its default.
    before : sequence of Problem or None
        What is wrong or odd with the region as it is, if that is known.

    Returns
    -------
    Region
        As it was where a value does not fit its entry.
    list of Problem
        Of the settings themselves, then those that the edit brings about elsewhere; what was wrong before is left out.
    """
    problems = [
        Problem(DESCRIPTOR, None, name, str(value)[:200], Words("no such setting"), nearest(name, ENTRIES), "setting")
        for name, value in cells.items() if name not in ENTRIES
    ]  # fmt: skip
    for name in cells:
        value = cells[name]
        if name in _TEXT and value is not None and (
            not isinstance(value, str) or len(value) > LONGEST or _CONTROL.search(value)
        ):
            expected = Words("expected a text of at most {most} signs without control characters", most=LONGEST)
            problems.append(Problem(DESCRIPTOR, None, name, str(value)[:200], expected, "", "setting"))
    given = {**region.settings.as_json(), **{k: v for k, v in cells.items() if k in ENTRIES and k not in _TEXT}}
    settings, found = settings_of({k: v for k, v in given.items() if v is not None})
    problems += found
    if problems:
        return region, problems
    descriptor = dict(region.descriptor)
    for name in _TEXT - {"title"}:
        if name in cells:
            descriptor.pop(name, None)
            descriptor |= {name: cells[name]} if cells[name] else {}
    title = cells.get("title", region.title) or region.name
    made = Region(region.name, region.tables, settings, title=title, descriptor=descriptor)
    known = {likeness(p) for p in (region.check() if before is None else before)}
    after = made.check()
    mine = [p for p in after if p.file == DESCRIPTOR]
    return made, mine + [p for p in after if p not in mine and likeness(p) not in known]


def entry_of(problem: Problem) -> str:
    """The entry that a problem stands at; empty for none."""
    return (problem.column or "").removeprefix("sungari.") if problem.file == DESCRIPTOR else ""


def save(work: Work, region: Region, cells: Mapping[str, Any], *, expected: int | None = None) -> Package:
    """Put other settings into the register, if they bring about no error.

    Parameters
    ----------
    work : Work
    region : Region
        The register's region as it is (:func:`sungari.operate.packages.region`).
    cells : mapping of str to any
        New values by entry; None: its default. Figures are not converted to another currency.
    expected : int or None
        Version of the package when the editor saw it.

    Raises
    ------
    InputError
        With every error that they bring about.
    Conflict
        If the package's settings have been changed since.
    Forbidden
        If the actor may not edit the region.
    UsageError
        If the register has no region.
    """
    work.actor.demand("region.edit", [ALL])
    packages.package(work)
    held = work.get(Package, 1, expected=expected)
    if region.settings.as_json() != settings_of(held.settings)[0].as_json():
        raise Conflict("the region's settings have been changed since; look at them and edit again")
    made, problems = tried(region, cells)
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise InputError(errors, "settings")
    settings = json.loads(json.dumps(made.settings.as_json(), default=str))
    if settings != held.settings:
        held.settings = settings
        work.touched |= sight.all_projects(work)  # what a peer costs, the fund's limits … may be others now
    held.title = made.title
    held.descriptor = {**{k: v for k, v in held.descriptor.items() if k not in _TEXT},
                       **{k: v for k, v in made.descriptor.items() if k in _TEXT}}  # fmt: skip
    work.session.flush()
    return held
