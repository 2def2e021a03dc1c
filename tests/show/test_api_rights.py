"""Who may do what by the API: nobody without a token, each role its own, and what one may not see is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyotp
from api_world import World, sqlite_only

from sungari.operate import keeping, projects
from sungari.operate.access import accounts, second, sessions, tokens
from sungari.operate.access.actor import ROLES, Actor
from sungari.operate.access.records import Account
from sungari.operate.records import Project
from sungari.show.api.app import create

WHERE = {"code": "bridge", "number": "1", "name": "links", "ending": "csv"}


def operations(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """All operations of the API: method, address, and what its description says."""
    for path, methods in create(world.register).openapi()["paths"].items():
        for method, what in methods.items():
            yield method.upper(), path.format_map({**WHERE, **dict.fromkeys(_names(path) - set(WHERE), "1")}), what


def _names(path: str) -> set[str]:
    return {part[1:-1] for part in path.split("/") if part.startswith("{")}


@sqlite_only
def test_nobody_gets_anything_without_a_token(world: World) -> None:
    with world.asking("") as client:
        tried = [(method, path, {}) for method, path, _ in operations(world)]
        tried += [("GET", "/projects", headers) for headers in (
            {"Authorization": "Bearer sungari_guess"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "},
            {"Cookie": "session=guess"}, {"Authorization": "Bearer " + "x" * 9000})]  # fmt: skip
        for method, path, headers in [*tried, ("GET", "/nowhere", {}), ("POST", "/openapi.json/", {})]:
            answer = client.request(method, path, headers=headers)
            assert answer.status_code == 401, (method, path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"].startswith("Bearer")
        assert client.get("/openapi.json").status_code == 200


@sqlite_only
def test_every_role_does_its_own_and_nothing_else(world: World) -> None:
    every = list(operations(world))
    for role, actions in ROLES.items():
        with world.asking(f"{role}-ru") as client:
            for method, path, what in every:
                (needed,) = what["security"][0]["token"]
                if (method, needed) == ("GET", "read") and role != "viewer":
                    continue  # all may look, and one of them does
                refused = client.request(method, path).status_code in (401, 403)
                others = needed == "read" and path.startswith(("/accounts/", "/sessions/", "/tokens/"))
                assert refused == (needed not in actions) or others, (role, method, path)


@sqlite_only
def test_a_token_is_held_to_its_scopes_and_ends_with_its_account(world: World) -> None:
    with world.register.writing("test") as work:
        world.tokens["narrow"] = tokens.issue(work, "owner-ru", "narrow", ["read"])
    body = {"cells": {"capex": 5.0}}
    with world.asking("narrow") as client:
        assert client.get("/projects/bridge").status_code == 200
        assert client.patch("/projects/bridge", json=body, headers={"If-Match": '"1"'}).status_code == 403
        assert client.get("/me").json()["scopes"] == ["read"]
    with world.register.writing("test") as work:
        accounts.deactivate(work, "owner-ru")
    with world.asking("narrow") as client:
        assert client.get("/projects/bridge").status_code == 401


@sqlite_only
def test_a_second_factor_is_taken_away_by_its_administrators_and_no_secret_of_it_is_told(world: World) -> None:
    owner = Actor("owner-ru", "Owner-ru", frozenset())
    with world.register.writing("test") as work:
        work.get(Account, owner.account).password = "x"
    with world.register.writing(actor=owner) as work:
        secret = second.begin(work, owner.account).secret
        paper = second.confirm(work, owner.account, pyotp.TOTP(secret).at(work.now))
    path = "/accounts/owner-ru/second-factor"
    with world.asking("owner-ru") as client:
        assert client.get("/me").status_code == 200  # a token is not asked for a code
        assert client.delete(path).status_code == 403
    with world.asking("administrator-ru") as client:
        told = client.get("/accounts/owner-ru").text + client.get("/accounts").text + client.get("/audit").text
        assert not any(text in told for text in (secret, *paper))
        assert client.delete(path).status_code == 204
        assert client.delete(path).status_code == 422


@sqlite_only
def test_a_token_for_the_calendar_opens_nothing_else(world: World) -> None:
    with world.register.writing("test") as work:
        world.tokens["calendar"] = tokens.issue(work, "all", "calendar", ["calendar.read"])
    with world.asking("calendar") as client:
        opened = [(method, path) for method, path, _ in operations(world)
                  if client.request(method, path).status_code not in (401, 403)]
        assert opened == [("GET", "/calendar.ics")]
    with world.asking("viewer-ru") as client:
        assert client.get("/calendar.ics").status_code == 200


def test_what_a_party_keeps_to_itself_is_not_there_for_others(world: World) -> None:
    with world.register.writing("test") as work:
        work.get(Project, "bridge").confidential_to = "ru"
        permit = keeping.add(work, "permit", {"project": "ferry", "kind": "x", "status": "needed",
                                              "confidential_to": "ru"}).id
    addresses = ["/projects/bridge", "/projects/bridge/versions", "/projects/bridge/versions/1",
                 "/projects/bridge/gate", "/projects/bridge/visits", "/projects/bridge/signatures",
                 "/projects/bridge/documents", "/projects/bridge/progress", "/permits/1", f"/permits/{permit}",
                 "/permits?project=bridge", "/flags?project=bridge"]  # fmt: skip
    with world.asking("reviewer-ru") as client:
        assert [a for a in addresses if client.get(a).status_code != 200] == []
    with world.asking("reviewer-cn") as client:
        for address in addresses:
            hidden, none = client.get(address), client.get(address.replace("bridge", "nothing"))
            assert (address, hidden.status_code) == (address, 404)
            if "bridge" in address:
                assert hidden.json() == {**none.json(), "detail": none.json()["detail"].replace("nothing", "bridge")}
        listed = client.get("/projects").json()
        assert ([p["code"] for p in listed["items"]], listed["total"]) == (["ferry"], 1)
        assert client.get("/permits").json()["total"] == 0
        assert "did you mean" not in client.get("/projects/bridgee").text
        assert "bridge" not in client.get("/exports/csv").text
        assert "bridge" not in client.get("/exports/json").text
        signed = client.post("/projects/bridge/signatures", json={"party": "cn"}, headers={"If-Match": '"1"'})
        assert signed.status_code == 404
    with world.asking("compliance-cn") as client:
        trail = client.get("/audit", params={"limit": 500}).json()["items"]
        assert trail
        assert not [a for a in trail if a["project"] == "bridge" or "bridge" in str(a["changes"])]
    with world.register.reading() as work:
        assert projects.get(work, "bridge").version == 2


@sqlite_only
def test_a_session_looks_but_changes_nothing_without_its_secret(world: World) -> None:
    with world.register.writing("test") as work:
        secret = sessions.open_(work, work.get(Account, "owner-ru"), "password")
    permit = {"project": "bridge", "kind": "x", "status": "needed"}
    proof = {"x-sungari-form": sessions.form_secret(secret)}
    for cookie in ("sungari-session", "__Host-sungari-session"):
        with world.asking("", cookies={cookie: secret}) as client:
            assert client.get("/me").json()["account"] == "owner-ru"
            for headers in ({}, {"x-sungari-form": "guess"}, {**proof, "Sec-Fetch-Site": "cross-site"}):
                assert client.post("/permits", json=permit, headers=headers).status_code == 401
            assert client.post("/permits", json=permit, headers=proof).status_code == 201
    with world.asking("", cookies={"sungari-session": secret}) as client:
        asked = {"name": "mine", "scopes": ["record.edit"]}
        world.tokens["new"] = client.post("/accounts/owner-ru/tokens", json=asked, headers=proof).json()["token"]
    with world.asking("new") as client:
        assert client.post("/permits", json=permit).status_code == 201
        assert client.post("/projects", json={"code": "x", "content": {"projects": [{"name": "X"}]}}).status_code == 403
        assert client.post("/accounts/owner-ru/tokens", json=asked).status_code == 403
        number = client.get("/accounts/owner-ru/tokens").json()["items"][0]["id"]
        assert client.delete(f"/tokens/{number}").status_code == 204
        assert client.get("/me").status_code == 401


@sqlite_only
def test_no_answer_names_what_is_kept_by_another(world: World) -> None:
    """Whatever is asked by whoever of the other party: not a word of the project, nor of what hangs on it."""
    words = ("bridge", "Bridge", "Secret permit", "Secret case", "secret.txt")
    with world.asking() as client:
        def made(path: str, **options: Any) -> Any:
            answer = client.post(path, **options)
            assert answer.status_code < 300, answer.text
            return answer.json()

        made("/permits", json={"project": "bridge", "kind": "Secret permit", "status": "needed"})
        document = made("/projects/bridge/documents", data={"kind": "agreement"}, files={"file": ("secret.txt", b"x")})
        case = made("/cases", json={"kind": "permit-refused", "on": "project", "subject": "bridge", "party": "ru",
                                    "title": "Secret case", "parties": ["ru", "cn"]})
        made(f"/cases/{case['id']}/decision", json={"text": "Secret case", "party": "ru"},
             headers={"If-Match": f'"{case["version"]}"'})
        made("/jobs", json={"kind": "without", "options": {"project": "bridge"}})
        for path, table in (("/projects/bridge", "cells"), ("/projects/ferry", "cells")):
            client.patch(path, json={table: {"source": None}}, headers={"If-Match": '"1"'})
        assert document["id"] == case["id"] == 1
    with world.asking("owner-ru") as client:
        kept = client.put("/projects/bridge/confidentiality", json={"party": "ru"}, headers={"If-Match": '"2"'})
        assert kept.status_code == 200, kept.text
    asked = [path for method, path, _ in operations(world) if method == "GET"]
    addresses = {p.replace("/1", f"/{n}").replace("links", table) for p in asked for n in (1, 2)
                 for table in ("projects", "effects")}  # fmt: skip
    on = {"record": "project", "key": "bridge"}
    seen = set()
    for who in ("analyst-cn", "compliance-cn", "administrator-cn", "all"):  # what each may look at is in one of these
        with world.asking(who) as client:
            for address in sorted(addresses):
                answer = client.get(address, params=on if address == "/changes" else {})
                named = address.replace("bridge", "")
                said = answer.text.replace(address, "") if answer.status_code < 300 else ""
                assert not [w for w in words if w in said], (who, address, answer.text[:2000])
                assert answer.status_code < 500, (who, address, answer.text)
                if answer.status_code == 200:
                    seen.add(named)
    assert len(seen) > 35
    with world.asking("reviewer-ru") as client:
        assert client.get("/projects/bridge").status_code == client.get("/cases/1").status_code == 200
