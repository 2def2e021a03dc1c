"""A workspace on this machine: a small region with a study of it, served to a real browser, with somebody signed in."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import uvicorn
from argon2 import PasswordHasher
from browser import Browser
from demo import DECISIONS, TABLES, demo_region
from fastapi import FastAPI
from playwright.sync_api import Page

from sungari.operate import exchange, packages
from sungari.operate.access import accounts, passwords, signing
from sungari.operate.jobs.adopt import adopt
from sungari.operate.jobs.runner import Runner
from sungari.operate.register import Register, init
from sungari.region.package import Region
from sungari.show.study import study
from sungari.show.web import shield
from sungari.show.web.app import create

PASSWORD = "seven grey herons over Khanka"
#: What a fund needs beside the demo region's tables.
COVER = {
    "hazards": """
hazard,name,kind,frequency,severity,mean,sd
flood,Flood,event,0.2,beta,0.2,0.1
""",
    "exposures": """
project,hazard,amount,coverage
second,flood,40000000,0.5
plant2,flood,30000000,0.5
""",
    "fund": """
key,value,party
contribution,100000,ru
ruin,0.01,
horizon,5,
""",
}


def region() -> Region:
    """The demo region with all that a study can weigh, and with cover."""
    texts = {**TABLES, **DECISIONS, **COVER}
    frames = {
        name: pd.read_csv(io.StringIO(text.strip() + "\n"), dtype=str, keep_default_na=False)
        for name, text in texts.items()
    }
    frames["periods"] = demo_region().table("periods").astype(str)
    return Region.from_tables(
        "demo", frames, title="Demo", currency="USD", discount_rate=0.05, base_year=2030, money_scale=1e6,
        price_year=2024,
    )  # fmt: skip


def named() -> frozenset[str]:
    """What the region's own texts say, in the only language that they have."""
    return frozenset(
        str(value) for frame in region().tables.values() for column in frame.columns
        if column in ("name", "title", "description", "note") for value in frame[column].dropna()
        if " " in str(value)
    )  # fmt: skip


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Hash passwords in no time, as nobody should."""
    slow = passwords._HASHER
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    try:
        yield
    finally:
        passwords._HASHER = slow


def joint(folder: Path, *, studied: bool = True) -> Register:
    """A register of the region, with accounts: ``anna`` may do nearly all, ``rita`` may look."""
    made = region()
    made.write(folder / "package")
    register = init(folder / "register.db")
    exchange.take_in(register, exchange.read_package(folder / "package"))
    with quick_passwords(), register.writing("test") as work:
        for code, name, roles in (
            ("anna", "Anna Li", ("administrator", "analyst", "owner")), ("rita", "Rita Kim", ("viewer",)),
        ):  # fmt: skip
            account = accounts.create(work, code, name)
            accounts.set_password(work, account, PASSWORD)
            for role in roles:
                accounts.grant(work, code, role, "*")
    if studied:
        with register.reading() as work:
            now = packages.region(work)
        study(now, folder / "study", langs=(), quick=True)
        adopt(register, folder / "study", who="anna")
    return register


@dataclass
class Served:
    """A workspace that listens."""

    address: str
    register: Register
    app: FastAPI

    @contextmanager
    def opened(self, browser: Browser, who: str = "anna", **context: object) -> Iterator[Looked]:
        """A page of somebody who has signed in."""
        secret = signing.sign_in(self.register, who, PASSWORD, address="127.0.0.1", agent="test")
        made = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-US", **context})
        made.add_cookies([{"name": shield.SESSION, "value": secret, "url": self.address}])
        page = made.new_page()
        page.set_default_timeout(30_000)
        try:
            yield Looked(page, self.address)
        finally:
            made.close()


class Looked:
    """A page, and all that went wrong in it: errors, refused styles and scripts, requests to elsewhere."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address, self.wrong = page, address, list[str]()
        page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("dialog", lambda d: self.wrong.append(f"dialog {d.message}"))
        page.on("pageerror", lambda e: self.wrong.append(str(e)))
        page.on("request", lambda r: None if r.url.startswith((address, "data:")) else self.wrong.append(r.url))

    def go(self, path: str) -> Page:
        """Open a page of the workspace, and wait for its charts."""
        self.page.goto(self.address + path)
        for box in self.page.locator("div.chart[data-chart]").all():
            box.locator("svg").first.wait_for(state="attached")
        return self.page


@contextmanager
def served(folder: Path, *, studied: bool = True) -> Iterator[Served]:
    """The workspace on a free port, with its runner of jobs."""
    register = joint(folder, studied=studied)
    app = create(register)
    shield.protect(app, shield.Settings(sign_ins="1000 per minute"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        with Runner(register):
            yield Served(f"http://127.0.0.1:{port}", register, app)
    finally:
        server.should_exit = True
        thread.join(15)
        register.close()
