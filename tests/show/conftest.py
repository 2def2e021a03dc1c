"""A solved plan and a browser, shared by the tests of what is shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Browser, chromium
from demo import demo_region

from sungari.chain.plan import Plan


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The demo region's plan."""
    solved: Plan = demo_region().solve(check=False)
    return solved


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with chromium() as running:
        yield running
