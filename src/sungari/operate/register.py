"""The register's door: where its data lies, and how it is read and written.

Everything that is written goes through :meth:`Register.writing`, a transaction that happens whole or not at all, in
the name of somebody and for a stated reason; what it changes is kept in the audit trail by the database layer itself.
"""

from __future__ import annotations

import getpass
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

import sungari.operate.desk.records
import sungari.operate.findings
import sungari.operate.holdings  # noqa: F401 - what is seen of a kind of record is said before anything is read
from sungari.errors import Conflict, Unknown, UsageError, hinted
from sungari.operate import audit
from sungari.operate.access import sight
from sungari.operate.access.actor import LOCAL, Actor
from sungari.operate.migrations import REVISION, upgrade
from sungari.operate.records import Base, Edited, attribute
from sungari.words import Words

#: Where the register lies when nobody says.
FOLDER = Path("sungari-register")
VARIABLE = "SUNGARI_DATABASE_URL"
#: Seconds that a writer waits for another before it gives up.
PATIENCE = 30
#: PostgreSQL's codes for a deadlock, a failed serialisation and a lock not given.
_BUSY = ("40P01", "40001", "55P03")

Record = TypeVar("Record", bound=Base)
#: What records are called where one is not there, or is at another version.
CALLED = {str(word): word for word in (
    Words("project"), Words("party"), Words("stage"), Words("account"), Words("session"), Words("token"),
    Words("view"), Words("case"), Words("case kind"), Words("decision"), Words("meeting"), Words("meeting item"),
    Words("job"), Words("rule"), Words("flag"), Words("document"), Words("organisation"), Words("contact"),
    Words("permit"), Words("risk"), Words("finance"), Words("measure"), Words("programme"), Words("event"),
    Words("indicator"), Words("restriction"), Words("package table"), Words("evaluation"), Words("calendar day"),
)}  # fmt: skip


@dataclass
class Work:
    """One transaction on the register.

    Attributes
    ----------
    register : Register
    session : Session
    who, why : str
        In whose name, and for what reason; empty where nothing is written.
    now : datetime
        The moment that counts for all of it, UTC.
    actor : Actor
        Whose rights count.
    """

    register: Register
    session: Session
    who: str
    why: str
    now: datetime
    actor: Actor = LOCAL
    touched: set[str] = field(default_factory=set)  # projects that are screened for red flags before it ends

    def get(self, kind: type[Record], key: Any, *, expected: int | None = None, what: str = "") -> Record:
        """A record by its key, held against other writers until the end of the work.

        Parameters
        ----------
        kind : type
            A class of :mod:`sungari.operate.records`.
        key
            Its primary key.
        expected : int or None
            Version that the caller's edit was made from; None where the caller has just read it in this work.
        what : str
            What to call it in messages.

        Raises
        ------
        Unknown
            If there is none; the nearest name is offered.
        Conflict
            If it has been changed since the expected version.
        """
        what = what or kind.__tablename__.replace("_", " ")
        found = self.session.get(kind, key, with_for_update=bool(self.who), populate_existing=bool(self.who))
        if found is None or not sight.shows(self.session, found):
            column = attribute(inspect(kind).primary_key[0])
            names = [] if isinstance(key, int) else self.session.scalars(select(column)).all()
            raise Unknown(hinted(Words("no {what} {key!r}", what=CALLED.get(what, what), key=key), str(key), names))
        if expected is not None and isinstance(found, Edited) and found.version != expected:
            what = CALLED.get(what, what)
            raise Conflict("{what} {key!r} has been changed since: it is at version {version}, the edit was made "
                           "from version {expected}; look at what changed and edit again",
                           what=what, key=key, version=found.version, expected=expected)
        return found


class Register:
    """A joint project register.

    Parameters
    ----------
    url : str or path-like or None
        A database's URL (``sqlite:///…``, ``postgresql://…``) or an SQLite file; default ``SUNGARI_DATABASE_URL``, or
        ``sungari-register/register.db`` in the current folder.
    documents : path-like or None
        Folder of documents; default ``SUNGARI_DOCUMENTS``, or ``documents`` beside the SQLite file.
    studies : path-like or None
        Folder of the model's results; default ``SUNGARI_STUDIES``, or ``studies`` beside the documents.
    clock : callable
        Gives the time, with its time zone.

    Examples
    --------
    >>> from sungari import register
    >>> from sungari.operate import projects
    >>> joint = register.init("joint.db")  # doctest: +SKIP
    >>> with joint.writing("anna", "first list") as work:  # doctest: +SKIP
    ...     projects.create(work, "bridge", {"projects": [{"name": "Bridge"}]})
    """

    def __init__(
        self, url: str | os.PathLike[str] | None = None, *, documents: str | os.PathLike[str] | None = None,
        studies: str | os.PathLike[str] | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self.url = database_url(url)
        self.clock = clock
        in_file = self.url.get_backend_name() == "sqlite"
        home = Path(str(self.url.database)).parent if in_file else FOLDER
        self.documents = Path(documents or os.environ.get("SUNGARI_DOCUMENTS") or home / "documents")
        self.studies = Path(studies or os.environ.get("SUNGARI_STUDIES") or self.documents.parent / "studies")
        self.engine = _engine(self.url)
        self._reader = self.engine
        if self.engine.dialect.name == "postgresql":  # one look sees one state, however long it takes
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = self.engine.execution_options(writes=True)

    def __repr__(self) -> str:
        return f"<Register {self.url.render_as_string(hide_password=True)}>"

    @contextmanager
    def reading(self, actor: Actor = LOCAL, action: str = "read") -> Iterator[Work]:
        """Look at the register as `actor` may: everything in the block sees one state of it.

        Parameters
        ----------
        actor : Actor
            Whose sight counts.
        action : str
            What it looks for; a part of reading (``calendar.read``) opens the register to code that shows no more.

        Raises
        ------
        Forbidden
            If the actor may not.
        """
        actor.demand(action)
        with sight.Sighted(self._reader, autoflush=False) as session:
            work = Work(self, session, "", "", self.clock(), actor)
            session.info["work"] = work
            yield work

    @contextmanager
    def writing(self, who: str = "", why: str = "", *, actor: Actor = LOCAL) -> Iterator[Work]:
        """Change the register: all that the block does happens, or nothing of it.

        Parameters
        ----------
        who : str
            In whose name, for whoever has the database in hand; default the user of this machine. An account works in
            its own name.
        why : str
            For what reason.
        actor : Actor
            Whose rights count; default whoever has the database itself in hand.

        Raises
        ------
        Conflict
            If somebody else changed the same records in the meantime.
        """
        who = actor.name or who or os.environ.get("SUNGARI_USER") or getpass.getuser()
        with audit.Recorded(self._writer, expire_on_commit=False) as session:
            work = Work(self, session, who, why, self.clock(), actor)
            session.info["work"] = work
            try:
                with session.begin():
                    yield work
                    if work.touched:
                        from sungari.operate import flags

                        flags.screen_all(work, work.touched)
            except StaleDataError as error:
                raise Conflict("somebody else has changed the same record in the meantime; look at it and edit again"
                               ) from error
            except IntegrityError as error:
                detail = str(error.orig).strip().splitlines()[0]
                raise Conflict("other records of the register stand in the way: {detail}", detail=detail) from error
            except OperationalError as error:
                busy = getattr(error.orig, "sqlstate", None) in _BUSY or "locked" in str(error.orig)
                if not busy:
                    raise
                raise Conflict("somebody else is writing the same records; try again") from error

    @contextmanager
    def noting(self) -> Iterator[Session]:
        """Write what is no fact of the parties, such as how far a job is: none of it comes into the audit trail."""
        with sight.Sighted(self._writer, expire_on_commit=False) as session, session.begin():
            session.info["work"] = Work(self, session, "", "", self.clock())
            yield session

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def database_url(given: str | os.PathLike[str] | None = None) -> URL:
    """The database that is meant; see :class:`Register`.

    Raises
    ------
    UsageError
        If it is of a kind that the register does not run on.
    """
    stated = os.fspath(given) if given is not None else os.environ.get(VARIABLE) or str(FOLDER / "register.db")
    if "://" not in stated:
        return URL.create("sqlite", database=stated)
    try:
        url = make_url(stated)
    except ArgumentError as error:
        raise UsageError("no URL of a database: {stated!r}", stated=stated.split("@")[-1]) from error
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("sqlite", "postgresql") or (
        url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")
    ):
        raise UsageError("the register lies in an SQLite file or in PostgreSQL, not in {drivername!r}",
                         drivername=url.drivername)
    return url


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=url.get_backend_name() == "postgresql")
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError("PostgreSQL needs psycopg: pip install 'sungari[postgres]'") from error
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def connect(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # the driver's own rules for beginning a transaction lose updates
            for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL",
                           f"busy_timeout = {1000 * PATIENCE}"):
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            writes = connection.get_execution_options().get("writes")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def open_register(url: str | os.PathLike[str] | None = None, **options: Any) -> Register:
    """Open a register that is there.

    Parameters
    ----------
    url, **options
        As of :class:`Register`.

    Raises
    ------
    UsageError
        If there is none, it can't be reached, or it was made by another version of Sungari.
    """
    register = Register(url, **options)
    file = register.url.database
    if register.engine.dialect.name == "sqlite" and not Path(str(file)).is_file():
        raise UsageError("no register at {file}; `sungari register init` makes one", file=file)
    revision, shown = _revision(register), register.url.render_as_string(hide_password=True)
    if revision != REVISION:
        register.close()
    if revision is None:
        raise UsageError("no register in {shown}; `sungari register init` makes one", shown=shown)
    if revision != REVISION:
        raise UsageError("the register in {shown} has the form {revision}, this Sungari needs {needed}; `sungari "
                         "register init` brings it there", shown=shown, revision=revision, needed=REVISION)
    return register


def _revision(register: Register) -> str | None:
    """The form of a register's database; None where it holds no register."""
    try:
        with register.engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        register.close()
        shown = register.url.render_as_string(hide_password=True)
        raise UsageError("can't use {shown}: {detail}",
                         shown=shown, detail=str(error.orig).strip().splitlines()[0]) from error


def init(url: str | os.PathLike[str] | None = None, **options: Any) -> Register:
    """Make a register, or bring one that is there to the form that this Sungari needs; what it holds stays.

    Parameters
    ----------
    url, **options
        As of :class:`Register`.
    """
    from sungari.operate import flags, life
    from sungari.operate.desk import kinds
    from sungari.operate.desk.records import CaseKind
    from sungari.operate.findings import Rule
    from sungari.operate.records import Package

    register = Register(url, **options)
    if register.engine.dialect.name == "sqlite":
        Path(str(register.url.database)).parent.mkdir(parents=True, exist_ok=True)
    _revision(register)  # whether it can be reached at all
    upgrade(register.engine)
    with register.writing(why=Words("made the register")) as work:
        if work.session.get(Package, 1) is None:
            work.session.add(Package(id=1, register=uuid.uuid4().hex, name="", title="", settings={}, descriptor={},
                                     origin=""))
            life.set_defaults(work)
        if work.session.scalar(select(Rule)) is None:
            flags.set_rules(work, life.default("rules"))
        if work.session.scalar(select(CaseKind)) is None:
            kinds.set_defaults(work)
    return register
