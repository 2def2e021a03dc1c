"""What an actor sees: the one place that hides what is confidential to others, on SQLite and PostgreSQL alike.

Every statement of a session that reads, changes or removes mapped records gets the rules of whoever works put to it by
SQLAlchemy itself: the records that a party keeps to itself, those that belong to them, results of the model that rest
on them, and their rows in the audit trail are not there for the others, in lists, counts, searches and messages.
PostgreSQL hears at the beginning of each transaction who asks, and holds the same rules once more
(:mod:`sungari.operate.migrations.policies`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Alias,
    ColumnElement,
    Connection,
    Delete,
    Select,
    String,
    Table,
    Update,
    and_,
    column,
    event,
    exists,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, SessionTransaction, with_loader_criteria
from sqlalchemy.sql import visitors

from sungari.errors import Forbidden, UsageError, hinted
from sungari.operate.access.actor import ALL, LOCAL, Actor
from sungari.operate.records import Audit, Base, Belonging, Confidential, Mark, Party, Project, Under
from sungari.words import Words

if TYPE_CHECKING:
    from sungari.operate.register import Work

_ASK = text("SELECT set_config('sungari.parties', :parties, true)")
#: So many names a statement may list.
_FEW = 500
#: Statements that SQLAlchemy puts the rules to; no other one that names a governed table is let through.
_RULED = (Select, Update, Delete)
#: A column of a kind of record, as the statement at hand calls it.
Named = Callable[[str], Any]


class Sighted(Session):
    """A session that sees what its work's actor may see."""


def of(session: Session) -> Actor:
    """Whose sight a session has."""
    found: Actor = session.info.get("sight") or session.info["work"].actor
    return found


def shows(session: Session, record: Any) -> bool:
    """Whether a session that holds a record may give it: what it has loaded once it gives without asking."""
    actor = of(session)
    return actor.everything or not isinstance(record, Confidential) or actor.sees(record.confidential_to)


@event.listens_for(Sighted, "after_begin")
def _tell(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    _ask(connection, of(session))


def _ask(connection: Connection, actor: Actor) -> None:
    """Tell PostgreSQL for whom the transaction asks."""
    if connection.dialect.name == "postgresql":
        parties = [ALL] if actor.everything else sorted(actor.parties - {ALL})
        connection.execute(_ASK, {"parties": json.dumps(parties)})


@event.listens_for(Sighted, "do_orm_execute")
def _hide(state: ORMExecuteState) -> None:
    actor = of(state.session)
    reads = state.is_select or state.is_update or state.is_delete
    if actor.everything or state.is_column_load or state.is_insert:
        return
    tables, other_names = _tables(state.statement)
    found = [kind for name, kind in governed().items() if name in tables]
    ruled = state.is_orm_statement and isinstance(state.statement, _RULED) and not other_names
    if not reads or (found and not ruled):
        raise AssertionError(f"no rules can be put to this statement: {state.statement}")
    if found:
        parties, dialect = tuple(sorted(actor.parties)), state.session.get_bind().dialect.name
        state.statement = state.statement.options(*(_criterion(kind, parties, dialect) for kind in found))


def _tables(statement: Any) -> tuple[set[str], bool]:
    """Names of all tables that a statement holds, those of its parts as well; whether one has another name in it."""
    parts = list(visitors.iterate(statement))
    found = [part if isinstance(part, Table) else getattr(part, "table", None) for part in parts]
    renamed = any(isinstance(part, Alias) and isinstance(part.element, Table) and part.element.name in governed()
                  for part in (*parts, *found))
    return {str(table.name) for table in found if isinstance(table, Table)}, renamed


@lru_cache(maxsize=4096)
def _criterion(kind: type[Base], parties: tuple[str, ...], dialect: str) -> Any:
    rule = _rule(kind, lambda name: getattr(kind, name), parties, dialect)
    return with_loader_criteria(kind, rule)


def governed() -> dict[str, type[Base]]:
    """All kinds of records, by table, of which somebody may be kept from seeing some."""
    return _governed(frozenset(Base.registry.mappers))  # a kind is known once its module is imported


@lru_cache(maxsize=8)
def _governed(mappers: frozenset[Mapper[Any]]) -> dict[str, type[Base]]:
    kinds: dict[str, type[Base]] = {m.class_.__tablename__: m.class_ for m in mappers}
    return {name: k for name, k in kinds.items() if issubclass(k, Confidential | Belonging | Under) or name in _OWN}


# -- the rules --------------------------------------------------------------------------------------------------------


def _rule(kind: type[Base], named: Named, parties: tuple[str, ...], dialect: str) -> ColumnElement[bool]:
    """Which records of a kind are seen."""
    rules: list[ColumnElement[bool]] = []
    if issubclass(kind, Confidential):
        rules.append(_open(named("confidential_to"), parties))
    if issubclass(kind, Belonging):
        rules.append(_unless(named("project"), _hidden_projects(parties)))
    if issubclass(kind, Under):
        own, table, key = kind.above
        above = next(m for m in Base.registry.mappers if getattr(m.local_table, "name", "") == table)
        columns = above.local_table.c
        rule = _rule(above.class_, lambda name: columns[name], parties, dialect)
        rules.append(or_(named(own).is_(None), named(own).in_(select(columns[key]).where(rule))))
    if kind.__tablename__ in _OWN:
        rules.append(_OWN[kind.__tablename__](named, parties, dialect))
    return and_(*rules)


def _open(marked: Any, parties: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(marked.is_(None), marked.in_(parties))


def _unless(named: Any, hidden: Select[Any]) -> ColumnElement[bool]:
    return or_(named.is_(None), named.not_in(hidden))


def _hidden_projects(parties: tuple[str, ...]) -> Select[Any]:
    # The table and not the class: the rule of projects is not put to what finds the hidden ones.
    columns = Base.metadata.tables[Project.__tablename__].c
    marked = columns["confidential_to"]
    return select(columns["code"]).where(marked.is_not(None), marked.not_in(parties))


def _evaluation(named: Named, parties: tuple[str, ...], dialect: str) -> ColumnElement[bool]:
    """A result is seen by those who see all projects that it rests on."""
    each = func.json_each if dialect == "sqlite" else func.json_array_elements_text
    one = each(named("projects")).table_valued(column("value", String), name="one", joins_implicitly=True)
    return ~exists(select(one.c.value).where(one.c.value.in_(_hidden_projects(parties))))


def _audit(named: Named, parties: tuple[str, ...], dialect: str) -> ColumnElement[bool]:
    marks = Base.metadata.tables[Mark.__tablename__].c
    hidden = select(marks["head"]).where(marks["party"].not_in(parties))
    return and_(_open(named("confidential_to"), parties), _unless(named("project"), _hidden_projects(parties)),
                _unless(named("head"), hidden))


#: Kinds with a rule of their own.
_OWN: dict[str, Callable[[Named, tuple[str, ...], str], ColumnElement[bool]]] = {
    "evaluation": _evaluation, "job": _evaluation, Audit.__tablename__: _audit,
}  # fmt: skip


# -- seeing otherwise for a while -------------------------------------------------------------------------------------


@contextmanager
def seeing(work: Work, actor: Actor) -> Iterator[None]:
    """See for a while what somebody else sees; what is loaded meanwhile and may not be seen is let go of after it."""
    session, before = work.session, of(work.session)
    if before == actor:
        yield
        return
    session.flush()
    _turn(session, actor)
    try:
        yield
        session.flush()
        if actor.everything:
            _let_go(session, before)
    except BaseException:
        for record in list(session.identity_map.values()):  # a failed transaction can't say which may be seen
            if getattr(record, "__tablename__", "") in governed():
                session.expunge(record)
        with suppress(SQLAlchemyError):  # it ends anyway
            _turn(session, before)
        raise
    _turn(session, before)


def everything(work: Work) -> Any:
    """See all for a while: for what the register does by itself, whoever works."""
    return seeing(work, LOCAL)


def audience(work: Work, party: str | None) -> Any:
    """See for a while what everybody sees who sees what this party keeps to itself (None: what all see)."""
    return seeing(work, Actor("-", "", frozenset({("viewer", party)} if party else ())))


def _turn(session: Session, actor: Actor) -> None:
    session.info["sight"] = actor
    if session.is_active and session.in_transaction():
        _ask(session.connection(), actor)


def _let_go(session: Session, actor: Actor) -> None:
    """Forget what has been loaded and is not to be seen: what a session holds it gives without asking."""
    hidden = set(session.connection().scalars(_hidden_projects(tuple(actor.parties))))
    for record in list(session.identity_map.values()):
        kept = isinstance(record, Confidential) and not actor.sees(record.confidential_to)
        of_hidden = isinstance(record, Belonging) and getattr(record, "project", None) in hidden
        if kept or of_hidden or isinstance(record, Under):
            session.expunge(record)


def all_projects(work: Work) -> set[str]:
    """The codes of all projects, whoever works."""
    with everything(work):
        return set(work.session.scalars(select(Project.code)))


def hidden_projects(work: Work) -> set[str]:
    """The codes of the projects that whoever works does not see; for the register's own use only."""
    actor = of(work.session)
    if actor.everything:
        return set()
    with everything(work):
        return set(work.session.connection().scalars(_hidden_projects(tuple(actor.parties))))


def kept_projects(work: Work) -> set[str]:
    """The codes of all projects that somebody keeps to himself; for the register's own use only."""
    with everything(work):
        return set(work.session.scalars(select(Project.code).where(Project.confidential_to.is_not(None))))


def by_audience(work: Work, codes: Iterable[str]) -> dict[str | None, list[str]]:
    """Projects by the party that keeps them to itself."""
    wanted, made = set(codes), dict[str | None, list[str]]()
    asked = select(Project.code, Project.confidential_to).order_by(Project.code)
    if len(wanted) <= _FEW:
        asked = asked.where(Project.code.in_(wanted))
    for code, party in work.session.execute(asked):
        if code in wanted:
            made.setdefault(party, []).append(code)
    return made


def demand_mark(actor: Actor, before: str | None, after: str | None) -> None:
    """Refuse to keep a record to a party, or to open it, without a grant of that party.

    Raises
    ------
    Forbidden
    """
    for party in (before, after):
        if before != after and not actor.sees(party):
            raise Forbidden("{name} has no grant of {party!r}: only who acts for a party keeps records to it, or "
                            "opens them", name=actor.name or actor.account, party=party)


def demand_party(work: Work, party: str | None) -> None:
    """Refuse to keep a record to a party that is not there.

    Raises
    ------
    UsageError
    """
    codes = work.session.scalars(select(Party.code)).all()
    if party is not None and party not in codes:
        raise UsageError(hinted(Words("no party {party!r} to keep it to", party=party), party, codes, listed=True))
