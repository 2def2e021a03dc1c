"""The workspace is killed while many write over the network: what was answered is there, nothing by halves."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time

import httpx2
from api_world import World
from sqlalchemy import func, select

from sungari.errors import SungariError
from sungari.operate import projects
from sungari.operate.records import Project, Version
from sungari.show.client import Client


def serve(database: str) -> tuple[subprocess.Popen[bytes], str]:
    """The command, until it answers; its process and address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "sungari", "serve", "--no-demo", "--port", str(port)],
        env={**os.environ, "SUNGARI_DATABASE_URL": database}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    for _ in range(600):
        try:
            httpx2.get(f"{address}/login")
            return process, address
        except httpx2.HTTPError:
            assert process.poll() is None
            time.sleep(0.1)
    raise AssertionError("the workspace does not answer")


def test_what_was_answered_outlives_the_server(world: World) -> None:
    database = world.register.url.render_as_string(hide_password=False)
    process, address = serve(database)
    said: dict[str, int] = {"bridge": 0, "ferry": 0}

    def write(code: str) -> None:
        with Client(address, world.tokens["all"]) as client:
            for number in range(1, 10_000):
                try:
                    version = client.project(code).version
                    client.edit_project(code, {"capex": float(number)}, expected=version, why=f"write {number}")
                except (SungariError, httpx2.HTTPError):
                    return  # the server is gone
                said[code] = number

    writers = [threading.Thread(target=write, args=(code,)) for code in said]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + 60
    while min(said.values()) < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    for writer in writers:
        writer.join()
    assert min(said.values()) >= 5
    time.sleep(0.3)  # a commit that was on its way comes through, or does not

    with world.register.reading() as work:
        for code, number in said.items():
            kept = projects.current(work, code)
            # What was answered is there; the next may be too, unsaid. Each edit has its version, and no other.
            assert number <= kept.content["projects"][0]["capex"] <= number + 1
            found = work.session.scalar(select(func.count()).select_from(Version).where(Version.project == code))
            assert found == kept.number
            project = work.session.get(Project, code)
            assert project is not None
            assert project.sha256 == kept.sha256

    process, address = serve(database)
    try:
        with Client(address, world.tokens["all"]) as client:
            assert client.project("bridge").version > said["bridge"]
    finally:
        process.terminate()
        process.wait(timeout=60)
