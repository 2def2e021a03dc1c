"""Backup and restore: one state of the register in one file, back on either database, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helping import bare, edit, take_in
from sqlalchemy import create_engine, text

from sungari.errors import Forbidden, InputError, UsageError
from sungari.operate import backup, documents, evaluations, flags, keeping, packages, projects
from sungari.operate.access.actor import Actor
from sungari.operate.jobs import queue
from sungari.operate.register import Register, open_register
from sungari.region.package import Region


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Register]:
    """An empty place to restore into."""
    url = f"sqlite:///{tmp_path}/new/register.db"
    if request.param == "postgresql":
        server = str(request.getfixturevalue("server")).replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS restored WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE restored"))
        engine.dispose()
        url = server.replace("/postgres?", "/restored?")
        assert url != server
    made = Register(url, documents=tmp_path / "new/documents")
    yield made
    made.close()


@pytest.fixture
def full(register: Register, small: Region) -> Register:
    """A register with something of everything."""
    take_in(register, small)
    with register.writing("anna", "all sorts") as work:
        documents.add(work, "ferry", b"%PDF-1.7 agreement", "a.pdf", kind="agreement")
        keeping.add(work, "permit", {"project": "ferry", "kind": "construction", "status": "granted",
                                     "granted": "2026-01-02", "note": "Разрешение 许可"})
        keeping.add(work, "finance", {"project": "ferry", "source": "bank", "kind": "loan", "status": "committed",
                                      "amount": 0.1, "currency": "USD"})
        edit(work, "ferry", capex=0.1 + 0.2, note="naïve \u2028 ☃")
    evaluations.run(register, "plan", who="anna")
    return register


def state(register: Register) -> dict[str, Any]:
    """Everything that a register holds, as plain rows."""
    with register.reading() as work:
        connection = work.session.connection()
        return {
            table.name: [json.loads(json.dumps(dict(row), default=str)) for row in connection.execute(
                table.select().order_by(*table.primary_key.columns)).mappings()]
            for table in backup._tables(connection)
        }  # fmt: skip


def test_what_is_backed_up_comes_back_on_either_database(full: Register, place: Register, tmp_path: Path) -> None:
    made = backup.backup(full, tmp_path / "out" / "joint.tar")
    assert (tmp_path / "out" / "joint.tar").stat().st_mode & 0o077 == 0  # hashes of passwords are in it
    assert backup.verify(tmp_path / "out" / "joint.tar") == made
    assert backup.restore(tmp_path / "out" / "joint.tar", place) == made
    assert state(place) == state(full)
    again = open_register(place.url.render_as_string(hide_password=False), documents=place.documents)
    with again.reading() as work, full.reading() as before:
        assert packages.region(work).sha256 == packages.region(before).sha256
        kept = keeping.listed(work, "document")[0]
        assert documents.path_of(again, kept).read_bytes() == b"%PDF-1.7 agreement"
        job = queue.newest(work, "plan")
        assert job is not None
        assert not job.stale
        assert not evaluations.listed(work)[0].stale
    assert queue.open_all(again, job.job).plan is not None
    with again.writing("boris", "goes on") as work:  # numbers go on where they were
        projects.create(work, "tunnel", bare("Tunnel"))
        keeping.add(work, "contact", {"project": "tunnel", "name": "Li"})
        assert [f.project for f in flags.screen(work, ["tunnel"])] == ["tunnel"]
    again.close()
    with pytest.raises(UsageError, match="into an empty place only"):
        backup.restore(tmp_path / "out" / "joint.tar", place)


def test_a_backup_is_of_one_state_though_others_write(full: Register, place: Register, tmp_path: Path) -> None:
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            with full.writing("boris") as work:
                for code in ("bridge", "ferry"):  # never one without the other
                    edit(work, code, capex=float(number))
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(3):
            backup.backup(full, tmp_path / "joint.tar")
    finally:
        over.set()
        thread.join()
    backup.restore(tmp_path / "joint.tar", place)
    with place.reading() as work:
        found = projects.contents_now(work)
    assert found["bridge"]["projects"][0]["capex"] == found["ferry"]["projects"][0]["capex"]


def altered(path: Path, out: Path, name: str, data: bytes | None) -> Path:
    """A backup with one file changed, removed (None), or added."""
    with tarfile.open(path) as before, tarfile.open(out, "w") as after:
        for member in before.getmembers():
            kept = before.extractfile(member)
            assert kept is not None
            if member.name != name:
                after.addfile(member, kept)
        if data is not None:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            after.addfile(entry, io.BytesIO(data))
    return out


def test_a_damaged_backup_is_refused_with_all_that_is_wrong(full: Register, place: Register, tmp_path: Path) -> None:
    good = tmp_path / "good.tar"
    backup.backup(full, good)
    with full.reading() as work:
        sha = keeping.listed(work, "document")[0].sha256
    document = f"documents/{sha[:2]}/{sha}"
    for name, data, said in (
        ("tables/project.jsonl", b"{}", "project.jsonl: the file is not what was kept"),
        (document, None, "the file is missing"), ("documents/evil", b"x", "says nothing of this file"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=said):
            backup.restore(altered(good, tmp_path / "bad.tar", name, data), place)
    with tarfile.open(good) as archive:
        facts = json.loads(archive.extractfile(backup.MANIFEST).read())  # type: ignore[union-attr]
    facts["files"]["documents/../../evil"] = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}
    hostile = altered(good, tmp_path / "a.tar", backup.MANIFEST, json.dumps(facts).encode())
    with pytest.raises(InputError, match="not a file that a backup may hold"):
        backup.restore(altered(hostile, tmp_path / "b.tar", "documents/../../evil", b"x"), place)
    facts = {**facts, "form": "9999"}
    facts["files"].pop("documents/../../evil")
    with pytest.raises(UsageError, match="has the form 9999"):
        backup.restore(altered(good, tmp_path / "c.tar", backup.MANIFEST, json.dumps(facts).encode()), place)
    whole = good.read_bytes()
    for data in (b"", b"no tar", whole[: len(whole) // 2]):
        (tmp_path / "d.tar").write_bytes(data)
        with pytest.raises(UsageError, match=r"no backup|not a whole one"):
            backup.restore(tmp_path / "d.tar", place)
    assert not (tmp_path / "new").exists()
    assert backup.restore(good, place) == backup.verify(good)


def test_what_can_not_be_loaded_leaves_nothing(full: Register, place: Register, tmp_path: Path) -> None:
    good = tmp_path / "good.tar"
    backup.backup(full, good)
    with tarfile.open(good) as archive:
        facts = json.loads(archive.extractfile(backup.MANIFEST).read())  # type: ignore[union-attr]
    facts["files"].pop("tables/stage.jsonl")  # projects refer to stages that are not there
    facts["rows"].pop("stage")
    half = altered(good, tmp_path / "half.tar", backup.MANIFEST, json.dumps(facts).encode())
    with pytest.raises(UsageError, match="can't be put into this database"):
        backup.restore(altered(half, tmp_path / "bad.tar", "tables/stage.jsonl", None), place)
    assert not [p for p in (tmp_path / "new").rglob("*") if p.is_file()]
    assert backup.restore(good, place) == backup.verify(good)


KILLED = """
import os, signal, sys
from sungari.operate import backup
from sungari.operate.register import Register
url, documents, archive = sys.argv[1:]
backup._load = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
backup.restore(archive, Register(url, documents=documents))
"""


def test_killed_in_the_middle_a_restore_can_be_begun_again(full: Register, place: Register, tmp_path: Path) -> None:
    backup.backup(full, tmp_path / "joint.tar")
    url = place.url.render_as_string(hide_password=False)
    ended = subprocess.run([sys.executable, "-c", KILLED, url, str(place.documents), str(tmp_path / "joint.tar")],
                           env=dict(os.environ), check=False)
    assert ended.returncode == -signal.SIGKILL
    with pytest.raises(UsageError):
        open_register(url, documents=place.documents)
    backup.restore(tmp_path / "joint.tar", place)
    assert state(place) == state(full)


def test_only_administrators_of_all_make_backups(full: Register, tmp_path: Path) -> None:
    eve = Actor("eve", "Eve", frozenset({("analyst", "*"), ("administrator", "ru")}))
    with pytest.raises(Forbidden):
        backup.backup(full, tmp_path / "eve.tar", actor=eve)
    with full.reading() as work:
        documents.path_of(full, keeping.listed(work, "document")[0]).unlink()
    with pytest.raises(UsageError, match="missing are document"):
        backup.backup(full, tmp_path / "joint.tar")
    assert not list(tmp_path.glob("*.tar*"))
