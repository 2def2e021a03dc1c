"""Criteria: scores that are missing or stated twice, weights and judgements that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sungari.errors import Problem
from sungari.region.check.common import Check, among, known, listed, numbers, problems_at, whole
from sungari.region.package import Region
from sungari.words import Words


def scores(region: Region) -> Iterator[Problem]:
    """A criterion without scores, with scores for some projects only, or with two kinds of them."""
    criteria, table = region.table("criteria"), region.table("criteria_scores")
    measured = known(criteria, "measure")
    scored = among(criteria["criterion"], whole(table["criterion"]))
    yield from problems_at(region, "criteria", measured & scored, "measure",
                           Words("its scores stand in criteria_scores.csv; expected blank"), "criterion-scores")
    bare = known(criteria, "criterion") & ~measured & ~scored
    yield from problems_at(region, "criteria", bare, "criterion",
                           Words("no scores: neither a figure of the appraisal nor rows in criteria_scores.csv"),
                           "criterion-scores")
    projects = whole(region.table("projects")["project"])
    for i in np.flatnonzero(scored & ~measured):
        mine = table[(table["criterion"] == criteria["criterion"].iloc[i]).fillna(False).to_numpy(dtype=bool)]
        missing = sorted(projects - whole(mine["project"]))
        if missing:
            yield from problems_at(region, "criteria", [i], "criterion",
                                   Words("no score for {names}; what has not all scores is not ranked",
                                         names=listed(missing)), "criterion-scores", severity="warning")


def preferences(region: Region) -> Iterator[Problem]:
    """A linear preference without two thresholds in order."""
    criteria = region.table("criteria")
    linear = (criteria["preference"] == "linear").to_numpy(dtype=bool)
    strict, least = numbers(criteria, "strict"), numbers(criteria, "indifference")
    yield from problems_at(region, "criteria", linear & np.isnan(strict), "strict",
                           Words("a linear preference needs it"), "criterion-preference")
    yield from problems_at(region, "criteria", linear & (strict <= least), "strict",
                           lambda i: Words("expected more than indifference, {least:g}", least=least[i]),
                           "criterion-preference")


def weights(region: Region) -> Iterator[Problem]:
    """Weights that sum to nothing, and a party that has both weights and judgements."""
    table, judged = region.table("criteria_weights"), region.table("criteria_judgements")
    weight = numbers(table, "weight")
    for party in dict.fromkeys(table["party"].dropna().tolist()):
        mine = np.flatnonzero((table["party"] == party).fillna(False).to_numpy(dtype=bool))
        if np.nansum(weight[mine]) <= 0:
            yield from problems_at(region, "criteria_weights", mine[:1], "weight",
                                   Words("the weights of {party!r} are all 0", party=party), "criterion-weights")
    both = among(judged["party"], whole(table["party"]))
    yield from problems_at(region, "criteria_judgements", np.flatnonzero(both)[:1], "party",
                           Words("it has weights in criteria_weights.csv; expected one of the two"),
                           "criterion-weights")
    if len(region.table("criteria")) and not len(table) and not len(judged):
        yield Problem("criteria_weights.csv", None, None, "", Words("no party has weights: all criteria count alike"),
                      "", "criterion-weights", "warning")


def judgements(region: Region) -> Iterator[Problem]:
    """Judgements of a criterion against itself, stated twice, or not for every pair."""
    table = region.table("criteria_judgements")
    usable = known(table, "party") & known(table, "criterion") & known(table, "other")
    itself = usable & (table["criterion"] == table["other"]).fillna(False).to_numpy(dtype=bool)
    yield from problems_at(region, "criteria_judgements", itself, "other", Words("expected another criterion"),
                           "criterion-judgements")
    pairs: dict[str, dict[frozenset[str], int]] = {}
    for i in np.flatnonzero(usable & ~itself):
        party, a, b = (str(table[c].iloc[i]) for c in ("party", "criterion", "other"))
        first = pairs.setdefault(party, {}).setdefault(frozenset((a, b)), int(i))
        if first != i and str(table["criterion"].iloc[first]) != a:  # the same way round is a double key
            yield from problems_at(region, "criteria_judgements", [i], "other",
                                   Words("this pair is judged the other way round in row {row}",
                                         row=region.line("criteria_judgements", first)), "criterion-judgements")
    for party, found in pairs.items():
        named = sorted(frozenset().union(*found))
        wanted = len(named) * (len(named) - 1) // 2
        if len(found) < wanted:
            missing = [f"{a}–{b}" for k, a in enumerate(named) for b in named[k + 1:] if frozenset((a, b)) not in found]
            yield from problems_at(region, "criteria_judgements", [min(found.values())], "party",
                                   Words("{party!r} judges {n} of {wanted} pairs; missing: {names}",
                                         party=party, n=len(found), wanted=wanted, names=listed(missing)),
                                   "criterion-judgements", value=party)


CHECKS: tuple[Check, ...] = (scores, preferences, weights, judgements)
