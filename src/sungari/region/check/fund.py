"""How the fund is set up: values that are none, and rows that say nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from sungari.errors import Problem, nearest
from sungari.region.check.common import Check, known, problems_at, whole
from sungari.region.package import Region
from sungari.words import Words

RULES = ("expected_value", "standard_deviation", "wang", "tvar")
#: Keys whose value is a name or several; all others are numbers.
TEXTS = ("premium_rule", "payment_order")
#: Keys that a party may have for itself, keys of a reinsurance layer, and keys that may hold in some years only.
BY_PARTY = ("opening_capital", "contribution")
BY_LAYER = ("reinsurance_retention", "reinsurance_limit", "reinsurance_price", "reinsurance_loading")
BY_YEAR = ("contribution",)
#: Bounds of numbers; all others are at least 0.
_OPEN = {"premium_level": (0.0, 1.0), "level": (0.0, 1.0), "ruin": (0.0, 1.0)}
_WHOLE = {"horizon": (1, 200), "start": (0, 9999)}


def values(region: Region) -> Iterator[Problem]:
    """A setting with a value that it can't have."""
    frame = region.table("fund")
    projects = whole(region.table("projects")["project"])
    for i in np.flatnonzero(known(frame, "key") & known(frame, "value")):
        key, text = str(frame["key"].iloc[i]), str(frame["value"].iloc[i]).strip()
        if key == "premium_rule":
            if text not in RULES:
                expected = Words("expected one of {names}", names=", ".join(RULES))
                yield from problems_at(region, "fund", [i], "value", expected, "fund-value", hint=nearest(text, RULES))
            continue
        if key == "payment_order":
            for name in (part.strip() for part in text.split(";")):
                if name and name not in projects:
                    yield from problems_at(region, "fund", [i], "value",
                                           Words("{name!r} is no project of projects.csv", name=name), "fund-value",
                                           hint=nearest(name, projects))
            continue
        yield from _number(region, int(i), key, text)


def _number(region: Region, row: int, key: str, text: str) -> Iterator[Problem]:
    """What is wrong with a number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        fits, expected = False, Words("expected a number")
    elif key in _OPEN:
        low, high = _OPEN[key]
        fits = low < value < high
        expected = Words("expected a number above {low:g} and below {high:g}", low=low, high=high)
    elif key in _WHOLE:
        least, most = _WHOLE[key]
        fits = value == int(value) and least <= value <= most
        expected = Words("expected a whole number from {least} to {most}", least=least, most=most)
    elif key == "return":
        fits, expected = -1 < value < 1, Words("expected a rate per year above -1 and below 1, 0.02 = 2 %")
    else:
        fits, expected = value >= 0, Words("expected a number of at least 0")
    if not fits:
        yield from problems_at(region, "fund", [row], "value", expected, "fund-value")


def places(region: Region) -> Iterator[Problem]:
    """A party, layer or year on a row that has no use for it, or a layer's row without its layer's retention."""
    frame = region.table("fund")
    key = frame["key"].astype("str").fillna("").to_numpy()
    for column, allowed in (("party", BY_PARTY), ("layer", BY_LAYER), ("year_from", BY_YEAR), ("year_to", BY_YEAR)):
        idle = known(frame, column) & ~np.isin(key, allowed) & (key != "")
        text = Words("no effect: only rows of {keys} have a {column}", keys=", ".join(allowed), column=column)
        yield from problems_at(region, "fund", idle, column, text, "fund-place", severity="warning")
    layered = np.flatnonzero(np.isin(key, BY_LAYER))
    names = frame["layer"].astype("str").fillna("").to_numpy()
    for name in dict.fromkeys(names[layered]):
        mine = layered[names[layered] == name]
        for needed in ("reinsurance_retention", "reinsurance_limit"):
            if needed not in key[mine]:
                yield from problems_at(region, "fund", [int(mine[0])], "key",
                                       Words("the layer {name!r} needs a row with {needed}",
                                             name=str(name), needed=needed), "fund-layer")


def replenishment(region: Region) -> Iterator[Problem]:
    """A call that restores less than what sets it off, or that nobody answers."""
    frame = region.table("fund")
    key = frame["key"].astype("str").fillna("").to_numpy()

    def value(name: str) -> float:
        found = frame["value"][key == name]
        try:
            return float(found.iloc[0]) if len(found) else math.nan
        except (TypeError, ValueError):
            return math.nan

    trigger, target = value("replenishment_trigger"), value("replenishment_target")
    if target < trigger:
        yield from problems_at(region, "fund", key == "replenishment_target", "value",
                               Words("expected at least {trigger:g} (replenishment_trigger)", trigger=trigger),
                               "fund-replenishment")
    for name in ("replenishment_target", "replenishment_limit"):
        if "replenishment_trigger" not in key:
            yield from problems_at(region, "fund", key == name, "key",
                                   Words("no effect without a replenishment_trigger"), "fund-replenishment",
                                   severity="warning")


CHECKS: tuple[Check, ...] = (values, places, replenishment)
