"""What one party keeps to itself is not there for the others: in no list, count, search, export, message or trail."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helping import bare, edit, small_region, take_in
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, func, inspect, select, text, union_all
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import aliased

from sungari.errors import Forbidden, GateClosed, SungariError, Unknown, UsageError
from sungari.operate import (
    clock,
    documents,
    evaluations,
    exchange,
    flags,
    keeping,
    life,
    packages,
    progress,
    projects,
)
from sungari.operate.access import sight, trail
from sungari.operate.access.actor import LOCAL, Actor
from sungari.operate.exchange import iati, oc4ids
from sungari.operate.findings import Evaluation, Flag
from sungari.operate.holdings import KINDS, Document, Permit, Risk
from sungari.operate.records import Audit, Base, Belonging, Confidential, Project, Under, Version
from sungari.operate.register import Register, Work

#: A word that stands in every record that is kept, and nowhere else.
SECRET = "Zarya"


def of(*parties: str, role: str = "owner") -> Actor:
    grants = {("compliance", p) for p in parties} | {(role, p) for p in parties} | {("administrator", "*")}
    return Actor("-".join(parties) or "nobody", " ".join(parties), frozenset(grants))


CHINA, RUSSIA, BOTH = of("cn", "hlj"), of("ru"), of("cn", "hlj", "ru")


def fill(work: Work, code: str, word: str, *, confidential_to: str | None = None) -> None:
    """One record of each kind for a project, with a word in it."""
    mark = {"confidential_to": confidential_to}
    keeping.add(work, "contact", {"project": code, "name": word, **mark})
    keeping.add(work, "permit", {"project": code, "kind": word, "status": "granted", **mark})
    keeping.add(work, "risk", {"project": code, "title": word, "status": "open", **mark})
    keeping.add(work, "finance", {"project": code, "source": word, "kind": "loan", "status": "paid", "amount": 5,
                                  **mark})
    keeping.add(work, "measure", {"project": code, "measure": word, "unit": "t", "period": "2030", "target": 1, **mark})
    documents.add(work, code, f"%PDF-1.7 {word}".encode(), f"{word}.pdf", kind="map", **mark)


@pytest.fixture
def joint(register: Register) -> Register:
    """A register in which China keeps a project, with all that belongs to it, and records of the bridge."""
    take_in(register, small_region())
    with register.writing("local", "begin") as work:
        flags.set_rules(work, [{"code": "restricted", "kind": "restricted"},
                               {"code": "missing_source", "kind": "missing_source"}])
        content = bare(f"{SECRET} port", host="hlj", capex=1e6)
        projects.create(work, SECRET.lower(), content)
        projects.keep_to(work, SECRET.lower(), "cn")
        fill(work, SECRET.lower(), f"{SECRET}1")
        fill(work, "bridge", f"{SECRET}2", confidential_to="cn")
        fill(work, "bridge", "open")
        keeping.add(work, "programme", {"code": f"p_{SECRET}", "project": SECRET.lower(), "name": SECRET,
                                        "kind": "culture"})
        keeping.add(work, "event", {"programme": f"p_{SECRET}", "name": SECRET})
        keeping.add(work, "indicator", {"programme": f"p_{SECRET}", "name": SECRET, "unit": "n", "target": 1})
        for codes in (["bridge"], ["bridge", SECRET.lower()]):
            work.session.add(Evaluation(
                kind="appraisal", made_from="x", options={"projects": codes}, projects=codes, seconds=1.0, who="w",
                result={"projects": [{"project": c} for c in codes]}, at=work.now, why="",
            ))  # fmt: skip
    with register.writing("local", f"edit of {'x'}") as work:
        edit(work, SECRET.lower(), note=SECRET)
        for row in work.session.scalars(select(Risk).where(Risk.title.contains(SECRET))):
            row.title += " again"
        gone = keeping.add(work, "risk", {"project": "bridge", "title": f"{SECRET}3", "status": "open",
                                          "confidential_to": "cn"})
        work.session.flush()
        keeping.remove(work, "risk", gone.id)
    return register


#: Every way to look at many things at once.
LOOKS: dict[str, Callable[[Work], Any]] = {
    "projects": lambda w: [(p.code, p.name) for p in projects.listed(w).rows],
    "count": lambda w: projects.listed(w, limit=1).total,
    "search": lambda w: [p.code for p in projects.listed(w, text=SECRET).rows],
    "by flag": lambda w: [p.code for p in projects.listed(w, flag="red").rows],
    "contents": projects.contents_now,
    "history": lambda w: [(v.content, v.who) for v, _ in projects.history(w, "bridge")],
    "flags": lambda w: [(f.project, f.text) for f in flags.listed(w, resolved=True)],
    "standings": lambda w: [s.project for s in clock.standings(w)],
    "reviews": lambda w: clock.reviews(w).to_dict("records"),
    "records": lambda w: [keeping.as_row(r) for kind in [*KINDS, "document"] if kind != "document"
                          for r in keeping.listed(w, kind)],
    "documents": lambda w: [(d.title, d.name, d.project) for d in keeping.listed(w, "document")],
    "measures": lambda w: progress.by_period(w, "bridge").to_dict("records"),
    "evaluations": lambda w: [(k.evaluation.options, k.evaluation.result) for k in evaluations.listed(w)],
    "package": lambda w: {n: t.to_dict("records") for n, t in packages.region(w).tables.items()},
    "mark": lambda w: packages.region(w).descriptor["register"],
    "oc4ids": lambda w: json.dumps(oc4ids.package(w), default=str, ensure_ascii=False),
    "iati": lambda w: iati.activities(w),
    "trail": lambda w: [(a.project, a.key, a.changes, a.why) for a in trail.listed(w, limit=10_000)],
    "gate": lambda w: [a.as_dict() for a in life.asked(w, projects.get(w, "bridge"), "screening")],
}  # fmt: skip


#: Looks that show no name, or nothing that only some see: files for publication hold what all see.
SILENT = ("count", "reviews", "history", "gate", "oc4ids", "iati")
SAME = ("history", "gate", "reviews", "oc4ids", "iati")


@pytest.mark.parametrize("look", sorted(LOOKS))
def test_no_look_at_many_shows_what_another_party_keeps(joint: Register, look: str) -> None:
    def seen(actor: Actor) -> Any:
        with joint.reading(actor) as work:
            return LOOKS[look](work)

    word = SECRET.lower()
    ours, theirs, all_of_it = seen(CHINA), seen(RUSSIA), seen(LOCAL)
    assert word not in str(theirs).lower()
    assert str(ours) == str(all_of_it)
    assert (str(ours) == str(theirs)) == (look in SAME)
    assert (word in str(ours).lower()) == (look not in SILENT)


def test_no_single_look_or_message_gives_it_away(joint: Register) -> None:
    code = SECRET.lower()
    with joint.reading() as work:
        permit = work.session.scalars(select(Permit.id).where(Permit.kind == f"{SECRET}2")).one()
        document = work.session.scalars(select(Document.id).where(Document.title.contains(SECRET)).limit(1)).one()
        flag = work.session.scalars(select(Flag.id).where(Flag.project == code).limit(1)).one()
    tries: list[Callable[[Work], Any]] = [
        lambda w: projects.get(w, code), lambda w: projects.get(w, code + "x"), lambda w: projects.current(w, code),
        lambda w: projects.version(w, code, 1), lambda w: projects.history(w, code),
        lambda w: keeping.listed(w, "permit", project=code), lambda w: packages.region(w, [code]),
        lambda w: oc4ids.package(w, [code]), lambda w: w.get(Permit, permit), lambda w: w.get(Document, document),
    ]  # fmt: skip
    for look in tries:
        with joint.reading(RUSSIA) as work, pytest.raises(Unknown) as caught:
            look(work)
        assert SECRET not in str(caught.value).replace(code, "")
    changes: list[Callable[[Work], Any]] = [
        lambda w: edit(w, code, note="x"), lambda w: projects.keep_to(w, code, None),
        lambda w: life.enter(w, code, "screening"), lambda w: life.sign(w, code, "ru"),
        lambda w: keeping.edit(w, "permit", permit, {"status": "needed"}),
        lambda w: keeping.remove(w, "permit", permit), lambda w: keeping.remove(w, "document", document),
        lambda w: documents.keep_to(w, document, None), lambda w: flags.justify(w, flag),
        lambda w: documents.add(w, code, b"%PDF-1.7 x", "x.pdf", kind="map"),
    ]  # fmt: skip
    everywhere = Actor("a", "A", frozenset({(r, "*") for r in ("owner", "reviewer", "compliance")}))
    for change in changes:
        with pytest.raises(Unknown), joint.writing("x", "why", actor=everywhere) as work:
            change(work)
    with joint.writing(actor=RUSSIA) as work, pytest.raises(SungariError) as refused:
        keeping.add(work, "permit", {"project": code + "x", "kind": "land", "status": "needed"})
    assert "did you mean" not in str(refused.value)
    with pytest.raises(UsageError, match="can't be used; choose another one"), joint.writing(actor=RUSSIA) as work:
        projects.create(work, code, bare(host="ru"))
    made = exchange.Incoming("x", {code: lambda _there: projects.contents.normal(bare(host="ru"))})
    with joint.reading(of("ru", role="administrator")) as work:
        found = exchange.propose(work, made)
    assert [(c.what, c.problems[0].expected) for c in found] == [
        ("refused", "this code can't be used; choose another one")]


def test_marking_needs_a_grant_of_the_party(joint: Register) -> None:
    with joint.writing(actor=BOTH) as work:
        risk = keeping.add(work, "risk", {"project": "bridge", "title": "t", "status": "open"}).id
    for mark, actor, fits in (("cn", RUSSIA, False), ("ru", RUSSIA, True), (None, CHINA, False), (None, RUSSIA, True)):
        def change(mark: str | None = mark, actor: Actor = actor) -> None:
            with joint.writing(actor=actor) as work:
                keeping.edit(work, "risk", risk, {"confidential_to": mark})

        if fits:
            change()
        else:
            with pytest.raises((Forbidden, Unknown)):
                change()
    for add in (lambda w: keeping.add(w, "risk", {"project": "bridge", "title": "t", "status": "open",
                                                  "confidential_to": "cn"}),
                lambda w: documents.add(w, "bridge", b"%PDF-1.7", "a.pdf", kind="map", confidential_to="cn")):
        with joint.writing(actor=RUSSIA) as work, pytest.raises(Forbidden, match="has no grant of 'cn'"):
            add(work)


def test_the_trail_of_a_record_goes_with_its_mark(joint: Register) -> None:
    def told(actor: Actor, key: int) -> int:
        with joint.reading(actor) as work:
            return len(trail.listed(work, record="risk", key=str(key)))

    with joint.writing(actor=RUSSIA) as work:
        risk = keeping.add(work, "risk", {"project": "bridge", "title": "t", "status": "open"}).id
    assert (told(CHINA, risk), told(RUSSIA, risk)) == (1, 1)
    with joint.writing(actor=RUSSIA) as work:
        keeping.edit(work, "risk", risk, {"confidential_to": "ru"})
    assert (told(CHINA, risk), told(RUSSIA, risk)) == (0, 2)  # what was said of it before as well
    with joint.writing(actor=RUSSIA) as work:
        keeping.edit(work, "risk", risk, {"note": "n"})
        keeping.edit(work, "risk", risk, {"confidential_to": None})
    assert (told(CHINA, risk), told(RUSSIA, risk)) == (2, 4)  # but not what was said while it was kept
    with joint.writing(actor=RUSSIA) as work:
        keeping.edit(work, "risk", risk, {"confidential_to": "ru"})
        keeping.remove(work, "risk", risk)
    assert (told(CHINA, risk), told(RUSSIA, risk)) == (0, 6)


def test_a_gate_counts_what_others_keep_and_does_not_say_what_it_is(joint: Register) -> None:
    with joint.writing("local") as work:
        flags.set_rules(work, [{"code": "restricted", "kind": "restricted"}])
        life.set_gates(work, [{"stage": "screening", "party": "ru", "needs": f"permit:{SECRET}2;permit:none"}])
    with joint.writing(actor=RUSSIA) as work:
        asked = [a for a in life.asked(work, projects.get(work, "bridge"), "screening") if a.what != "flag"]
        assert [(a.met, a.text) for a in asked] == [(True, "met by what another party keeps to itself"),
                                                    (False, "permit none: none")]
        with pytest.raises(GateClosed) as caught:
            life.enter(work, "bridge", "screening")
        assert len(caught.value.missing) == 1
        assert not [r for r in work.session.identity_map.values() if isinstance(r, Confidential) and r.confidential_to]


def test_flags_rest_on_what_all_who_see_them_see(joint: Register) -> None:
    """A peer that one party keeps to itself raises no flag on what others see, whoever edits; on its own it counts."""
    effects = [{"table": "links", "row": "rail", "column": "capacity", "change": 5.0}]
    with joint.writing("local") as work:
        flags.set_rules(work, [{"code": "restricted", "kind": "restricted"},
                               {"code": "peers", "kind": "peer_cost", "limits": "factor=2;least=1"}])
        for code, cost, keep in (("dear", 1000.0, "ru"), ("cheap", 10.0, None), ("kept", 10.0, "ru")):
            projects.create(work, code, {"projects": [{"name": code, "sector": "s", "host": "ru", "capex": cost}],
                                         "effects": effects})
            if keep:
                projects.keep_to(work, code, keep)

    def raised() -> set[str]:
        with joint.reading() as work:
            return {f.project for f in flags.listed(work) if f.rule == "peers"}

    # cheap sees no peer; dear sees cheap and kept, kept sees dear and cheap
    assert raised() == {"dear", "kept"}
    with joint.writing(actor=of("ru")) as work:
        edit(work, "cheap", capex=11.0)
    with joint.writing("restriction", actor=of("cn")) as work:  # screens every project, also those that it can't see
        keeping.add(work, "restriction", {"kind": "party", "name": "ru", "authority": "UN", "reason": "x"})
    assert raised() == {"dear", "kept"}
    with joint.reading() as work:
        restricted = {f.project for f in flags.listed(work) if f.rule == "restricted"}
    assert restricted >= {"dear", "cheap", "kept", "bridge"}


def test_keeping_a_record_does_not_evade_the_screening_for_restrictions(joint: Register) -> None:
    with joint.writing(actor=CHINA) as work:
        keeping.add(work, "finance", {"project": "bridge", "source": "Bad Bank", "kind": "loan", "status": "paid",
                                      "amount": 1, "confidential_to": "cn"})
        keeping.add(work, "restriction", {"kind": "organisation", "name": "Bad Bank", "authority": "UN", "reason": "x"})
    with joint.reading(RUSSIA) as work:
        assert "organisation Bad Bank is restricted by UN: x" in [f.text for f in flags.listed(work, project="bridge")]


def test_a_name_of_a_hidden_project_stands_in_no_region(joint: Register) -> None:
    with joint.writing("local") as work:
        edit(work, "bridge", requires=f"{SECRET.lower()};mine", excludes=SECRET.lower())
    for actor, requires in ((CHINA, f"{SECRET.lower()};mine"), (RUSSIA, "mine")):
        with joint.reading(actor) as work:
            region = packages.region(work)
            frame = region.table("projects").set_index("project")
            assert frame.loc["bridge", "requires"] == requires
            assert (SECRET.lower() in str(frame.loc["bridge"].to_dict())) == (actor is CHINA)


# -- the one place ----------------------------------------------------------------------------------------------------


def test_every_shape_of_statement_is_held_to_the_rules_or_refused(joint: Register) -> None:
    other = aliased(Project)
    code = SECRET.lower()
    inner = select(Project.code).where(Project.code == code)
    with joint.reading(RUSSIA) as work:
        for statement in (
            inner, select(inner.subquery()), select(inner.cte("c")),
            select(Version).where(Version.project.in_(inner)), select(func.max(Version.id)).where(
                Version.project == code).having(func.count() > 0),
            select(Version.project).join(Project, Project.code == Version.project).where(Project.code == code),
            select(Project.code).outerjoin(Version, Version.project == Project.code).where(Project.code == code),
            select(Version.id).outerjoin(Project, Project.code == Version.project).where(Version.project == code),
            select(Version.number).where(select(Project.code).where(Project.code == code).exists()),
            inner.with_for_update(), inner.execution_options(yield_per=5),
        ):  # fmt: skip
            assert work.session.execute(statement).all() == []
        assert work.session.get(Project, code) is None
        count = select(func.count()).select_from(Project).where(Project.code == code)
        assert work.session.scalar(count) == 0
        table: Any = Project.__table__
        for statement in (
            table.select(), select(table.c.code), union_all(inner, inner), select(other.code), select(other),
            select(Project.code).join(other, other.host == Project.host), select(table.alias("p").c.code),
            select(Project.code).where(select(other.code).where(other.code == code).exists()),
        ):  # fmt: skip
            with pytest.raises(AssertionError, match="no rules can be put"):
                work.session.execute(statement)
        for wild in (text("SELECT code FROM project"), select(Project).from_statement(text("SELECT * FROM project"))):
            with pytest.raises(AssertionError, match="no rules can be put"):
                work.session.execute(wild)


def test_what_is_loaded_in_a_wider_sight_is_not_given_in_a_narrower_one(joint: Register) -> None:
    code = SECRET.lower()
    with joint.reading(RUSSIA) as work:
        with sight.everything(work):
            held = [projects.get(work, code), projects.current(work, code),
                    *work.session.scalars(select(Permit).where(Permit.project == code))]
        assert len(held) == 3
        with pytest.raises(Unknown):
            projects.get(work, code)
        assert work.session.get(Permit, held[2].id) is None  # type: ignore[attr-defined]
        with sight.audience(work, "cn"):
            assert projects.get(work, code).name.startswith(SECRET)
            with sight.audience(work, None), pytest.raises(Unknown):
                projects.get(work, code)
        with pytest.raises(Unknown):
            projects.get(work, code)


PARTIES = ("cn", "ru", "hlj", None)
marks = st.lists(st.tuples(st.sampled_from(PARTIES), st.lists(st.sampled_from(PARTIES), max_size=3)), max_size=4)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(marks=marks, parties=st.sets(st.sampled_from(["cn", "ru", "hlj"])))
def test_whoever_looks_sees_his_own_and_what_is_open_and_nothing_else(
    register: Register, marks: list[tuple[str | None, list[str | None]]], parties: set[str]
) -> None:
    """Projects and records marked at random: every look agrees with the rule, worked out by hand."""
    if not getattr(register, "filled", False):
        take_in(register, small_region())
        register.filled = True  # type: ignore[attr-defined]
    actor = of(*parties, role="viewer")
    expected: set[tuple[str, int]] = set()
    run = secrets.token_hex(4)
    with register.writing("local") as work:
        for i, (kept, risks) in enumerate(marks):
            code = f"p{run}{i}"
            projects.create(work, code, bare(code, host="hlj" if kept != "ru" else "ru"))
            if kept:
                projects.keep_to(work, code, kept)
            if kept is None or kept in parties:
                expected.add((code, 0))
            for risk in risks:
                made = keeping.add(work, "risk", {"project": code, "title": "t", "status": "open",
                                                  "confidential_to": risk})
                if (code, 0) in expected and (risk is None or risk in parties):
                    expected.add((code, made.id))
        work.touched.clear()
    with register.reading(actor) as work:
        seen = {(p.code, 0) for p in projects.listed(work, text=run).rows}
        seen |= {(r.project, r.id) for r in keeping.listed(work, "risk") if run in r.project}
        assert seen == expected
        told = {(a.project, int(a.key)) for a in trail.listed(work, record="risk", limit=10_000)
                if run in str(a.project)}
        assert told == {one for one in expected if one[1]}
        assert {c for c in packages.region(work).table("projects")["project"] if run in c} == {
            c for c, n in expected if not n}


# -- the database itself ----------------------------------------------------------------------------------------------


@pytest.fixture
def role(server: str) -> Iterator[str]:
    """A role of PostgreSQL that policies bind, as a register's own role should be."""
    admin = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP OWNED BY clerk") if connection.scalar(
            text("SELECT 1 FROM pg_roles WHERE rolname = 'clerk'")) else text("CREATE ROLE clerk LOGIN"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk"))
        connection.execute(text("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO clerk"))
    yield "clerk"
    with admin.connect() as connection:
        connection.execute(text("DROP OWNED BY clerk"))
    admin.dispose()


def as_role(register: Register, role: str) -> Engine:
    return create_engine(register.url, connect_args={"options": f"-c role={role}"})


def only_postgresql(register: Register) -> None:
    if register.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no policies")


def test_every_governed_table_has_its_policy_and_no_other(joint: Register) -> None:
    only_postgresql(joint)
    with joint.engine.connect() as connection:
        policies = set(connection.scalars(text("SELECT tablename FROM pg_policies")))
        forced = set(connection.scalars(text(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")))
    assert policies == forced == set(sight.governed())
    marked = {t.name for t in Base.metadata.tables.values() if "confidential_to" in t.columns}
    assert marked == {n for n, k in sight.governed().items() if issubclass(k, Confidential)} | {"audit"}
    of_project = {t.name for t in Base.metadata.tables.values() if "project" in t.columns and t.name != "audit"}
    assert of_project <= {n for n, k in sight.governed().items() if issubclass(k, Belonging | Under)}


def test_raw_sql_of_a_role_that_policies_bind_shows_the_same(joint: Register, role: str) -> None:
    """Table by table, the database alone shows what the code shows; and with no word of who asks, what all see."""
    only_postgresql(joint)
    engine = as_role(joint, role)
    for actor, said in ((CHINA, '["cn", "hlj"]'), (RUSSIA, '["ru"]'), (of(), None), (LOCAL, '["*"]'), (of(), "")):
        with engine.begin() as connection, joint.reading(actor) as work:
            if said is not None:
                connection.execute(text("SELECT set_config('sungari.parties', :p, true)"), {"p": said})
            for name, kind in sight.governed().items():
                keys = list(inspect(kind).primary_key)
                columns = ", ".join(f'"{c.name}"' for c in keys)
                raw = set(connection.execute(text(f'SELECT {columns} FROM "{name}"')).all())
                attributes = [inspect(kind).get_property_by_column(c).class_attribute for c in keys]
                assert raw == set(work.session.execute(select(*attributes)).all()), (actor, name)
    engine.dispose()


def test_raw_sql_changes_nothing_that_it_does_not_see(joint: Register, role: str) -> None:
    only_postgresql(joint)
    engine = as_role(joint, role)
    with engine.begin() as connection:
        connection.execute(text("""SELECT set_config('sungari.parties', '["ru"]', true)"""))
        assert connection.execute(text("UPDATE risk SET note = 'x' WHERE confidential_to = 'cn'")).rowcount == 0
        assert connection.execute(text("DELETE FROM permit WHERE confidential_to = 'cn'")).rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text("UPDATE risk SET confidential_to = 'cn'"))
    engine.dispose()


def test_the_register_works_as_a_role_that_policies_bind(joint: Register, role: str) -> None:
    """The whole way of an edit: found, changed, screened, audited; by its party, by others, by the command line."""
    only_postgresql(joint)
    url = joint.url.update_query_dict({"options": f"-c role={role}"})
    bound = Register(url.render_as_string(hide_password=False), documents=joint.documents, clock=joint.clock)
    code = SECRET.lower()
    with bound.writing(actor=CHINA) as work:
        edit(work, code, note="by its party")
        keeping.add(work, "risk", {"project": code, "title": "t", "status": "open", "confidential_to": "cn"})
    with pytest.raises(Unknown), bound.writing(actor=RUSSIA) as work:
        edit(work, code, note="x")
    with bound.writing("clerk", "command line") as work:
        edit(work, code, note="by hand")
        assert sight.hidden_projects(work) == set()
    with bound.writing(actor=RUSSIA) as work:
        assert sight.hidden_projects(work) == {code}
        keeping.add(work, "restriction", {"kind": "party", "name": "cn", "authority": "UN", "reason": "x"})
    with bound.reading() as work:
        assert [v.who for v, _ in projects.history(work, code)][-2:] == ["cn hlj", "clerk"]
        assert code in {f.project for f in flags.listed(work) if f.rule == "restricted"}
    with bound.reading(RUSSIA) as work:
        assert SECRET.lower() not in str(LOOKS["trail"](work)).lower()
    bound.close()


def test_audit_rows_are_read_by_those_who_may(joint: Register) -> None:
    with joint.reading(Actor("v", "V", frozenset({("viewer", "cn")}))) as work, pytest.raises(Forbidden):
        trail.listed(work)
    with joint.reading(CHINA) as work:
        assert len(trail.listed(work, limit=3)) == 3
        newest = trail.listed(work, limit=1)[0]
        assert all(a.id < newest.id for a in trail.listed(work, before=newest.id))
        assert work.session.scalar(select(func.count(Audit.id)))


def test_what_fails_in_a_wider_sight_ends_it(joint: Register) -> None:
    code = SECRET.lower()

    def fail(work: Work) -> None:
        with sight.everything(work):
            projects.get(work, code)
            raise UsageError("on purpose")

    def break_(work: Work) -> None:
        with sight.everything(work):
            work.session.connection().exec_driver_sql("SELECT nonsense FROM nothing")

    with joint.reading(RUSSIA) as work:
        for broken, error in ((fail, UsageError), (break_, DBAPIError)):
            with pytest.raises(error):
                broken(work)
            work.session.rollback()
            assert sight.of(work.session) == RUSSIA
            with pytest.raises(Unknown):
                projects.get(work, code)


def test_kinds_that_are_imported_late_are_governed_as_well(tmp_path: Path) -> None:
    """In a process of its own: the desk is loaded after the first statement has been put under the rules."""
    script = f"""
from sqlalchemy import select
from sungari.operate.access import sight
from sungari.operate.access.actor import Actor
from sungari.operate.records import Project
from sungari.operate.register import init
joint = init({str(tmp_path / "late.db")!r})
actor = Actor("a", "A", frozenset({{("viewer", "cn")}}))
with joint.reading(actor) as work:
    work.session.scalars(select(Project)).all()
import sungari.operate.desk
from sungari.operate.desk.records import Case
seen = []
from sqlalchemy import event
event.listen(joint.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
with joint.reading(actor) as work:
    work.session.scalars(select(Case)).all()
assert any("confidential_to IS NULL" in sql for sql in seen), seen
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
