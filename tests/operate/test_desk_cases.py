"""Cases: on something that is there, between the parties that it concerns, moved by those who may."""

from __future__ import annotations

import io

import pytest
from desking import decide, of, put, told
from helping import take_in
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from sungari.errors import Conflict, Forbidden, InputError, Unknown, UsageError
from sungari.operate import documents, keeping, migrations
from sungari.operate.desk import cases, finding, history, kinds
from sungari.operate.desk.records import CaseEvent
from sungari.operate.records import Audit, Party
from sungari.operate.register import Register, init
from sungari.region.package import Region


@pytest.fixture
def joint(register: Register, small: Region) -> Register:
    take_in(register, small)
    return register


def test_a_case_concerns_the_parties_of_what_it_is_on(joint: Register) -> None:
    with joint.writing("anna") as work:
        for on, subject, wanted in (("project", "bridge", ["cn", "ru"]), ("link", "rail", ["cn", "ru"]),
                                    ("place", "port", ["cn", "ru"]), ("party", "ru", ["cn", "ru"])):
            case = put(work, on=on, subject=subject)
            assert cases.parties_of(work, [case.id])[case.id] == wanted
            assert case.project == ("bridge" if on == "project" else None)
        # A province raises it: its country sits at the table.
        case = put(work, party="hlj", subject="sea")
        assert (case.party, cases.parties_of(work, [case.id])[case.id]) == ("hlj", ["cn", "ru"])


def test_everything_that_is_wrong_is_said_at_once(joint: Register) -> None:
    with joint.writing("anna") as work:
        with pytest.raises(InputError) as caught:
            put(work, subject="rial", party="hjl", title=" ", text="x" * 50_001)
        assert [p.column for p in caught.value.problems] == ["subject", "party", "title", "text"]
        assert [p.hint for p in caught.value.problems[:2]] == ["did you mean 'rail'?", "did you mean 'hlj'?"]
        for cells, said in (({"on": "lnik"}, "did you mean 'link'"), ({"parties": ["cn"]}, "two parties at least"),
                            ({"parties": ["ru", "hlj"]}, "which raised it"), ({"title": "a\x00b"}, "control"),
                            ({"on": "party", "subject": "cn"}, "two parties at least"),
                            ({"confidential_to": "nc"}, "confidential_to: .nc.: expected a party")):
            with pytest.raises(InputError, match=said):
                put(work, **cells)
        with pytest.raises(UsageError, match="did you mean 'border-closed'"):
            put(work, kind="border-close")
        assert finding.counted(work) == 0
    with joint.reading() as work, pytest.raises(Unknown, match="no case 7"):
        finding.shown(work, 7)


def test_from_raising_to_closing_and_back(joint: Register) -> None:
    with joint.writing("anna") as work:
        number = put(work).id
        with pytest.raises(UsageError, match="raised case 1 itself"):
            cases.answer(work, number, "we know", party="hlj")
        with pytest.raises(UsageError, match="can't close case 1: it is raised, not decided"):
            cases.close(work, number)
        cases.edit(work, number, text="Since Monday")
        cases.comment(work, number, "Forty trains wait", party="hlj")
    with joint.writing("boris") as work:
        assert cases.answer(work, number, "A landslide", party="ru").state == history.IN_HAND
    decide(joint, number)
    with joint.writing("boris", "trains run") as work:
        assert cases.close(work, number).closed == work.now
        with pytest.raises(UsageError, match="can't withdraw"):
            cases.withdraw(work, number)
    with joint.writing("anna") as work, pytest.raises(UsageError, match="say why"):
        cases.reopen(work, number)
    with joint.writing("anna", "closed again") as work:
        case = cases.reopen(work, number, party="cn")
        assert (case.state, case.level, case.decided, case.closed) == (history.IN_HAND, "working-group", None, None)
        cases.withdraw(work, number)
    with joint.reading() as work:
        assert told(work, number) == ["raised", "edited", "comment", "answered", "proposed", "signed", "signed",
                                      "decided", "closed", "reopened", "withdrawn"]
        shown = finding.shown(work, number)
        assert (shown["state"], shown["text"], shown["late"]) == ("withdrawn", "Since Monday", False)
        assert [e["party"] for e in shown["history"][:4]] == ["cn", "cn", "hlj", "ru"]


def test_what_belongs_to_a_case(joint: Register) -> None:
    with joint.writing("anna") as work:
        one, other = put(work).id, put(work, subject="sea").id
        cases.tie(work, other, one)
        cases.tie(work, one, other)
        kept = documents.add(work, "bridge", io.BytesIO(b"Timetable\n"), "timetable.txt", kind="note")
        cases.refer(work, one, kept.id)
        cases.refer(work, one, kept.id)
        with pytest.raises(UsageError, match="belongs to itself"):
            cases.tie(work, one, one)
    with joint.reading() as work:
        assert [c.id for c in cases.tied(work, one)] == [other]
        assert [c.id for c in cases.tied(work, other)] == [one]
        assert [d.title for d in cases.documents(work, one)] == ["timetable.txt"]
        assert told(work, one) == ["raised", "tied", "document"]
    with pytest.raises(Conflict, match="stand in the way"), joint.writing("anna") as work:
        keeping.remove(work, "document", kept.id)


def test_an_edit_from_an_older_state_is_refused(joint: Register) -> None:
    with joint.writing("anna") as work:
        case = put(work)
        seen = case.version
        cases.comment(work, case.id, "A word at the same moment")
    for change in (lambda w: cases.edit(w, 1, title="Other", expected=seen),
                   lambda w: cases.assign(w, 1, ["cn", "ru", "hlj"], expected=seen),
                   lambda w: cases.answer(w, 1, "x", party="ru", expected=seen)):
        with pytest.raises(Conflict, match="has been changed since"), joint.writing("boris", "why") as work:
            change(work)


def test_history_can_only_grow(joint: Register) -> None:
    with joint.writing("anna") as work:
        put(work)
    decide(joint, 1)
    for table in ("case_event", "wording", "decision_signature", "decision_change"):
        for statement in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}"):
            with joint.writing("eve") as work:
                rows = work.session.execute(text(f"SELECT count(*) FROM {table}")).scalar()
                if not rows and joint.engine.dialect.name == "sqlite":  # its triggers fire by row
                    continue
                with pytest.raises(DBAPIError, match="are never changed"):
                    work.session.execute(text(statement))
                work.session.rollback()
                break
    with joint.reading() as work:
        assert len(told(work, 1)) == 5
        trail = work.session.scalars(select(Audit).where(Audit.record == "desk_case").order_by(Audit.id)).all()
        assert trail[0].action == "add"
        assert trail[0].changes["title"] == [None, "No trains"]


def test_only_who_may_acts_and_only_for_its_party(joint: Register) -> None:
    with pytest.raises(Forbidden), joint.writing(actor=of("ru")) as work:
        put(work)
    with pytest.raises(Forbidden), joint.writing(actor=of("cn", role="viewer")) as work:
        put(work)
    with joint.writing(actor=of("cn", role="analyst")) as work:
        number = put(work).id
        cases.comment(work, number, "more soon", party="cn")
        with pytest.raises(Forbidden, match=r"case\.handle"):
            cases.assign(work, number, ["cn", "ru", "hlj"])
    with joint.writing(actor=of("ru")) as work:
        with pytest.raises(Forbidden):
            cases.comment(work, number, "for them", party="cn")
        with pytest.raises(UsageError, match="'mn' has no part in case 1"):
            cases.comment(work, number, "for them", party="mn")
        with pytest.raises(Forbidden):
            cases.edit(work, number, title="Ours")
        cases.answer(work, number, "a landslide", party="ru")
    with pytest.raises(Forbidden), joint.writing(actor=of("ru", role="analyst")) as work:
        kinds.set_kinds(work, kinds.rows(work))


def test_what_a_party_keeps_to_itself_is_not_there_for_others(joint: Register) -> None:
    with joint.writing(actor=of("cn")) as work:
        number = put(work, confidential_to="cn").id
        other = put(work, title="Known").id
        cases.tie(work, number, other)
        with pytest.raises(Forbidden):
            put(work, confidential_to="ru")
    with joint.reading(of("ru")) as work:
        assert [c.id for c in finding.listed(work)] == [other]
        assert finding.counted(work, text="trains") == 0
        assert told(work, number) == []
        assert cases.tied(work, other) == []
        assert told(work, other) == ["raised"]
        with pytest.raises(Unknown):
            finding.shown(work, number)
    with pytest.raises(Unknown), joint.writing(actor=of("ru")) as work:
        cases.comment(work, number, "I know")
    with joint.writing(actor=of("cn")) as work:
        with pytest.raises(UsageError, match="only that party"):
            cases.keep_to(work, number, "ru")
        cases.keep_to(work, number, None)
    with joint.reading(of("ru")) as work:
        assert finding.counted(work) == 2
        assert told(work, number) == ["raised", "tied", "shown"]
    with joint.reading() as work:
        events = work.session.scalars(select(CaseEvent.case)).all()
        assert sorted(set(events)) == [number, other]


def test_finding_cases_by_what_they_are_and_page_by_page(joint: Register) -> None:
    clock = joint.clock
    with joint.writing("anna") as work:
        put(work, title="50% off", kind="other")
        put(work, title="Toll", kind="quota-disputed", subject="sea", text="of the trains")
        put(work, on="project", subject="bridge", party="ru")
    clock.turn(days=10)  # type: ignore[attr-defined]
    with joint.writing("anna", "found another way") as work:
        cases.withdraw(work, 2)
        put(work, title="New")
    with joint.reading() as work:
        def found(**asked: object) -> list[int]:
            made = [c.id for c in finding.listed(work, **asked)]  # type: ignore[arg-type]
            asked.pop("order", None)
            if not {"limit", "offset"} & set(asked):
                assert finding.counted(work, **asked) == len(made)  # type: ignore[arg-type]
            return made

        assert found() == [3, 4, 1, 2]  # late, open by the nearest deadline, settled
        assert found(order="newest") == [4, 3, 2, 1]
        assert found(state="open") == [3, 4, 1]
        assert found(state="settled") == found(state="withdrawn") == [2]
        assert found(late=True) == [3]
        assert found(late=False) == [4, 1, 2]
        assert found(kind="other") == found(text="50%") == [1]
        assert found(text="TRAINS") == [3, 2]
        assert found(on="project", subject="bridge") == [3]
        assert found(party="ru", level="working-group") == [3, 4, 1, 2]
        assert found(limit=2, offset=1) == [4, 1]
        assert [r["late"] for r in finding.rows(work, finding.listed(work))] == [True, False, False, False]
        for wrong, said in (({"state": "opne"}, "did you mean 'open'"), ({"order": "x"}, "one of late"),
                            ({"level": "head"}, "did you mean 'heads'"), ({"kind": "othr"}, "did you mean 'other'")):
            with pytest.raises(UsageError, match=said):
                found(**wrong)


def test_kinds_are_data(joint: Register) -> None:
    with joint.writing("anna") as work:
        put(work, kind="other")
        rows = kinds.rows(work)
        assert rows[0] == {
            "code": "border-closed", "name": "Border crossing closed", "name_zh": "口岸关闭",
            "name_ru": "Закрыт пограничный переход", "asked": "border, customs and transport authorities",
            "days": "working-group=3;deputies=3;heads=5", "remind": 1, "on": True,
        }  # fmt: skip
        wrong = [{**rows[0], "days": "wrking-group=3;heads=0;deputies=x"}, {**rows[0], "remind": "-1", "on": "maybe"},
                 {"code": ""}]
        with pytest.raises(InputError) as caught:
            kinds.set_kinds(work, wrong)
        assert [(p.row, p.column) for p in caught.value.problems] == [
            (2, "days"), (2, "days"), (2, "days"), (2, "days"), (3, "code"), (3, "remind"), (3, "on"), (4, "code"),
            (4, "days"),
        ]  # fmt: skip
        with pytest.raises(InputError, match="one kind at least must be on"):
            kinds.set_kinds(work, [{**rows[0], "on": "false"}])
        kinds.set_kinds(work, [{"code": "toll", "days": "heads=2", "name": "Toll"}])
        assert [k.code for k in kinds.listed(work)] == ["toll"]
        assert [k.code for k in kinds.listed(work, every=True)] == ["toll", "other"]  # it has a case
        assert put(work, kind="toll").level == "heads"
        with pytest.raises(UsageError, match="no kind of case 'other'"):
            put(work, kind="other")


def test_a_party_that_leaves_the_region_stays_in_its_cases(joint: Register) -> None:
    with joint.writing("anna") as work:
        put(work, parties=["cn", "ru", "hlj"])
        work.session.delete(work.get(Party, "hlj"))
    with joint.writing("anna") as work:
        cases.comment(work, 1, "and now?", party="hlj")
        assert finding.shown(work, 1)["parties"] == ["cn", "hlj", "ru"]
        assert cases.assign(work, 1, ["cn", "ru"]).due.isoformat() == "2026-01-20"


def test_the_form_before_the_desk_and_back(joint: Register, url: str) -> None:
    with joint.writing("anna") as work:
        put(work)
    decide(joint, 1)
    migrations.downgrade(joint.engine, "0003")
    again = init(url)
    with again.writing("anna") as work:
        assert finding.counted(work) == 0
        assert len(kinds.listed(work)) == 9
        assert put(work, on="project", subject="bridge").project == "bridge"
    again.close()
