"""A project's life: its stages, the gates between them, and who signs."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from sqlalchemy import select

from sungari.errors import GateClosed, InputError, Problem, UsageError, nearest
from sungari.operate import clock, flags, needs, projects
from sungari.operate.access import sight, two_people
from sungari.operate.content import Content
from sungari.operate.records import Gate, Party, Project, Signature, Stage, Visit
from sungari.operate.register import Work
from sungari.words import Named, Words, several

ANY = "*"
CANCELLED = "cancelled"


@dataclass(frozen=True)
class Asked:
    """One thing that a gate asks for, and whether it is there.

    Attributes
    ----------
    party : str
        Whose gate.
    what : str
        The need as the gate states it; ``signature``, ``flag`` for those that stand at every gate.
    met : bool
    text : str
        What is there, or missing, in words.
    """

    party: str
    what: str
    met: bool
    text: str

    def as_dict(self) -> dict[str, Any]:
        return {"party": self.party, "what": self.what, "met": self.met, "text": self.text}


# -- data -------------------------------------------------------------------------------------------------------------


def set_defaults(work: Work) -> None:
    """Stages and gates as they come with Sungari."""
    for position, row in enumerate(default("stages")):
        work.session.add(Stage(
            position=position, also=[w for w in row.pop("also").split(";") if w],
            **{k: v == "true" if k in ("review", "ends") else v for k, v in row.items()},
        ))  # fmt: skip
    work.session.flush()
    set_gates(work, default("gates"))


def default(name: str) -> list[dict[str, Any]]:
    """Rows of a table that comes with Sungari: ``stages``, ``gates``, ``rules``."""
    text = resources.files("sungari.operate").joinpath(f"defaults/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def named(stage: Stage) -> Named:
    """A stage's name, in all languages that it has."""
    return Named(stage.name, {"zh": stage.name_zh, "ru": stage.name_ru})


def stages(work: Work) -> Sequence[Stage]:
    """All stages, in order."""
    return work.session.scalars(select(Stage).order_by(Stage.position)).all()


def gates(work: Work) -> list[dict[str, Any]]:
    """All gates as plain rows: stage, party, needs (joined by ``;``), signs, role, months."""
    ordered = select(Gate).join(Stage, Stage.code == Gate.stage).order_by(Stage.position, Gate.party)
    return [{"stage": g.stage, "party": g.party, "needs": ";".join(g.needs), "signs": g.signs, "role": g.role,
             "months": g.months} for g in work.session.scalars(ordered)]  # fmt: skip


def set_gates(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put new gates in place of all that are there.

    Parameters
    ----------
    work : Work
    rows : sequence of mapping
        ``stage`` (that is entered), ``party`` (or ``*``), ``needs`` (see :mod:`sungari.operate.needs`, joined by
        ``;``), ``signs`` (true or false), ``role`` (who signs), ``months`` (that the stage before may take).

    Raises
    ------
    InputError
        With every cell that is wrong.
    Forbidden
    """
    work.actor.demand("gates", [ANY])
    known = [s.code for s in stages(work)]
    parties = work.session.scalars(select(Party.code)).all()
    problems: list[Problem] = []
    made: list[Gate] = []
    seen: set[tuple[str, str]] = set()

    def wrong(line: int, column: str, value: Any, expected: str, hint: str = "") -> None:
        problems.append(Problem("gates.csv", line, column, str(value), expected, hint, "gate"))

    for line, row in enumerate(rows, start=2):
        stage, party = str(row.get("stage") or ""), str(row.get("party") or ANY)
        if stage not in known[1:]:
            wrong(line, "stage", stage, Words("expected a stage after the first"), nearest(stage, known))
        if party != ANY and party not in parties:
            wrong(line, "party", party, Words("expected a party of the register, or *"), nearest(party, parties))
        if (stage, party) in seen:
            wrong(line, "party", party, Words("there is a gate of this party before {stage!r} already", stage=stage))
        seen.add((stage, party))
        asked = [n.strip() for n in str(row.get("needs") or "").split(";") if n.strip()]
        for need in asked:
            if text := needs.wrong(need):
                wrong(line, "needs", need, text)
        signs = str(row.get("signs") or "false").strip().lower()
        if signs not in ("true", "false"):
            wrong(line, "signs", signs, Words("expected true or false"))
        months, given = None, row.get("months")
        if given not in (None, ""):
            try:
                months = float(str(given))
            except ValueError:
                months = -1.0
            if not 0 < months <= 1200:
                wrong(line, "months", given, Words("expected a number of months above 0"))
        made.append(Gate(stage=stage, party=party, needs=asked, signs=signs == "true", role=str(row.get("role") or ""),
                         months=months))
    if problems:
        raise InputError(problems, "table of gates")
    for gone in work.session.scalars(select(Gate)):
        work.session.delete(gone)
    work.session.flush()
    work.session.add_all(made)
    work.session.flush()


# -- moving on --------------------------------------------------------------------------------------------------------


def gates_before(work: Work, content: Content, stage: str) -> list[tuple[str, Gate]]:
    """The gates that a project passes to enter a stage, each with its party: the party's own, or that of ``*``."""
    held = {g.party: g for g in work.session.scalars(select(Gate).where(Gate.stage == stage))}
    found = [(p, held.get(p, held.get(ANY))) for p in projects.parties_of(work, content)] or [(ANY, held.get(ANY))]
    return [(party, gate) for party, gate in found if gate is not None]


def next_stage(work: Work, project: Project) -> Stage | None:
    """The stage after a project's; None at the end of its life."""
    order = stages(work)
    here = next(i for i, s in enumerate(order) if s.code == project.stage)
    after = order[here + 1] if here + 1 < len(order) else None
    return None if order[here].ends or after is None or after.code == CANCELLED else after


def asked(work: Work, project: Project, stage: str) -> list[Asked]:
    """Everything that stands between a project and a stage: needs, signatures, red flags."""
    content = projects.current(work, project.code).content
    found: list[Asked] = []
    for party, gate in gates_before(work, content, stage):
        for need in gate.needs:
            met, text = _met(work, project, content, need)
            found.append(Asked(party, need, met, text))
        if gate.signs:
            signature = signature_of(work, project, stage, party)
            role = Words(gate.role) if gate.role else Words("the party")
            text = Words("{role} signs", role=role)
            if signature is not None and signature.sha256 != project.sha256:
                text = Words("{who} signed what has been changed since", who=signature.who)
            elif signature is not None and signature.agreed:
                text = Words("{who} has agreed", who=signature.who)
            elif signature is not None:
                text = Words("{who} has refused", who=signature.who)
            met = signature is not None and signature.agreed and signature.sha256 == project.sha256
            found.append(Asked(party, "signature", met, text))
    for flag in flags.listed(work, project=project.code):
        text = Words("red: {text}", text=flag.text)
        if flag.state == flags.AMBER:
            text = Words("amber: {text} – justified: {reason}", text=flag.text, reason=flag.reason or "")
        found.append(Asked("", "flag", flag.state != flags.RED, text))
    return found


def _met(work: Work, project: Project, content: Content, need: str) -> tuple[bool, str]:
    """Whether a need is met, be it by what others keep to themselves; in words that give nothing of that away."""
    met, text = needs.met(work, project, content, need)
    if not met and not work.actor.everything:
        with sight.everything(work):
            met, _ = needs.met(work, project, content, need)
        text = Words("met by what another party keeps to itself") if met else text
    return met, text


def signature_of(work: Work, project: Project, stage: str, party: str) -> Signature | None:
    """What a party said last to a project's entering a stage, since the project came to where it is."""
    here = visit(work, project)
    return work.session.scalar(
        select(Signature)
        .where(Signature.project == project.code, Signature.stage == stage, Signature.party == party,
               Signature.at >= here.entered)
        .order_by(Signature.id.desc()).limit(1)
    )  # fmt: skip


def sign(work: Work, code: str, party: str, *, agreed: bool = True, expected: int | None = None) -> Signature:
    """A party's word on a project's entering its next stage.

    Parameters
    ----------
    work : Work
        Its ``who`` signs, its ``why`` is the note.
    code, party : str
        Project and party.
    agreed : bool
        False: the party refuses.
    expected : int or None
        Version of the project that was signed.

    Raises
    ------
    UsageError
        If the party has nothing to sign there.
    Conflict
        If the project has been changed since the expected version.
    Forbidden
        If the actor doesn't sign for the party, wrote what is to be signed, or has signed it for another party.
    """
    project = work.get(Project, code, expected=expected)
    work.actor.demand("project.sign", [party])
    stage = next_stage(work, project)
    content = projects.current(work, code).content
    signing = {p: g for p, g in gates_before(work, content, stage.code) if g.signs} if stage else {}
    if stage is None or party not in signing:
        nothing = Words("{party!r} has nothing to sign for {code!r} now", party=party, code=code)
        who = Words("{names} signs before stage {stage}", names=", ".join(signing), stage=named(stage)) if (
            stage and signing) else Words("nobody signs")
        raise UsageError(several([nothing, who]))
    same = select(Signature.party, Signature.account).where(
        Signature.project == code, Signature.stage == stage.code, Signature.sha256 == project.sha256)
    two_people.demand(work.actor, party, wrote=projects.writer_of(work, code),
                      signed=[(p, account) for p, account in work.session.execute(same)])
    made = Signature(project=code, stage=stage.code, party=party, agreed=agreed, role=signing[party].role, who=work.who,
                     account=work.actor.account or None, at=work.now, note=work.why, sha256=project.sha256)
    work.session.add(made)
    work.session.flush()
    return made


def visit(work: Work, project: Project) -> Visit:
    """The project's time in the stage where it is."""
    found = work.session.scalar(
        select(Visit).where(Visit.project == project.code, Visit.left.is_(None)).order_by(Visit.id.desc()).limit(1)
    )
    if found is None:
        raise AssertionError(f"project {project.code!r} is in no stage")
    return found


def enter(work: Work, code: str, stage: str, *, expected: int | None = None) -> Project:
    """Move a project into a stage: the next one through its gates, an earlier one to be done again, or cancelled.

    Parameters
    ----------
    work : Work
        Its ``why`` must say something for a step back and for cancelling.
    code, stage : str
    expected : int or None
        Version of the project that the decision was made on.

    Raises
    ------
    GateClosed
        If something is missing, listed.
    UsageError
        If no way leads there, or a reason is missing.
    Conflict
        If the project has been changed since the expected version.
    Forbidden
    """
    project = work.get(Project, code, expected=expected)
    work.actor.demand("project.move", projects.concerned(work, code))
    wanted = projects.stage_known(work, stage)
    here = projects.stage_known(work, project.stage)
    following = next_stage(work, project)
    if here.ends:
        raise UsageError("{code!r} is in stage {stage}; nothing leads out of that", code=code, stage=named(here))
    if wanted.code == here.code:
        raise UsageError("{code!r} is in stage {stage} already", code=code, stage=named(here))
    forward = following is not None and wanted.code == following.code
    if not forward and wanted.code != CANCELLED and wanted.position > here.position:
        if following is None:
            raise UsageError("nothing comes after stage {stage}", stage=named(here))
        raise UsageError("after stage {stage} comes {following}; no stage is left out",
                         stage=named(here), following=named(following))
    if not forward and not work.why.strip():
        raise UsageError("say why: a step back or a cancellation needs its reason")
    if forward:
        flags.screen_all(work, [code])
        missing = [a for a in asked(work, project, wanted.code) if not a.met]
        if missing:
            raise GateClosed(Words("{code!r} can't enter stage {stage} yet", code=code, stage=named(wanted)),
                             [several([a.party, a.what, a.text], ": ") for a in missing])
    now = visit(work, project)
    now.left = work.now
    projects.move(work, project, wanted.code)
    content = projects.current(work, code).content
    ahead = next_stage(work, project)
    spans = [g.months for _, g in gates_before(work, content, ahead.code) if g.months] if ahead else []
    due = clock.after(work.now, min(spans)) if spans else None
    work.session.add(Visit(project=code, stage=wanted.code, entered=work.now, due=due, left=None, who=work.who,
                           why=work.why, known=True))
    work.session.flush()
    return project
