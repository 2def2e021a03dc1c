"""Criteria: scores of projects by money and by what is not money, and how much each counts with each party.

Scores come from ``criteria_scores.csv`` or from the appraisal itself; weights from ``criteria_weights.csv``, or from
judgements of pairs (AHP: Saaty's principal eigenvector, with the consistency ratio). Source: T. L. Saaty, How to make a
decision: the analytic hierarchy process, European Journal of Operational Research 48 (1990).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.chain.program import Floats
from sungari.decide.risk import Risk
from sungari.errors import UsageError
from sungari.region.package import Region
from sungari.words import Words, several

if TYPE_CHECKING:
    from sungari.decide.appraisal import Appraisal, Appraised

#: Mean consistency index of random judgements of 1, 2, 3 … criteria. Source: Saaty 1990, table of random indices.
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
#: Consistency ratio up to which judgements are taken as sound. Source: Saaty 1990.
CONSISTENT = 0.1
#: Name of the weights that count all parties alike.
COMPROMISE = "compromise"


@dataclass(frozen=True)
class Weights:
    """How much the criteria count with a party.

    Attributes
    ----------
    party : str
        A party, or ``compromise``: the mean of all parties' weights.
    weight : ndarray, shape (criteria,)
        They sum to 1.
    consistency : float or None
        Consistency ratio of the judgements that they come from.
    """

    party: str
    weight: Floats
    consistency: float | None = None


@dataclass(frozen=True)
class Judged:
    """Projects and their scores, ready to be ranked.

    Attributes
    ----------
    criteria : DataFrame
        The rows of ``criteria.csv`` that can be used.
    scores : DataFrame
        Scores by project (index) and criterion (columns), in the criteria's own units.
    weights : list of Weights
        By party, then the compromise.
    unranked : dict of str to str
        Projects that lack a score, and of which criterion.
    left_out : dict of str to str
        Criteria that cannot be used, and why.
    """

    criteria: pd.DataFrame
    scores: pd.DataFrame
    weights: list[Weights]
    unranked: dict[str, str]
    left_out: dict[str, str]

    @property
    def sign(self) -> Floats:
        """1 where more is better, −1 where less is; shape (criteria,)."""
        return np.where(self.criteria["direction"] == "less", -1.0, 1.0)


def judge(appraisal: Appraisal, risk: Risk | None = None) -> Judged:
    """Put scores and weights together.

    Parameters
    ----------
    appraisal : Appraisal
    risk : Risk or None
        Needed by criteria that take the expected value or CVaR.

    Raises
    ------
    UsageError
        If the package has no criteria, or none that can be used.
    """
    region = appraisal.region
    table = region.table("criteria")
    if table.empty:
        raise UsageError("nothing to judge projects by: the package has no criteria.csv")
    stated = region.table("criteria_scores")
    columns: dict[str, pd.Series[float]] = {}
    left_out: dict[str, str] = {}
    projects = [p.project for p in appraisal.projects]
    for criterion, measure in table[["criterion", "measure"]].itertuples(index=False):
        if pd.isna(measure):
            mine = stated[(stated["criterion"] == criterion).to_numpy(dtype=bool)]
            columns[criterion] = mine.set_index("project")["value"].reindex(projects).astype(float)
        elif measure in ("enpv", "cvar") and risk is None:
            left_out[criterion] = Words("{measure} needs scenarios or draws", measure=measure)
        else:
            found = [_measured(p, str(measure), risk) for p in appraisal.projects]
            columns[criterion] = pd.Series(found, index=projects, dtype=float)
    if not columns:
        why = several([Words("{criterion}: {why}", criterion=k, why=v) for k, v in left_out.items()])
        raise UsageError("no criterion can be used: {why}", why=why)
    scores = pd.DataFrame(columns, index=projects)
    lacking = scores.isna()
    unranked = {str(p): ", ".join(scores.columns[row]) for p, row in zip(projects, lacking.to_numpy(), strict=True)
                if row.any()}  # fmt: skip
    used = table[table["criterion"].isin(list(columns))].reset_index(drop=True)
    return Judged(used, scores[~lacking.any(axis=1)], weights(region, list(columns)), unranked, left_out)


def _measured(each: Appraised, measure: str, risk: Risk | None) -> float:
    """A figure of the appraisal; money is not divided by ``money_scale``."""
    if measure in ("first_in", "last_in"):
        return (each.first if measure == "first_in" else each.last).change
    worth = each.first
    if measure == "irr":  # several rates, or one of a flow that changes its sign more than once, are no score
        return worth.irr[0] if len(worth.irr) == 1 and worth.conventional else float("nan")
    if measure == "compensation":
        return float(worth.by_party()["compensation"].sum()) if np.isfinite(worth.change) else float("nan")
    if measure in ("enpv", "cvar"):
        found = risk.of(each.project, "first", 1.0) if risk is not None else None
        return float("nan") if found is None else float(found[measure])
    value = getattr(worth, measure)
    return float("nan") if value is None else float(value)


def weights(region: Region, criteria: list[str]) -> list[Weights]:
    """Weights of the parties over some criteria, and their compromise; all alike where no party has any."""
    stated, judged = region.table("criteria_weights"), region.table("criteria_judgements")
    made: list[Weights] = []
    for party, rows in stated.groupby("party", sort=False):
        given = rows.set_index("criterion")["weight"].reindex(criteria).fillna(0.0).to_numpy(dtype=float)
        if given.sum() > 0:
            made.append(Weights(str(party), given / given.sum()))
    for party, rows in judged.groupby("party", sort=False):
        named = list(dict.fromkeys([*rows["criterion"].astype(str), *rows["other"].astype(str)]))
        pairs = rows[["criterion", "other", "ratio"]].itertuples(index=False)
        share, ratio = priorities(named, [(str(a), str(b), float(r)) for a, b, r in pairs])
        given = np.array([share.get(c, 0.0) for c in criteria])
        if given.sum() > 0:
            made.append(Weights(str(party), given / given.sum(), ratio))
    each = [w.weight for w in made] or [np.full(len(criteria), 1.0 / len(criteria))]
    return [*made, Weights(COMPROMISE, np.mean(each, axis=0))]


def priorities(names: list[str], pairs: Iterable[tuple[str, str, float]]) -> tuple[dict[str, float], float]:
    """Weights from judgements of pairs, and their consistency ratio (AHP).

    Parameters
    ----------
    names : list of str
    pairs : iterable of (name, other, ratio)
        How many times as important as the other each is.

    Returns
    -------
    dict of str to float
        Weights that sum to 1.
    float
        Consistency ratio; above 0.1 the judgements contradict each other too much to be relied on.

    Examples
    --------
    >>> share, ratio = priorities(["a", "b"], [("a", "b", 3.0)])
    >>> round(share["a"], 3), ratio
    (0.75, 0.0)
    """
    n = len(names)
    matrix = np.ones((n, n))
    for a, b, ratio in pairs:
        i, j = names.index(a), names.index(b)
        matrix[i, j], matrix[j, i] = ratio, 1.0 / ratio
    values, vectors = np.linalg.eig(matrix)
    top = int(np.argmax(values.real))
    share = np.abs(vectors[:, top].real)
    index = (float(values[top].real) - n) / (n - 1) if n > 1 else 0.0
    random = RANDOM_INDEX[min(n, len(RANDOM_INDEX)) - 1] if n else 0.0
    consistency = max(0.0, index / random) if random > 0 else 0.0
    return dict(zip(names, (share / share.sum()).tolist(), strict=True)), consistency


def weight_rows(found: Judged) -> list[dict[str, Any]]:
    """Weights as plain data."""
    names = found.criteria["criterion"].astype(str).tolist()
    return [
        {"party": w.party, "weights": dict(zip(names, w.weight.tolist(), strict=True)), "consistency": w.consistency,
         "consistent": None if w.consistency is None else w.consistency <= CONSISTENT}
        for w in found.weights
    ]  # fmt: skip
