"""The command that opens the workspace: the first start, the next one, and the end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from web_server import region

from sungari.operate import packages
from sungari.operate.register import open_register
from sungari.show.study import study


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[str, list[str]]]:
    """The command, until it answers; its address, and the lines that it has written when it has ended."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    lines: list[str] = []
    process = subprocess.Popen(
        [sys.executable, "-m", "sungari", "serve", "--database", str(folder / "register.db"), "--port", str(port),
         *options],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx2.get(f"{address}/login")
                break
            except httpx2.HTTPError:
                assert process.poll() is None
                time.sleep(0.1)
        yield address, lines
    finally:
        process.send_signal(signal.SIGINT)
        lines += process.communicate(timeout=60)[1].splitlines()
    assert process.returncode == 0


def test_the_first_start_makes_all_that_is_needed_and_the_next_finds_it(tmp_path: Path) -> None:
    package, made = region().write(tmp_path / "package"), tmp_path / "study"
    with running(tmp_path, "--region", str(package)) as (address, lines):
        assert "Sign in" in httpx2.get(f"{address}/login").text
        answer = httpx2.get(f"{address}/region", follow_redirects=False)
        assert answer.headers["location"].startswith("/login")
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert lines[0].startswith("Took in the region")
    assert lines[1].startswith("Sign in as admin with the password ")
    assert lines[-1].endswith("Ctrl-C stops it")

    joint = open_register(tmp_path / "register.db")
    with joint.reading() as work:
        study(packages.region(work), made, langs=(), quick=True)
    joint.close()
    with running(tmp_path, "--study", str(made)) as (_, lines):
        pass
    assert lines[:-1] == [f"Took in the study in {made}"]  # and nothing of a region or a password
