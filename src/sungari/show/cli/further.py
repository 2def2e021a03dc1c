"""What ``appraise`` prints beside the projects' worth: risk, sensitivity, ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sungari.show.terminal import Heading, console, table

if TYPE_CHECKING:
    from sungari.decide.appraisal import Appraisal
    from sungari.decide.ranking import Ranking
    from sungari.decide.risk import Risk
    from sungari.decide.sensitivity import Sensitivity

#: Uncertainties that are named for each project.
MOST_NAMED = 3
#: Share of a project's worth below which a swing is rounding.
DUST = 1e-6


def print_risk(found: Appraisal, risk: Risk) -> None:
    """Expected worth and its tails, first in, the highest first."""
    names, money = found.region.names("projects"), found.region.settings.currency
    rows = risk.figures[risk.figures["against"] == "first"].sort_values("enpv", ascending=False, kind="stable")
    heads = [
        Heading("Project"), Heading("Expected", money, "money"), Heading("± error", money, "money"),
        Heading("Deviation", money, "money"), Heading("P(loss)", "", "right"),
        Heading(f"VaR {risk.level:.0%}", money, "money"), Heading(f"CVaR {risk.level:.0%}", money, "money"),
    ]
    cells = [
        [names.get(row["project"], row["project"]), *(_or_none(row[c]) for c in ("enpv", "enpv_error", "sd")),
         "–" if np.isnan(row["p_negative"]) else f"{row['p_negative']:.0%}",
         *(_or_none(row[c]) for c in ("var", "cvar"))]
        for row in rows.to_dict("records")
    ]  # fmt: skip
    drawn = risk.cases.replicate is not None
    n = len(risk.cases.names)
    what = f"{n} drawn points" if drawn else f"{n - 1} scenarios and the base case"
    note = f"first in, present value; over {what}; VaR and CVaR are losses: below zero = a gain even then"
    console().print(table("Worth under risk", heads, cells, note))
    missing = risk.figures[(risk.figures["no_plan"] > 0)]
    for row in missing.to_dict("records"):
        console().print(f"{names.get(row['project'], row['project'])}, {row['against']} in: no plan in "
                        f"{row['no_plan']:.0%} of the cases, which are left out")


def print_sensitivity(found: Appraisal, seen: Sensitivity) -> None:
    """What moves each project's worth most, first in, and where its worth turns to nothing."""
    names, money = found.region.names("projects"), found.region.settings.currency
    tornado = seen.tornado[seen.tornado["against"] == "first"]
    switching = seen.switching[seen.switching["against"] == "first"].set_index(["project", "uncertainty"])["value"]
    sobol = seen.sobol[seen.sobol["against"] == "first"].set_index(["project", "uncertainty"])
    heads = [
        Heading("Project"), Heading("Uncertainty"), Heading("At its 10 %", money, "money"),
        Heading("At its 90 %", money, "money"), Heading("Zero at", "", "right"),
    ]
    if len(sobol):
        heads += [Heading("Share of variance", "", "right"), Heading("Fit", "", "right")]
    cells: list[list[object]] = []
    for project, mine in tornado.groupby("project", sort=False):
        moved = mine["swing"] > DUST * mine[["at_low", "at_high", "base"]].abs().max(axis=1)
        widest = mine[moved].head(MOST_NAMED)
        for n, row in enumerate(widest.to_dict("records")):
            key = (project, row["uncertainty"])
            value = switching.get(key, np.nan)
            line = ["" if n else names.get(str(project), project), row["uncertainty"], row["at_low"], row["at_high"],
                    "–" if pd.isna(value) else f"{value:.3g}"]
            if len(sobol):
                share = sobol.loc[key] if key in sobol.index else None
                line += ["–", "–"] if share is None else [f"{share['total']:.0%}", f"{share['fit']:.2f}"]
            cells.append(line)
    note = "first in; zero at: the value of the uncertainty at which nothing is left, – = none within its 1 % to 99 %"
    if len(sobol):
        note += ("; share of variance: total Sobol index on a polynomial fitted to the draws; fit: share of the "
                 "variance of draws left out that it explains")
    console().print(table("What moves the projects' worth", heads, cells, note))
    still = sorted(set(tornado["project"]) - set(tornado.loc[tornado["swing"] > 0, "project"]))
    if still:
        console().print("Moved by no uncertainty: " + ", ".join(names.get(p, p) for p in still))


def print_ranking(found: Appraisal, ranking: Ranking) -> None:
    """Places by all criteria, with their ranges; a place that flips is said to flip."""
    result = ranking.as_json(found.region.names("projects"))
    heads = [
        Heading("Project"), Heading("Place", "", "right"), Heading("Range", "", "right"),
        Heading("By other ways", "", "right"), Heading("First in", "", "right"), Heading("Quadrant"),
    ]
    quadrant = {q["project"]: q["quadrant"] for q in result["quadrants"]}
    cells = [
        [row["name"], str(row["rank"]), f"{row['best']}–{row['worst']}",
         f"{row['stated_best']}–{row['stated_worst']}, flips" if row["flips"] else "the same",
         f"{row['first_share']:.0%}", quadrant.get(row["project"], "")]
        for row in result["ranking"]
    ]  # fmt: skip
    note = ("place: weighted sum of minmax scores, weights of all parties alike; range: over 7 ways and weights drawn "
            "around the parties' own; first in: share of those in which it is first; quadrant: within the "
            "budget (above 50 where it reaches all) by both indices (A), the social (B), the financial (C), neither "
            "(D)")
    console().print(table("Projects by many criteria", heads, cells, note))
    if result["first_flips"]:
        who = "; ".join(f"{found.region.names('projects').get(p, p)} by {', '.join(w)}"
                        for p, w in result["first_places"].items())
        console().print(f"The first place flips with the way of ranking: {who}")
    for row in result["weights"]:
        if row["consistent"] is False:
            console().print(f"The judgements of {row['party']} contradict each other: consistency ratio "
                            f"{row['consistency']:.2f}, more than 0.1")
    for project, lacking in result["unranked"].items():
        console().print(f"{found.region.names('projects').get(project, project)} is not ranked: no score of {lacking}")
    for criterion, why in result["left_out"].items():
        console().print(f"Criterion {criterion} is left out: {why}")


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
