"""Safe edits: nobody overwrites what he has not seen, and nobody is sent again what he has."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from api_world import World, sqlite_only
from starlette.testclient import TestClient


def capex(client: TestClient) -> tuple[float, str]:
    answer = client.get("/projects/bridge")
    return answer.json()["content"]["projects"][0]["capex"], answer.headers["etag"]


def test_no_update_is_lost(world: World) -> None:
    workers, times = 4, 5

    def add_one(_: int) -> int:
        refused = 0
        with world.asking("owner-ru") as client:
            for _ in range(times):
                while True:
                    now, tag = capex(client)
                    body = {"cells": {"capex": now + 1}}
                    answer = client.patch("/projects/bridge", json=body, headers={"If-Match": tag})
                    if answer.status_code == 200:
                        break
                    assert answer.status_code in (409, 412), answer.text
                    refused += 1
        return refused

    with world.asking() as client, ThreadPoolExecutor(workers) as pool:
        before, _ = capex(client)
        list(pool.map(add_one, range(workers)))
        after, tag = capex(client)
        assert after == before + workers * times
        assert tag == f'"{1 + workers * times}"'
        assert client.get("/projects/bridge/versions").json()["total"] == 1 + workers * times


@sqlite_only
@pytest.mark.parametrize(("method", "path", "body"), [
    ("PATCH", "/projects/bridge", {"cells": {"capex": 5.0}}),
    ("PUT", "/projects/bridge/content", {"projects": [{"name": "Bridge", "host": "ru"}]}),
    ("POST", "/projects/bridge/versions/1/restore", None),
    ("POST", "/projects/bridge/stage", {"stage": "screening"}),
    ("POST", "/projects/bridge/signatures", {"party": "ru"}),
    ("PUT", "/projects/bridge/confidentiality", {"party": "ru"}),
    ("PATCH", "/permits/1", {"status": "granted"}),
    ("DELETE", "/permits/1", None),
    ("PUT", "/gates", []),
    ("PUT", "/rules", []),
    ("PUT", "/case-kinds", []),
    ("PUT", "/region/tables/links/rows/0", {"cells": {}}),
    ("DELETE", "/region/tables/links/rows/0", None),
    ("PATCH", "/region/settings", {"cells": {"discount_rate": 0.07}}),
    ("PATCH", "/accounts/owner-ru", {"language": "zh"}),
])  # fmt: skip
def test_an_edit_says_what_it_was_made_from(world: World, method: str, path: str, body: object) -> None:
    with world.asking() as client:
        trail = client.get("/audit").json()["total"]
        assert client.request(method, path, json=body).status_code == 428
        for tag in ("*", "1", "nonsense", ""):
            assert client.request(method, path, json=body, headers={"If-Match": tag}).status_code == 428, tag
        for tag in ('"99"', 'W/"1"', '"0", "98"'):
            answer = client.request(method, path, json=body, headers={"If-Match": tag})
            assert answer.status_code == 412, (tag, answer.text)
            assert answer.headers["etag"].startswith('"')
        assert client.get("/audit").json()["total"] == trail


@sqlite_only
def test_what_is_still_the_same_is_not_sent_again(world: World) -> None:
    with world.asking() as client:
        for path in ("/projects/bridge", "/projects/bridge/versions/1", "/permits/1", "/gates", "/rules", "/stages",
                     "/region", "/region/settings", "/region/tables/links", "/case-kinds", "/accounts/owner-ru",
                     "/calendar.ics"):
            tag = client.get(path).headers["etag"]
            for known in (tag, f'"x", {tag}', f"W/{tag}", "*"):
                answer = client.get(path, headers={"If-None-Match": known})
                assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag), path
            assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
        tag = client.get("/projects/bridge").headers["etag"]
        client.patch("/projects/bridge", json={"cells": {"capex": 7.0}}, headers={"If-Match": tag})
        changed = client.get("/projects/bridge", headers={"If-None-Match": tag})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')


@sqlite_only
def test_settings_are_checked_and_edited_by_administrators_of_all(world: World) -> None:
    path = "/region/settings"
    with world.asking("owner-ru") as client:
        seen = client.get(path)
        assert {e["name"]: e["kind"] for e in seen.json()["entries"]}["exchange_rates"] == "mapping"
        wrong = client.post(f"{path}/check", json={"cells": {"currency": "dollar", "discount_rate": 5}}).json()
        assert [(p["column"], p["severity"]) for p in wrong["problems"]] == [
            ("sungari.currency", "error"), ("sungari.discount_rate", "warning")]  # fmt: skip
    body, tag = {"cells": {"discount_rate": 0.07, "exchange_rates": {"CNY": 0.14}}}, {"If-Match": seen.headers["etag"]}
    for who in ("owner-ru", "administrator-ru"):
        with world.asking(who) as client:
            assert client.patch(path, json=body, headers=tag).status_code == 403
    with world.asking() as client:
        made = client.patch(path, json=body, headers=tag)
        assert (made.status_code, made.json()["cells"]["discount_rate"]) == (200, 0.07)
        assert made.headers["etag"] == client.get(path).headers["etag"] != seen.headers["etag"]
        assert client.get("/region").json()["settings"]["exchange_rates"] == {"CNY": 0.14}
        assert client.patch(path, json=body, headers=tag).status_code == 412
        tag = {"If-Match": made.headers["etag"]}
        refused = client.patch(path, json={"cells": {"curency": "CNY"}}, headers=tag)
        assert (refused.status_code, refused.json()["problems"][0]["hint"]) == (422, "did you mean 'currency'?")


@sqlite_only
def test_a_row_is_edited_where_it_was_seen(world: World) -> None:
    with world.asking() as client:
        rows = client.get("/region/tables/links/rows").json()["items"]
        rail = next(r for r in rows if r["cells"]["link"] == "rail")
        path = f"/region/tables/links/rows/{rail['position']}"
        cells = {**rail["cells"], "capacity": 900}
        tried = client.post("/region/tables/links/check", params={"position": rail["position"]},
                            json={"cells": {**cells, "from": "mien"}}).json()["problems"]
        assert (tried[0]["column"], tried[0]["hint"]) == ("from", "did you mean 'mine'?")
        made = client.put(path, json={"cells": cells}, headers={"If-Match": rail["etag"]})
        assert (made.status_code, made.json()["cells"]["capacity"]) == (200, 900)
        assert client.put(path, json={"cells": cells}, headers={"If-Match": rail["etag"]}).status_code == 412
        road = client.post("/region/tables/links/rows", json={"cells": {**cells, "link": "road"}})
        assert (road.status_code, road.json()["cells"]["link"]) == (201, "road")
        gone = f"/region/tables/links/rows/{road.json()['position']}"
        assert client.delete(gone, headers={"If-Match": road.json()["etag"]}).status_code == 204
        assert client.get("/region/tables/links/rows").json()["total"] == len(rows)
        now = client.get("/region/tables/links/rows").json()["items"][rail["position"]]
        assert now["cells"] == made.json()["cells"]
        wrong = client.put(path, json={"cells": {**cells, "to": "nowhere"}}, headers={"If-Match": now["etag"]})
        assert wrong.status_code == 422
        assert wrong.json()["problems"][0]["column"] == "to"
