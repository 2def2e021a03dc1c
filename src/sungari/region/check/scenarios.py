"""Scenarios and uncertainties: what they change, how likely they are, whether a distribution can be had."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sungari.errors import Problem, nearest
from sungari.region.check.common import Check, Mask, among, known, numbers, problems_at, row_keys, shown, whole
from sungari.region.package import Region
from sungari.region.rows import rows_named
from sungari.region.schema import BY_NAME, CHANGEABLE, figures
from sungari.words import Words

#: Chances may exceed 1 by rounding.
_SLACK = 1e-9
#: Parameters that each distribution needs.
PARAMETERS: dict[str, tuple[str, ...]] = {
    "normal": ("mean", "sd"),
    "lognormal": ("mean", "sd"),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "discrete": ("values",),
}
_ALL = ("mean", "sd", "low", "mode", "high", "values", "chances")
#: Columns in which a blank means no limit; a factor of 0 closes it.
UNLIMITED = ("capacity", "quota", "charge", "discharge", "reserve")


def targets(region: Region) -> Iterator[Problem]:
    """A row or a column that is not there, or holds no figure."""
    for table in ("scenarios", "uncertainties"):
        frame = region.table(table)
        for i in np.flatnonzero(known(frame, "table") & known(frame, "row") & known(frame, "column")):
            name, row, column = (str(frame[c].iloc[i]) for c in ("table", "row", "column"))
            if name not in CHANGEABLE:
                continue
            if column not in figures(name):
                text = Words("{table}.csv has no such figures; expected one of {names}",
                             table=name, names=", ".join(figures(name)))
                yield from problems_at(region, table, [i], "column", text, "scenario-column",
                                       hint=nearest(column, figures(name)))
                continue
            rows = rows_named(region, name, row)
            if not len(rows):
                yield from problems_at(region, table, [i], "row",
                                       Words("{name}.csv has no such row; expected {names}, with * for any part",
                                             name=name, names="/".join(BY_NAME[name].key)), "scenario-row",
                                       hint=_near(region, name, row))
                continue
            blank = not known(region.table(name), column)[rows].any() and column != "review_months"
            closes = table == "scenarios" and column in UNLIMITED and float(frame["factor"].iloc[i]) == 0.0
            if blank and not closes:
                yield from problems_at(region, table, [i], "column",
                                       Words("no effect: the rows meant in {name}.csv leave it blank", name=name),
                                       "scenario-blank", severity="warning")


def _near(region: Region, table: str, row: str) -> str:
    return nearest(row, whole(row_keys(region.table(table), BY_NAME[table].key)))


def idle(region: Region) -> Iterator[Problem]:
    """A row that changes nothing."""
    frame = region.table("scenarios")
    same = (numbers(frame, "factor") == 1.0) & (numbers(frame, "change") == 0.0)
    yield from problems_at(region, "scenarios", same, "factor",
                           Words("it changes nothing: a factor of 1 and nothing added"), "no-effect",
                           severity="warning")


def chances(region: Region) -> Iterator[Problem]:
    """Chances of a scenario that differ from row to row, or that exceed 1 together; a scenario called base."""
    frame = region.table("scenarios")
    yield from problems_at(region, "scenarios", (frame["scenario"] == "base").fillna(False).to_numpy(dtype=bool),
                           "scenario", Words("base stands for the case without a scenario; expected a name of its own"),
                           "reserved-name")
    stated = known(frame, "probability") & known(frame, "scenario")
    first: dict[str, int] = {}
    chance = numbers(frame, "probability")
    for i in np.flatnonzero(stated):
        name = str(frame["scenario"].iloc[i])
        before = first.setdefault(name, int(i))
        if chance[before] != chance[i]:
            yield from problems_at(region, "scenarios", [i], "probability",
                                   Words("another chance of {name!r} than row {row} states",
                                         name=name, row=region.line("scenarios", before)), "scenario-probability")
    total = float(chance[list(first.values())].sum()) if first else 0.0
    if total > 1.0 + _SLACK:
        last = list(first.values())[-1]
        yield from problems_at(region, "scenarios", [last], "probability",
                               Words("the scenarios' chances sum to {total:.6g}; expected 1 at most (the rest is the "
                                     "base case)", total=total), "scenario-probability")


def distributions(region: Region) -> Iterator[Problem]:
    """An uncertainty without a distribution, or with one that cannot be had."""
    frame = region.table("uncertainties")
    stated = known(frame, "distribution")
    names = frame["uncertainty"]
    for name in dict.fromkeys(names.dropna().tolist()):
        mine = np.flatnonzero((names == name).fillna(False).to_numpy(dtype=bool))
        here = mine[stated[mine]]
        if not len(here):
            yield from problems_at(region, "uncertainties", mine[:1], "distribution",
                                   Words("no row of {name!r} states its distribution", name=name), "distribution")
        elif len(here) > 1:
            yield from problems_at(region, "uncertainties", here[1:], "distribution",
                                   Words("{name!r} has its distribution from row {row}; expected blank",
                                         name=name, row=region.line("uncertainties", int(here[0]))), "distribution")
        acts = frame["acts"].iloc[mine]
        yield from problems_at(region, "uncertainties", mine[(acts != acts.iloc[0]).to_numpy(dtype=bool)], "acts",
                               Words("row {row} of {name!r} says {value}; one draw is either multiplied or added",
                                     row=region.line("uncertainties", int(mine[0])), name=name, value=acts.iloc[0]),
                               "distribution")
    given = {p: known(frame, p) for p in _ALL}
    for kind, needed in PARAMETERS.items():
        ours = (frame["distribution"] == kind).fillna(False).to_numpy(dtype=bool)
        for parameter in needed:
            yield from problems_at(region, "uncertainties", ours & ~given[parameter], parameter,
                                   Words("a {kind} distribution needs it", kind=kind), "distribution")
        may = (*needed, "chances") if kind == "discrete" else needed
        for parameter in [p for p in _ALL if p not in may]:
            yield from problems_at(region, "uncertainties", ours & given[parameter], parameter,
                                   Words("a {kind} distribution has no such parameter", kind=kind), "distribution")
    yield from _shapes(region)
    yield from _discrete(region)


def _shapes(region: Region) -> Iterator[Problem]:
    frame = region.table("uncertainties")
    mean, sd, low, mode, high = (numbers(frame, c) for c in ("mean", "sd", "low", "mode", "high"))
    kind = frame["distribution"].astype("str").fillna("")
    spread = among(kind, ("normal", "lognormal"))
    yield from problems_at(region, "uncertainties", spread & (sd == 0), "sd", Words("expected more than 0"),
                           "distribution")
    yield from problems_at(region, "uncertainties", among(kind, ("lognormal",)) & (mean <= 0), "mean",
                           Words("a lognormal distribution needs a mean above 0"), "distribution")
    ranged = among(kind, ("uniform", "triangular", "pert"))
    yield from problems_at(region, "uncertainties", ranged & (low >= high), "high",
                           lambda i: Words("expected more than low, {low}", low=shown(low[i])), "distribution")
    inside = among(kind, ("triangular", "pert")) & (low < high) & ((mode < low) | (mode > high))
    yield from problems_at(region, "uncertainties", inside, "mode",
                           lambda i: Words("expected from low to high, {low} to {high}",
                                           low=shown(low[i]), high=shown(high[i])), "distribution")
    factor = (frame["acts"] == "factor").to_numpy(dtype=bool)
    yield from problems_at(region, "uncertainties", ranged & factor & (low < 0), "low",
                           Words("a factor below 0 turns a figure's sign"), "distribution")
    tied: Mask = known(frame, "common")
    yield from problems_at(region, "uncertainties", tied & ~known(frame, "loading"), "loading",
                           Words("a common cause needs the loading on it"), "loading")
    yield from problems_at(region, "uncertainties", known(frame, "loading") & ~tied, "common",
                           Words("a loading needs the common cause that it loads on"), "loading")


def _discrete(region: Region) -> Iterator[Problem]:
    frame = region.table("uncertainties")
    for i in np.flatnonzero((frame["distribution"] == "discrete").fillna(False).to_numpy(dtype=bool)):
        values = None
        for column in ("values", "chances"):
            if not known(frame, column)[i]:
                continue
            found = numbers_of(str(frame[column].iloc[i]))
            if found is None:
                yield from problems_at(region, "uncertainties", [i], column, Words("expected numbers, joined by ;"),
                                       "distribution")
            elif column == "values":
                values = found
                if min(found) < 0 and frame["acts"].iloc[i] == "factor":
                    yield from problems_at(region, "uncertainties", [i], column,
                                           Words("a factor below 0 turns a figure's sign"), "distribution")
            elif values is not None and len(found) != len(values):
                yield from problems_at(region, "uncertainties", [i], column,
                                       Words("{chances} chances for {values} values",
                                             chances=len(found), values=len(values)), "distribution")
            elif min(found) < 0 or abs(sum(found) - 1.0) > 1e-6:
                yield from problems_at(region, "uncertainties", [i], column,
                                       Words("expected chances of at least 0 that sum to 1; they sum to {found:.6g}",
                                             found=sum(found)), "distribution")


def numbers_of(text: str) -> list[float] | None:
    """Numbers of a list cell; None where one is no number.

    Examples
    --------
    >>> numbers_of("0; 6;18")
    [0.0, 6.0, 18.0]
    """
    try:
        found = [float(part) for part in text.split(";") if part.strip()]
    except ValueError:
        return None
    return found if found and all(np.isfinite(found)) else None


CHECKS: tuple[Check, ...] = (targets, idle, chances, distributions)
