"""PostgreSQL's own way to carry a register elsewhere, by a role that policies bind: as docs/security.md says it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helping import Clock, edit, small_region, take_in
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from sungari.errors import Unknown
from sungari.operate import keeping, projects
from sungari.operate.access.actor import Actor
from sungari.operate.holdings import Risk
from sungari.operate.records import Base, Project
from sungari.operate.register import Register, init, open_register

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"
KEEPER = "keeper"
CHINA, RUSSIA = (Actor(p, p, frozenset({("owner", p)})) for p in ("cn", "ru"))
#: Who keeps what, by the name of a record: seen by its party, by nobody else.
KEPT = {"of China": "cn", "of Russia": "ru"}


@dataclass
class Server:
    """A PostgreSQL with two databases of a role that policies bind."""

    admin: Engine
    url: URL
    programs: Path

    def database(self, name: str) -> URL:
        return self.url.set(drivername="postgresql+psycopg", username=KEEPER, database=name)

    def run(self, program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """One of PostgreSQL's programs, as the role."""
        return subprocess.run(
            [self.programs / program, f"--host={self.url.query['host']}", f"--username={KEEPER}", "--no-password",
             *arguments], env={**os.environ, "LC_ALL": "C", **environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture
def postgres(server: str) -> Iterator[Server]:
    url = make_url(server)
    admin = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE ROLE {KEEPER} LOGIN NOSUPERUSER NOBYPASSRLS"))
        for name in ("dumped", "restored"):
            connection.execute(text(f"CREATE DATABASE {name} OWNER {KEEPER} TEMPLATE template0"))
        programs = connection.scalar(text("SELECT setting FROM pg_config WHERE name = 'BINDIR'"))
    yield Server(admin, url, Path(str(programs)))
    with admin.connect() as connection:
        for name in ("dumped", "restored"):
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        connection.execute(text(f"DROP ROLE {KEEPER}"))
    admin.dispose()


@pytest.fixture
def joint(postgres: Server, clock: Clock, tmp_path: Path) -> Iterator[Register]:
    """A register in which two parties keep records, and China a project, to themselves."""
    url = postgres.database("dumped").render_as_string(hide_password=False)
    made = init(url, documents=tmp_path / "documents", clock=clock)
    take_in(made, small_region())
    with made.writing("test", "begin") as work:
        for name, party in KEPT.items():
            keeping.add(work, "risk", {"project": "bridge", "title": name, "status": "open", "confidential_to": party})
        keeping.add(work, "risk", {"project": "bridge", "title": "of all", "status": "open"})
        projects.create(work, "port", {"projects": [{"name": "Port", "host": "cn"}]})
        projects.keep_to(work, "port", "cn")
    yield made
    made.close()


def recipe() -> tuple[str, list[str]]:
    """What the page says: the session's setting, and the flags of pg_dump."""
    found = re.search(r"PGOPTIONS='([^']+)' pg_dump ([^`\n]*)", PAGE.read_text(encoding="utf-8"))
    assert found is not None
    return found[1], [flag for flag in found[2].split() if flag.startswith("--")]


def everything(register: Register) -> dict[str, list[Any]]:
    """All rows of all tables, as whoever works on the database itself sees them."""
    found = {}
    with register.engine.connect() as connection:
        connection.execute(text("""SELECT set_config('sungari.parties', '["*"]', true)"""))
        for table in Base.metadata.sorted_tables:
            found[table.name] = sorted(map(repr, connection.execute(select(table))))
    return found


def policies(register: Register) -> list[Any]:
    with register.engine.connect() as connection:
        return [*connection.execute(text("SELECT tablename, policyname, qual FROM pg_policies ORDER BY 1, 2")),
                *connection.execute(text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity "
                                         "ORDER BY 1"))]  # fmt: skip


def test_a_dump_by_the_registers_own_role_holds_all_and_its_policies(
    postgres: Server, joint: Register, tmp_path: Path
) -> None:
    options, flags = recipe()
    file = str(tmp_path / "joint.dump")
    dumped = postgres.run("pg_dump", *flags, f"--file={file}", "dumped", PGOPTIONS=options)
    assert dumped.returncode == 0, dumped.stderr
    restored = postgres.run("pg_restore", "--exit-on-error", "--dbname=restored", file)
    assert restored.returncode == 0, restored.stderr

    url = postgres.database("restored").render_as_string(hide_password=False)
    other = open_register(url, documents=joint.documents, clock=joint.clock)
    assert everything(other) == everything(joint)
    assert policies(other) == policies(joint)
    assert len(policies(other)) > 10
    for actor, own in ((CHINA, "of China"), (RUSSIA, "of Russia")):
        with other.reading(actor) as work:
            assert set(work.session.scalars(select(Risk.title))) == {own, "of all"}
            assert ("port" in set(work.session.scalars(select(Project.code)))) == (actor is CHINA)
    with other.engine.connect() as connection:  # which says nothing of who asks
        assert list(connection.scalars(text("SELECT title FROM risk"))) == ["of all"]
    with other.writing(actor=CHINA) as work:
        edit(work, "port", note="restored")
        keeping.add(work, "risk", {"project": "port", "title": "new", "status": "open", "confidential_to": "cn"})
    with pytest.raises(Unknown), other.writing(actor=RUSSIA) as work:
        edit(work, "port", note="x")
    with other.engine.connect() as connection:
        connection.execute(text("""SELECT set_config('sungari.parties', '["*"]', true)"""))
        with pytest.raises(DBAPIError):  # a guard of the database
            connection.execute(text("DELETE FROM audit"))
    other.close()


@pytest.mark.usefixtures("joint")
def test_without_the_flag_a_dump_is_refused_and_without_the_setting_it_is_not_whole(postgres: Server) -> None:
    options, _ = recipe()
    refused = postgres.run("pg_dump", "dumped", PGOPTIONS=options)
    assert refused.returncode != 0
    assert "row-level security" in refused.stderr
    partial = postgres.run("pg_dump", "--enable-row-security", "dumped", PGOPTIONS="")
    assert partial.returncode == 0, partial.stderr
    assert "of all" in partial.stdout
    assert "of China" not in partial.stdout
    assert "of Russia" not in partial.stdout
