"""Gates, rules of red flags and kinds of cases: tables that are edited whole, with checks at every cell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from sungari import words as saying
from sungari.errors import Conflict, InputError, Problem, Unknown
from sungari.operate import flags, life, needs, rules
from sungari.operate.desk import kinds
from sungari.operate.register import Work
from sungari.show.i18n import N_
from sungari.show.web.given import Given, Sent, by_cell, done
from sungari.show.web.pages.administration.parts import parts
from sungari.show.web.pages.projects.told import RULES
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/administration", include_in_schema=False)
#: Empty rows that a table offers, and the most rows that a form is read for.
SPARE, MOST = 2, 500

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Edited:
    """A table that is edited whole.

    Attributes
    ----------
    title, lead : str
    action : str
        What its editor must be allowed to do.
    columns : tuple of str
    read, write : callable
        Its rows from the register, and into it.
    choices : dict of str to callable
        What a cell may hold, where that is a short list.
    boxes, wide : tuple of str
        Columns that are yes or no, and those with long texts.
    file : str
        What problems call it.
    """

    title: str
    lead: str
    action: str
    columns: tuple[str, ...]
    read: Callable[[Work], Rows]
    write: Callable[[Work, Rows], None]
    file: str
    choices: Mapping[str, Callable[[Words], list[tuple[str, str]]]] = field(default_factory=dict)
    boxes: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()


TABLES: dict[str, Edited] = {
    "gates": Edited(
        N_("Gates"), N_("What a party asks for before a project enters a stage, who signs, and how long the stage "
                        "before may take. A party's own row replaces that of all parties."),
        "gates", ("stage", "party", "needs", "signs", "role", "months"), life.gates, life.set_gates, "gates",
        {"stage": lambda w: w.stage_choices(), "party": lambda w: [("*", w.party("*")), *w.party_choices()]},
        ("signs",), ("needs", "role"),
    ),
    "rules": Edited(
        N_("Rules of red flags"), N_("Projects are held against them whenever they change, and before every gate."),
        "rules", ("code", "kind", "title", "limits", "on"), flags.rule_rows, flags.set_rules, "rules",
        {"kind": lambda w: [(k, w.tr(RULES[k]) if k in RULES else k) for k in rules.KINDS]}, ("on",),
        ("title", "limits"),
    ),
    "kinds": Edited(
        N_("Kinds of cases"), N_("Who is asked, and how many working days each level has. Deadlines that are running "
                                 "stay as they are."),
        "rules", ("code", "name", "name_zh", "name_ru", "asked", "days", "remind", "on"), kinds.rows, kinds.set_kinds,
        "case_kinds", {}, ("on",), ("name", "name_zh", "name_ru", "asked", "days"),
    ),
}  # fmt: skip


@router.get("/{name}")
def show(view: Seen, name: str) -> HTMLResponse:
    """A table, to edit."""
    table = _table(name)
    view.actor.demand(table.action)
    with view.reading() as work:
        rows = [_written(row) for row in table.read(work)]
        return _form(view, work, name, rows, [], _mark(rows))


@router.post("/{name}")
def save(view: Seen, name: str, given: Sent) -> Response:
    """Put the form's rows in place of those that are there."""
    table = _table(name)
    rows = _rows(given, table)
    try:
        with view.writing(given.text("why", saying.Words("edited a table"))) as work:
            if _mark([_written(row) for row in table.read(work)]) != given.text("mark"):
                raise Conflict(view.tr("Somebody has changed this table in the meantime; load it again."))
            table.write(work, rows)
    except InputError as error:
        with view.reading() as work:
            return _form(view, work, name, rows, error.problems, given.text("mark"))
    return done(f"/administration/{name}", "saved")


def _table(name: str) -> Edited:
    if name not in TABLES:
        raise Unknown("no table {name!r} to edit here", name=name)
    return TABLES[name]


def _written(row: Mapping[str, Any]) -> dict[str, str]:
    """A row's cells as they stand in the form."""
    made = {}
    for name, value in row.items():
        text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        made[name] = text.removesuffix(".0") if isinstance(value, float) else text
    return made


def _mark(rows: Rows) -> str:
    """What an edit counts from."""
    return hashlib.sha256(json.dumps(rows, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _rows(given: Given, table: Edited) -> list[dict[str, str]]:
    made = []
    for i in range(min(given.whole("rows") or 0, MOST)):
        row = {c: given.text(f"{i}:{c}") for c in table.columns}
        filled = any(v for c, v in row.items() if c not in table.boxes)
        if filled and not given.on(f"{i}:drop"):
            made.append(row | {c: "true" if given.on(f"{i}:{c}") else "false" for c in table.boxes})
    return made


def _form(view: View, work: Work, name: str, rows: Rows, problems: list[Problem], mark: str) -> HTMLResponse:
    table, words = TABLES[name], Words(work, view.tr)
    found = by_cell(problems)
    wrong = {(row, column): text for (_, row, column), text in found.items()}
    return view.page(
        "administration/table.html", view.tr("Administration"), parts=parts(view), status=422 if problems else 200,
        name=name, table=table, rows=[*rows, *({} for _ in range(SPARE))], problems=problems, wrong=wrong, mark=mark,
        words=words, choices={c: make(words) for c, make in table.choices.items()}, needs=list(needs.KINDS),
        known=rules.LIMITS, levels=[level.code for level in kinds.levels(work)],
    )  # fmt: skip
