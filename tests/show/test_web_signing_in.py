"""Signing in to the workspace, and what stands before every page: sessions, forms, headers, limits."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from sqlalchemy import select

from sungari.operate.access import accounts, passwords, tokens
from sungari.operate.access.records import Account
from sungari.operate.records import Audit
from sungari.operate.register import Register, init
from sungari.show.web import shield
from sungari.show.web.app import create
from sungari.show.web.given import Sent
from sungari.show.web.view import View

GOOD, OTHER = "seven grey herons over Khanka", "nine red foxes under Baikal"
ORIGIN = "https://sungari.example"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("signing-in") / "register.db"
    joint = init(path)
    with joint.writing("test") as work:
        accounts.first(work)
        for code, name in (("anna", "Anna Li"), ("ivan", "Ivan Petrov")):
            account = accounts.create(work, code, name, email=f"{code}@example.org", language="ru")
            accounts.set_password(work, account, GOOD)
            accounts.grant(work, code, "owner", "*")
    joint.close()
    return path


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash quickly: what is tested here is not how hard argon2 is."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def register(template: Path, tmp_path: Path) -> Iterator[Register]:
    shutil.copy(template, tmp_path / "register.db")
    made = Register(tmp_path / "register.db")
    yield made
    made.close()


def workspace(register: Register, **settings: Any) -> FastAPI:
    """The workspace behind its shield, with a page that changes something."""
    app = create(register)
    shield.protect(app, shield.Settings(**settings))

    @app.get("/probe")
    def form(request: Request) -> Any:
        return {"field": View(request).token(), "who": View(request).actor.account}

    @app.post("/probe")
    def change(request: Request) -> Any:
        return {"who": View(request).actor.account}

    @app.post("/probe/fields")
    def fields(given: Sent) -> Any:
        return {name: given.text(name) for name in given.fields if isinstance(given.fields[name], str)}

    return app


def browser(app: FastAPI, base: str = "http://localhost") -> TestClient:
    return TestClient(app, base_url=base, follow_redirects=False, client=("10.0.0.9", 1234))


def secret_of(text: str) -> str:
    found = re.search(r'name=\\?"_form\\?" value=\\?"([0-9a-f]{64})', text)
    assert found, text
    return found[1]


def sign_in(client: TestClient, name: str = "anna", password: str = GOOD, back: str = "/") -> httpx2.Response:
    form = client.get("/login", params={"back": back})
    return client.post("/login", data={"_form": secret_of(form.text), "name": name, "password": password, "back": back})


@pytest.fixture
def app(register: Register) -> FastAPI:
    return workspace(register)


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return browser(app)


def paths_of(routes: list[Any]) -> Iterator[str]:
    """The paths of all routes, those of included routers as well."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from paths_of(route.original_router.routes)
        elif hasattr(route, "path"):
            yield route.path


# -- in and out -------------------------------------------------------------------------------------------------------


def test_nothing_but_the_door_is_open_to_who_has_not_signed_in(app: FastAPI, client: TestClient) -> None:
    paths = set(paths_of(app.routes))
    assert len(paths) > 20
    for path in sorted(paths):
        path = re.sub(r"\{[^}]+\}", "1", path)
        if path.startswith((*shield.OPEN, "/api/")):
            continue
        answer = client.get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login"), path
        assert client.post(path).status_code in (303, 403), path
    assert client.get("/no-such-page").headers["location"] == "/login?back=%2Fno-such-page"
    part = client.get("/probe", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (204, "/login")


def test_signing_in_opens_a_session_and_goes_back_to_the_page(client: TestClient) -> None:
    answer = sign_in(client, back="/probe?a=1&b=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/probe?a=1&b=2")
    assert client.get("/probe").json()["who"] == "anna"
    assert client.get("/login").status_code == 303
    assert client.cookies["sungari-language"] == "ru"
    for bad in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:x"):
        fresh = browser(client.app)  # type: ignore[arg-type]
        assert sign_in(fresh, "anna@example.org", back=bad).headers["location"] == "/"


def test_signing_out_ends_the_session_everywhere(client: TestClient, app: FastAPI) -> None:
    sign_in(client)
    held = dict(client.cookies)
    field = secret_of(client.get("/probe").text)
    answer = client.post("/logout", data={"_form": field})
    assert answer.headers["location"] == "/login"
    assert "sungari-session" not in client.cookies
    stolen = browser(app)
    stolen.cookies.update(held)
    assert stolen.get("/probe").headers["location"].startswith("/login")


def test_every_sign_in_makes_a_new_session_and_ends_the_browsers_old_one(client: TestClient, app: FastAPI) -> None:
    client.cookies.set("sungari-session", "planted", domain="localhost.local", path="/")
    sign_in(client)
    first = client.cookies["sungari-session"]
    assert first != "planted"
    other = browser(app)
    other.cookies.set("sungari-session", first, domain="localhost.local", path="/")
    field = secret_of(other.get("/probe").text)
    other.post("/login", data={"_form": field, "name": "ivan", "password": GOOD})
    assert other.get("/probe").json()["who"] == "ivan"
    assert client.get("/probe").status_code == 303  # the first one is over


def test_wrong_passwords_say_the_same_and_lock_for_a_while(client: TestClient, register: Register) -> None:
    texts = {re.sub(r'value="[^"]*"', "", sign_in(client, name, "wrong").text) for name in ("anna", "nobody", "")}
    assert len(texts) == 1
    for _ in range(5):
        assert sign_in(client, "ivan", "wrong").status_code == 403
    assert sign_in(client, "ivan").status_code == 403
    assert sign_in(client, "anna").status_code == 303
    with register.reading() as work:
        rows = [a for a in work.session.scalars(select(Audit)) if a.action == "refused"]
    assert {a.changes["address"][1] for a in rows} == {"10.0.0.9"}


def test_a_one_time_password_opens_nothing_but_the_page_to_choose_another(client: TestClient,
                                                                         register: Register) -> None:  # fmt: skip
    with register.writing("test") as work:
        once = accounts.one_time(work, "anna")
    assert sign_in(client, password=once).status_code == 303
    for path in ("/", "/probe", "/projects"):
        assert client.get(path).headers["location"] == "/account/password"
    page = client.get("/account/password")
    assert page.status_code == 200
    field = secret_of(page.text)

    def choose(old: str, new: str, again: str) -> int:
        given = {"_form": field, "old": old, "new": new, "again": again}
        return client.post("/account/password", data=given).status_code

    assert choose("wrong", OTHER, OTHER) == 403
    assert choose(once, OTHER, GOOD) == 422
    assert choose(once, "password1234", "password1234") == 422
    assert client.post("/probe", data={"_form": field}).headers["location"] == "/account/password"
    assert choose(once, OTHER, OTHER) == 303
    assert client.get("/probe").json()["who"] == "anna"


def test_what_an_administrator_takes_away_is_gone_at_the_next_request(client: TestClient, register: Register) -> None:
    sign_in(client)
    assert client.get("/probe").status_code == 200
    with register.writing("test") as work:
        accounts.deactivate(work, "anna")
    assert client.get("/probe").status_code == 303
    assert sign_in(client).status_code == 403


# -- forms ------------------------------------------------------------------------------------------------------------


def test_a_form_needs_the_secret_of_its_own_session(client: TestClient, app: FastAPI) -> None:
    sign_in(client)
    field = secret_of(client.get("/probe").text)
    other = browser(app)
    sign_in(other, "ivan")
    theirs = secret_of(other.get("/probe").text)
    assert field != theirs
    assert client.post("/probe", data={"_form": field}).json() == {"who": "anna"}
    assert client.post("/probe", headers={"X-Sungari-Form": field}).status_code == 200
    assert client.post("/probe", data={"_form": field}, files={"f": b"x"}).status_code == 200
    for bad in ({}, {"_form": theirs}, {"_form": ""}, {"_form": field[:-1]}, {"other": f"_form={field}"}):
        assert client.post("/probe", data=bad).status_code == 403, bad
        assert client.post("/probe", data=bad, files={"f": b"x"}).status_code == 403, bad
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.request(method, "/probe").status_code == 403
    page = client.post("/login", data={"name": "anna", "password": GOOD})
    assert page.status_code == 403
    assert "<h1>" in page.text


@pytest.mark.parametrize(("headers", "fine"), [
    ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, True), ({"Origin": "http://localhost"}, True),
    ({"Sec-Fetch-Site": "cross-site"}, False), ({"Sec-Fetch-Site": "same-site"}, False),
    ({"Sec-Fetch-Site": "none"}, False), ({"Origin": "https://evil.example"}, False), ({"Origin": "null"}, False),
    ({"Origin": "http://localhost.evil.example"}, False),
])  # fmt: skip
def test_a_form_is_taken_from_pages_of_ours_only(client: TestClient, headers: dict[str, str], fine: bool) -> None:
    sign_in(client)
    field = secret_of(client.get("/probe").text)
    answer = client.post("/probe", data={"_form": field}, headers=headers)
    assert (answer.status_code == 200) == fine
    assert answer.status_code in (200, 403)


def test_the_layers_pass_on_what_a_form_holds_to_the_last_byte(client: TestClient) -> None:
    sign_in(client)
    field = secret_of(client.get("/probe").text)
    long = "ж" * 100_000
    for files in (None, {"f": b"x" * 300_000}):
        got = client.post("/probe/fields", data={"_form": field, "a": "1", "long": long}, files=files)
        assert got.status_code == 200, got.text
        assert got.json() == {"_form": field, "a": "1", "long": long}


# -- headers, cookies, limits -----------------------------------------------------------------------------------------


def test_every_answer_tells_the_browser_what_it_may(client: TestClient, app: FastAPI) -> None:
    sign_in(client)
    paths = ("/login", "/probe", "/no-such-page", "/static/none.js", "/projects", "/account/password")
    answers = [client.get(p) for p in paths]
    answers += [client.post("/probe"), browser(app).get("/probe")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert "strict-transport-security" not in answer.headers
        assert answer.headers["cache-control"]
        assert "server" not in answer.headers
    assert "no-store" in client.get("/probe").headers["cache-control"]


def test_by_https_cookies_are_bound_to_the_host_and_never_sent_in_clear(register: Register) -> None:
    app = workspace(register, origin=ORIGIN)
    client = browser(app, ORIGIN)
    answer = sign_in(client)
    set_cookies = answer.headers.get_list("set-cookie")
    session = next(c for c in set_cookies if c.startswith("__Host-sungari-session="))
    for part in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert part.lower() in session.lower()
    assert "domain" not in session.lower()
    assert client.get("/probe").headers["strict-transport-security"].startswith("max-age=31536000")
    assert client.get("/probe", headers={"Host": "evil.example"}).status_code == 421
    plain = browser(app, ORIGIN)
    plain.cookies.set("sungari-session", client.cookies["__Host-sungari-session"])
    assert plain.get("/probe").status_code == 303  # a name that any host could set


def test_attempts_to_sign_in_are_counted_by_address_and_writes_by_session(register: Register) -> None:
    app = workspace(register, sign_ins="3 per minute", writes="4 per minute")
    client = browser(app)
    codes = [sign_in(client, "nobody", "wrong").status_code for _ in range(4)]
    assert codes == [403, 403, 403, 429]
    waits = sign_in(client)
    assert waits.status_code == 429
    assert 1 <= int(waits.headers["retry-after"]) <= 61
    assert "<h1>" in waits.text
    elsewhere = TestClient(app, base_url="http://localhost", follow_redirects=False, client=("10.0.0.10", 1))
    assert sign_in(elsewhere).status_code == 303
    field = secret_of(elsewhere.get("/probe").text)
    codes = [elsewhere.post("/probe", data={"_form": field}).status_code for _ in range(6)]
    assert codes == [200] * 4 + [429] * 2
    assert elsewhere.get("/probe").status_code == 200  # reading goes on
    part = elsewhere.post("/probe", data={"_form": field}, headers={"HX-Request": "true"})
    assert (part.status_code, "<html" in part.text) == (429, False)


def test_too_much_is_refused_by_what_it_says_and_by_what_comes(client: TestClient,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(shield, "BODY", 10_000)
    monkeypatch.setattr(shield, "AROUND", 10_000)
    monkeypatch.setattr("sungari.operate.documents.LARGEST", 50_000)
    sign_in(client)
    field = secret_of(client.get("/probe").text)
    text = f"_form={field}&a=".encode()
    head = {"Content-Type": "application/x-www-form-urlencoded"}

    def pieces() -> Iterator[bytes]:
        yield text
        for _ in range(20):
            yield b"x" * 1000

    def sent(**what: Any) -> int:
        return client.post("/probe/fields", **what).status_code

    assert sent(content=text + b"x" * 5000, headers=head) == 200
    assert sent(content=text + b"x" * 20_000, headers=head) == 413
    assert sent(content=pieces(), headers=head) == 413  # says nothing of its size
    assert sent(data={"_form": field}, files={"f": b"x" * 40_000}) == 200
    assert sent(data={"_form": field}, files={"f": b"x" * 70_000}) == 413


def test_tokens_of_the_api_need_no_form_and_a_session_there_does(client: TestClient, register: Register) -> None:
    with register.writing("test") as work:
        token = tokens.issue(work, "anna", "test", ["project.create"])
    path, project = "/api/v1/projects", {"code": "x", "content": {"projects": [{"name": "X"}]}}
    assert client.get("/api/v1/me").status_code == 401
    made = client.post(path, json=project, headers={"Authorization": f"Bearer {token}"})
    assert made.status_code == 201
    assert "content-security-policy" in made.headers
    sign_in(client)
    assert client.get("/api/v1/me").json()["account"] == "anna"
    assert client.post(path, json={**project, "code": "y"}).status_code == 401
    field = secret_of(client.get("/probe").text)
    headers = {"X-Sungari-Form": field}
    assert client.post(path, json={**project, "code": "y"}, headers=headers).status_code == 201


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from sungari.errors import UsageError

    monkeypatch.setenv("SUNGARI_ORIGIN", "https://sungari.example/")
    assert shield.Settings.from_environment().origin == ORIGIN
    monkeypatch.setenv("SUNGARI_ORIGIN", "sungari.example")
    with pytest.raises(UsageError, match="expected an address like"):
        shield.Settings.from_environment()
    monkeypatch.setenv("SUNGARI_ORIGIN", "")
    monkeypatch.setenv("SUNGARI_OIDC_ISSUER", "https://login.example")
    with pytest.raises(UsageError, match="needs SUNGARI_OIDC_CLIENT_ID"):
        shield.Settings.from_environment()
    monkeypatch.setenv("SUNGARI_OIDC_CLIENT_ID", "sungari")
    monkeypatch.setenv("SUNGARI_OIDC_CLIENT_SECRET", "x")
    assert shield.Settings.from_environment().provider is not None
    monkeypatch.setenv("SUNGARI_OIDC_ISSUER", "http://login.example")
    with pytest.raises(UsageError, match="by https only"):
        shield.Settings.from_environment()


def test_the_account_is_found_by_its_address_too(client: TestClient, register: Register) -> None:
    assert sign_in(client, " Anna@Example.ORG ").status_code == 303
    with register.reading() as work:
        assert work.get(Account, "anna").failures == 0
