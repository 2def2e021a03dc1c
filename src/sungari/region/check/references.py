"""Names that point nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sungari.errors import Problem, nearest
from sungari.region.check.common import Check, among, known, listed, problems_at, row_keys, whole
from sungari.region.package import Region
from sungari.region.schema import ANY, BY_NAME, EFFECT_COLUMNS, TABLES, key_column
from sungari.words import Words

MONTHS = frozenset(f"{m:02d}" for m in range(1, 13))
_MOST_HINTS = 50  # comparing names is slow: a file whose every name is wrong gets its first hints only


class Hints:
    """Did-you-mean texts, each found once."""

    def __init__(self, names: set[str]) -> None:
        self._names = sorted(names)
        self._found: dict[str, str] = {}

    def __call__(self, value: str) -> str:
        if value not in self._found and len(self._found) < _MOST_HINTS:
            self._found[value] = nearest(value, self._names)
        return self._found.get(value, "")


def identifiers(region: Region, table: str) -> set[str]:
    """Identifiers that other tables may use for the rows of a table."""
    return whole(region.table(table)[key_column(table)])


def unknown_names(region: Region) -> Iterator[Problem]:
    """A name that is in none of the tables its column refers to."""
    found: dict[str, set[str]] = {}
    for table in TABLES:
        if table.name not in region.tables:
            continue
        frame = region.table(table.name)
        for column in table.columns:
            if not column.refers_to or column.kind != "name" or column.name not in region.tables[table.name]:
                continue
            if table.name == "profiles":
                continue  # a factor for a period that is not there does no harm: a warning, see time.py
            for other in column.refers_to:
                if other not in found:
                    found[other] = identifiers(region, other)
            names = set().union(*(found[t] for t in column.refers_to))
            values = frame[column.name]
            strange = whole(values) - names - ({ANY} if column.wildcard else set())
            if not strange:
                continue
            wrong = among(values, strange)
            hints = Hints(names)
            cells = values.astype("str").to_numpy()
            expected = Words("expected {what}", what=column.expected())
            yield from problems_at(
                region, table.name, wrong, column.name, expected, "unknown-name",
                hint=lambda i, hints=hints, cells=cells: hints(str(cells[i])),  # type: ignore[misc]
            )


def unknown_in_lists(region: Region) -> Iterator[Problem]:
    """A project that `requires` or `excludes` names but that is not there, or is the project itself."""
    frame = region.table("projects")
    projects = identifiers(region, "projects")
    hints = Hints(projects)
    for column in ("requires", "excludes"):
        for i in np.flatnonzero(known(frame, column)):
            own = str(frame["project"].iloc[i])
            for name in split_names(str(frame[column].iloc[i])):
                if name not in projects:
                    yield from problems_at(region, "projects", [i], column,
                                           Words("expected names from projects.csv, joined by ';'"), "unknown-name",
                                           value=name, hint=hints(name))
                elif name == own:
                    yield from problems_at(region, "projects", [i], column,
                                           Words("a project cannot name itself; expected other projects"),
                                           "self-reference", value=name)


def split_names(text: str) -> list[str]:
    """Names of a list cell."""
    return [part.strip() for part in text.split(";") if part.strip()]


def effect_targets(region: Region) -> Iterator[Problem]:
    """An effect on a row or a column that is not there."""
    effects = region.table("effects")
    if effects.empty:
        return
    tables = effects["table"].astype("str")
    for name in tables.dropna().unique():
        if name not in BY_NAME:
            continue
        here = (tables == name).to_numpy()
        has = [c for c in EFFECT_COLUMNS if c in BY_NAME[name].by_name]
        wrong = here & known(effects, "column") & ~among(effects["column"], has)
        yield from problems_at(region, "effects", wrong, "column",
                               Words("{name}.csv has no such column to change; expected one of {names}",
                                     name=name, names=", ".join(has)), "effect-column")
        if not (here & known(effects, "row")).any():
            continue
        exact, short = target_keys(region, name)
        rows = effects["row"].astype("str")
        missing = here & known(effects, "row") & ~among(rows, exact | set(short))
        hints = Hints(exact)
        cells = rows.to_numpy()
        form = Words("the link's identifier") if name == "links" else "/".join(BY_NAME[name].key)
        yield from problems_at(region, "effects", missing, "row",
                               Words("{name}.csv has no such row; expected {form}", name=name, form=form), "effect-row",
                               hint=lambda i, hints=hints, cells=cells: hints(str(cells[i])))  # type: ignore[misc]
        steps = {k: v for k, v in short.items() if v != "1"}
        unclear = here & among(rows, steps) & ~among(rows, exact)
        yield from problems_at(region, "effects", unclear, "row", Words("several steps; expected place/commodity/step"),
                               "effect-row",
                               hint=lambda i, steps=steps, cells=cells: Words(  # type: ignore[misc]
                                   "steps: {steps}", steps=steps[str(cells[i])]))


def target_keys(region: Region, table: str) -> tuple[set[str], dict[str, str]]:
    """Keys by which `effects.row` may name the rows of a table.

    Returns
    -------
    exact : set of str
        Full keys, ``place/commodity/step``.
    short : dict of str to str
        Keys without the step: ``"1"`` where that is clear (one step only, or a step called 1), else the steps.
    """
    frame = region.table(table)
    key = BY_NAME[table].key
    exact = whole(row_keys(frame, key))
    if "step" not in key:
        return exact, {}
    steps: dict[str, list[str]] = {}
    pairs = pd.DataFrame({"key": row_keys(frame, key[:-1]), "step": frame["step"].astype("str")}).drop_duplicates()
    for name, step in zip(pairs["key"].tolist(), pairs["step"].tolist(), strict=True):
        steps.setdefault(name, []).append(step)
    return exact, {k: "1" if len(v) == 1 or "1" in v else listed(v) for k, v in steps.items()}


def link_ends(region: Region) -> Iterator[Problem]:
    """A link from a place to itself."""
    links = region.table("links")
    yield from problems_at(region, "links", (links["from"] == links["to"]).to_numpy(), "to",
                           Words("a link must end at another place than it starts from"), "link-loop")


def rate_modes(region: Region) -> Iterator[Problem]:
    """A rate for one link whose mode is not that link's."""
    rates = region.table("rates")
    links = region.table("links").drop_duplicates("link").set_index("link")["mode"]
    modes = rates["link"].map(links)
    wrong = (modes.notna() & (modes != rates["mode"])).to_numpy(dtype=bool)
    yield from problems_at(region, "rates", wrong, "mode",
                           lambda i: Words("link {link!r} has the mode {mode!r}; expected that",
                                           link=rates["link"].iloc[i], mode=modes.iloc[i]), "rate-mode")


CHECKS: tuple[Check, ...] = (unknown_names, unknown_in_lists, effect_targets, link_ends, rate_modes)
