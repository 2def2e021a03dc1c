"""A solved plan, a study and a browser, shared by the tests of what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_world import server, sqlite_world, world
from browser import Browser, chromium
from demo import demo_region, study_region
from web_people import add_people
from web_server import joint

from sungari.chain.plan import Plan
from sungari.decide.appraisal import appraise
from sungari.decide.portfolio import select
from sungari.decide.sharing import share
from sungari.decide.stability import over_scenarios
from sungari.decide.study import Study, part
from sungari.operate.register import Register

__all__ = ["server", "sqlite_world", "world"]


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The demo region's plan."""
    solved: Plan = demo_region().solve(check=False)
    return solved


@pytest.fixture(scope="session")
def study() -> Study:
    """A study of the demo region with all that there is to show."""
    region = study_region()
    appraisal = appraise(region, pairs=True, draws=16, sensitivity=True, criteria=True)
    portfolio = select(region, ["90e6"], frontier="budget", points=4, near=60.0)
    return Study({
        "today": region.solve(projects="none"), "plan": region.solve(), "appraisal": part(appraisal),
        "portfolio": part(portfolio), "sharing": part(over_scenarios(share(region))),
    })  # fmt: skip


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    """A workspace's register of its own, without a study, with people of two parties; many tests make another one."""
    made = joint(tmp_path, studied=False)
    add_people(made)
    yield made
    made.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with chromium() as running:
        yield running
