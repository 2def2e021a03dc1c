"""A headless Chromium for the tests: an installed one, else Playwright's own, else (as root) Debian's.

``python -m tests.show.browser`` gets one ready; ``make`` does so before the tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


class NoBrowserError(RuntimeError):
    """No Chromium is installed, and none can be got."""


def installed() -> str | None:
    """Path of a Chromium that is there."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).is_file() else None


def ensure() -> str:
    """Path of a Chromium; one is got if there is none.

    Raises
    ------
    NoBrowserError
        One line that says what to install.
    """
    found = installed()
    if found is None:
        _run([sys.executable, "-m", "playwright", "install", "chromium"])
        found = installed()
    if found is None and _root() and shutil.which("apt-get"):
        _run(["apt-get", "update"]) and _run(["apt-get", "install", "--yes", "chromium", "fonts-noto-cjk"])
        found = installed()
    if found is None:
        raise NoBrowserError("the report's tests need Chromium: install Debian's chromium, or run `playwright install`")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running headless Chromium that asks the network for nothing on its own."""
    path = ensure()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _run(command: list[str]) -> bool:
    """Run a command quietly; whether it went well."""
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=quiet, capture_output=True, timeout=900, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    try:
        ensure()
    except NoBrowserError as error:
        sys.exit(str(error))
