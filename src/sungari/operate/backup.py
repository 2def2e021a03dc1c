"""The register as one file, and back: its tables, documents and results, each with its SHA-256.

The file is the same for SQLite and PostgreSQL, so that either can be restored from the other. It holds one state of the
register, though others go on writing while it is made: rows are read in one transaction, documents and results are
never changed once they are there. A restore goes into an empty place only, whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Date,
    DateTime,
    Integer,
    MetaData,
    Table,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError

import sungari
from sungari.errors import InputError, Problem, UsageError
from sungari.operate.access.actor import ALL, LOCAL, Actor
from sungari.operate.holdings import Document
from sungari.operate.jobs.record import Job
from sungari.operate.migrations import REVISION, upgrade_on
from sungari.operate.records import Package
from sungari.operate.register import Register, Work

FORMAT, MANIFEST = "sungari-backup/1", "manifest.json"
TABLES, DOCUMENTS, STUDIES = "tables", "documents", "studies"
#: Tables that stay behind: the form stands in the manifest, and a session that was ended, or a sign-in half done, must
#: not come to life again.
LEFT_OUT = ("alembic_version", "login", "halfway")
#: Rows that are read and written at a time.
BATCH = 500
#: A folder with this in it is what an unfinished restore has left.
_MARK = ".sungari-restoring"
_CHUNK = 2**20


@dataclass(frozen=True)
class Summary:
    """What a backup holds: rows by table, number and bytes of files."""

    rows: dict[str, int]
    files: int
    size: int
    made: str
    form: str


# -- out --------------------------------------------------------------------------------------------------------------


def backup(register: Register, path: str | os.PathLike[str], *, actor: Actor = LOCAL) -> Summary:
    """Write the register into one file, while others may go on writing.

    Parameters
    ----------
    register : Register
    path : path-like
        A ``.tar`` file; one that is there is replaced once the new one is whole.
    actor : Actor
        Whose rights count.

    Raises
    ------
    UsageError
        If a document or a result is missing, or is no longer what was kept.
    Forbidden
        If the actor may not make backups.
    """
    actor.demand("backup", [ALL])
    out = Path(path)
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, made = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}-")
    try:
        with os.fdopen(handle, "wb") as raw, tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
            writer = _Writer(archive)
            with register.reading() as work:
                rows = _dump(work.session.connection(), writer)
                files = _files(work)
                name = work.session.get_one(Package, 1).register
            for place, (file, sha) in files.items():
                writer.add(place, file, sha)
            facts = {"format": FORMAT, "form": REVISION, "register": name, "made": register.clock().isoformat(),
                     "sungari": sungari.__version__, "rows": rows, "files": dict(writer.files)}  # fmt: skip
            writer.put(MANIFEST, json.dumps(facts, indent=1).encode())
            raw.flush()
            os.fsync(raw.fileno())
        Path(made).replace(out)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    return _summary(facts)


def _files(work: Work) -> dict[str, tuple[Path, str | None]]:
    """The files that a state of the register refers to, by their place in the backup; what their hash must be."""
    register = work.register
    shas = sorted(set(work.session.scalars(select(Document.sha256))))
    found: dict[str, tuple[Path, str | None]] = {
        f"{DOCUMENTS}/{sha[:2]}/{sha}": (register.documents / sha[:2] / sha, sha) for sha in shas}
    missing = [f"document {path.name}" for path, _ in found.values() if not path.is_file()]
    for folder in sorted(str(f) for f in work.session.scalars(select(Job.folder).where(Job.folder.is_not(None)))):
        if not (register.studies / folder).is_dir():
            missing.append(f"result {folder}")
        for file in sorted(f for f in (register.studies / folder).rglob("*") if f.is_file()):
            found[f"{STUDIES}/{file.relative_to(register.studies).as_posix()}"] = (file, None)
    if missing:
        raise UsageError("can't back up: missing are {names}", names=", ".join(missing))
    return found


class _Writer:
    """Puts files into an archive and notes their hashes."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive = archive
        self.files: dict[str, dict[str, Any]] = {}

    def put(self, name: str, data: bytes) -> None:
        self._file(name, io.BytesIO(data), len(data))

    def add(self, name: str, path: Path, sha: str | None = None) -> None:
        try:
            with path.open("rb") as file:
                self._file(name, file, os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise UsageError("can't back up {name}: {error}", name=name, error=error) from error
        if sha not in (None, self.files[name]["sha256"]):
            raise UsageError("can't back up {name}: it is no longer what was kept, its hash differs", name=name)

    def _file(self, name: str, file: IO[bytes], size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        hashed = _Hashed(file)
        self.archive.addfile(entry, hashed)
        self.files[name] = {"size": size, "sha256": hashed.digest.hexdigest()}


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


def _dump(connection: Connection, writer: _Writer) -> dict[str, int]:
    """Write all tables, a JSON object a row; what the rows hold is put back by their columns' types."""
    rows: dict[str, int] = {}
    for table in _tables(connection):
        with tempfile.TemporaryFile() as file:
            count = 0
            keys = list(table.primary_key.columns)
            found = connection.execution_options(yield_per=BATCH).execute(select(table).order_by(*keys))
            for row in found.mappings():
                file.write(json.dumps(dict(row), default=_iso).encode() + b"\n")
                count += 1
            size = file.tell()
            file.seek(0)
            writer._file(f"{TABLES}/{table.name}.jsonl", file, size)
            rows[table.name] = count
    return rows


def _tables(connection: Connection) -> list[Table]:
    """The database's tables as they are, each after those that it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return [t for t in metadata.sorted_tables if t.name not in LEFT_OUT]


def _iso(value: Any) -> str:
    if isinstance(value, date):  # a moment as well
        return value.isoformat()
    raise TypeError(f"no way to write {type(value).__name__} into a backup")


def _summary(facts: dict[str, Any]) -> Summary:
    files = {k: v for k, v in facts["files"].items() if not k.startswith(TABLES)}
    size = sum(int(v["size"]) for v in files.values())
    return Summary(facts["rows"], len(files), size, facts["made"], facts["form"])


# -- back -------------------------------------------------------------------------------------------------------------


def verify(path: str | os.PathLike[str]) -> Summary:
    """Hold every file of a backup against its hash.

    Raises
    ------
    InputError
        With every file that is missing, too much, or not what it was.
    UsageError
        If it is no backup.
    """
    with _opened(path) as archive:
        return _summary(_verified(archive, Path(path)))


def restore(path: str | os.PathLike[str], register: Register) -> Summary:
    """Put a backup into an empty place, whole or not at all.

    Parameters
    ----------
    path : path-like
    register : Register
        Where: nothing of it may be there yet, no database (file), no documents, no results.

    Raises
    ------
    InputError
        With every file of the backup that is not what it was.
    UsageError
        If it is no backup, was made by a newer Sungari, or there is something in the place.
    """
    with _opened(path) as archive:
        facts = _verified(archive, Path(path))
        if facts["form"] > REVISION:
            raise UsageError("the backup has the form {form}, this Sungari knows {revision} at most",
                             form=facts["form"], revision=REVISION)
        _demand_empty(register)
        places = {DOCUMENTS: register.documents, STUDIES: register.studies}
        try:
            for folder in places.values():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                (folder / _MARK).touch()
            for name in facts["files"]:
                kind, _, rest = name.partition("/")
                if kind in places:
                    _extract(archive, name, places[kind] / rest)
            with _database(register) as connection:
                _load(connection, archive, facts)
        except BaseException:
            for folder in places.values():
                shutil.rmtree(folder, ignore_errors=True)
            raise
        for folder in places.values():
            (folder / _MARK).unlink()
    return _summary(facts)


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r:") as archive:
            yield archive
    except (tarfile.TarError, EOFError) as error:
        raise UsageError("{path} is no backup, or not a whole one: {error}", path=path, error=error) from error
    except FileNotFoundError as error:
        raise UsageError("no file {path}", path=path) from error


def _verified(archive: tarfile.TarFile, path: Path) -> dict[str, Any]:
    members = {m.name: m for m in archive.getmembers()}
    try:
        facts: dict[str, Any] = json.loads(_read(archive, MANIFEST).read())
        stated, known = facts["files"], facts["format"] == FORMAT
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError("{path} is no backup of a register, or not a whole one", path=path) from error
    if not known:
        raise UsageError("{path} has the format {found!r}, expected {expected}",
                         path=path, found=facts["format"], expected=FORMAT)
    problems = []

    def wrong(name: str, expected: str) -> None:
        problems.append(Problem(name, None, None, "", expected, "", "backup"))

    for name in members.keys() - stated.keys() - {MANIFEST}:
        wrong(name, "the backup says nothing of this file")
    for name, fact in stated.items():
        parts = PurePosixPath(name).parts
        if name not in members:
            wrong(name, "the file is missing")
        elif not members[name].isfile() or parts[0] not in (TABLES, DOCUMENTS, STUDIES) or ".." in parts:
            wrong(name, "not a file that a backup may hold")
        elif _digest(_read(archive, name)) != fact["sha256"]:
            wrong(name, "the file is not what was kept: its hash differs")
    if problems:
        raise InputError(problems, "backup")
    return facts


def _read(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _digest(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _extract(archive: tarfile.TarFile, name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(_read(archive, name), file, _CHUNK)
        os.fsync(file.fileno())


def _demand_empty(register: Register) -> None:
    there = [str(folder) for folder in (register.documents, register.studies)
             if folder.exists() and any(folder.iterdir()) and not (folder / _MARK).is_file()]
    if register.engine.dialect.name == "sqlite":
        there += [str(f) for f in (Path(str(register.url.database)),) if f.exists()]
    else:
        with register.engine.connect() as connection:
            if inspect(connection).get_table_names():
                there.append(register.url.render_as_string(hide_password=True))
    if there:
        raise UsageError("a backup is restored into an empty place only; there is something in {names}",
                         names=", ".join(there))


@contextmanager
def _database(register: Register) -> Iterator[Connection]:
    """An empty database in a transaction; SQLite's file gets its name when it is whole."""
    if register.engine.dialect.name == "postgresql":
        with register.engine.begin() as connection:
            yield connection
        return
    target = Path(str(register.url.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
    try:
        beside = Register(made / target.name, documents=register.documents, studies=register.studies)
        try:
            with beside.engine.execution_options(writes=True).begin() as connection:
                yield connection
        finally:
            beside.close()
        (made / target.name).replace(target)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _load(connection: Connection, archive: tarfile.TarFile, facts: dict[str, Any]) -> None:
    """Make the tables in the form that they had, fill them, and bring them to today's form."""
    try:
        upgrade_on(connection, facts["form"])
        tables = _tables(connection)
        for table in reversed(tables):
            if connection.scalar(select(func.count()).select_from(table)):  # what the forms bring along themselves
                connection.execute(table.delete())
        for table in tables:
            name = f"{TABLES}/{table.name}.jsonl"
            if name in facts["files"]:
                _fill(connection, table, _read(archive, name))
        if facts["form"] != REVISION:
            upgrade_on(connection)
    except SQLAlchemyError as error:
        raise UsageError("the backup can't be put into this database: {error}",
                         error=str(error).splitlines()[0]) from error


def _fill(connection: Connection, table: Table, lines: IO[bytes]) -> None:
    back = {c.name: _way_back(c.type) for c in table.columns}
    batch: list[dict[str, Any]] = []
    for line in lines:
        batch.append({k: None if v is None else back[k](v) for k, v in json.loads(line).items()})
        if len(batch) == BATCH:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)
    key = list(table.primary_key.columns)
    if connection.dialect.name == "postgresql" and len(key) == 1 and isinstance(key[0].type, Integer):
        found = connection.scalar(sql("SELECT pg_get_serial_sequence(:t, :c)"), {"t": f'"{table.name}"',
                                                                               "c": key[0].name})
        if found and (last := connection.scalar(select(func.max(key[0])))):
            connection.execute(sql("SELECT setval(:s, :n)"), {"s": found, "n": last})


def _way_back(kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, DateTime):
        return datetime.fromisoformat
    if isinstance(kind, Date):
        return date.fromisoformat
    return bool if isinstance(kind, Boolean) else lambda value: value
