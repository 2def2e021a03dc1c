"""Who may do what with projects and all that belongs to them: each operation asks once, and for the right parties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from helping import bare, edit, small_region, take_in
from sqlalchemy import select

from sungari.errors import Forbidden, UsageError
from sungari.operate import documents, evaluations, exchange, flags, keeping, life, packages, projects, tables
from sungari.operate.access.actor import ROLES, Actor
from sungari.operate.findings import Flag
from sungari.operate.records import Project, Signature, Version
from sungari.operate.register import Register, Work
from sungari.region.package import Region

PERMIT = {"project": "bridge", "kind": "land", "status": "needed"}


def of(*grants: str, account: str = "") -> Actor:
    """Somebody, from role:party."""
    made = frozenset((role, party) for role, _, party in (g.partition(":") for g in grants))
    return Actor(account or "-".join(g.replace(":", "-") for g in grants) or "nobody", account or "Somebody", made)


def _gates(work: Work) -> None:
    life.set_gates(work, [{"stage": "screening", "party": "*", "signs": "true"}])


def _rules(work: Work) -> None:
    flags.set_rules(work, [{"code": "restricted", "kind": "restricted"}])


def _justify(work: Work) -> None:
    work.why = "as it should be"
    flags.justify(work, work.session.scalars(select(Flag.id).where(Flag.project == "bridge")).one())


#: Each operation, the action that it asks for, and how it is done on the bridge, which is Russia's and China's.
OPERATIONS: dict[str, tuple[str, Callable[[Work], Any]]] = {
    "create": ("project.create", lambda w: projects.create(w, "tunnel", bare(host="ru"))),
    "change": ("project.edit", lambda w: edit(w, "bridge", note="new")),
    "restore": ("project.edit", lambda w: projects.restore(w, "bridge", 1)),
    "keep to": ("project.edit", lambda w: projects.keep_to(w, "bridge", None)),
    "enter": ("project.move", lambda w: life.enter(w, "bridge", "cancelled")),
    "sign": ("project.sign", lambda w: life.sign(w, "bridge", "ru")),
    "gates": ("gates", _gates),
    "rules": ("rules", _rules),
    "justify": ("flag.justify", _justify),
    "record": ("record.edit", lambda w: keeping.add(w, "permit", PERMIT)),
    "record of none": ("record.edit", lambda w: keeping.add(w, "organisation", {"code": "o", "name": "O"})),
    "edit record": ("record.edit", lambda w: keeping.edit(w, "permit", 1, {"status": "applied"})),
    "remove record": ("record.edit", lambda w: keeping.remove(w, "permit", 1)),
    "restriction": ("restriction.edit", lambda w: keeping.add(w, "restriction", {
        "kind": "party", "name": "zz", "authority": "UN", "reason": "x"})),
    "document": ("document.add", lambda w: documents.add(w, "bridge", b"%PDF-1.7 x", "a.pdf", kind="map")),
    "keep document": ("document.add", lambda w: documents.keep_to(w, 1, None)),
    "import": ("import", lambda w: exchange.propose(w, exchange.Incoming("x", {}))),
}  # fmt: skip
#: Operations on the whole register: a grant for one party is not enough.
OF_ALL = ("gates", "rules")


@pytest.fixture
def joint(register: Register) -> Register:
    """A register with the bridge, a permit, a document, a flag and a gate."""
    take_in(register, small_region())
    with register.writing("local") as work:
        _gates(work)
        keeping.add(work, "permit", PERMIT)
        documents.add(work, "bridge", b"%PDF-1.7 there", "there.pdf", kind="map")
    with register.writing("local") as work:  # after the screening, which would resolve it
        work.session.add(Flag(project="bridge", rule="restricted", subject="s", state="red", text="t", facts={},
                              raised=work.now))
    return register


class UndoneError(Exception):
    """Thrown to undo what has been tried."""


def allowed(register: Register, actor: Actor, what: Callable[[Work], Any]) -> bool:
    """Whether the rules let somebody do something; it is undone again."""
    try:
        with register.writing("x", "y", actor=actor) as work:
            work.touched.clear()
            what(work)
            raise UndoneError
    except UndoneError:
        return True
    except Forbidden:
        return False


def test_every_role_does_what_the_table_says(joint: Register) -> None:
    with joint.reading() as work:
        parties = projects.concerned(work, "bridge")
    assert parties == ["ru", "cn"]
    for name, (action, what) in OPERATIONS.items():
        for role, actions in ROLES.items():
            may = action in actions
            assert allowed(joint, of(f"{role}:*"), what) == may, (name, role)
            assert allowed(joint, of(f"{role}:ru"), what) == (may and name not in OF_ALL), (name, role)
        assert not allowed(joint, Actor("a", "A", frozenset({(r, "*") for r in ROLES}), frozenset({"read"})), what)
        assert allowed(joint, Actor("", "", frozenset()), what), name  # whoever has the database in hand


def test_a_partys_roles_count_for_its_own_projects_only(joint: Register) -> None:
    with joint.writing("local") as work:
        projects.create(work, "hospital", bare(host="hlj"))
        projects.create(work, "idea", bare())
    ours, theirs = of("owner:hlj"), of("owner:ru")
    hospital = lambda w: edit(w, "hospital", note="x")  # noqa: E731
    assert allowed(joint, ours, hospital)
    assert allowed(joint, of("owner:cn"), hospital)  # the country of the province
    assert not allowed(joint, theirs, hospital)
    assert not allowed(joint, ours, lambda w: life.sign(w, "hospital", "cn"))
    assert all(allowed(joint, a, lambda w: edit(w, "idea", note="x")) for a in (ours, theirs))  # nobody's yet
    assert not allowed(joint, theirs, lambda w: projects.create(w, "new", bare(host="hlj")))


def test_who_may_not_read_reads_nothing(joint: Register) -> None:
    with pytest.raises(Forbidden), joint.reading(of()):
        pass
    with joint.reading(of("viewer:ru")) as work:
        assert len(projects.listed(work).rows) == 2


def test_the_model_runs_for_those_who_may(joint: Register) -> None:
    with pytest.raises(Forbidden):
        evaluations.run(joint, "appraisal", actor=of("viewer:*"))


def test_an_account_works_in_its_own_name(joint: Register) -> None:
    anna = Actor("anna", "Anna Li", frozenset({("owner", "*")}))
    with joint.writing("somebody else", "why", actor=anna) as work:
        edit(work, "bridge", note="x")
    with joint.reading() as work:
        now = projects.current(work, "bridge")
        assert (now.who, now.account) == ("Anna Li", "anna")


# -- imports ----------------------------------------------------------------------------------------------------------


def incoming(changes: dict[str, str | None], *hosts: str) -> exchange.Incoming:
    region = small_region(changes)
    made = exchange.Incoming("package:again", {}, region)
    parts = packages.take_apart(region)
    made.projects = {k: (lambda _there, c=c: c) for k, c in parts.projects.items()}
    for host in hosts:
        made.projects[f"of_{host}"] = lambda _there, host=host: projects.contents.normal(bare(host=host))
    return made


def test_imports_are_refused_project_by_project_and_leave_the_region_to_its_administrator(joint: Register) -> None:
    regional = of("administrator:ru")
    found, _ = exchange.take_in(joint, incoming({}, "ru", "cn"), actor=regional, dry_run=True)
    what = {c.key: c.what for c in found}
    assert (what["of_ru"], what["of_cn"], what["bridge"]) == ("created", "refused", "unchanged")
    _, done = exchange.take_in(joint, incoming({}, "ru"), actor=regional)
    assert done
    with joint.reading() as work:
        assert work.session.get(Project, "of_ru")
    other = small_region()
    other.title = "Another title"
    mine = exchange.Incoming("package:again", {}, other)
    found, done = exchange.take_in(joint, mine, actor=regional)
    assert not done
    assert "administrator of all parties" in found[0].problems[0].expected
    assert exchange.take_in(joint, mine, actor=of("administrator:*"))[1]
    with pytest.raises(Forbidden):
        exchange.take_in(joint, mine, actor=of("owner:*"))


# -- two people -------------------------------------------------------------------------------------------------------


def wrote(register: Register, account: str, **cells: Any) -> None:
    with register.writing(actor=Actor(account, account, frozenset({("owner", "*")}))) as work:
        edit(work, "bridge", **cells)


def signs(register: Register, account: str, party: str, *, agreed: bool = True) -> None:
    both = frozenset({("reviewer", "ru"), ("reviewer", "cn")})
    with register.writing(actor=Actor(account, account, both)) as work:
        life.sign(work, "bridge", party, agreed=agreed)


def test_who_wrote_does_not_sign_what_he_wrote(joint: Register) -> None:
    wrote(joint, "anna", note="one")
    with pytest.raises(Forbidden, match="anna wrote what is to be signed"):
        signs(joint, "anna", "ru")
    signs(joint, "ivan", "ru")
    wrote(joint, "ivan", note="two")
    with pytest.raises(Forbidden, match="ivan wrote"):
        signs(joint, "ivan", "ru")
    signs(joint, "anna", "ru")
    with joint.writing("local", "a step back is no writing", actor=Actor("anna", "anna", frozenset({("owner", "*")}))
                       ) as work:  # fmt: skip
        life.enter(work, "bridge", "cancelled")
    with joint.reading() as work:
        assert projects.writer_of(work, "bridge") == "ivan"


def test_nobody_signs_for_two_parties_whatever_he_says(joint: Register) -> None:
    signs(joint, "ivan", "ru", agreed=False)
    with pytest.raises(Forbidden, match="ivan has signed this for ru; somebody else signs for cn"):
        signs(joint, "ivan", "cn")
    signs(joint, "ivan", "ru")  # for the same party he may think again
    signs(joint, "li", "cn")
    wrote(joint, "anna", note="other")
    signs(joint, "li", "ru")  # of another content, which nobody has signed yet
    with pytest.raises(Forbidden):
        signs(joint, "li", "cn")


def test_whoever_has_the_database_in_hand_signs_what_lies_on_paper(joint: Register) -> None:
    with joint.writing("clerk") as work:
        for party in ("ru", "cn"):
            life.sign(work, "bridge", party)
        assert set(work.session.execute(select(Signature.party, Signature.account))) == {("ru", None), ("cn", None)}
        assert work.session.scalars(select(Version.account)).all() == [None] * 2


def test_a_refused_signature_leaves_nothing(joint: Register) -> None:
    def twice() -> None:
        with joint.writing(actor=of("reviewer:ru")) as work:
            life.sign(work, "bridge", "ru")
            life.sign(work, "bridge", "cn")

    with pytest.raises(Forbidden):
        twice()
    with joint.reading() as work:
        assert work.session.scalar(select(Signature)) is None


def test_a_project_is_kept_by_its_host_or_who_is_above(joint: Register, small: Region) -> None:
    with joint.writing("local") as work:
        projects.create(work, "hospital", bare(host="hlj"))
        for party in ("hlj", "cn", None):
            projects.keep_to(work, "hospital", party)
        with pytest.raises(UsageError, match="stands on the ground of 'hlj'"):
            projects.keep_to(work, "hospital", "ru")
        with pytest.raises(UsageError, match="no party 'rus' to keep it to; did you mean 'ru'"):
            projects.keep_to(work, "hospital", "rus")
    assert not allowed(joint, of("owner:hlj"), lambda w: projects.keep_to(w, "hospital", "cn"))
    assert allowed(joint, of("owner:hlj"), lambda w: projects.keep_to(w, "hospital", "hlj"))


def test_a_partys_administrator_changes_nothing_that_is_all_parties(joint: Register) -> None:
    """Who could change what lies above whom would see what others keep."""
    with joint.reading() as work:
        region = packages.region(work)
        rows = region.table("parties").to_dict("records")
    position = next(i for i, row in enumerate(rows) if row["party"] == "cn")
    cells = {k: str(v) for k, v in rows[position].items() if v == v and v is not None}
    above = tables.Edit("parties", position, {**cells, "parent": "ru"})
    more = tables.Edit("parties", None, {"party": "mn", "name": "Mongolia", "kind": cells["kind"]})
    note = tables.Edit("supply", 0, {k: str(v) for k, v in region.table("supply").to_dict("records")[0].items()
                                     if v == v and v is not None} | {"note": "x"})  # fmt: skip
    for edit_ in (above, more, note):
        change = lambda w, e=edit_: tables.save(w, region, e)  # noqa: E731
        assert not allowed(joint, of("administrator:ru", "administrator:cn", "owner:*"), change)
        assert allowed(joint, of("administrator:*"), change)
