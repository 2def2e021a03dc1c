"""Decisions: in force once all that are named have signed the same words, and linked to what they changed."""

from __future__ import annotations

import io
import threading

import pytest
from desking import decide, of, put, told
from helping import edit, take_in

from sungari.errors import Conflict, Forbidden, InputError, UsageError
from sungari.operate import documents, keeping, life
from sungari.operate.access.actor import Actor
from sungari.operate.desk import cases, changes, decisions, finding, history
from sungari.operate.desk.records import Case
from sungari.operate.register import Register
from sungari.region.package import Region


@pytest.fixture
def joint(register: Register, small: Region) -> Register:
    take_in(register, small)
    with register.writing("anna") as work:
        put(work)
    return register


def test_a_decision_is_in_force_once_all_have_signed(joint: Register) -> None:
    with joint.writing("anna") as work:
        made = decisions.propose(work, 1, "Open at eight", party="cn")
        assert decisions.sign(work, 1, "cn").state == decisions.PROPOSED
        assert decisions.of(work, 1)[0].missing == ["ru"]
        with pytest.raises(UsageError, match="has signed this wording already"):
            decisions.sign(work, 1, "cn")
        with pytest.raises(UsageError, match="can't propose a decision on case 1: it is proposed"):
            decisions.propose(work, 1, "Open at nine", party="cn")
        with pytest.raises(UsageError, match="nobody can leave the case"):
            cases.assign(work, 1, ["cn", "hlj"])
    with joint.writing("boris") as work:
        with pytest.raises(Conflict, match="another wording"):
            decisions.sign(work, 1, "ru", sha256="0" * 64)
        signed = decisions.sign(work, 1, "ru", sha256=made.sha256)
        assert (signed.state, signed.effective) == (decisions.IN_FORCE, work.now)
        case = cases.get(work, 1)
        assert (case.state, case.decided, case.look) == (history.DECIDED, work.now, None)
        with pytest.raises(UsageError, match="no decision on case 1 waits for signatures; it is decided"):
            decisions.sign(work, 1, "ru")


def test_new_words_need_new_signatures(joint: Register) -> None:
    with joint.writing("anna") as work:
        first = decisions.propose(work, 1, "Open at eight", party="cn").sha256
        decisions.sign(work, 1, "cn")
        assert decisions.amend(work, 1, " Open at eight ", party="cn").sha256 == first  # nothing is new
        assert decisions.of(work, 1)[0].agreed == ["cn"]
    with joint.writing("boris") as work:
        changed = decisions.amend(work, 1, "Open at nine", party="ru")
        assert changed.sha256 != first
        assert decisions.sign(work, 1, "ru").state == decisions.PROPOSED
    with joint.writing("anna") as work:
        # Words that come back are words that are new: whoever signed them before signs again.
        decisions.amend(work, 1, "Open at eight", party="cn")
        assert decisions.of(work, 1)[0].agreed == []
        assert decisions.sign(work, 1, "cn").state == decisions.PROPOSED
    with joint.writing("boris") as work:
        assert decisions.sign(work, 1, "ru").state == decisions.IN_FORCE
    with joint.reading() as work:
        standing = decisions.of(work, 1)[0]
        assert [w.text for w in standing.wordings] == ["Open at eight", "Open at nine", "Open at eight"]
        assert [s["counts"] for s in standing.as_dict()["signatures"]] == [False, False, True, True]
        assert history.of(work, 1)[3].facts["void"] == ["cn"]


def test_whom_it_names_is_signed_as_well(joint: Register) -> None:
    with joint.writing("anna") as work:
        cases.assign(work, 1, ["cn", "ru", "hlj"])
        first = decisions.propose(work, 1, "Open", party="cn", parties=["cn", "ru"]).sha256
        assert decisions.amend(work, 1, "Open", party="cn", parties=["cn", "ru", "hlj"]).sha256 != first
        for parties, said in ((["cn"], "nobody decides alone"), (["cn", "rus"], "did you mean 'ru'"),
                              (["cn", "mn"], "expected a party of case 1")):
            with pytest.raises(InputError, match=said):
                decisions.amend(work, 1, "Open", party="cn", parties=parties)
        with pytest.raises(UsageError, match="'mn' has nothing to sign on case 1; the decision names cn, ru, hlj"):
            decisions.sign(work, 1, "mn")


def test_a_refusal_returns_the_case(joint: Register) -> None:
    with joint.writing("anna") as work:
        decisions.propose(work, 1, "Open at eight", party="cn")
    with joint.writing("boris") as work, pytest.raises(UsageError, match="say why"):
        decisions.sign(work, 1, "ru", agreed=False)
    with joint.writing("boris", "too early") as work:
        assert decisions.sign(work, 1, "ru", agreed=False).state == decisions.REFUSED
        assert cases.get(work, 1).state == history.IN_HAND
        with pytest.raises(UsageError, match="no decision on case 1 waits"):
            decisions.sign(work, 1, "ru")
    with joint.writing("anna", "to be put otherwise") as work:
        assert decisions.propose(work, 1, "Open at nine", party="cn").number == 2
        decisions.retract(work, 1)
        assert cases.get(work, 1).state == history.IN_HAND
    decide(joint, 1, "Open at ten")
    with joint.reading() as work:
        assert [d.decision.state for d in decisions.of(work, 1)] == ["refused", "withdrawn", "in-force"]
        assert told(work, 1)[-6:] == ["proposed", "retracted", "proposed", "signed", "signed", "decided"]
        assert [(c.id, d.decision.number) for c, d in decisions.listed(work, state="in-force", party="ru")] == [(1, 3)]


def test_nobody_is_two_parties(joint: Register) -> None:
    both = Actor("zed", "Zed", frozenset({("committee", "cn"), ("committee", "ru")}))
    with joint.writing(actor=of("ru")) as work, pytest.raises(Forbidden, match=r"case\.handle"):
        decisions.propose(work, 1, "Open", party="cn")
    with joint.writing(actor=both) as work:
        decisions.propose(work, 1, "Open", party="cn")
        with pytest.raises(Forbidden, match="has acted for cn in case 1 and can't act for ru as well"):
            decisions.sign(work, 1, "ru")
        with pytest.raises(Forbidden, match="one account speaks for one party"):
            decisions.amend(work, 1, "Open now", party="ru")
        decisions.sign(work, 1, "cn")
    with joint.writing(actor=of("cn")) as work, pytest.raises(Forbidden, match=r"case\.sign"):
        decisions.sign(work, 1, "ru")
    with joint.writing(actor=of("ru", role="owner")) as work, pytest.raises(Forbidden, match=r"case\.sign"):
        decisions.sign(work, 1, "ru")
    with joint.writing(actor=of("ru")) as work:
        assert decisions.sign(work, 1, "ru").state == decisions.IN_FORCE


def test_two_who_sign_at_once_both_count(joint: Register) -> None:
    with joint.writing("anna") as work:
        decisions.propose(work, 1, "Open", party="cn")
    both, failed = threading.Barrier(2), list[BaseException]()

    def sign(who: str, party: str) -> None:
        try:
            both.wait()
            with joint.writing(who) as work:
                decisions.sign(work, 1, party)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=sign, args=a) for a in (("anna", "cn"), ("boris", "ru"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with joint.reading() as work:
        assert cases.get(work, 1).state == history.DECIDED
        assert told(work, 1).count("decided") == 1


def test_a_decision_shows_what_it_changed_and_the_other_way_round(joint: Register) -> None:
    with joint.writing("anna", "on the case") as work:
        edit(work, "bridge", capex=1200.0)
        permit = keeping.add(work, "permit", {"project": "bridge", "kind": "construction", "status": "granted"})
        ban = keeping.add(work, "restriction", {"kind": "commodity", "name": "coal", "authority": "EU", "reason": "x"})
        life.enter(work, "ferry", "cancelled")
        waiting = decisions.propose(work, 1, "Build on", party="cn")
        with pytest.raises(UsageError, match="decision 1 on case 1 is proposed"):
            changes.link(work, waiting.id, "project", "bridge")
        decisions.retract(work, 1)
    made = decide(joint, 1)
    with joint.writing("anna", "as decided") as work:
        for record, key in (("version", "bridge/2"), ("permit", str(permit.id)), ("restriction", str(ban.id)),
                            ("visit", "ferry/cancelled"), ("gate", "screening/*"), ("rule", "loser"),
                            ("case_kind", "other"), ("package_table", "links")):
            changes.link(work, made, record, key)
        with pytest.raises(UsageError, match="is linked to this permit already"):
            changes.link(work, made, "permit", str(permit.id))
        for record, key, said in (("versoin", "1", "did you mean 'version'"), ("rule", "losr", "did you mean 'loser'"),
                                  ("version", "bridge/9", "did you mean 'bridge/2'"), ("permit", "99", "a permit of"),
                                  ("permit", "x", "a permit of"), ("account", "anna", "expected one of project")):
            with pytest.raises(InputError, match=said):
                changes.link(work, made, record, key)
    with joint.reading() as work:
        assert [c.text for c in changes.of(work, 1)] == [
            "version 2 of bridge", "permit 1 (construction)", "restriction 1 (coal)",
            "ferry in cancelled since 2026-01-15", "gate of all parties before screening", "rule loser (A party that "
            "loses)", "case kind other (Other)", "package table links",
        ]  # fmt: skip
        assert [c.change.record for c in changes.decisions_on(work, "project", "bridge")] == ["version", "permit"]
        found = changes.decisions_on(work, "version", "bridge/2")[0].as_dict()
        assert (found["case"], found["decision"], found["note"], found["who"]) == (1, 2, "as decided", "anna")
        assert changes.decisions_on(work, "version", "bridge/1") == []
    with joint.writing("anna") as work:
        keeping.remove(work, "permit", permit.id)
    with joint.reading() as work:
        assert changes.of(work, 1)[1].text == "permit 1, which is not there"


def test_links_of_what_others_may_not_see_are_not_there(joint: Register) -> None:
    made = decide(joint, 1)
    with joint.writing("anna") as work:
        changes.link(work, made, "rule", "loser")
        case = work.get(Case, 1)
        case.confidential_to = "cn"
    with joint.reading(of("ru")) as work:
        assert changes.decisions_on(work, "rule", "loser") == []
        assert decisions.listed(work) == []
    with joint.reading(of("cn")) as work:
        assert len(changes.decisions_on(work, "rule", "loser")) == 1


def test_what_only_some_may_see_is_not_named_before_all(joint: Register) -> None:
    made = decide(joint, 1)
    both = Actor("wang", "Wang", frozenset({("committee", "cn"), ("analyst", "cn"), ("owner", "cn")}))
    with joint.writing(actor=both) as work:
        loan = keeping.add(work, "finance", {"project": "bridge", "source": "Secret Bank", "kind": "loan", "amount": 1,
                                             "status": "sought", "confidential_to": "cn"})
        paper = documents.add(work, "bridge", io.BytesIO(b"Terms"), "secret.txt", kind="note", confidential_to="cn")
        changes.link(work, made, "finance", str(loan.id))
        with pytest.raises(InputError, match="did you mean 'bridge'"):
            changes.link(work, made, "project", "brigde")
        cases.refer(work, 1, paper.id)
    with joint.reading(of("cn")) as work:
        shown = str(finding.shown(work, 1))
        assert "Secret Bank" in shown
        assert "secret.txt" in shown
    with joint.reading(of("ru")) as work:
        shown = str(finding.shown(work, 1))
        assert "ecret" not in shown
        assert paper.sha256 not in shown
        assert told(work, 1)[-2:] == ["linked", "document"]
