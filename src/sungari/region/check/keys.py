"""Keys that should tell rows apart and don't, and chains that close on themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from sungari.errors import Problem
from sungari.region.check.common import Check, chain_of, key_codes, known, numbers, parents, problems_at
from sungari.region.check.references import split_names
from sungari.region.package import Region
from sungari.region.schema import ANY, BY_NAME, TABLES, Table
from sungari.words import Words


def duplicate_keys(region: Region) -> Iterator[Problem]:
    """Two rows with the same key; in dated tables, two that hold in the same year."""
    for table in TABLES:
        frame = region.table(table.name)
        if len(frame) < 2:
            continue
        codes = key_codes(frame, table.key)
        usable = np.ones(len(frame), dtype=bool)
        for column in table.key:
            if table[column].required:
                usable &= known(frame, column)
        positions = np.flatnonzero(usable)
        codes = codes[positions]
        order = np.argsort(codes, kind="stable")
        codes, positions = codes[order], positions[order]
        same = np.flatnonzero(codes[1:] == codes[:-1]) + 1
        if not len(same):
            continue
        if _dated(table):
            repeated = np.isin(codes, codes[same])
            yield from _overlaps(region, table, codes[repeated], positions[repeated])
            continue
        first = positions[np.searchsorted(codes, codes[same])]
        before = dict(zip(positions[same].tolist(), first.tolist(), strict=True))
        yield from problems_at(region, table.name, np.sort(positions[same]), table.key[0],
                               Words("the same {key} as in another row", key=_called(table)), "duplicate-key",
                               value=lambda i, t=table: _key(region, t, i),
                               hint=lambda i, b=before, t=table: Words(  # type: ignore[misc]
                                   "first in row {row}", row=region.line(t.name, b[i])))


def _dated(table: Table) -> bool:
    # a project's and a hazard's years say when it may come, not when the row holds
    return table.dated and table.name not in ("projects", "hazards")


def _called(table: Table) -> str:
    if len(table.key) == 1:
        return table.key[0]
    return Words("{names} and {last}", names=", ".join(table.key[:-1]), last=table.key[-1])


def _key(region: Region, table: Table, position: int) -> str:
    row = region.table(table.name).iloc[position]
    return "/".join("" if row[c] is None or row[c] != row[c] else str(row[c]) for c in table.key)


def _overlaps(
    region: Region, table: Table, codes: np.ndarray[tuple[int], np.dtype[np.int64]], positions: Sequence[int] |
    np.ndarray[tuple[int], np.dtype[np.intp]],
) -> Iterator[Problem]:
    frame = region.table(table.name)
    rows = np.asarray(positions)
    start = np.nan_to_num(numbers(frame, "year_from")[rows], nan=-np.inf)
    end = np.nan_to_num(numbers(frame, "year_to")[rows], nan=np.inf)
    order = np.lexsort((rows, start, codes))
    latest, holder, current = -np.inf, -1, -1
    for k in order:
        if codes[k] != current:
            current, latest, holder = int(codes[k]), float(end[k]), int(rows[k])
            continue
        if start[k] <= latest:
            yield from problems_at(region, table.name, [int(rows[k])], table.key[0],
                                   Words("the same {key} as in another row in the same years", key=_called(table)),
                                   "overlapping-years", value=_key(region, table, int(rows[k])),
                                   hint=Words("it holds in row {row} as well", row=region.line(table.name, holder)))
        if end[k] > latest:
            latest, holder = float(end[k]), int(rows[k])


def reserved_names(region: Region) -> Iterator[Problem]:
    """An identifier that means something else: ``*``, or a project with the sign that parts lists."""
    for name in ("parties", "places", "commodities", "processes", "links", "projects", "hazards", "sources"):
        frame = region.table(name)
        column = BY_NAME[name].key[0]
        yield from problems_at(region, name, (frame[column] == ANY).to_numpy(), column,
                               Words("* stands for all; expected a name of its own"), "reserved-name")
    projects = region.table("projects")
    listed = projects["project"].str.contains(";", regex=False, na=False).to_numpy(dtype=bool)
    yield from problems_at(region, "projects", listed, "project",
                           Words("';' parts the names in requires and excludes; expected a name without it"),
                           "reserved-name")


def parent_cycles(region: Region) -> Iterator[Problem]:
    """A party that is its own parent, at once or in a few steps."""
    parent = parents(region)
    frame = region.table("parties")
    for i in np.flatnonzero(known(frame, "parent")):
        chain = chain_of(str(frame["party"].iloc[i]), parent)
        if parent.get(chain[-1]) == chain[0]:
            text = Words("parents go round in a circle: {names}", names=" > ".join([*chain, chain[0]]))
            yield from problems_at(region, "parties", [i], "parent", text, "parent-cycle")


def requires_cycles(region: Region) -> Iterator[Problem]:
    """Projects that require one another in a circle, or require what they exclude."""
    frame = region.table("projects")
    if not known(frame, "requires").any():
        return
    needs = _lists(region, "requires")
    bars = _lists(region, "excludes")
    for i in np.flatnonzero(known(frame, "requires")):
        own = str(frame["project"].iloc[i])
        circle = _circle(own, needs)
        if len(circle) > 1:
            text = Words("projects require one another in a circle: {names}", names=" > ".join([*circle, own]))
            yield from problems_at(region, "projects", [i], "requires", text, "requires-cycle")
        for other in needs[own]:
            if other != own and (other in bars.get(own, []) or own in bars.get(other, [])):
                yield from problems_at(region, "projects", [i], "requires",
                                       Words("a project cannot require what it excludes"), "requires-excluded",
                                       value=other)


def _lists(region: Region, column: str) -> dict[str, list[str]]:
    frame = region.table("projects")
    rows = frame.loc[known(frame, column), ["project", column]]
    return {str(p): split_names(str(t)) for p, t in zip(rows["project"], rows[column], strict=True)}


def _circle(start: str, needs: Mapping[str, list[str]]) -> list[str]:
    """Shortest way from a project through what it requires back to itself; empty if there is none."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        for name in needs.get(way[-1], []):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


CHECKS: tuple[Check, ...] = (duplicate_keys, reserved_names, parent_cycles, requires_cycles)
