"""The door in a real browser: signing in, a password, a second factor, and leaving, in every language and light."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import uvicorn
from argon2 import PasswordHasher
from browser import Browser
from pages import wrong_for_readers
from playwright.sync_api import expect

from sungari.operate.access import accounts, passwords
from sungari.operate.access.provider import Provider
from sungari.operate.register import Register, init
from sungari.show.web import shield
from sungari.show.web.app import create

GOOD = "seven grey herons over Khanka"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Register]]:
    """A workspace with its first administrator; its address."""
    register = init(tmp_path_factory.mktemp("door") / "register.db")
    with register.writing("test") as work:
        accounts.first(work)
    app = create(register)
    shield.protect(app, shield.Settings(provider=Provider("http://127.0.0.1:1", "sungari", "x")))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", server_header=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}", register
    server.should_exit = True
    thread.join(15)
    register.close()


@pytest.mark.parametrize(("locale", "light", "word"), [
    ("en-US", "light", "Sign in"), ("zh-CN", "dark", "登录"), ("ru-RU", "dark", "Войти"),
])  # fmt: skip
def test_in_and_out(
    browser: Browser, door: tuple[str, Register], monkeypatch: pytest.MonkeyPatch, locale: str, light: str, word: str
) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    address, register = door
    with register.writing("test") as work:
        once = accounts.one_time(work, "admin")
    context = browser.new_context(locale=locale, color_scheme=light, viewport={"width": 820, "height": 900})
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.goto(f"{address}/account")
    expect(page.locator("h1")).to_have_text(word)
    assert wrong_for_readers(page) == []
    page.fill("#name", "admin")
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#wrong")).to_be_visible()
    assert wrong_for_readers(page) == []
    assert page.input_value("#name") == "admin"
    assert page.input_value("#password") == ""
    page.fill("#password", once)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/account/password")
    assert wrong_for_readers(page) == []
    for new, again in ((GOOD, GOOD[::-1]), ("password1234", "password1234")):
        page.fill("#old", once)
        page.fill("#new", new)
        page.fill("#again", again)
        page.keyboard.press("Enter")
        expect(page.locator("#wrong")).to_be_visible()
        assert wrong_for_readers(page) == []
    page.fill("#old", once)
    page.fill("#new", GOOD)
    page.fill("#again", GOOD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/account" not in url)
    page.goto(f"{address}/account")
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url(f"{address}/login")
    page.goto(f"{address}/account")
    expect(page.locator("h1")).to_have_text(word)
    page.go_back()
    assert "403 (Forbidden)" in wrong[0]  # the browser says of each refusal that it is one
    assert all("Failed to load resource" in text and ("403" in text or "422" in text) for text in wrong), wrong
    context.close()


def test_a_form_on_another_page_signs_nobody_in(browser: Browser, door: tuple[str, Register]) -> None:
    """A page of somebody else sends the form to the workspace: the browser itself says where it came from."""
    address, _ = door
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/login")
    field = page.locator("input[name=_form]").first.get_attribute("value")
    page.route("http://localhost:9/**", lambda route: route.fulfill(content_type="text/html", body=(
        f'<form id="f" method="post" action="{address}/login"><input name="_form" value="{field}">'
        f'<input name="name" value="admin"><input name="password" value="{GOOD}"></form><script>f.submit()</script>')))
    with page.expect_response(lambda answer: answer.request.method == "POST") as sent:
        page.goto("http://localhost:9/evil")
    assert sent.value.status == 403
    context.close()


@pytest.mark.parametrize(("locale", "light"), [("zh-CN", "light"), ("ru-RU", "dark")])
def test_a_second_factor_is_set_up_and_asked_for(
    browser: Browser, door: tuple[str, Register], monkeypatch: pytest.MonkeyPatch, locale: str, light: str
) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    address, register = door
    now = datetime.now(UTC)
    monkeypatch.setattr(register, "clock", lambda: now)  # nothing hangs on how long a step of the test takes
    code = locale[:2]
    with register.writing("test") as work:
        account = accounts.create(work, code, f"Somebody {code}")
        accounts.set_password(work, account, GOOD)
        accounts.grant(work, code, "viewer", "*")
    context = browser.new_context(locale=locale, color_scheme=light, viewport={"width": 820, "height": 1000})
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: wrong.append(str(e)))

    def give_password(path: str) -> None:
        page.goto(f"{address}{path}")
        page.fill("#name", code)
        page.fill("#password", GOOD)
        page.keyboard.press("Enter")

    give_password("/account/second-factor")
    page.wait_for_url(f"{address}/account/second-factor")
    assert wrong_for_readers(page) == []
    page.fill("#password", GOOD)
    page.keyboard.press("Enter")
    expect(page.locator(".qr svg")).to_be_visible()
    assert wrong_for_readers(page) == []
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.fill("#code", pyotp.TOTP(secret).at(now))
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    assert wrong_for_readers(page) == []
    page.goto(f"{address}/account")
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url(f"{address}/login")
    give_password("/account/second-factor")
    expect(page.locator("#code")).to_be_focused()
    assert wrong_for_readers(page) == []
    page.keyboard.type("000")
    page.keyboard.press("Enter")
    expect(page.locator("#wrong")).to_be_visible()
    assert wrong_for_readers(page) == []
    page.fill("#code", pyotp.TOTP(secret).at(now + timedelta(seconds=30)))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/account/second-factor")
    expect(page.locator("button[name=do]")).to_have_count(2)
    assert wrong_for_readers(page) == []
    assert len(wrong) == 1, wrong  # the browser says of the refusal that it is one
    assert "403 (Forbidden)" in wrong[0]
    context.close()
