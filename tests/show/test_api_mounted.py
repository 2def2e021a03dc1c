"""The API where the workspace has it: behind the same shield, by its own address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_world import World, sqlite_only
from starlette.testclient import TestClient

from sungari.operate.access import sessions
from sungari.operate.access.records import Account
from sungari.show.web import app, shield


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    """A client of a whole workspace that lets three changes through a minute."""
    made = app.create(world.register)
    shield.protect(made, shield.Settings(writes="3 per minute"))
    with TestClient(made, follow_redirects=False) as running:
        yield running


def bearer(world: World, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.tokens[who]}"}


@sqlite_only
def test_it_answers_as_itself(world: World, client: TestClient) -> None:
    assert client.get("/projects").status_code == 303  # pages send people to sign in
    refused = client.get("/api/v1/projects")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")
    answer = client.get("/api/v1/projects?limit=1", headers=bearer(world, "viewer-ru"))
    assert [p["code"] for p in answer.json()["items"]] == ["bridge"]
    assert answer.links["next"]["url"] == "http://testserver/api/v1/projects?limit=1&offset=1"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-" in answer.headers["cache-control"]
    assert client.get("/api/v1/openapi.json").json()["servers"] == [{"url": "/api/v1"}]
    permit = {"project": "bridge", "kind": "x", "status": "needed"}
    made = client.post("/api/v1/permits", json=permit, headers=bearer(world, "owner-ru"))
    assert made.headers["location"] == "http://testserver/api/v1/permits/2"
    assert client.get(made.headers["location"], headers=bearer(world, "owner-ru")).json()["kind"] == "x"


@sqlite_only
def test_a_page_of_ours_asks_it_in_its_session(world: World, client: TestClient) -> None:
    with world.register.writing("test") as work:
        secret = sessions.open_(work, work.get(Account, "owner-ru"), "password")
    client.cookies.set(shield.SESSION, secret)
    assert client.get("/api/v1/me").json()["account"] == "owner-ru"
    permit = {"project": "bridge", "kind": "x", "status": "needed"}
    assert client.post("/api/v1/permits", json=permit).status_code == 401
    proof = {shield.HEADER: sessions.form_secret(secret)}
    assert client.post("/api/v1/permits", json=permit, headers=proof).status_code == 201


@sqlite_only
def test_too_many_changes_wait(world: World, client: TestClient) -> None:
    headers = {**bearer(world, "owner-ru"), "If-Match": '"1"'}
    codes = [client.patch("/api/v1/projects/bridge", json={"cells": {}}, headers=headers).status_code for _ in range(3)]
    assert codes == [200, 200, 200]
    answer = client.patch("/api/v1/projects/bridge", json={"cells": {}}, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json")
    assert int(answer.headers["retry-after"]) > 0
    assert client.get("/api/v1/projects/bridge", headers=headers).status_code == 200
    other = {**bearer(world, "analyst-ru"), "If-Match": '"1"'}
    assert client.patch("/api/v1/projects/bridge", json={"cells": {}}, headers=other).status_code == 200
