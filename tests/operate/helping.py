"""What several tests of the register share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import Result
from tiny import TINY, tiny_region

from sungari.operate import exchange, packages, projects
from sungari.operate.register import Register, Work
from sungari.region.package import Region

#: Tables that the register's tests can do without: a region of few tables is read faster.
SPARED = ("profiles", "processes", "recipes", "facilities", "units", "unit_use", "stores", "congestion", "duties",
          "hazards", "correlations", "exposures", "fund", "scenarios", "uncertainties", "criteria", "criteria_scores",
          "criteria_weights", "criteria_judgements", "budgets")  # fmt: skip


BEGIN = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Clock:
    """A clock that tests turn on."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        self.now += timedelta(**span)


def small_region(changes: Mapping[str, str | None] | None = None) -> Region:
    """The tiny region with few of its tables."""
    links = TINY["links"].replace(",c,s1", ",,s1")
    supply = TINY["supply"].replace(",winter,s1", ",,s1")
    demand = TINY["demand"].replace("power", "coal")
    spared = dict.fromkeys(SPARED)
    return tiny_region({**spared, "links": links, "supply": supply, "demand": demand, **(changes or {})})


def take_in(register: Register, region: Region) -> None:
    """Take a region in as if it came from a file."""
    incoming = exchange.Incoming(f"package:{region.name}", {}, region)
    parts = packages.take_apart(region)
    incoming.projects = {k: (lambda _there, c=c: c) for k, c in parts.projects.items()}
    changes, done = exchange.take_in(register, incoming, who="anna")
    assert done, changes


def edit(work: Work, code: str, **cells: Any) -> None:
    """Change cells of a project's row."""
    content = projects.current(work, code).content
    projects.change(work, code, {**content, "projects": [{**content["projects"][0], **cells}]})


def bare(name: str = "Bridge", **cells: Any) -> dict[str, Any]:
    """The least content of a project."""
    return {"projects": [{"name": name, **cells}]}


def told(result: Result) -> dict[str, Any]:
    """The one JSON object that a command has printed."""
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found
