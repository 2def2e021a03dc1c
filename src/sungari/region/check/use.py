"""What nobody uses: names that stand alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sungari.errors import Problem, nearest
from sungari.region.check.common import Check, among, known, problems_at, whole
from sungari.region.package import Region
from sungari.words import Words


def unwanted_commodities(region: Region) -> Iterator[Problem]:
    """A commodity that nobody wants: neither sold nor used."""
    goods, recipes = region.table("commodities"), region.table("recipes")
    wanted = whole(region.table("demand")["commodity"])
    wanted |= whole(recipes.loc[(recipes["amount"] < 0).to_numpy(), "commodity"])
    yield from problems_at(region, "commodities", _unlisted(region, "commodities", "commodity", wanted), "commodity",
                           Words("nobody wants it: no demand, and no process uses it"), "unwanted", severity="warning")
    had = whole(region.table("supply")["commodity"]) | whole(region.table("stores")["commodity"])
    had |= whole(recipes.loc[(recipes["amount"] > 0).to_numpy(), "commodity"])
    lacking = known(goods, "commodity") & among(goods["commodity"], wanted - had)
    yield from problems_at(region, "commodities", lacking, "commodity",
                           Words("nobody has it: no supply, and no process makes it"), "unsupplied", severity="warning")


def idle_processes(region: Region) -> Iterator[Problem]:
    """A process with no place."""
    placed = whole(region.table("facilities")["process"])
    yield from problems_at(region, "processes", _unlisted(region, "processes", "process", placed), "process",
                           Words("it has no place: no row in facilities.csv"), "no-place", severity="warning")


def lonely_places(region: Region) -> Iterator[Problem]:
    """A place on no link."""
    links = region.table("links")
    linked = whole(links["from"]) | whole(links["to"])
    yield from problems_at(region, "places", _unlisted(region, "places", "place", linked), "place",
                           Words("it is on no link"), "no-link", severity="warning")


def missing_units(region: Region) -> Iterator[Problem]:
    """A unit that a process uses and no place has, so that the process can run nowhere."""
    use, units = region.table("unit_use"), region.table("units")
    there = whole(units["unit"])
    lost = known(use, "unit") & ~among(use["unit"], there) & ~(use["use"] == 0).to_numpy()
    yield from problems_at(region, "unit_use", lost, "unit",
                           Words("no place has this unit, so that the process can run nowhere"), "unit-nowhere",
                           severity="warning", hint=lambda i: nearest(str(use["unit"].iloc[i]), there))


def unused_names(region: Region) -> Iterator[Problem]:
    """A profile, mode, unit, curve or hazard that nothing refers to."""
    profiles: set[str] = set()
    for name in ("supply", "facilities", "units", "links", "demand"):
        profiles |= whole(region.table(name)["profile"])
    links = region.table("links")
    for table, column, used, text in (
        ("profiles", "profile", profiles, Words("no row uses this profile")),
        ("rates", "mode", whole(links["mode"]), Words("no link has this mode")),
        ("units", "unit", whole(region.table("unit_use")["unit"]), Words("no process uses this unit")),
        ("congestion", "curve", whole(links["congestion"]), Words("no link has this congestion curve")),
        ("hazards", "hazard", whole(region.table("exposures")["hazard"]),
         Words("no project is exposed to this hazard")),
    ):
        unused = _unlisted(region, table, column, used)
        unused &= ~region.table(table)[column].duplicated().to_numpy()  # a name is told once, not once a row
        yield from problems_at(region, table, unused, column, text, "unused", severity="warning")


def _unlisted(region: Region, table: str, column: str, used: set[str]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    frame = region.table(table)
    return np.asarray(known(frame, column) & ~among(frame[column], used), dtype=bool)


CHECKS: tuple[Check, ...] = (unwanted_commodities, idle_processes, lonely_places, missing_units, unused_names)
