"""Problems: one kind of object for all of them, which lists what is wrong; hostile requests are refused or harmless."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from urllib.parse import quote

import pytest
from api_world import World, sqlite_only
from httpx2 import Response

from sungari.show.api import limits

MATCH = {"If-Match": '"1"'}


def problem(answer: Response, status: int, kind: str) -> dict[str, Any]:
    """An answer's problem, which is of a kind."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert body["status"] == status
    assert body["type"] == (f"urn:sungari:problem:{kind}" if kind else "about:blank")
    assert body["title"]
    assert body["detail"]
    return body


@sqlite_only
def test_every_kind_of_problem(world: World) -> None:
    with world.asking() as client:
        edit = "/projects/bridge"
        two = problem(client.patch(edit, json={"cells": {"capex": "much", "life": -1}}, headers=MATCH), 422, "input")
        assert [(p["file"], p["row"], p["column"], p["value"]) for p in two["problems"]] == [
            ("projects.csv", 2, "capex", "much"), ("projects.csv", 2, "life", "-1.0")]
        new = {"code": "x", "content": {"projects": [{"name": [1]}], "sharez": []}}
        body = problem(client.post("/projects", json=new), 422, "request")
        assert {(p["file"], p["column"]) for p in body["problems"]} == {
            ("body", "content.projects.0.name"), ("body", "content.sharez")}
        problem(client.get("/projects/bridg"), 404, "unknown")
        assert client.get("/projects/bridg").json()["detail"].endswith("did you mean 'bridge'?")
        problem(client.get("/nowhere"), 404, "")
        problem(client.post("/stages"), 405, "")
        problem(client.post("/projects", content=b"{", headers={"content-type": "application/json"}), 422, "request")
        late = problem(client.post(f"{edit}/stage", json={"stage": "operation"}, headers=MATCH), 422, "usage")
        assert "no stage is left out" in late["detail"]
        gates = client.get("/gates")
        rows = [{**g, "signs": True, "role": "minister"} for g in gates.json() if g["stage"] == "screening"]
        assert client.put("/gates", json=rows, headers={"If-Match": gates.headers["etag"]}).status_code == 200
        closed = problem(client.post(f"{edit}/stage", json={"stage": "screening"}, headers=MATCH), 409, "gate-closed")
        assert closed["missing"] == ["ru: signature: minister signs", "cn: signature: minister signs"]
        assert client.post(f"{edit}/signatures", json={"party": "ru"}, headers=MATCH).status_code == 201
    with world.asking("reviewer-ru") as client:
        problem(client.patch(edit, json={"cells": {}}, headers=MATCH), 403, "forbidden")
        foreign = problem(client.post(f"{edit}/signatures", json={"party": "cn"}, headers=MATCH), 403, "forbidden")
        assert "for cn" in foreign["detail"]


@sqlite_only
def test_a_reason_goes_to_the_trail_in_any_script(world: World) -> None:
    why = "согласовано · 已商定"
    with world.asking("owner-ru") as client:
        headers = {**MATCH, "Why": quote(why)}
        client.patch("/projects/bridge", json={"cells": {"capex": 9.0}}, headers=headers)
        assert client.get("/projects/bridge/versions/2").json()["why"] == why
        assert client.get("/projects/bridge/versions/2").json()["who"] == "Owner-ru"
        answer = client.patch("/projects/bridge", json={"cells": {}}, headers={"If-Match": '"2"', "Why": "a%00b"})
        assert answer.status_code == 422


@sqlite_only
@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\x1b[31m", "x" * 201, ""])
def test_no_name_is_hostile(world: World, text: str) -> None:
    with world.asking() as client:
        body = json.dumps({"code": text, "content": {"projects": [{"name": "X"}]}})
        answer = client.post("/projects", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["problems"][0]["column"] == "code"


@sqlite_only
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 400])
def test_no_number_is_none(world: World, number: str) -> None:
    with world.asking() as client:
        body = json.dumps({"cells": {"capex": "?"}}).replace('"?"', number)
        headers = {**MATCH, "content-type": "application/json"}
        assert client.patch("/projects/bridge", content=body, headers=headers).status_code == 422


@sqlite_only
def test_too_much_is_refused_before_it_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY", 1000)
    with world.asking() as client:
        body = json.dumps({"cells": {"name": "x" * 2000}}).encode()
        headers = {**MATCH, "content-type": "application/json"}
        problem(client.patch("/projects/bridge", content=body, headers=headers), 413, "too-large")
        problem(client.patch("/projects/bridge", content=iter([body]), headers=headers), 413, "too-large")


@sqlite_only
def test_documents_come_in_by_what_they_are_and_go_out_as_files(world: World) -> None:
    with world.asking() as client:
        def add(name: str, data: bytes, **form: str) -> Response:
            made: Response = client.post("/projects/bridge/documents", files={"file": (name, data)},
                                         data={"kind": "agreement", **form})
            return made

        made = add("..\\<img src=x>.pdf", "%PDF-1.7 договор".encode())
        assert made.status_code == 201
        assert (made.json()["name"], made.json()["media_type"]) == ("_img src=x_.pdf", "application/pdf")
        given = client.get(f"/documents/{made.json()['id']}/content")
        assert given.content == "%PDF-1.7 договор".encode()
        assert given.headers["content-disposition"] == "attachment; filename*=UTF-8''_img%20src%3Dx_.pdf"
        assert (given.headers["content-type"], given.headers["x-content-type-options"]) == (
            "application/octet-stream", "nosniff")
        problem(add("a.pdf", b"<script>alert(1)</script>"), 415, "type")
        problem(add("a.exe", b"MZ\x90\x00\x03"), 415, "type")
        problem(add("a.txt", b""), 422, "usage")
        assert add("a.txt", b"x", kind="no such/kind").status_code == 422
        tag = {"If-Match": made.headers["etag"]}
        assert client.delete(f"/documents/{made.json()['id']}", headers=tag).status_code == 204
        assert client.get(f"/documents/{made.json()['id']}/content").status_code == 404


def packed(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_what_goes_out_comes_in_again(world: World) -> None:
    with world.asking() as client:
        for ending in ("zip", "xlsx", "json", "xml"):
            data = client.get(f"/exports/{ending}").content
            form = {"dry_run": "true"}
            answer = client.post("/imports", files={"file": (f"x.{ending}", data)}, data=form).json()
            assert (answer["done"], answer["created"], answer["changed"], answer["refused"]) == (False, 0, 0, 0), ending
        with zipfile.ZipFile(io.BytesIO(client.get("/exports/zip").content)) as archive:
            files = {n: archive.read(n) for n in archive.namelist()}
        files["projects.csv"] = files["projects.csv"].replace(b"Bridge", b"Long bridge")
        files["shares.csv"] = files["shares.csv"].replace(b"bridge,cn,0.5", b"bridge,cn,0.4")
        refused = client.post("/imports", files={"file": ("x.zip", packed(**files))}).json()
        assert (refused["done"], refused["refused"]) == (False, 1)
        (bad,) = [c for c in refused["changes"] if c["what"] == "refused"]
        assert (bad["key"], bad["problems"][0]["file"], bad["problems"][0]["column"]) == (
            "bridge", "shares.csv", "share")
        files["shares.csv"] = files["shares.csv"].replace(b"bridge,cn,0.4", b"bridge,cn,0.5")
        done = client.post("/imports", files={"file": ("x.zip", packed(**files))}).json()
        assert (done["done"], done["changed"]) == (True, 1)
        assert client.get("/projects/bridge").json()["name"] == "Long bridge"


@sqlite_only
@pytest.mark.parametrize(("name", "data"), [
    ("x.zip", b"PK\x03\x04 no"), ("x.zip", packed(**{"a.txt": b"x"})), ("x.zip", packed(**{"links.csv": b"0" * 2**23})),
    ("x.zip", packed(**{"a/links.csv": b"", "b/places.csv": b""})), ("x.json", b"[" * 100_000), ("x.json", b"\xff"),
    ("x.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><iati-activities>&b;</iati-activities>'), ("x.xlsx", b"no"),
    ("x.zip", packed(**{f"{n}.csv": b"" for n in range(300)})),
    ("x.xlsx", packed(**{"xl/workbook.xml": b"", "xl/bomb.xml": b"0" * 2**23})),
])  # fmt: skip
def test_files_that_are_none_are_refused(world: World, name: str, data: bytes) -> None:
    with world.asking() as client:
        answer = client.post("/imports", files={"file": (name, data)})
        assert answer.status_code == 422, answer.text
        assert client.post("/imports", files={"file": ("x.exe", data)}).status_code == 415


@sqlite_only
def test_a_packed_package_stays_in_its_folder(world: World) -> None:
    with world.asking() as client, zipfile.ZipFile(io.BytesIO(client.get("/exports/zip").content)) as archive:
        files = {f"../../{n}": archive.read(n) for n in archive.namelist()}
        answer = client.post("/imports", files={"file": ("x.zip", packed(**files))}, data={"dry_run": "true"})
        assert answer.status_code == 200
        assert answer.json()["refused"] == 0
