"""Cases: raised by one party, assigned to all that are concerned, worked on until they are settled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import or_, select

from sungari.errors import Problem, UsageError, nearest
from sungari.operate.access import sight
from sungari.operate.desk import deadlines, history, kinds, subjects
from sungari.operate.desk.records import Case, CaseDocument, CaseEvent, CaseParty, CaseTie, Decision
from sungari.operate.holdings import Document
from sungari.operate.records import Base
from sungari.operate.register import Work
from sungari.words import Words

#: The longest title and the longest text, in characters.
LONGEST = {"title": 300, "text": 50_000}


def put(
    work: Work, kind: str, on: str, subject: str, *, party: str, title: str, text: str = "",
    parties: Iterable[str] | None = None, confidential_to: str | None = None,
) -> Case:  # fmt: skip
    """Raise a case.

    Parameters
    ----------
    work : Work
    kind : str
        One of :func:`sungari.operate.desk.kinds.listed`.
    on, subject : str
        ``project``, ``link``, ``place`` or ``party``, and its name in the register.
    party : str
        Who raises it.
    title, text : str
    parties : iterable of str or None
        Whom it is assigned to; default all parties that the subject concerns, and the one who raises it.
    confidential_to : str or None
        A party that keeps it to itself for now.

    Raises
    ------
    InputError
        With everything that is wrong.
    Forbidden
        If the actor may not raise cases for this party.
    """
    work.actor.demand("case.raise", [party])
    found = kinds.known(work, kind)
    wrong = [*subjects.problems(work, on, subject), *subjects.unknown_parties(work, [party], "party")]
    wrong += subjects.unknown_parties(work, list(filter(None, [confidential_to])), "confidential_to")
    wrong += texts(title=title, text=text)
    assigned = list(dict.fromkeys(parties)) if parties is not None else None
    if assigned is None and not wrong:
        assigned = subjects.assigned(work, on, subject, party)
    wrong += _assignable(work, assigned, party) if assigned is not None else []
    subjects.check(wrong)
    sight.demand_mark(work.actor, None, confidential_to)
    today = work.now.date()
    case = Case(
        kind=kind, title=title.strip(), text=text.strip(), on=on, subject=subject,
        project=subject if on == "project" else None, state=history.RAISED, party=party, who=work.who, raised=work.now,
        changed=work.now, confidential_to=confidential_to,
    )  # fmt: skip
    deadlines.begin(work, case, deadlines.first_level(work, found), today, assigned)
    case.answer_by = case.due
    work.session.add(case)
    work.session.flush()
    work.session.add_all(CaseParty(case=case.id, party=p) for p in assigned or ())
    history.note(work, case, "raised", party=party, kind=kind, level=case.level, due=case.due.isoformat(),
                 parties=assigned)
    return case


def get(work: Work, number: int) -> Case:
    """A case by its number."""
    return work.get(Case, number, what="case")


def held(work: Work, number: int, expected: int | None = None) -> Case:
    """A case that is about to be changed, with all that time has done to it by now.

    Raises
    ------
    UsageError
        If there is none.
    Conflict
        If it has been changed since the expected version.
    """
    case = work.get(Case, number, expected=expected, what="case")
    deadlines.catch_up(work, case)
    return case


def parties_of(work: Work, numbers: Iterable[int]) -> dict[int, list[str]]:
    """The parties that cases are assigned to."""
    made: dict[int, list[str]] = {n: [] for n in numbers}
    rows = select(CaseParty).where(CaseParty.case.in_(made)).order_by(CaseParty.case, CaseParty.party)
    for row in work.session.scalars(rows):
        made[row.case].append(row.party)
    return made


def acting(work: Work, case: Case, action: str, party: str | None) -> None:
    """Refuse who may not act on a case, for a party of it or (None) for any of them.

    Raises
    ------
    UsageError
        If the party has no part in the case.
    Forbidden
        If the actor may not act for it.
    """
    own = [*parties_of(work, [case.id])[case.id], case.party]
    if party is not None and not set(subjects.above(work, party)) & set(own):
        hint = nearest(party, own) or Words("it is between {parties}", parties=", ".join(dict.fromkeys(own)))
        raise UsageError("{party!r} has no part in case {id}; {hint}", party=party, id=case.id, hint=hint)
    work.actor.demand(action, own if party is None else [party])


# -- what is done with a case -----------------------------------------------------------------------------------------


def edit(
    work: Work, number: int, *, title: str | None = None, text: str | None = None, expected: int | None = None
) -> Case:
    """Change the words of an open case, for the party that raised it."""
    case = held(work, number, expected)
    work.actor.demand("case.raise", [case.party])
    history.demand(case, "edit")
    title, text = (case.title if title is None else title), (case.text if text is None else text)
    subjects.check(texts(title=title, text=text))
    if (title.strip(), text.strip()) != (case.title, case.text):
        case.title, case.text = title.strip(), text.strip()
        history.note(work, case, "edited", party=case.party)
    return case


def assign(work: Work, number: int, parties: Iterable[str], *, expected: int | None = None) -> Case:
    """Say which parties a case is between; a running deadline moves to a day on which all of them work.

    Raises
    ------
    InputError
        If there are fewer than two, the one who raised it is missing, or one is not known.
    UsageError
        If a decision that is proposed names a party that would go.
    """
    case = held(work, number, expected)
    acting(work, case, "case.handle", None)
    history.demand(case, "assign")
    wanted, there = list(dict.fromkeys(parties)), parties_of(work, [number])[number]
    subjects.check(_assignable(work, wanted, case.party))
    if case.state == history.PROPOSED and not set(there) <= set(wanted):
        raise UsageError("a decision on case {number} waits for signatures; nobody can leave the case now",
                         number=number)
    if set(wanted) != set(there):
        for gone in work.session.scalars(select(CaseParty).where(CaseParty.case == number)).all():
            if gone.party not in wanted:
                work.session.delete(gone)
        work.session.add_all(CaseParty(case=number, party=p) for p in wanted if p not in there)
        work.session.flush()
        deadlines.parties_changed(work, case)
        history.note(work, case, "assigned", parties=wanted, due=case.due.isoformat())
    return case


def comment(work: Work, number: int, text: str, *, party: str | None = None) -> CaseEvent:
    """Say something about a case."""
    case = held(work, number)
    acting(work, case, "case.raise", party)
    subjects.check(texts(text=text, blank=False))
    return history.note(work, case, "comment", text.strip(), party)


def answer(work: Work, number: int, text: str, *, party: str, expected: int | None = None) -> Case:
    """Answer a case for a party other than the one that raised it: it is in hand from then on."""
    case = held(work, number, expected)
    acting(work, case, "case.handle", party)
    history.demand(case, "answer")
    subjects.check(texts(text=text, blank=False))
    if set(subjects.above(work, party)) & set(subjects.above(work, case.party)):
        raise UsageError("{party!r} raised case {number} itself; comment on it", party=party, number=number)
    if case.state == history.RAISED:
        history.move(case, "take in hand")
    history.note(work, case, "answered", text.strip(), party)
    return case


def withdraw(work: Work, number: int, *, expected: int | None = None) -> Case:
    """Take a case back, for the party that raised it; the work's ``why`` says why.

    Raises
    ------
    UsageError
        If there is no reason, or the case is settled.
    """
    case = held(work, number, expected)
    work.actor.demand("case.raise", [case.party])
    history.demand(case, "withdraw")
    _reason(work)
    history.move(case, "withdraw")
    for decision in work.session.scalars(select(Decision).where(Decision.case == number, Decision.state == "proposed")):
        decision.state = "withdrawn"
    case.look, case.closed = None, work.now
    history.note(work, case, "withdrawn", work.why, case.party)
    return case


def close(work: Work, number: int, *, expected: int | None = None) -> Case:
    """Put a decided case away: what was decided has been done."""
    case = held(work, number, expected)
    acting(work, case, "case.handle", None)
    history.move(case, "close")
    case.closed = work.now
    history.note(work, case, "closed", work.why)
    return case


def reopen(work: Work, number: int, *, party: str | None = None, expected: int | None = None) -> Case:
    """Take up a settled case again, at its first level with new deadlines; the work's ``why`` says why.

    A decision that is in force stays in force until another one is.

    Raises
    ------
    UsageError
        If there is no reason, or the case is open.
    """
    case = held(work, number, expected)
    acting(work, case, "case.handle", party)
    history.demand(case, "reopen")
    _reason(work)
    history.move(case, "reopen")
    case.decided = case.closed = None
    kind = next(k for k in kinds.listed(work, every=True) if k.code == case.kind)
    deadlines.begin(work, case, deadlines.first_level(work, kind), work.now.date())
    case.answer_by = case.due
    history.note(work, case, "reopened", work.why, party, level=case.level, due=case.due.isoformat())
    return case


def keep_to(work: Work, number: int, party: str | None, *, expected: int | None = None) -> Case:
    """Let the party that raised a case keep it to itself, or (None) show it to all that it concerns."""
    case = held(work, number, expected)
    work.actor.demand("case.raise", [case.party])
    if party is not None and not set(subjects.above(work, case.party)) & {party}:
        raise UsageError("case {number} was raised by {party!r}; only that party can keep it to itself",
                         number=number, party=case.party)
    sight.demand_mark(work.actor, case.confidential_to, party)
    if case.confidential_to != party:
        case.confidential_to = party
        history.note(work, case, "shown" if party is None else "hidden", party=case.party)
    return case


# -- what belongs to it -----------------------------------------------------------------------------------------------


def tie(work: Work, number: int, other: int) -> None:
    """Note that two cases belong together."""
    if number == other:
        raise UsageError("a case belongs to itself anyway")
    both = [held(work, n) for n in sorted((number, other))]
    acting(work, next(c for c in both if c.id == number), "case.raise", None)
    if work.session.get(CaseTie, (both[0].id, both[1].id)) is None:
        work.session.add(CaseTie(case=both[0].id, other=both[1].id))
        for case, peer in (both, both[::-1]):
            if openly(work, case, peer):  # else not even that it is there is told
                history.note(work, case, "tied", case=peer.id)


def tied(work: Work, number: int) -> list[Case]:
    """Cases that belong together with one."""
    rows = work.session.scalars(select(CaseTie).where(or_(CaseTie.case == number, CaseTie.other == number))).all()
    others = [t.other if t.case == number else t.case for t in rows]
    return list(work.session.scalars(select(Case).where(Case.id.in_(others)).order_by(Case.id)))


def refer(work: Work, number: int, document: int) -> None:
    """Note that a case refers to a document of the register; the document can't be removed from then on."""
    case = held(work, number)
    acting(work, case, "case.raise", None)
    found = work.get(Document, document)
    if work.session.get(CaseDocument, (number, document)) is None:
        work.session.add(CaseDocument(case=number, document=document))
        facts: dict[str, Any] = {"document": document, "sha256": found.sha256} if openly(work, case, found) else {}
        history.note(work, case, "document", found.title if facts else "", **facts)


def documents(work: Work, number: int) -> Sequence[Document]:
    """The documents that a case refers to."""
    return work.session.scalars(
        select(Document).join(CaseDocument, CaseDocument.document == Document.id).where(CaseDocument.case == number)
        .order_by(Document.id)
    ).all()  # fmt: skip


def openly(work: Work, case: Case, record: Base) -> bool:
    """Whether everybody who sees a case sees a record as well, so that its history may name it."""
    key = history.key_of(type(record))
    with sight.audience(work, case.confidential_to):
        return work.session.scalar(select(key).where(key == getattr(record, key.key))) is not None


# -- what must be right -----------------------------------------------------------------------------------------------


def texts(*, blank: bool = True, **given: str) -> list[Problem]:
    """What is wrong with some texts: a title, or one that must say something, is blank; too long; not a text."""
    found = []
    for name, value in given.items():
        expected = ""
        if not value.strip() and (name == "title" or not blank):
            expected = Words("blank; it must say something")
        elif len(value) > LONGEST[name]:
            expected = Words("expected {most:,} characters at most, not {n:,}", most=LONGEST[name], n=len(value))
        elif "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value) or (name == "title" and "\n" in value):
            expected = Words("expected a text without control characters")
        if expected:
            found.append(Problem("case", None, name, value[:40].replace("\x00", "?"), expected, "", "kind"))
    return found


def _assignable(work: Work, parties: Sequence[str], raised_by: str) -> list[Problem]:
    found = subjects.unknown_parties(work, parties)
    if found:
        return found
    if len(parties) < 2:
        expected = Words("a case is between two parties at least; name the others")
        found.append(Problem("case", None, "parties", ", ".join(parties), expected, "", "kind"))
    if not set(subjects.above(work, raised_by)) & set(parties):
        expected = Words("expected {party!r}, which raised it, or a party above it", party=raised_by)
        found.append(Problem("case", None, "parties", ", ".join(parties), expected, "", "kind"))
    return found


def _reason(work: Work) -> None:
    if not work.why.strip():
        raise UsageError("say why: this needs its reason")


def plain(case: Case, parties: Sequence[str], work: Work) -> dict[str, Any]:
    """A case as plain data."""
    today = work.now.date()
    made = {k: getattr(case, k) for k in ("id", "version", "kind", "title", "text", "on", "subject", "state", "level",
                                          "party", "who", "raised", "due", "answer_by", "decided", "closed",
                                          "changed")}  # fmt: skip
    return {**made, "confidential_to": case.confidential_to, "parties": list(parties), "late": late(case, today)}


def late(case: Case, today: Any) -> bool:
    """Whether an open case has missed its first deadline."""
    return case.state in history.OPEN and case.answer_by < today
