"""Lists in parts: all of it, nothing twice, whatever is asked; and filters that are not understood are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_world import World, fill, sqlite_only
from helping import bare
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from sungari.operate import projects
from sungari.operate.register import init

COUNT = 23


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of a register of many projects."""
    world = World(init(tmp_path_factory.mktemp("many") / "register.db"))
    world.tokens = fill(world.register)
    with world.register.writing("test") as work:
        for n in range(COUNT - 2):
            projects.create(work, f"p{n:02}", bare(f"Project {n % 4}", sector=("rail", "port")[n % 2], capex=n % 5))
    with world.asking("viewer-cn") as client:
        yield client
    world.register.close()


def walk(client: TestClient, path: str) -> list[dict[str, object]]:
    """All items of a list, by the links from part to part."""
    found, url = [], f"http://testserver{path}"
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert int(answer.headers["x-total-count"]) == body["total"]
        found += body["items"]
        url = answer.links.get("next", {}).get("url", "")
    assert len(found) == body["total"]
    return found


@settings(max_examples=12, deadline=None, derandomize=True)
@given(limit=st.integers(1, 30), by=st.sampled_from(sorted(projects.SORTS)), down=st.booleans())
def test_parts_are_the_whole_and_nothing_twice(many: TestClient, limit: int, by: str, down: bool) -> None:
    sort = f"-{by}" if down else by
    found = [p["code"] for p in walk(many, f"/projects?limit={limit}&sort={sort}")]
    assert len(found) == len(set(found)) == COUNT
    assert found == [p["code"] for p in walk(many, f"/projects?limit=500&sort={sort}")]


def test_filters_hold_on_every_part(many: TestClient) -> None:
    rail = walk(many, "/projects?sector=rail&limit=2")
    assert {p["sector"] for p in rail} == {"rail"}
    assert len(rail) == 11
    assert {p["name"] for p in walk(many, "/projects?text=project%203&limit=3")} == {"Project 3"}
    costs = [p["cost"] for p in walk(many, "/projects?sort=-cost&limit=4")]
    assert costs == sorted(costs, reverse=True)


def test_links_lead_around(many: TestClient) -> None:
    answer = many.get("/projects", params={"limit": 10, "offset": 10, "sort": "name"})
    parts = {rel: link["url"].rpartition("?")[2] for rel, link in answer.links.items()}
    assert {rel: "offset=" + p.rpartition("offset=")[2].split("&")[0] for rel, p in parts.items()} == {
        "first": "offset=0", "prev": "offset=0", "next": "offset=20", "last": "offset=20"}
    assert all("sort=name" in p and "limit=10" in p for p in parts.values())
    beyond = many.get("/projects", params={"offset": 1000})
    assert (beyond.json()["items"], beyond.json()["total"], "next" in beyond.links) == ([], COUNT, False)


@pytest.mark.parametrize(("query", "column", "hint"), [
    ("limit=0", "limit", ""), ("limit=501", "limit", ""), ("offset=-1", "offset", ""), ("offset=1e3", "offset", ""),
    ("sort=price", "sort", ""), ("sectr=rail", "sectr", "did you mean 'sector'?"), ("text=%00", "text", ""),
])  # fmt: skip
def test_what_is_not_understood_is_refused(many: TestClient, query: str, column: str, hint: str) -> None:
    answer = many.get(f"/projects?{query}")
    assert answer.status_code == 422
    (problem,) = answer.json()["problems"]
    assert (problem["file"], problem["column"], problem["hint"]) == ("query", column, hint)


@sqlite_only
def test_flags_and_trail_come_in_parts(world: World, tmp_path: Path) -> None:
    with world.asking() as client:
        for code in ("bridge", "ferry"):
            client.patch(f"/projects/{code}", json={"cells": {"source": None}}, headers={"If-Match": '"1"'})
        flags = walk(client, "/flags?limit=1")
        assert [f["state"] for f in flags] == ["red", "red"]
        tag = client.get("/flags/1").headers["etag"]
        said = client.post("/flags/1/justification", json={"reason": "on its way"}, headers={"If-Match": tag})
        assert (said.json()["state"], said.json()["reason"]) == ("amber", "on its way")
        assert [f["state"] for f in walk(client, "/flags?limit=1")] == ["red", "amber"]
        assert len(walk(client, "/flags?state=red")) == 1
        trail = walk(client, "/audit?limit=7&project=bridge")
        assert [a["id"] for a in trail] == sorted((a["id"] for a in trail), reverse=True)
