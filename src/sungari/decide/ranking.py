"""Ranking: projects ordered by many criteria, in several ways at once, and how firm their places are.

No method of many criteria is the right one, and places flip with the normalisation and with small changes of the
weights. So all of them are worked out – weighted sum, TOPSIS and PROMETHEE II, over three normalisations – and each
project's place is told with its range. Sources: C. L. Hwang, K. Yoon, Multiple Attribute Decision Making (1981) for
TOPSIS; J. P. Brans, P. Vincke, A preference ranking organisation method, Management Science 31 (1985) for PROMETHEE;
R. Lahdelma, P. Salminen, SMAA-2, Operations Research 49 (2001) for rank acceptability; World Bank, Infrastructure
Prioritization Framework (2016) for the quadrants.

All methods take many weight vectors at once: thousands of draws in one array, where a library takes them one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from sungari.chain.program import Floats, Ints
from sungari.decide.criteria import COMPROMISE, Judged, weight_rows
from sungari.region.package import Region
from sungari.region.schema import ANY

NORMALISATIONS = ("minmax", "vector", "zscore")
#: Every way of ranking: method and normalisation (PROMETHEE compares scores as they are). The first gives the places
#: that are shown.
WAYS = (
    *(("weighted sum", n) for n in NORMALISATIONS), *(("TOPSIS", n) for n in NORMALISATIONS), ("PROMETHEE II", "none"),
)  # fmt: skip
#: Weights drawn around each party's own, and how closely: a weight w has the standard deviation √(w(1−w)/(C+1)).
DRAWS, CONCENTRATION = 1000, 30.0


@dataclass(frozen=True)
class Ranking:
    """Places of projects.

    Attributes
    ----------
    judged : Judged
    places : DataFrame
        party, method, normalisation, project, score, rank: at the stated weights.
    robustness : DataFrame
        party, project, rank (by the first way), best, worst (over all ways and drawn weights), mean, first_share
        (share of first places), stated_best, stated_worst (over the ways at the stated weights), flips (whether these
        two differ).
    acceptability : DataFrame
        party, project, rank, share: how often a project takes a place, over all ways and drawn weights.
    quadrants : DataFrame
        See :func:`quadrants`.
    """

    judged: Judged
    places: pd.DataFrame
    robustness: pd.DataFrame
    acceptability: pd.DataFrame
    quadrants: pd.DataFrame

    def first_places(self, party: str = COMPROMISE) -> dict[str, list[str]]:
        """Who is first by which ways, at the stated weights of a party."""
        mine = self.places[(self.places["party"] == party) & (self.places["rank"] == 1)]
        made: dict[str, list[str]] = {}
        for project, method, normalisation in mine[["project", "method", "normalisation"]].itertuples(index=False):
            made.setdefault(str(project), []).append(method if normalisation == "none" else f"{method}/{normalisation}")
        return made

    def as_json(self, names: dict[str, str]) -> dict[str, Any]:
        """Plain data.

        Parameters
        ----------
        names : dict of str to str
            Readable names of projects.
        """
        judged = self.judged
        rows = self.robustness[self.robustness["party"] == COMPROMISE].sort_values(["rank", "mean"], kind="stable")
        shares = self.acceptability[self.acceptability["party"] == COMPROMISE]
        by_rank = {str(p): dict(zip(g["rank"].astype(int), g["share"], strict=True))
                   for p, g in shares.groupby("project")}
        ranking = []
        for row in rows.drop(columns="party").to_dict("records"):
            project = str(row["project"])
            ranking.append({
                "project": project, "name": names.get(project, project), **{k: v for k, v in row.items()
                                                                           if k != "project"},
                "scores": judged.scores.loc[project].to_dict(), "acceptability": by_rank.get(project, {}),
            })
        first = self.first_places()
        parties = self.robustness[self.robustness["party"] != COMPROMISE]
        return {
            "criteria": [{str(k): None if pd.isna(v) else v for k, v in row.items()}
                         for row in judged.criteria[["criterion", "name", "unit", "direction", "measure"]]
                         .to_dict("records")],
            "weights": weight_rows(judged), "ranking": ranking,
            "first_flips": len(first) > 1, "first_places": first,
            "by_party": [{str(k): v for k, v in row.items()} for row in parties.to_dict("records")],
            "quadrants": [{str(k): v for k, v in row.items()} for row in self.quadrants.to_dict("records")],
            "unranked": judged.unranked, "left_out": judged.left_out,
        }  # fmt: skip

    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name."""
        scores = self.judged.scores.reset_index(names="project").melt("project", var_name="criterion")
        return {"scores": scores, "places": self.places, "robustness": self.robustness,
                "acceptability": self.acceptability, "quadrants": self.quadrants}


def rank(judged: Judged, region: Region, *, draws: int = DRAWS, seed: int = 0) -> Ranking:
    """Rank projects in every way, at the stated weights and at weights drawn around them.

    Parameters
    ----------
    judged : Judged
    region : Region
        For the quadrants' budgets.
    draws : int
        Weight vectors drawn for each party (Dirichlet around its own).
    seed : int
    """
    names = judged.scores.index.astype(str).tolist()
    n = len(names)
    places: list[pd.DataFrame] = []
    firm: list[pd.DataFrame] = []
    shares: list[pd.DataFrame] = []
    for weights, stream in zip(judged.weights, np.random.SeedSequence(seed).spawn(len(judged.weights)), strict=True):
        drawn = around(weights.weight, draws, np.random.default_rng(stream))
        stated, all_ranks = [], []
        for method, normalisation in WAYS:
            score = scored(judged, method, normalisation, weights.weight[None])
            at = ranks(score)
            stated.append(at[0])
            all_ranks.append(ranks(scored(judged, method, normalisation, drawn)))
            places.append(pd.DataFrame({
                "party": weights.party, "method": method, "normalisation": normalisation, "project": names,
                "score": score[0], "rank": at[0],
            }))
        over = np.concatenate(all_ranks)
        said = np.stack(stated)
        both = np.concatenate([over, said])
        firm.append(pd.DataFrame({
            "party": weights.party, "project": names, "rank": said[0], "best": both.min(axis=0, initial=n),
            "worst": both.max(axis=0, initial=1), "mean": over.mean(axis=0) if n else [],
            "first_share": (over == 1).mean(axis=0) if n else [], "stated_best": said.min(axis=0, initial=n),
            "stated_worst": said.max(axis=0, initial=1), "flips": said.min(axis=0, initial=n) != said.max(axis=0,
                                                                                                          initial=1),
        }))  # fmt: skip
        share = np.stack([(over == r).mean(axis=0) for r in range(1, n + 1)]) if n else np.zeros((0, 0))
        r, p = np.nonzero(share)
        shares.append(pd.DataFrame({
            "party": weights.party, "project": [names[k] for k in p], "rank": r + 1, "share": share[r, p],
        }))
    return Ranking(
        judged, pd.concat(places, ignore_index=True), pd.concat(firm, ignore_index=True),
        pd.concat(shares, ignore_index=True), quadrants(judged, region),
    )


def around(weight: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Weight vectors drawn around one, shape (count, criteria); a weight of zero stays zero."""
    made = np.zeros((count, len(weight)))
    some = weight > 0
    made[:, some] = rng.dirichlet(CONCENTRATION * weight[some], count)
    return made


def ranks(score: Floats) -> Ints:
    """Places from scores, 1 = highest, equal scores sharing the better place; shape of `score`, (W, projects)."""
    size = np.abs(score).max(initial=1e-300)
    return np.asarray(stats.rankdata(-np.round(score / size, 12), method="min", axis=-1), dtype=np.int64)


def scored(judged: Judged, method: str, normalisation: str, weight: Floats) -> Floats:
    """Scores of the projects by a method, shape (W, projects).

    Parameters
    ----------
    weight : ndarray, shape (W, criteria)
    """
    values = judged.scores.to_numpy(dtype=float)
    if method == "PROMETHEE II":
        criteria = judged.criteria
        linear = (criteria["preference"] == "linear").to_numpy(dtype=bool)
        return promethee(
            values * judged.sign, weight, np.where(linear, criteria["indifference"].to_numpy(dtype=float), 0.0),
            np.where(linear, criteria["strict"].to_numpy(dtype=float), 0.0),
        )  # fmt: skip
    made = normalised(values, judged.sign, normalisation)
    return weighted_sum(made, weight) if method == "weighted sum" else topsis(made, weight)


def normalised(values: Floats, sign: Floats, how: str) -> Floats:
    """Scores made comparable, more = better.

    ``minmax``: 0 for the worst, 1 for the best; ``vector``: divided by the length of the column; ``zscore``: in
    standard deviations from the mean. A criterion that all score alike tells nothing: 0.
    """
    turned = values * sign
    if how == "vector":
        size = np.sqrt((turned**2).sum(axis=0))
        return np.asarray(np.divide(turned, size, out=np.zeros_like(turned), where=size > 0))
    low = turned.min(axis=0) if how == "minmax" else turned.mean(axis=0)
    width = np.ptp(turned, axis=0) if how == "minmax" else turned.std(axis=0)
    return np.asarray(np.divide(turned - low, width, out=np.zeros_like(turned), where=width > 1e-12 * np.abs(low)))


def weighted_sum(made: Floats, weight: Floats) -> Floats:
    """Weighted sums of normalised scores, shape (W, projects)."""
    return np.asarray(weight @ made.T)


def topsis(made: Floats, weight: Floats) -> Floats:
    """Closeness to the best point of all, 0..1: TOPSIS on normalised scores; shape (W, projects)."""
    away = np.sqrt(weight**2 @ ((made - made.max(axis=0)) ** 2).T)
    near = np.sqrt(weight**2 @ ((made - made.min(axis=0)) ** 2).T)
    whole = away + near
    return np.asarray(np.divide(near, whole, out=np.full_like(whole, 0.5), where=whole > 0))


def promethee(turned: Floats, weight: Floats, indifference: Floats, strict: Floats) -> Floats:
    """Net flows of PROMETHEE II, −1..1; shape (W, projects).

    Parameters
    ----------
    turned : ndarray, shape (projects, criteria)
        Scores, more = better.
    weight : ndarray, shape (W, criteria)
    indifference, strict : ndarray, shape (criteria,)
        Differences between which preference grows from 0 to 1; equal (0) = any difference counts in full.
    """
    gap = turned[:, None, :] - turned[None, :, :]
    width = strict - indifference
    ramp = np.divide(gap - indifference, width, out=np.where(gap > indifference, 1.0, 0.0), where=width > 0)
    preferred = np.clip(ramp, 0.0, 1.0)
    net = (preferred.sum(axis=1) - preferred.sum(axis=0)) / max(len(turned) - 1, 1)
    return np.asarray(weight @ net.T)


def quadrants(judged: Judged, region: Region) -> pd.DataFrame:
    """The two indices of the Infrastructure Prioritization Framework against each sector's budget.

    Each index is the weighted mean (compromise) of its criteria's ``minmax`` scores, 0 to 100, among the projects that
    compete for a budget: those of a sector that has one, or all others together. An axis is cut where the budget, spent
    on projects in the order of that index, runs out; in the middle, at 50, where it reaches all of them.

    Returns
    -------
    DataFrame
        project, sector, group (sector whose budget counts; ``*`` = all others), social, financial (0..100; NaN without
        such criteria), capex, budget (NaN = none), cut (``budget`` or ``middle``), within_social, within_financial
        (on the better side of the cut), quadrant (``A``: by both, ``B``: social only, ``C``: financial only, ``D``:
        neither).
    """
    criteria = judged.criteria
    usual = np.where(criteria["measure"].isna(), "social", "financial")
    index = np.where(criteria["index"].isna(), usual, criteria["index"].to_numpy(dtype=object))
    projects = region.table("projects").set_index("project").loc[judged.scores.index]
    capex = (projects["capex"] + projects["capex_per_size"] * projects["size_max"]).to_numpy(dtype=float)
    sector = projects["sector"].fillna("").to_numpy(dtype=object)
    weight = judged.weights[-1].weight
    frames: list[pd.DataFrame] = []
    group = np.array([s if np.isfinite(_budget(region, str(s))) else ANY for s in sector], dtype=object)
    for name in dict.fromkeys(group.tolist()):
        mine = np.flatnonzero(group == name)
        made = normalised(judged.scores.to_numpy(dtype=float)[mine], judged.sign, "minmax")
        budget = _budget(region, str(name))
        enough = np.isnan(budget) or capex[mine].sum() <= budget
        row: dict[str, Any] = {"project": judged.scores.index[mine], "sector": sector[mine], "group": str(name)}
        within = {}
        for which in ("social", "financial"):
            ours = index == which
            total = float(weight[ours].sum())
            row[which] = 100.0 * made[:, ours] @ weight[ours] / total if total > 0 else np.full(len(mine), np.nan)
            within[which] = row[which] >= 50.0 if enough else _within(row[which], capex[mine], budget)
        row |= {"capex": capex[mine], "budget": budget, "cut": "middle" if enough else "budget",
                "within_social": within["social"], "within_financial": within["financial"]}
        row["quadrant"] = np.where(within["social"], np.where(within["financial"], "A", "B"),
                                   np.where(within["financial"], "C", "D"))
        frames.append(pd.DataFrame(row))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["project", "sector", "quadrant"])


def _within(score: Floats, capex: Floats, budget: float) -> np.ndarray[Any, Any]:
    """Which projects the budget reaches in the order of a score, the best first."""
    order = np.argsort(-np.nan_to_num(score), kind="stable")
    spent = np.cumsum(capex[order])
    made = np.zeros(len(score), dtype=bool)
    made[order] = spent <= budget * (1 + 1e-12)
    return made


def _budget(region: Region, sector: str) -> float:
    """Money for a sector (``*``: for all) over the horizon; NaN = none stated.

    Budgets of all parties together count before those of single parties, whole ones before those of single years.
    """
    table = region.table("budgets")
    ours = (table["sector"].fillna(ANY) == sector).to_numpy(dtype=bool)
    together = (table["party"] == ANY).to_numpy(dtype=bool)
    for mine in (ours & together, ours & ~together):
        whole = mine & table["year"].isna().to_numpy(dtype=bool)
        for rows in (whole, mine):
            if rows.any():
                return float(table.loc[rows, "amount"].sum())
    return float("nan")
