"""A register with people of several parties and roles, and its API: what the API's tests share."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

sys.path.append(str(Path(__file__).resolve().parents[1] / "operate"))

from helping import small_region, take_in
from tests.operate.conftest import empty, server

from sungari.operate import keeping
from sungari.operate.access import accounts, tokens
from sungari.operate.access.actor import ACTIONS, ROLES
from sungari.operate.register import Register, init
from sungari.show.api.app import create

__all__ = ["World", "server", "sqlite_world", "world"]
PARTIES = ("cn", "ru")


@dataclass
class World:
    """A register, its API, and a token of every role of each party (``owner-ru``), and of an administrator of all.

    Tokens allow all that their roles do.
    """

    register: Register
    tokens: dict[str, str] = field(default_factory=dict)

    @cached_property
    def app(self) -> FastAPI:
        """The one application that all ask, as they would ask one server.

        FastAPI makes an application's routes when it is first asked, and silences warnings meanwhile, which Python
        can't do for several threads at once: each thread with an application of its own would break the others.
        """
        return create(self.register)

    @contextmanager
    def asking(self, who: str = "all", **options: Any) -> Iterator[TestClient]:
        """A client with somebody's token."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        with TestClient(self.app, headers=headers, **options) as client:
            yield client


def fill(register: Register) -> dict[str, str]:
    """Take a small region in, and let people of both parties in; their tokens."""
    take_in(register, small_region())
    made: dict[str, str] = {}
    with register.writing("test") as work:
        keeping.add(work, "permit", {"project": "bridge", "kind": "site", "status": "applied", "party": "ru"})
        people = {f"{role}-{party}": [(role, party)] for role in ROLES for party in PARTIES}
        people["all"] = [(role, "*") for role in ROLES]
        for code, grants in people.items():
            accounts.create(work, code, code.capitalize())
            for role, party in grants:
                accounts.grant(work, code, role, party)
            allowed = ACTIONS if code == "all" else ROLES[grants[0][0]]
            made[code] = tokens.issue(work, code, "test", allowed)
    return made


@pytest.fixture(scope="session")
def sqlite_world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A filled SQLite file, to copy, and the tokens in it."""
    path = tmp_path_factory.mktemp("world") / "register.db"
    register = init(path)
    made = fill(register)
    register.close()
    return path, made


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A filled register on either database; mark a test by ``sqlite_only`` where one will do."""
    if request.param == "postgresql":
        url = str(request.getfixturevalue("server"))
        empty(url)
        made = World(Register(url, documents=tmp_path / "documents"))
        made.tokens = fill(made.register)
    else:
        path, tokens_ = request.getfixturevalue("sqlite_world")
        shutil.copy(path, tmp_path / "register.db")
        made = World(Register(tmp_path / "register.db"), tokens_)
    yield made
    made.register.close()


sqlite_only = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
