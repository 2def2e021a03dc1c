"""Rules among project decisions: once, in order, not together, within budgets and ownership caps.

Source: model.md, constraints 3 and 4; region-format.md, ``projects.csv``, ``budgets.csv``, ``ownership_caps.csv``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sungari.chain.program import Program
from sungari.region.check import ownership_breaches
from sungari.words import Words

if TYPE_CHECKING:
    from sungari.chain.projects import Projects


def blocked_by_caps(projects: Projects) -> dict[str, str]:
    """Projects whose foreign shares exceed a cap of their host country, with the rule; the check says the same."""
    region = projects.ground.region
    caps = region.table("ownership_caps")
    if not len(caps):
        return {}
    sector_of = dict(zip(projects.names, projects.frame["sector"].astype(str), strict=True))
    result: dict[str, str] = {}
    breaches = ownership_breaches(region)[["project", "party", "foreign", "most"]]
    for name, party, foreign, most in breaches.itertuples(index=False):
        # Of two caps of a party the one that names the sector counts.
        rows = np.flatnonzero((caps["party"] == party) & caps["sector"].isin([sector_of[name], "*"]))
        row = max(rows, key=lambda r: str(caps["sector"].iloc[r]) != "*")
        result[str(name)] = Words(
            "foreign share {foreign:.0%} is above the cap of {most:.0%} for {party} in sector {sector} "
            "(ownership_caps.csv, row {line})",
            foreign=foreign, most=most, party=party, sector=caps["sector"].iloc[row],
            line=region.line("ownership_caps", int(row)),
        )  # fmt: skip
    return result


def add_rules(projects: Projects, program: Program) -> None:
    p, yes_no = projects.project, projects.yes_no
    both = np.flatnonzero(yes_no[p] & ~projects.lumpy[p])
    rows = program.add_rows("project size at most", len(both), upper=0.0)
    program.add(rows.index, projects.unit_column[both], 1.0)
    program.add(rows.index, projects.built_column[both], -projects.size_max[p[both]])
    low = both[projects.size_min[p[both]] > 0]
    rows = program.add_rows("project size at least", len(low), lower=0.0)
    program.add(rows.index, projects.unit_column[low], 1.0)
    program.add(rows.index, projects.built_column[low], -projects.size_min[p[low]])

    alive = np.unique(p)
    position = np.full(len(projects.names), -1, dtype=np.int64)
    position[alive] = np.arange(len(alive))
    upper = np.where(yes_no[alive], 1.0, projects.size_max[alive])
    lower = np.where(projects.forced[alive], np.where(yes_no[alive], 1.0, projects.size_max[alive]), 0.0)
    once = program.add_rows("project once", len(alive), lower, upper)
    main = np.where(yes_no[p], projects.built_column, projects.unit_column)
    program.add(once.start + position[p], main, 1.0)

    _order(projects, program)
    pairs = sorted({(min(a, b), max(a, b)) for a, bs in enumerate(projects.excludes) for b in bs if a != b})
    pairs = [(a, b) for a, b in pairs if position[a] >= 0 and position[b] >= 0]
    rows = program.add_rows("project excludes", len(pairs), upper=1.0)
    for i, pair in enumerate(pairs):
        mine = np.flatnonzero(np.isin(p, pair))
        program.add(rows.start + i, projects.built_column[mine], 1.0)
    _budgets(projects, program)


def _order(projects: Projects, program: Program) -> None:
    """``requires``: up to any year, this project is decided only if those it requires are."""
    p, years = projects.project, projects.ground.periods.years
    links = [(a, b, y) for a, bs in enumerate(projects.requires) for b in bs for y in range(len(years))]
    links = [(a, b, y) for a, b, y in links if np.any((p == a) & (projects.year == y))]
    rows = program.add_rows("project requires", len(links), upper=0.0)
    for i, (a, b, y) in enumerate(links):
        mine = np.flatnonzero((p == a) & (projects.year <= y))
        theirs = np.flatnonzero((p == b) & (projects.year <= y))
        program.add(rows.start + i, projects.built_column[mine], 1.0)
        program.add(rows.start + i, projects.built_column[theirs], -1.0)


def budget_limits(projects: Projects) -> dict[tuple[str, int, str, bool], float]:
    """What the rows ``budget`` limit, in their order: amounts by party, model year (−1 = horizon), sector, new only.

    Budgets of several calendar years within one model year add up: a model year's decisions share them.
    """
    ground = projects.ground
    budgets = ground.region.table("budgets")
    years, span = ground.periods.years, np.maximum(ground.periods.span, 1)
    limits: dict[tuple[str, int, str, bool], float] = {}
    columns = ["party", "year", "amount", "sector", "new_only"]
    for party, year, amount, sector, new in budgets[columns].itertuples(index=False):
        model_year = -1
        if not pd.isna(year):
            inside = np.flatnonzero((years <= year) & (year <= years + span - 1))
            if not len(inside):
                continue
            model_year = int(inside[0])
        key = (str(party), model_year, str(sector), bool(new))
        limits[key] = limits.get(key, 0.0) + float(amount)
    return limits


def _budgets(projects: Projects, program: Program) -> None:
    limits = budget_limits(projects)
    rows = program.add_rows("budget", len(limits), upper=list(limits.values()))
    fixed, sized = projects.capex()
    sectors = projects.frame["sector"]
    for i, (party, year, sector, new) in enumerate(limits):
        for d, p in enumerate(projects.project):
            if (year >= 0 and projects.year[d] != year) or (sector != "*" and sectors.iloc[p] != sector):
                continue
            if new and projects.committed[p]:
                continue
            part = _part(projects, p, party)
            if part <= 0:
                continue
            if projects.built_column[d] >= 0:
                program.add(rows.start + i, projects.built_column[d], part * fixed[d])
            program.add(rows.start + i, projects.unit_column[d], part * sized[d])


def _part(projects: Projects, project: int, party: str) -> float:
    """Share of a project that a party and all that belong to it hold."""
    if party == "*":
        return 1.0
    code = int(projects.ground.parties.get_indexer(pd.Index([party]))[0])
    parties, shares = projects.shares[project]
    return float(shares[projects.ground.ancestry[parties, code] >= 0].sum())
