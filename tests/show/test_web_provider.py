"""Signing in by an OpenID Connect provider: a real one in a process of its own, and one that lies."""

from __future__ import annotations

import hmac
import json
import re
import socket
import subprocess
import sys
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from fastapi.testclient import TestClient
from joserfc import jwk, jwt

from sungari.errors import Forbidden, UsageError
from sungari.operate.access import accounts
from sungari.operate.access.provider import Attempt, Provider
from sungari.operate.access.records import Account
from sungari.operate.register import Register, init
from sungari.show.web import shield
from sungari.show.web.app import create

PEOPLE = {
    "anna-7": {"email": "Anna@Example.org", "email_verified": True},
    "ivan-8": {"email": "ivan@example.org", "email_verified": False},
    "stranger": {"email": "stranger@example.org", "email_verified": True},
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider with three people; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    claims = [x for sub, said in PEOPLE.items() for x in ("--user-claims", json.dumps({"sub": sub, **said}))]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *claims],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx2.get(f"{address}/.well-known/openid-configuration")
            break
        except httpx2.HTTPError:
            time.sleep(0.1)
    yield address
    process.terminate()
    process.wait()


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    made = init(tmp_path / "register.db")
    with made.writing("test") as work:
        for code in ("anna", "ivan"):
            accounts.create(work, code, code.title(), email=f"{code}@example.org")
            accounts.grant(work, code, "viewer", "*")
    yield made
    made.close()


def browser(register: Register, provider: Provider) -> TestClient:
    app = create(register)
    shield.protect(app, shield.Settings(provider=provider))
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


def through(client: TestClient, person: str, back: str = "/projects") -> httpx2.Response:
    """The way of a browser: to the provider, in there as a person, and back."""
    away = client.get("/login/provider", params={"back": back}).headers["location"]
    sent = httpx2.post(away, data={"sub": person}, follow_redirects=False)
    assert sent.status_code == 302, sent.text
    return client.get(sent.headers["location"])


# -- the real one -----------------------------------------------------------------------------------------------------


def test_whoever_the_provider_vouches_for_comes_in_and_is_known_by_its_name_from_then_on(
    issuer: str, register: Register
) -> None:
    provider = Provider(issuer, "sungari", "secret")
    client = browser(register, provider)
    assert "/login/provider?back=/" in client.get("/login").text
    answer = through(client, "anna-7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/projects")
    assert client.get("/projects").status_code == 200
    with register.writing("test") as work:
        anna = work.get(Account, "anna")
        assert (anna.issuer, anna.subject) == (issuer, "anna-7")
        anna.email = "somewhere@else.example"  # the address found her once; her name with the provider stays
    assert through(browser(register, provider), "anna-7").status_code == 303
    with register.writing("test") as work:
        accounts.deactivate(work, "anna")
    assert through(browser(register, provider), "anna-7").status_code == 403


@pytest.mark.parametrize("person", ["stranger", "ivan-8"])
def test_nobody_comes_in_whom_no_administrator_let_in(issuer: str, register: Register, person: str) -> None:
    """A stranger, and somebody whose address the provider has not verified."""
    client = browser(register, Provider(issuer, "sungari", "secret"))
    answer = through(client, person)
    assert answer.status_code == 403
    assert "There is no account of you here" in answer.text
    assert client.get("/projects").status_code == 303


def test_another_name_of_the_provider_does_not_take_over_a_tied_account(issuer: str, register: Register) -> None:
    with register.writing("test") as work:
        anna = work.get(Account, "anna")
        anna.issuer, anna.subject = issuer, "somebody-else"
    assert through(browser(register, Provider(issuer, "sungari", "secret")), "anna-7").status_code == 403


def test_the_way_to_the_provider_carries_a_challenge_and_nothing_twice(issuer: str, register: Register) -> None:
    client = browser(register, Provider(issuer, "sungari", "secret"))
    seen = []
    for _ in range(2):
        answer = client.get("/login/provider")
        asked = {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        kept = Attempt.read(".".join(client.cookies["sungari-attempt"].split(".")[:3]))
        assert asked["response_type"] == "code"
        assert asked["redirect_uri"] == "http://localhost/login/back"
        assert asked["code_challenge_method"] == "S256"
        assert asked["code_challenge"] == create_s256_code_challenge(kept.verifier)
        assert (asked["state"], asked["nonce"]) == (kept.state, kept.nonce)
        assert kept.verifier not in answer.headers["location"]
        assert "httponly" in answer.headers["set-cookie"].lower()
        seen += [kept.state, kept.nonce, kept.verifier]
    assert len(set(seen)) == 6


def test_an_answer_counts_once_and_in_the_browser_that_asked(issuer: str, register: Register) -> None:
    provider = Provider(issuer, "sungari", "secret")
    client, victim = browser(register, provider), browser(register, provider)
    away = client.get("/login/provider").headers["location"]
    back = httpx2.post(away, data={"sub": "anna-7"}, follow_redirects=False).headers["location"]
    assert victim.get(back).status_code == 403  # no attempt of its own
    victim.get("/login/provider")
    assert victim.get(back).status_code == 403  # another attempt
    assert client.get(back).status_code == 303
    client.cookies.delete("sungari-session")
    assert client.get(back).status_code == 403
    for query in ("", "?error=access_denied", "?code=x", "?state=x&code=y"):
        assert client.get(f"/login/back{query}").status_code == 403


def test_without_a_provider_there_is_no_such_way(register: Register) -> None:
    app = create(register)
    shield.protect(app, shield.Settings())
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    assert "/login/provider" not in client.get("/login").text
    for path in ("/login/provider", "/login/back?code=x&state=y"):
        assert client.get(path).headers["location"] == "/login"


# -- one that lies ----------------------------------------------------------------------------------------------------


@dataclass
class Liar:
    """A provider whose answers are put together by a test."""

    key: Any = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "k"}))
    other: Any = field(default_factory=lambda: jwk.RSAKey.generate_key(2048, {"kid": "k"}))
    address: str = ""
    stated: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    told: dict[str, Any] | None = None
    asked: dict[str, str] = field(default_factory=dict)

    def answer(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
                    "token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/keys",
                    "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"], **self.stated}
        if path == "/keys":
            return {"keys": [self.key.as_dict(private=False)]}
        if path == "/token":
            return {"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "id_token": self.token}
        return self.told if path == "/userinfo" else None


@pytest.fixture
def liar() -> Iterator[Liar]:
    made = Liar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = made.answer(self.path)
            body = json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.asked = {k: v[0] for k, v in parse_qs(sent).items()}
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def claims(liar: Liar, attempt: Attempt, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"iss": liar.address, "aud": "sungari", "sub": "anna-7", "nonce": attempt.nonce, "iat": now,
            "exp": now + 300, "email": "anna@example.org", "email_verified": True, **changes}
    return {k: v for k, v in made.items() if v is not None}


def finish(liar: Liar, attempt: Attempt, **answer: str) -> Any:
    provider = Provider(liar.address, "sungari", "secret")
    return provider.finish(attempt, "http://localhost/login/back", {"state": attempt.state, "code": "c", **answer})


def test_a_token_that_holds_is_taken(liar: Liar) -> None:
    attempt = Attempt.new()
    liar.token = jwt.encode({"alg": "RS256", "kid": "k"}, claims(liar, attempt), liar.key)
    person = finish(liar, attempt, iss=liar.address)
    assert (person.issuer, person.subject, person.email) == (liar.address, "anna-7", "anna@example.org")
    assert liar.asked["code_verifier"] == attempt.verifier
    assert liar.asked["grant_type"] == "authorization_code"


@pytest.mark.parametrize("changes", [
    {"nonce": "other"}, {"nonce": None}, {"aud": "another"}, {"aud": None}, {"iss": "https://evil.example"},
    {"iss": None}, {"exp": 1}, {"exp": None}, {"iat": int(time.time()) + 9999}, {"sub": None}, {"sub": ""},
    {"aud": ["sungari", "another"], "azp": "another"},
])  # fmt: skip
def test_a_token_that_does_not_hold_is_refused(liar: Liar, changes: dict[str, Any]) -> None:
    attempt = Attempt.new()
    liar.token = jwt.encode({"alg": "RS256", "kid": "k"}, claims(liar, attempt, **changes), liar.key)
    with pytest.raises(Forbidden):
        finish(liar, attempt)


def test_a_token_that_is_not_signed_by_the_providers_key_is_refused(liar: Liar) -> None:
    attempt = Attempt.new()
    said = claims(liar, attempt)
    parts = jwt.encode({"alg": "RS256", "kid": "k"}, said, liar.key).split(".")

    def shared(key: bytes, algorithm: str) -> str:
        """Signed by what is no secret of the provider's alone."""
        head = urlsafe_b64encode(json.dumps({"alg": algorithm, "kid": "k"}).encode()).decode().rstrip("=")
        mark = hmac.new(key, f"{head}.{parts[1]}".encode(), "sha256").digest() if key else b""
        return ".".join([head, parts[1], urlsafe_b64encode(mark).decode().rstrip("=")])

    for token in (
        jwt.encode({"alg": "RS256", "kid": "k"}, said, liar.other), shared(b"", "none"), shared(b"secret", "HS256"),
        shared(liar.key.as_pem(private=False), "HS256"), ".".join([*parts[:2], ""]), "nonsense", "",
    ):  # fmt: skip
        liar.token = token
        with pytest.raises(Forbidden):
            finish(liar, attempt)


def test_answers_of_others_are_refused(liar: Liar) -> None:
    attempt = Attempt.new()
    liar.token = jwt.encode({"alg": "RS256", "kid": "k"}, claims(liar, attempt), liar.key)
    for answer in ({"state": ""}, {"state": "ж"}, {"iss": "https://evil.example"}):
        with pytest.raises(Forbidden):
            finish(liar, attempt, **answer)
    for text in ("", "a.b.c", "x" * 200):
        with pytest.raises(Forbidden):
            Attempt.read(text)


def test_a_provider_that_is_another_or_none_is_said_to_be(liar: Liar) -> None:
    liar.stated = {"issuer": "https://evil.example"}
    with pytest.raises(UsageError, match=r"says that it is 'https://evil\.example'"):
        Provider(liar.address, "sungari", "secret").begin(Attempt.new(), "http://localhost/login/back")
    with pytest.raises(UsageError, match="does not answer"):
        Provider("http://127.0.0.1:1", "sungari", "secret").begin(Attempt.new(), "http://localhost/login/back")


def test_an_address_counts_only_where_it_is_of_the_same_person_and_verified(liar: Liar) -> None:
    attempt = Attempt.new()
    liar.stated = {"userinfo_endpoint": f"{liar.address}/userinfo"}
    bare = claims(liar, attempt, email=None, email_verified=None)
    liar.token = jwt.encode({"alg": "RS256", "kid": "k"}, bare, liar.key)
    for told, email in (
        ({"sub": "anna-7", "email": "a@b.example", "email_verified": True}, "a@b.example"),
        ({"sub": "ivan-8", "email": "a@b.example", "email_verified": True}, None),
        ({"sub": "anna-7", "email": "a@b.example", "email_verified": "true"}, None),
        ({"sub": "anna-7", "email": "a@b.example"}, None),
    ):  # fmt: skip
        liar.told = told
        assert finish(liar, attempt).email == email


def test_a_kept_attempt_reads_as_it_was(liar: Liar) -> None:
    attempt = Attempt.new()
    assert Attempt.read(str(attempt)) == attempt
    assert re.fullmatch(r"[A-Za-z0-9.]+", str(attempt))
