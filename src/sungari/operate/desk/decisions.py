"""Decisions: proposed by one party, in force once every party that they name has signed the same wording.

Wordings, signatures and links are only ever added. A signature is of a wording's SHA-256, which covers its number, its
text and the parties that it names: a new wording needs new signatures, even where it says what an older one did; old
ones stay to be seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from sungari.errors import Conflict, Forbidden, InputError, Problem, UsageError, nearest
from sungari.operate.desk import cases, history, subjects
from sungari.operate.desk.records import Case, Decision, DecisionSignature, Wording
from sungari.operate.register import Work
from sungari.words import Words

PROPOSED, IN_FORCE, REFUSED, WITHDRAWN = "proposed", "in-force", "refused", "withdrawn"


@dataclass(frozen=True)
class Standing:
    """A decision with all that was written and said.

    Attributes
    ----------
    decision : Decision
    wordings : list of Wording
        Oldest first; the last one counts.
    signatures : list of DecisionSignature
        Oldest first, of all wordings.
    """

    decision: Decision
    wordings: list[Wording]
    signatures: list[DecisionSignature]

    @property
    def wording(self) -> Wording:
        """The wording that counts."""
        return self.wordings[-1]

    @property
    def agreed(self) -> list[str]:
        """Parties that have signed the wording that counts."""
        return [s.party for s in self.signatures if s.agreed and s.sha256 == self.decision.sha256]

    @property
    def missing(self) -> list[str]:
        """Parties that are named and have not signed it."""
        return [p for p in self.wording.parties if p not in self.agreed]

    def as_dict(self) -> dict[str, Any]:
        made = {k: getattr(self.decision, k) for k in ("id", "version", "case", "number", "state", "party", "proposed",
                                                       "effective", "sha256")}  # fmt: skip
        return {
            **made, "text": self.wording.text, "parties": list(self.wording.parties), "missing": self.missing,
            "wordings": len(self.wordings),
            "signatures": [{"party": s.party, "agreed": s.agreed, "who": s.who, "at": s.at, "note": s.note,
                            "counts": s.sha256 == self.decision.sha256} for s in self.signatures],
        }  # fmt: skip


def of(work: Work, number: int) -> list[Standing]:
    """The decisions on a case, oldest first."""
    found = work.session.scalars(select(Decision).where(Decision.case == number).order_by(Decision.number)).all()
    return [standing(work, d) for d in found]


def standing(work: Work, decision: Decision) -> Standing:
    """A decision with its wordings and signatures."""
    wordings = select(Wording).where(Wording.decision == decision.id).order_by(Wording.id)
    signed = select(DecisionSignature).where(DecisionSignature.decision == decision.id).order_by(DecisionSignature.id)
    return Standing(decision, list(work.session.scalars(wordings)), list(work.session.scalars(signed)))


def proposed(work: Work, case: Case) -> Standing:
    """The decision on a case that waits for signatures.

    Raises
    ------
    UsageError
        If there is none.
    """
    found = work.session.scalar(select(Decision).where(Decision.case == case.id, Decision.state == PROPOSED))
    if found is None:
        raise UsageError("no decision on case {id} waits for signatures; it is {state}", id=case.id,
                         state=history.SAID.get(case.state, case.state))
    return standing(work, found)


# -- proposing --------------------------------------------------------------------------------------------------------


def propose(
    work: Work, number: int, text: str, *, party: str, parties: Iterable[str] | None = None, expected: int | None = None
) -> Decision:
    """Propose a decision on a case.

    Parameters
    ----------
    work : Work
    number : int
        The case.
    text : str
    party : str
        Who proposes it.
    parties : iterable of str or None
        Who must sign: two or more of the case's parties; default all of them.
    expected : int or None
        Version of the case that it was written on.

    Raises
    ------
    InputError
        With everything that is wrong.
    UsageError
        If another one waits for signatures, or the case is settled.
    Forbidden
        If the actor may not handle cases for this party.
    Conflict
        If the case has been changed since the expected version.
    """
    case = cases.held(work, number, expected)
    cases.acting(work, case, "case.handle", party)
    history.demand(case, "propose a decision on")
    named = _named(work, case, text, parties)
    _one_side(work, case, party)
    history.move(case, "propose a decision on")
    last = work.session.scalar(select(Decision.number).where(Decision.case == number).order_by(Decision.number.desc()))
    decision = Decision(case=number, number=(last or 0) + 1, state=PROPOSED, party=party, proposed=work.now,
                        effective=None, sha256="")
    _word(work, decision, text, named, party)
    history.note(work, case, "proposed", text.strip(), party, decision=decision.number, sha256=decision.sha256,
                 parties=named)
    return decision


def amend(
    work: Work, number: int, text: str, *, party: str, parties: Iterable[str] | None = None, expected: int | None = None
) -> Decision:
    """Put another wording in place of the one that waits for signatures; those that are there count no more.

    Parameters
    ----------
    work, number, text, party, expected
        As of :func:`propose`.
    parties : iterable of str or None
        Who must sign; default those who had to.
    """
    case = cases.held(work, number, expected)
    cases.acting(work, case, "case.handle", party)
    there = proposed(work, case)
    named = _named(work, case, text, there.wording.parties if parties is None else parties)
    if (text.strip(), set(named)) == (there.wording.text, set(there.wording.parties)):
        return there.decision
    _one_side(work, case, party)
    void = there.agreed
    _word(work, there.decision, text, named, party, len(there.wordings))
    history.note(work, case, "amended", text.strip(), party, decision=there.decision.number,
                 sha256=there.decision.sha256, parties=named, void=void)
    return there.decision


def retract(work: Work, number: int, *, expected: int | None = None) -> Case:
    """Take a proposed decision back, for the party that proposed it; the case is in hand again."""
    case = cases.held(work, number, expected)
    found = proposed(work, case).decision
    cases.acting(work, case, "case.handle", found.party)
    found.state = WITHDRAWN
    history.move(case, "return")
    history.note(work, case, "retracted", work.why, found.party, decision=found.number)
    return case


def _named(work: Work, case: Case, text: str, parties: Iterable[str] | None) -> list[str]:
    own = cases.parties_of(work, [case.id])[case.id]
    named = own if parties is None else list(dict.fromkeys(parties))
    wrong = cases.texts(text=text, blank=False)
    expected = Words("expected a party of case {number}", number=case.id)
    wrong += [Problem("decision", None, "parties", p, expected, nearest(p, own), "unknown-name")
              for p in named if p not in own]  # fmt: skip
    if len(named) < 2:
        expected = Words("expected two parties at least: nobody decides alone")
        wrong.append(Problem("decision", None, "parties", ", ".join(named), expected, "", "kind"))
    if wrong:
        raise InputError(wrong, "decision")
    return named


def _word(
    work: Work, decision: Decision, text: str, named: Sequence[str], party: str, before: int = 0
) -> None:
    signed = [decision.case, decision.number, before + 1, text.strip(), sorted(named)]
    decision.sha256 = hashlib.sha256(json.dumps(signed, ensure_ascii=False).encode()).hexdigest()
    work.session.add(decision)
    work.session.flush()
    work.session.add(Wording(
        decision=decision.id, text=text.strip(), parties=list(named), sha256=decision.sha256, party=party, who=work.who,
        account=work.actor.account or None, at=work.now,
    ))  # fmt: skip
    work.session.flush()


# -- signing ----------------------------------------------------------------------------------------------------------


def sign(
    work: Work, number: int, party: str, *, agreed: bool = True, sha256: str | None = None, expected: int | None = None
) -> Decision:
    """A party's word on the decision that a case waits for; the last one that is missing puts it in force.

    Parameters
    ----------
    work : Work
        Its ``who`` signs, its ``why`` is the note.
    number : int
        The case.
    party : str
    agreed : bool
        False: the party refuses, the case is in hand again.
    sha256 : str or None
        Of the wording that was read and signed.
    expected : int or None
        Version of the case.

    Raises
    ------
    UsageError
        If nothing waits for this party's signature, or it refuses without saying why.
    Forbidden
        If the actor may not sign for the party, or has acted for another one in this case.
    Conflict
        If the wording, or the case, is another one by now.
    """
    case = cases.held(work, number, expected)
    there = proposed(work, case)
    decision = there.decision
    if party not in there.wording.parties:
        named = there.wording.parties
        hint = nearest(party, named) or Words("the decision names {parties}", parties=", ".join(named))
        raise UsageError("{party!r} has nothing to sign on case {number}; {hint}",
                         party=party, number=number, hint=hint)
    work.actor.demand("case.sign", [party])
    if sha256 is not None and sha256 != decision.sha256:
        raise Conflict("the decision on case {number} has another wording by now; read it and sign again",
                       number=number)
    if agreed and party in there.agreed:
        raise UsageError("{party!r} has signed this wording already", party=party)
    if not agreed and not work.why.strip():
        raise UsageError("say why: a refusal needs its reason")
    _one_side(work, case, party)
    work.session.add(DecisionSignature(
        decision=decision.id, sha256=decision.sha256, party=party, agreed=agreed, who=work.who,
        account=work.actor.account or None, at=work.now, note=work.why,
    ))  # fmt: skip
    history.note(work, case, "signed" if agreed else "refused", work.why, party, decision=decision.number,
                 sha256=decision.sha256)
    if not agreed:
        decision.state = REFUSED
        history.move(case, "return")
    elif set(there.wording.parties) <= {*there.agreed, party}:
        decision.state, decision.effective = IN_FORCE, work.now
        history.move(case, "decide")
        case.look, case.decided = None, work.now
        history.note(work, case, "decided", there.wording.text, decision=decision.number, sha256=decision.sha256)
    work.session.flush()
    return decision


def _one_side(work: Work, case: Case, party: str) -> None:
    """Refuse whoever has written or signed for another side in this case: nobody is two parties.

    Raises
    ------
    Forbidden
    """
    account = work.actor.account
    acted: set[str] = set()
    for kind in (Wording, DecisionSignature):
        same = kind.account == account if account else kind.account.is_(None) & (kind.who == work.who)
        acted |= set(work.session.scalars(
            select(kind.party).join(Decision, Decision.id == kind.decision).where(Decision.case == case.id, same)
        ))  # fmt: skip
    side = subjects.above(work, party)[-1]
    others = sorted(p for p in acted if subjects.above(work, p)[-1] != side)
    if others:
        raise Forbidden("{who} has acted for {other} in case {id} and can't act for {party} as well; one account "
                        "speaks for one party", who=work.who, other=others[0], id=case.id, party=party)


def listed(
    work: Work, *, state: str | None = None, party: str | None = None, limit: int | None = None, offset: int = 0
) -> list[tuple[Case, Standing]]:
    """Decisions with their cases, newest first.

    Parameters
    ----------
    work : Work
    state : str or None
        ``proposed``, ``in-force``, ``refused`` or ``withdrawn``.
    party : str or None
        Proposed by this party, or signed by it.
    limit, offset : int
    """
    asked = select(Decision, Case).join(Case, Case.id == Decision.case).order_by(Decision.id.desc())
    if state is not None:
        asked = asked.where(Decision.state == state)
    if party is not None:
        signed = select(DecisionSignature.decision).where(DecisionSignature.party == party)
        asked = asked.where(or_(Decision.party == party, Decision.id.in_(signed)))
    return [(case, standing(work, d)) for d, case in work.session.execute(asked.limit(limit).offset(offset))]
