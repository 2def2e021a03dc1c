"""Hazards, their common causes and who is exposed: rates and distributions that cannot be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sungari.errors import Problem, nearest
from sungari.region.check.common import Check, Floats, among, known, listed, numbers, problems_at, whole
from sungari.region.package import Region
from sungari.region.rows import rows_named
from sungari.region.schema import BY_NAME, CHANGEABLE
from sungari.words import Words

#: Severities given by a mean and a standard deviation.
SPREAD = ("lognormal", "beta", "pareto", "gamma")
#: How far below zero an eigenvalue of a correlation matrix may lie by rounding.
ROUNDING = 1e-9


def rates(region: Region) -> Iterator[Problem]:
    """A hazard without one clear rate."""
    frame = region.table("hazards")
    event = (frame["kind"] == "event").to_numpy(dtype=bool)
    often, chance = known(frame, "frequency"), known(frame, "probability")
    yield from problems_at(region, "hazards", event & often & chance, "probability",
                           Words("expected either frequency or probability, not both"), "hazard-rate")
    yield from problems_at(region, "hazards", event & ~often & ~chance, "frequency",
                           Words("an event needs a frequency or a probability"), "hazard-rate")
    drift = (frame["kind"] == "drift").to_numpy(dtype=bool)
    for column in ("frequency", "probability"):
        yield from problems_at(region, "hazards", drift & known(frame, column), column,
                               Words("a drift moves all the time: it has neither frequency nor probability"),
                               "hazard-rate")


def severities(region: Region) -> Iterator[Problem]:
    """A hazard with a distribution that does not exist."""
    frame = region.table("hazards")
    if frame.empty:
        return
    event = (frame["kind"] == "event").to_numpy(dtype=bool)
    drift = (frame["kind"] == "drift").to_numpy(dtype=bool)
    network = known(frame, "table") | known(frame, "scenario")
    shape = frame["severity"].astype("str").fillna("")
    blank = (shape == "").to_numpy()
    mean, sd = numbers(frame, "mean"), numbers(frame, "sd")
    stated = ~among(shape, ("", "empirical"))
    yield from problems_at(region, "hazards", event & blank & ~network, "severity", Words("an event needs a severity"),
                           "hazard-severity")
    yield from problems_at(region, "hazards", stated & np.isnan(mean), "mean", Words("this severity needs a mean"),
                           "hazard-severity")
    spread = among(shape, SPREAD)
    yield from problems_at(region, "hazards", spread & ~(sd > 0), "sd", Words("this severity needs an sd above 0"),
                           "hazard-severity")
    yield from problems_at(region, "hazards", spread & (mean <= 0), "mean", Words("this severity needs a mean above 0"),
                           "hazard-severity")
    constant = (shape == "constant").to_numpy()
    yield from problems_at(region, "hazards", constant & (mean < 0), "mean", Words("a loss is not negative"),
                           "hazard-severity")
    yield from problems_at(region, "hazards", constant & (sd > 0), "sd", Words("a constant has no sd; leave it blank"),
                           "hazard-severity")
    yield from problems_at(region, "hazards", drift & blank & ~(sd > 0), "sd",
                           Words("a drift needs an sd above 0, or a severity"), "hazard-severity")
    beta = (shape == "beta").to_numpy()
    yield from problems_at(region, "hazards", beta & (mean >= 1), "mean", Words("a beta needs a mean below 1"),
                           "hazard-moments")
    inside = beta & (mean > 0) & (mean < 1)
    yield from problems_at(region, "hazards", inside & (sd**2 >= mean * (1 - mean)), "sd",
                           lambda i: Words("no beta has this mean and sd; expected less than {mean:.3g}",
                                           mean=(mean[i] * (1 - mean[i])) ** 0.5), "hazard-moments")
    share = (frame["per"] != "money").to_numpy(dtype=bool)
    open_ended = among(shape, ("lognormal", "gamma", "pareto")) & share & ~known(frame, "cap") & (mean > 1)
    yield from problems_at(region, "hazards", open_ended, "mean",
                           Words("a mean share above 1: more than the whole amount is lost on average"), "hazard-share",
                           hint=Words("per = money, if money is meant"), severity="warning")


def samples(region: Region) -> Iterator[Problem]:
    """An empirical severity without losses, or with losses that are none."""
    frame = region.table("hazards")
    empirical = (frame["severity"] == "empirical").to_numpy(dtype=bool)
    wrong = [i for i in np.flatnonzero(empirical) if not observed(frame["values"].iloc[i])]
    yield from problems_at(region, "hazards", wrong, "values",
                           Words("an empirical severity needs the losses observed: numbers of at least 0, joined by ;"),
                           "hazard-values")
    idle = known(frame, "values") & ~empirical
    yield from problems_at(region, "hazards", idle, "values", Words("no effect: only an empirical severity has values"),
                           "hazard-values", severity="warning")


def observed(text: object) -> list[float]:
    """Losses listed in a cell; empty where one of them is no number of at least 0.

    Examples
    --------
    >>> observed("0.1; 0.25;0.4")
    [0.1, 0.25, 0.4]
    >>> observed("0.1; much")
    []
    """
    if not isinstance(text, str):
        return []
    try:
        found = [float(part) for part in text.split(";") if part.strip()]
    except ValueError:
        return []
    return found if all(0 <= v < float("inf") for v in found) else []


def copulas(region: Region) -> Iterator[Problem]:
    """A common cause that is named by half."""
    frame = region.table("hazards")
    tail = (frame["copula"] == "t").to_numpy(dtype=bool)
    yield from problems_at(region, "hazards", tail & ~(numbers(frame, "df") > 0), "df",
                           Words("a t copula needs degrees of freedom above 0"), "hazard-copula")
    bare = ~known(frame, "factor")
    loaded = numbers(frame, "loading") > 0
    yield from problems_at(region, "hazards", loaded & bare, "factor",
                           Words("a loading needs the factor that it loads on"), "hazard-copula")
    yield from problems_at(region, "hazards", tail & bare & ~loaded, "factor",
                           Words("a t copula needs the factor that it ties to"), "hazard-copula")
    yield from problems_at(region, "hazards", known(frame, "df") & ~tail, "df",
                           Words("no effect: only a t copula has degrees of freedom"), "hazard-copula",
                           severity="warning")


def correlations(region: Region) -> Iterator[Problem]:
    """Correlations of common causes that no copula can have, or of causes that nothing loads on."""
    frame = region.table("correlations")
    if frame.empty:
        return
    factors = whole(region.table("hazards")["factor"])
    for column in ("factor", "other"):
        strange = known(frame, column) & ~among(frame[column], factors)
        yield from problems_at(region, "correlations", strange, column, Words("no hazard loads on this factor"),
                               "correlation-factor",
                               hint=lambda i, c=column: nearest(str(frame[c].iloc[i]), factors))  # type: ignore[misc]
    value = numbers(frame, "correlation")
    pairs = [frozenset((str(a), str(b))) for a, b in zip(frame["factor"], frame["other"], strict=True)]
    own = np.array([len(pair) == 1 for pair in pairs], dtype=bool)
    yield from problems_at(region, "correlations", own & (value != 1), "correlation",
                           Words("a factor's correlation with itself is 1; leave the row out"), "correlation-self")
    again = [i for i, pair in enumerate(pairs) if pair in pairs[:i]]
    yield from problems_at(region, "correlations", again, "other", Words("these two have a row already"),
                           "correlation-twice")
    names, matrix = correlation_matrix(region)
    if matrix.size == 0 or np.isnan(matrix).any():
        return
    least = float(np.linalg.eigvalsh(matrix)[0])
    if least < -ROUNDING:
        yield from problems_at(region, "correlations", [_breaking(pairs, value)], "correlation",
                               Words("the correlation matrix of {names} is not positive semidefinite (least "
                                     "eigenvalue {least:.3g}): no copula has these correlations together",
                                     names=listed(names), least=least), "correlation-matrix")


def _breaking(pairs: list[frozenset[str]], value: Floats) -> int:
    """The first row at which the matrix of the rows so far, all else zero, is none of correlations."""
    at = {name: i for i, name in enumerate(sorted(frozenset().union(*pairs)))}
    matrix = np.eye(len(at))
    for i, pair in enumerate(pairs):
        if len(pair) == 2:
            a, b = (at[name] for name in pair)
            matrix[a, b] = matrix[b, a] = value[i]
            if np.linalg.eigvalsh(matrix)[0] < -ROUNDING:
                return i
    return len(pairs) - 1


def correlation_matrix(region: Region) -> tuple[list[str], Floats]:
    """Factors in the order in which hazards name them, and their correlation matrix (1, shape (F, F))."""
    frame = region.table("hazards")
    names = [str(v) for v in frame["factor"].dropna().unique()]
    table = region.table("correlations")
    names += [str(v) for c in ("factor", "other") for v in table[c].dropna().unique()]
    names = list(dict.fromkeys(names))
    at = {name: i for i, name in enumerate(names)}
    matrix = np.eye(len(names))
    for a, b, value in zip(table["factor"], table["other"], numbers(table, "correlation"), strict=True):
        if isinstance(a, str) and isinstance(b, str) and a != b:
            matrix[at[a], at[b]] = matrix[at[b], at[a]] = value
    return names, matrix


def network(region: Region) -> Iterator[Problem]:
    """A hazard that acts on the network, without saying where or by how much."""
    frame = region.table("hazards")
    named, scenario = known(frame, "table"), known(frame, "scenario")
    yield from problems_at(region, "hazards", named & scenario, "scenario",
                           Words("expected either a scenario or a table, row, column and change, not both"),
                           "hazard-network")
    drift = (frame["kind"] == "drift").to_numpy(dtype=bool)
    acting, money = named | scenario, (frame["per"] == "money").to_numpy(dtype=bool)
    yield from problems_at(region, "hazards", acting & drift, "kind", Words("what changes the network is an event"),
                           "hazard-network")
    yield from problems_at(region, "hazards", acting & money, "per",
                           Words("the loss of a hazard that acts on the network comes from the plan: a severity is a "
                                 "share of it"), "hazard-network")
    for column in ("row", "column", "change"):
        yield from problems_at(region, "hazards", named & ~known(frame, column), column,
                               Words("a hazard with a table needs row, column and change"), "hazard-network")
        yield from problems_at(region, "hazards", ~named & known(frame, column), "table",
                               Words("a hazard with a {column} needs the table that it changes", column=column),
                               "hazard-network")
    for i in np.flatnonzero(named & known(frame, "row") & known(frame, "column")):
        table, row, column = (str(frame[c].iloc[i]) for c in ("table", "row", "column"))
        if table not in CHANGEABLE:
            continue
        columns = [c.name for c in BY_NAME[table].columns if c.is_number]
        if column not in columns:
            yield from problems_at(region, "hazards", [i], "column",
                                   Words("no number column of {table}.csv", table=table), "hazard-network",
                                   hint=nearest(column, columns))
        if not len(rows_named(region, table, row)):
            yield from problems_at(region, "hazards", [i], "row",
                                   Words("no row of {table}.csv has this key", table=table), "hazard-network")


def terms(region: Region) -> Iterator[Problem]:
    """An exposure for which the fund never pays."""
    frame = region.table("exposures")
    nothing = (numbers(frame, "deductible") >= 1) | (numbers(frame, "coverage") == 0) | (numbers(frame, "limit") == 0)
    column = np.where(numbers(frame, "deductible") >= 1, "deductible",
                      np.where(numbers(frame, "coverage") == 0, "coverage", "limit"))
    for name in ("deductible", "coverage", "limit"):
        yield from problems_at(region, "exposures", nothing & (column == name), name,
                               Words("the fund never pays anything for it"), "exposure-idle", severity="warning")


CHECKS: tuple[Check, ...] = (rates, severities, samples, copulas, correlations, network, terms)
