"""Many criteria: published examples of TOPSIS, PROMETHEE and AHP, places and how firm they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymcdm.methods import PROMETHEE_II, TOPSIS
from pymcdm.normalizations import minmax_normalization, vector_normalization
from test_appraisal import region_of, road, table

from sungari.decide.appraisal import appraise
from sungari.decide.criteria import COMPROMISE, Judged, Weights, judge, priorities
from sungari.decide.ranking import (
    Ranking,
    around,
    normalised,
    promethee,
    quadrants,
    rank,
    ranks,
    scored,
    topsis,
    weighted_sum,
)
from sungari.errors import UsageError
from sungari.region.package import Region

# C. L. Hwang, K. Yoon (1981), the fighter aircraft: speed, range, payload, cost, reliability, manoeuvrability.
FIGHTERS = np.array([
    [2.0, 1500, 20000, 5.5, 5, 9], [2.5, 2700, 18000, 6.5, 3, 5], [1.8, 2000, 21000, 4.5, 7, 7],
    [2.2, 1800, 20000, 5.0, 5, 5],
])  # fmt: skip
FIGHTER_WEIGHTS = np.array([0.2, 0.1, 0.1, 0.1, 0.2, 0.3])
FIGHTER_SIGNS = np.array([1.0, 1, 1, -1, 1, 1])

# T. L. Saaty (1990), choosing a house: size, transport, neighbourhood, age, yard, facilities, condition, financing.
HOUSE = [
    [1, 5, 3, 7, 6, 6, 1 / 3, 1 / 4], [1 / 5, 1, 1 / 3, 5, 3, 3, 1 / 5, 1 / 7], [1 / 3, 3, 1, 6, 3, 4, 6, 1 / 5],
    [1 / 7, 1 / 5, 1 / 6, 1, 1 / 3, 1 / 4, 1 / 7, 1 / 8], [1 / 6, 1 / 3, 1 / 3, 3, 1, 1 / 2, 1 / 5, 1 / 6],
    [1 / 6, 1 / 3, 1 / 4, 4, 2, 1, 1 / 5, 1 / 6], [3, 5, 1 / 6, 7, 5, 5, 1, 1 / 2], [4, 7, 5, 8, 6, 6, 2, 1],
]  # fmt: skip


def judged(values: Any, weights: Any, direction: list[str] | None = None, **more: Any) -> Judged:
    values = np.asarray(values, dtype=float)
    n, m = values.shape
    names = [f"c{k}" for k in range(m)]
    criteria = pd.DataFrame({
        "criterion": names, "name": names, "unit": None, "direction": direction or ["more"] * m, "measure": None,
        "index": None, "preference": "usual", "indifference": 0.0, "strict": np.nan, **more,
    })
    scores = pd.DataFrame(values, index=[f"p{k}" for k in range(n)], columns=names)
    weight = np.asarray(weights, dtype=float)
    return Judged(criteria, scores, [Weights(COMPROMISE, weight / weight.sum())], {}, {})


def ranked(found: Judged, region: Region | None = None, **options: Any) -> Ranking:
    made = region or region_of(*(road(str(p), 1, 1) for p in found.scores.index))
    return rank(found, made, **options)


def test_topsis_as_hwang_and_yoon_print_it() -> None:
    close = topsis(normalised(FIGHTERS, FIGHTER_SIGNS, "vector"), FIGHTER_WEIGHTS[None])[0]
    assert close == pytest.approx([0.643, 0.268, 0.613, 0.312], abs=1e-3)
    assert ranks(close[None])[0].tolist() == [1, 4, 2, 3]


def test_ahp_as_saaty_prints_it() -> None:
    names = list("abcdefgh")
    pairs = [(names[i], names[j], HOUSE[i][j]) for i in range(8) for j in range(i + 1, 8)]
    share, ratio = priorities(names, pairs)
    printed = [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]
    assert [share[n] for n in names] == pytest.approx(printed, abs=1e-3)
    assert ratio == pytest.approx(0.169, abs=1e-3)
    share, ratio = priorities(["a", "b", "c"], [("a", "b", 2.0), ("b", "c", 3.0), ("a", "c", 6.0)])
    assert list(share.values()) == pytest.approx([0.6, 0.3, 0.1])
    assert ratio == pytest.approx(0.0, abs=1e-12)


def test_promethee_of_a_small_example() -> None:
    values = np.array([[4.0, 3, 2], [3, 2, 4], [5, 1, 3]])
    flows = promethee(values, np.array([[0.5, 0.3, 0.2]]), np.zeros(3), np.zeros(3))
    assert flows[0] == pytest.approx([0.1, -0.3, 0.2])


@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_methods_agree_with_pymcdm(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    values, weight = rng.random((n, m)) + 0.1, rng.dirichlet(np.ones(m))
    sign = rng.choice([-1.0, 1.0], m)
    made = normalised(values, sign, "minmax")
    theirs = TOPSIS(minmax_normalization)(values, weight, sign, validation=False)
    assert topsis(made, weight[None])[0] == pytest.approx(theirs)
    close = topsis(normalised(values, np.ones(m), "vector"), weight[None])[0]
    assert close == pytest.approx(TOPSIS(vector_normalization)(values, weight, np.ones(m), validation=False))
    low, high = np.full(m, 0.05), np.full(m, 0.4)
    flows = promethee(values * sign, weight[None], low, high)[0]
    assert flows == pytest.approx(PROMETHEE_II("vshape_2", p=high, q=low)(values, weight, sign, validation=False))
    usual = promethee(values * sign, weight[None], np.zeros(m), np.zeros(m))[0]
    assert usual == pytest.approx(PROMETHEE_II("usual")(values, weight, sign, validation=False))
    assert weighted_sum(made, weight[None])[0] == pytest.approx(made @ weight)


def test_equal_scores_share_the_better_place_and_tell_nothing_where_all_are_alike() -> None:
    assert ranks(np.array([[0.3, 0.1 + 0.2, 0.9, 0.1]])).tolist() == [[2, 2, 1, 4]]
    for how in ("minmax", "vector", "zscore"):
        made = normalised(np.array([[1.0, 5.0], [2.0, 5.0]]), np.ones(2), how)
        assert ranks(weighted_sum(made, np.array([[0.1, 0.9]])))[0].tolist() == [2, 1]


def test_drawn_weights_lie_around_the_party_s_own() -> None:
    drawn = around(np.array([0.5, 0.3, 0.2, 0.0]), 4000, np.random.default_rng(0))
    assert drawn.sum(axis=1) == pytest.approx(1.0)
    assert drawn.mean(axis=0) == pytest.approx([0.5, 0.3, 0.2, 0.0], abs=0.01)
    assert drawn[:, 0].std() == pytest.approx(np.sqrt(0.25 / 31), rel=0.05)


def test_a_place_that_flips_is_said_to_flip() -> None:
    firm = ranked(judged([[3, 3], [2, 2], [1, 1]], [1, 1]))
    assert firm.robustness["flips"].tolist() == [False] * 3
    assert firm.robustness[["rank", "best", "worst"]].to_numpy().tolist() == [[1, 1, 1], [2, 2, 2], [3, 3, 3]]
    assert firm.robustness["first_share"].tolist() == [1.0, 0.0, 0.0]
    told = firm.as_json({})
    assert not told["first_flips"]
    assert told["first_places"] == {"p0": list(dict.fromkeys(told["first_places"]["p0"]))}
    # p0 is far better by one criterion, p1 a little better by two: counted (PROMETHEE) p1 is first, measured p0 is.
    flips = ranked(judged([[10, 5.0, 5.0], [1, 5.2, 5.2], [0, 0.0, 0.0]], [1, 0.9, 0.9]))
    assert flips.robustness.set_index("project")["flips"].to_dict() == {"p0": True, "p1": True, "p2": False}
    told = flips.as_json({"p0": "Far"})
    assert told["first_flips"]
    assert set(told["first_places"]) == {"p0", "p1"}
    assert "PROMETHEE II" in told["first_places"]["p1"]
    assert told["ranking"][0]["name"] == "Far"


def test_acceptability_sums_to_one_by_project_and_place_and_repeats_with_its_seed() -> None:
    rng = np.random.default_rng(1)
    found = judged(rng.random((6, 4)), rng.random(4), ["more", "less", "more", "less"])
    one = ranked(found, draws=300, seed=3)
    shares = one.acceptability
    assert shares.groupby("project")["share"].sum().tolist() == pytest.approx([1.0] * 6)
    assert shares.groupby("rank")["share"].sum().tolist() == pytest.approx([1.0] * 6)
    mean = shares.assign(w=shares["share"] * shares["rank"]).groupby("project")["w"].sum()
    assert mean.tolist() == pytest.approx(one.robustness.set_index("project")["mean"].sort_index().tolist())
    pd.testing.assert_frame_equal(shares, ranked(found, draws=300, seed=3).acceptability)
    assert (one.robustness["best"] <= one.robustness["rank"]).all()
    assert (one.robustness["worst"] >= one.robustness["stated_worst"]).all()
    for (method, normalisation), mine in one.places.groupby(["method", "normalisation"]):
        weight = found.weights[0].weight[None]
        assert mine["score"].tolist() == pytest.approx(scored(found, method, normalisation, weight)[0].tolist())


def test_less_is_better_where_it_says_so() -> None:
    found = judged([[1.0], [2.0]], [1], ["less"])
    for way in (("weighted sum", "minmax"), ("TOPSIS", "vector"), ("PROMETHEE II", "none")):
        assert ranks(scored(found, *way, np.ones((1, 1))))[0].tolist() == [1, 2]


def with_criteria(**more: Any) -> Region:
    return region_of(
        road("one", 60, 1000, sector="transport"), road("two", 20, 500, sector="transport"),
        road("three", 5, 100, sector="transport"),
        criteria=table(
            {"criterion": "money", "name": "Worth", "measure": "npv"},
            {"criterion": "jobs", "name": "Jobs", "unit": "count"},
            {"criterion": "co2", "name": "CO2", "unit": "t", "direction": "less"},
        ),
        criteria_scores=table(*({"project": p, "criterion": c, "value": v} for p, c, v in (
            ("one", "jobs", 10), ("two", "jobs", 90), ("three", "jobs", 50),
            ("one", "co2", 5), ("two", "co2", 1), ("three", "co2", 9),
        ))),
        criteria_weights=table(
            {"party": "a", "criterion": "money", "weight": 6}, {"party": "a", "criterion": "jobs", "weight": 2},
            {"party": "a", "criterion": "co2", "weight": 2},
        ),
        criteria_judgements=table(
            {"party": "b", "criterion": "jobs", "other": "money", "ratio": 2},
            {"party": "b", "criterion": "jobs", "other": "co2", "ratio": 4},
            {"party": "b", "criterion": "money", "other": "co2", "ratio": 2},
        ), **more,
    )  # fmt: skip


def test_scores_and_weights_of_a_package() -> None:
    found = appraise(with_criteria(), criteria=True)
    assert found.ranking is not None
    made = found.ranking.judged
    assert made.scores["money"].to_dict() == pytest.approx({p.project: p.first.npv for p in found.projects})
    weights = {w.party: w.weight.tolist() for w in made.weights}
    assert weights["a"] == pytest.approx([0.6, 0.2, 0.2])
    assert weights["b"] == pytest.approx([2 / 7, 4 / 7, 1 / 7])
    assert weights[COMPROMISE] == pytest.approx([(0.6 + 2 / 7) / 2, (0.2 + 4 / 7) / 2, (0.2 + 1 / 7) / 2])
    told = found.as_json()["criteria"]
    assert told["ranking"][0]["project"] == "two"
    assert {r["party"] for r in told["by_party"]} == {"a", "b"}
    assert told["weights"][1]["consistent"]
    assert {"scores", "places", "robustness", "acceptability", "quadrants"} <= set(found.tables())


def test_what_lacks_a_score_is_not_ranked_and_said_so() -> None:
    region = with_criteria()
    scores = region.table("criteria_scores")
    hoped = table({"criterion": "hoped", "name": "Hoped", "measure": "enpv"})
    criteria = pd.concat([region.tables["criteria"], hoped], ignore_index=True)
    lacking = region.with_table("criteria", criteria).with_table(
        "criteria_scores", scores[scores["project"] != "three"])
    found = appraise(lacking, criteria=True, check=False)
    told = found.as_json()["criteria"]
    assert told["unranked"] == {"three": "jobs, co2"}
    assert told["left_out"] == {"hoped": "enpv needs scenarios or draws"}
    assert sorted(r["project"] for r in told["ranking"]) == ["one", "two"]


def test_without_criteria_nothing_is_judged() -> None:
    region = region_of(road("one", 60, 1000))
    with pytest.raises(UsageError, match=r"no criteria\.csv"):
        appraise(region, criteria=True)
    with pytest.raises(UsageError, match=r"no criteria\.csv"):
        judge(appraise(region))


def test_quadrants_against_the_sector_s_budget() -> None:
    found = appraise(with_criteria(budgets=table(
        {"party": "*", "amount": 1100, "sector": "transport"}, {"party": "a", "amount": 7, "sector": "energy"},
    )), against=["one"])  # fmt: skip
    made = quadrants(judge(found), found.region).set_index("project")
    # Money: one, two, three; the first costs 1000, of 1100. Social: two, three (600 in all), one (1600, too much).
    assert made["financial"].tolist()[0] == pytest.approx(100.0)
    assert made["within_financial"].to_dict() == {"one": True, "two": False, "three": False}
    assert made["within_social"].to_dict() == {"one": False, "two": True, "three": True}
    assert made["quadrant"].to_dict() == {"one": "C", "two": "B", "three": "B"}
    assert (made["budget"] == 1100).all()
    assert (made["cut"] == "budget").all()
    free = quadrants(judge(appraise(with_criteria())), with_criteria()).set_index("project")
    assert free["budget"].isna().all()
    assert (free["cut"] == "middle").all()  # what limits nothing cuts in the middle
    assert free.loc["one", "quadrant"] == "C"
    assert free.loc["two", "within_social"]
