"""Who pays for projects, who may own them, and when they can run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sungari.errors import Problem
from sungari.region.check.common import (
    Check,
    among,
    chain_of,
    flags,
    known,
    listed,
    numbers,
    parents,
    problems_at,
    row_keys,
    whole,
)
from sungari.region.package import Region
from sungari.region.schema import ANY
from sungari.words import Words, several

SHARES_TOLERANCE = 1e-6
#: Tables whose capacities projects change, and the columns of their rows' keys.
CAPACITIES = {"supply": "place commodity", "facilities": "place process", "units": "place unit", "links": "link",
              "stores": "place commodity"}  # fmt: skip


def shares_sum(region: Region) -> Iterator[Problem]:
    """Shares of a project that don't sum to 1."""
    shares = region.table("shares")
    sums = shares.groupby("project")["share"].sum()
    off = sums[(sums - 1).abs() > SHARES_TOLERANCE]
    for project, total in off.items():
        first = int(np.flatnonzero((shares["project"] == project).to_numpy())[0])
        yield from problems_at(region, "shares", [first], "share",
                               Words("the shares of {project!r} sum to {total:.9g}; expected 1",
                                     project=project, total=total), "shares-sum", value=str(project))


def shares_missing(region: Region) -> Iterator[Problem]:
    """A project without shares."""
    projects = region.table("projects")
    bare = known(projects, "project") & ~among(projects["project"], whole(region.table("shares")["project"]))
    host = known(projects, "host")
    yield from problems_at(region, "projects", bare & host, "project",
                           Words("no shares: its host bears all cost and has all gain"), "no-shares",
                           severity="warning")
    yield from problems_at(region, "projects", bare & ~host, "project",
                           Words("neither shares nor a host: no party bears its cost"), "no-shares", severity="warning")


def ownership_breaches(region: Region) -> pd.DataFrame:
    """Projects whose foreign owners hold more than their host country allows.

    A cap holds for the projects hosted by its party or by a party under it; parties outside are foreign. Of two caps
    of the same party the one that names the project's sector counts.

    Parameters
    ----------
    region : Region

    Returns
    -------
    DataFrame
        ``project``, ``party`` (whose cap), ``foreign`` (share held, 0..1), ``most`` (share allowed), ``row``
        (position in the table of projects).
    """
    caps, projects, shares = region.table("ownership_caps"), region.table("projects"), region.table("shares")
    parent = parents(region)
    chains: dict[str, list[str]] = {}

    def chain(name: str) -> list[str]:
        return chains.setdefault(name, chain_of(name, parent))

    most: dict[tuple[str, str], float] = {
        (str(p), str(s)): float(m)
        for p, s, m in zip(caps["party"], caps["sector"], caps["max_foreign_share"], strict=True)
        if pd.notna(p) and pd.notna(m)
    }
    found: list[tuple[str, str, float, float, int]] = []
    held = {str(p): list(zip(g["party"].astype(str), g["share"], strict=True)) for p, g in shares.groupby("project")}
    for i, (project, host, sector) in enumerate(
        zip(projects["project"], projects["host"], projects["sector"], strict=True)
    ):
        if not most or pd.isna(host) or pd.isna(project):
            continue
        for country in chain(str(host)):
            cap = most.get((country, str(sector)), most.get((country, ANY)))
            if cap is None:
                continue
            foreign = sum(
                share for party, share in held.get(str(project), [])
                if country not in chain(party) and party not in chain(country)
            )
            if foreign > cap + SHARES_TOLERANCE:
                found.append((str(project), country, float(foreign), cap, i))
    return pd.DataFrame(found, columns=["project", "party", "foreign", "most", "row"])


def ownership(region: Region) -> Iterator[Problem]:
    """A project that breaks an ownership cap: wrong if it must be built, else it cannot be."""
    committed = flags(region.table("projects"), "committed")
    breaches = ownership_breaches(region)
    for row, party, foreign, most in zip(*(breaches[c] for c in ("row", "party", "foreign", "most")), strict=True):
        must = bool(committed[row])
        text = Words("foreign parties hold {share:.3g}, {party!r} allows {most:.3g}",
                     share=foreign, party=party, most=most)
        then = Words("a committed project must keep to it") if must else (
            Words("it can't be built until its shares are changed"))
        yield from problems_at(region, "projects", [row], "project", several([text, then]), "ownership-cap",
                               severity="error" if must else "warning")


def horizon(region: Region) -> Iterator[Problem]:
    """A project that cannot be decided or cannot run within the horizon."""
    projects, years = region.table("projects"), numbers(region.table("periods"), "year")
    if projects.empty or not len(years) or np.isnan(years).all():
        return
    first, last = np.nanmin(years), np.nanmax(years)
    earliest = np.fmax(numbers(projects, "year_from"), first)
    latest = numbers(projects, "year_to")
    gone = latest < first
    committed = flags(projects, "committed")
    for mask, severity in ((gone & committed, "error"), (gone & ~committed, "warning")):
        yield from problems_at(region, "projects", mask, "year_to",
                               Words("its window closes before the first year, {first:.0f}", first=first), "horizon",
                               severity=severity)
    start = earliest + np.ceil(np.nan_to_num(numbers(projects, "lead")))
    late = ~gone & (start > last)
    yield from problems_at(region, "projects", late, "lead",
                           lambda i: Words("it cannot run before {start:.0f}, after the last year, {last:.0f}",
                                           start=start[i], last=last), "horizon", severity="warning")


def idle_projects(region: Region) -> Iterator[Problem]:
    """A project that changes nothing."""
    projects, effects = region.table("projects"), region.table("effects")
    idle = known(projects, "project") & ~among(projects["project"], whole(effects["project"]))
    yield from problems_at(region, "projects", idle, "project", Words("it changes nothing: no row in effects.csv"),
                           "no-effect", severity="warning")
    zero = (numbers(effects, "change") == 0)
    yield from problems_at(region, "effects", zero, "change", Words("it changes nothing"), "no-effect",
                           severity="warning")
    size = numbers(projects, "size_max") == 0
    yield from problems_at(region, "projects", size, "size_max", Words("it can't be built at any size"), "no-size",
                           severity="warning")


def effects_on_unlimited(region: Region) -> Iterator[Problem]:
    """Capacity added to a row that has no limit."""
    effects = region.table("effects")
    for table, key in CAPACITIES.items():
        here = ((effects["table"] == table) & (effects["column"] == "capacity")).to_numpy()
        if not here.any():
            continue
        frame = region.table(table)
        names = whole(row_keys(frame.loc[~known(frame, "capacity")], key.split()))
        yield from problems_at(region, "effects", here & among(effects["row"], names), "row",
                               Words("no effect: the row in {table}.csv has no capacity, so no limit", table=table),
                               "effect-unlimited", severity="warning")


def effects_below_zero(region: Region) -> Iterator[Problem]:
    """A project that, at full size, takes more from a row than the row has."""
    effects, projects = region.table("effects"), region.table("projects")
    size = dict(zip(projects["project"].astype("str"), numbers(projects, "size_max"), strict=True))
    change = numbers(effects, "change") * effects["project"].astype("str").map(size).to_numpy(dtype=float)
    for table, key in (*CAPACITIES.items(), ("demand", "place commodity")):
        column = "quantity" if table == "demand" else "capacity"
        here = ((effects["table"] == table) & (effects["column"] == column)).to_numpy(dtype=bool) & (change < 0)
        if not here.any():
            continue
        frame = region.table(table)
        limit = pd.Series(numbers(frame, column)).fillna(np.inf).groupby(row_keys(frame, key.split()).to_numpy()).sum()
        left = effects["row"].astype("str").map(limit).to_numpy(dtype=float) + change
        yield from problems_at(region, "effects", here & (left < 0), "change",
                               Words("at full size it takes more than the row has: it can't be built so large unless "
                                     "others add to the row"), "effect-below-zero", severity="warning")


def sectors(region: Region) -> Iterator[Problem]:
    """A cap or a budget for a sector that no project is in."""
    named = sorted(whole(region.table("projects")["sector"]))
    for table in ("ownership_caps", "budgets"):
        frame = region.table(table)
        odd = known(frame, "sector") & (frame["sector"] != ANY).to_numpy() & ~among(frame["sector"], named)
        yield from problems_at(region, table, odd, "sector",
                               Words("no project is in this sector; they are in {names}",
                                     names=listed(named) or "none"), "sector", severity="warning")


CHECKS: tuple[Check, ...] = (
    shares_sum, shares_missing, ownership, horizon, idle_projects, effects_on_unlimited,
    effects_below_zero, sectors,
)
