"""Red flags: raised by rules at every change and at every gate, justified by people, resolved by facts.

A flag is red when a rule finds something; amber once somebody has justified it, for as long as the facts stay what they
were; resolved once the rule finds nothing any more. No project enters a stage with a red flag. Screening happens at the
end of every transaction that changes a project and before every gate; nobody can leave it out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, true

from sungari.errors import InputError, Problem, UsageError, nearest
from sungari.operate import projects, rules
from sungari.operate.access import sight
from sungari.operate.access.actor import ALL
from sungari.operate.findings import Flag, Rule
from sungari.operate.register import Work
from sungari.words import Words

#: So many projects are not asked for one by one.
MANY = 500
RED, AMBER, RESOLVED = "red", "amber", "resolved"


def screen(work: Work, codes: Iterable[str]) -> list[Flag]:
    """Hold projects against all rules, and bring their flags to what is found.

    Parameters
    ----------
    work : Work
    codes : iterable of str

    Returns
    -------
    list of Flag
        Those that are red.
    """
    work.session.flush()
    active = [r for r in work.session.scalars(select(Rule).order_by(Rule.code)) if r.on]
    red: list[Flag] = []
    codes = sorted(set(codes))
    work.session.info["screening"] = rules.Screening(work, codes)
    held: dict[str, list[Flag]] = {}
    for each in work.session.scalars(select(Flag).where(Flag.project.in_(codes) if len(codes) < MANY else true())):
        held.setdefault(each.project, []).append(each)
    for code in codes:
        there = {(f.rule, f.subject): f for f in held.get(code, [])}
        for rule in active:
            for finding in rules.screened(work, code, rule.kind, rule.limits):
                flag = there.pop((rule.code, finding.subject), None)
                if flag is None:
                    flag = Flag(project=code, rule=rule.code, subject=finding.subject, state=RED, text=finding.text,
                                facts=finding.facts, raised=work.now)
                    work.session.add(flag)
                elif flag.state == RESOLVED or flag.facts != finding.facts:
                    _to(flag, RED, raised=work.now, reason=None, justified=None, justified_by=None, resolved=None,
                        text=finding.text, facts=finding.facts)
                if flag.state == RED:
                    red.append(flag)
        for flag in there.values():
            if flag.state != RESOLVED:
                _to(flag, RESOLVED, resolved=work.now)
    work.session.flush()
    return red


def screen_all(work: Work, codes: Iterable[str]) -> None:
    """Screen projects whoever works, each by what all see who see it: its flags give nothing else away."""
    with sight.everything(work):
        if not sight.kept_projects(work):  # all see the same of what rules look at
            screen(work, codes)
            return
        for party, some in sight.by_audience(work, codes).items():
            with sight.audience(work, party):
                screen(work, some)


def _to(flag: Flag, state: str, **cells: Any) -> None:
    for name, value in {"state": state, **cells}.items():
        if getattr(flag, name) != value:
            setattr(flag, name, value)


def justify(work: Work, number: int, *, expected: int | None = None) -> Flag:
    """Say why a red flag is no reason to stop: it turns amber, until its facts change.

    Parameters
    ----------
    work : Work
        Its ``why`` is the justification.
    number : int
        The flag's ``id``.
    expected : int or None
        Version of the flag that was justified.

    Raises
    ------
    UsageError
        If there is no reason, or nothing to justify.
    Conflict
        If the flag has changed since the expected version.
    Forbidden
    """
    flag = work.get(Flag, number, expected=expected)
    work.actor.demand("flag.justify", projects.concerned(work, flag.project))
    if flag.state != RED:
        raise UsageError("flag {number} is {state}; only a red one needs a justification",
                         number=number, state=flag.state)
    if not work.why.strip():
        raise UsageError("say why: a justification is a reason")
    _to(flag, AMBER, reason=work.why, justified=work.now, justified_by=work.who)
    work.session.flush()
    return flag


def listed(work: Work, *, project: str | None = None, resolved: bool = False) -> Sequence[Flag]:
    """Flags, red ones first.

    Parameters
    ----------
    work : Work
    project : str or None
        Only those of a project.
    resolved : bool
        Resolved ones as well.
    """
    asked = select(Flag)
    if project is not None:
        asked = asked.where(Flag.project == project)
    if not resolved:
        asked = asked.where(Flag.state != RESOLVED)
    order = (RED, AMBER, RESOLVED)
    return sorted(work.session.scalars(asked), key=lambda f: (order.index(f.state), f.project, f.rule, f.subject))


# -- rules as data ----------------------------------------------------------------------------------------------------


def rule_rows(work: Work) -> list[dict[str, Any]]:
    """The rules as plain rows: code, kind, title, limits (``name=value`` joined by ``;``), on."""
    found = work.session.scalars(select(Rule).order_by(Rule.code))
    return [{"code": r.code, "kind": r.kind, "title": r.title, "on": r.on,
             "limits": ";".join(f"{k}={v}" for k, v in r.limits.items())} for r in found]  # fmt: skip


def set_rules(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rules in place of those that are there; flags of rules that are gone are resolved.

    Parameters
    ----------
    work : Work
    rows : sequence of mapping
        As :func:`rule_rows` gives them.

    Raises
    ------
    InputError
        With every cell that is wrong; also if a kind that must always be on is off or missing.
    Forbidden
    """
    work.actor.demand("rules", [ALL])
    problems: list[Problem] = []
    made: dict[str, dict[str, Any]] = {}

    def wrong(line: int | None, column: str, value: Any, expected: str, hint: str = "") -> None:
        problems.append(Problem("rules.csv", line, column, str(value), expected, hint, "rule"))

    for line, row in enumerate(rows, start=2):
        code, kind = str(row.get("code") or "").strip(), str(row.get("kind") or "").strip()
        on = str(row.get("on", "true")).strip().lower()
        if not code or code in made:
            wrong(line, "code", code, Words("expected a name of its own"))
        if kind not in rules.KINDS:
            wrong(line, "kind", kind, Words("expected one of {names}",
                                            names=", ".join(rules.KINDS)), nearest(kind, rules.KINDS))
        if on not in ("true", "false"):
            wrong(line, "on", on, Words("expected true or false"))
        if kind in rules.ALWAYS and on != "true":
            wrong(line, "on", on, Words("this screening can't be switched off"))
        limits: dict[str, Any] = {}
        for part in filter(None, str(row.get("limits") or "").split(";")):
            name, _, value = part.partition("=")
            if name not in rules.LIMITS.get(kind, ()):
                known = rules.LIMITS.get(kind, ())
                expected = Words("expected {names}=…", names=" or ".join(known))
                wrong(line, "limits", part, expected if known else Words("this kind has no limits"),
                      nearest(name, known))
                continue
            limits[name] = value if name == "tables" else _number(value)
            if limits[name] is None:
                wrong(line, "limits", part, Words("expected a number above 0"))
        made[code] = {"kind": kind, "title": str(row.get("title") or code), "limits": limits, "on": on == "true"}
    for kind in rules.ALWAYS:
        if not any(r["kind"] == kind for r in made.values()):
            wrong(None, "kind", kind, Words("this screening can't be switched off: a rule of this kind must be there"))
    if problems:
        raise InputError(problems, "table of rules")
    there = {r.code: r for r in work.session.scalars(select(Rule))}
    for code, cells in made.items():
        rule = there.pop(code, None)
        if rule is None:
            work.session.add(Rule(code=code, **cells))
            continue
        for name, value in cells.items():
            if getattr(rule, name) != value:
                setattr(rule, name, value)
    for gone in there.values():  # a rule that has raised flags is kept for their sake
        gone.on = False
    screen_all(work, sight.all_projects(work))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
