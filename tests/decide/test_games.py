"""Sharing rules against textbook games and against their own axioms."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from random import Random

import coopgame
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sungari.decide.games import share_game
from sungari.errors import UsageError

Game = dict[frozenset[int], float]


def game(worth: Callable[[tuple[int, ...]], float], n: int) -> Game:
    return {frozenset(s): worth(s) for k in range(1, n + 1) for s in itertools.combinations(range(n), k)}


def bankruptcy(estate: float, claims: tuple[float, ...] = (100, 200, 300)) -> Game:
    return game(lambda s: max(estate - sum(c for i, c in enumerate(claims) if i not in s), 0), len(claims))


def values(split: dict[int, float] | None) -> list[float]:
    assert split is not None
    return list(split.values())


@pytest.mark.parametrize(
    ("estate", "expected"), [(100, [100 / 3] * 3), (200, [50, 75, 75]), (300, [50, 100, 150])]
)
def test_nucleolus_of_the_talmud(estate: float, expected: list[float]) -> None:
    # Aumann & Maschler 1985
    assert values(share_game(bankruptcy(estate), range(3)).nucleolus) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("estate", "expected"), [(200, [100 / 3, 250 / 3, 250 / 3]), (300, [50, 100, 150])])
def test_shapley_of_the_talmud_is_random_arrival(estate: float, expected: list[float]) -> None:
    # O'Neill 1982
    assert values(share_game(bankruptcy(estate), range(3)).shapley) == pytest.approx(expected, abs=1e-9)


def test_airport() -> None:
    # Littlechild & Owen 1973, Littlechild 1974; costs as negative worths
    cost = [1, 2, 4, 7]
    split = share_game(game(lambda s: -max(cost[i] for i in s), 4), range(4))
    assert values(split.shapley) == pytest.approx([-0.25, -7 / 12, -19 / 12, -55 / 12], abs=1e-9)
    assert values(split.nucleolus) == pytest.approx([-0.5, -0.75, -1.375, -4.375], abs=1e-6)
    assert split.core_empty is False


@pytest.mark.parametrize("right", [2, 9])
def test_gloves(right: int) -> None:
    n = right + 1
    split = share_game(game(lambda s: float(min(0 in s, len(s) - (0 in s))), n), range(n))
    assert values(split.shapley)[0] == pytest.approx(right / n, abs=1e-9)
    assert values(split.shapley)[1:] == pytest.approx([1 / (right * n)] * right, abs=1e-9)
    assert values(split.nucleolus) == pytest.approx([1.0] + [0.0] * right, abs=1e-6)


def test_majority_has_an_empty_core_and_names_who_blocks() -> None:
    split = share_game(game(lambda s: float(len(s) >= 2), 3), range(3))
    assert split.core_empty
    assert split.excess == pytest.approx(1 / 3)
    assert {frozenset({0, 1}), frozenset({0, 2}), frozenset({1, 2})} == set(split.blocking)


def test_no_split_that_pleases_each_alone_has_no_nucleolus() -> None:
    split = share_game(game(lambda s: 3.0 if len(s) == 1 else 4.0, 2), range(2))
    assert split.nucleolus is None
    assert values(split.prenucleolus) == pytest.approx([2.0, 2.0])


worths = st.lists(st.floats(-10, 10).map(lambda x: round(x, 3)), min_size=15, max_size=15)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(worths)
def test_axioms(drawn: list[float]) -> None:
    v = dict(zip(game(lambda s: 0.0, 4), drawn, strict=True))
    split = share_game(v, range(4))
    total = v[frozenset(range(4))]
    for rule in (split.shapley, split.prenucleolus, split.least_core):
        assert sum(values(rule)) == pytest.approx(total, abs=1e-6)
    # No split has a smaller largest complaint: shifting money between any two players does not help.
    x = np.array(values(split.prenucleolus))

    def complaint(y: np.ndarray) -> float:
        return max(worth - sum(y[i] for i in s) for s, worth in v.items() if len(s) < 4)

    assert complaint(x) == pytest.approx(split.excess, abs=1e-6)
    for i, j in itertools.permutations(range(4), 2):
        step = np.zeros(4)
        step[i], step[j] = 0.05, -0.05
        assert complaint(x + step) >= complaint(x) - 1e-6


@settings(max_examples=20, deadline=None, derandomize=True)
@given(worths, st.permutations(range(4)))
def test_names_do_not_matter(drawn: list[float], order: list[int]) -> None:
    v = dict(zip(game(lambda s: 0.0, 4), drawn, strict=True))
    renamed = {frozenset(order[i] for i in s): worth for s, worth in v.items()}
    one, two = share_game(v, range(4)), share_game(renamed, range(4))
    for i in range(4):
        assert one.shapley[i] == pytest.approx(two.shapley[order[i]], abs=1e-9)
        assert values(one.prenucleolus)[i] == pytest.approx(values(two.prenucleolus)[order[i]], abs=1e-5)


def test_sampled_shapley_covers_the_exact_value() -> None:
    # 13 players, weight i each, worth = (sum of weights)^2: Shapley_i = w_i * W by symmetry of pairs.
    n = 13
    weight = np.arange(1, n + 1)
    split = share_game(lambda s: float(sum(weight[i] for i in s) ** 2), range(n), samples=400, seed=3)
    exact = weight * weight.sum()
    error = np.array(list(split.standard_error.values()))
    assert np.all(np.abs(np.array(values(split.shapley)) - exact) <= 4 * error + 1e-9)
    assert sum(values(split.shapley)) == pytest.approx(float(exact.sum()))
    assert split.nucleolus is None


def test_bad_games_are_refused() -> None:
    with pytest.raises(UsageError, match="distinct"):
        share_game({}, ["a", "a"])
    with pytest.raises(UsageError, match="finite"):
        share_game(lambda s: float("nan"), ["a", "b"])


@settings(max_examples=40, deadline=None)
@given(st.integers(3, 5), st.randoms(use_true_random=False))
def test_another_package_finds_the_same(n: int, random: Random) -> None:
    worth = game(lambda s: float(random.randint(0, 40)) * (len(s) > 1), n)
    by_mask = [worth[frozenset(i for i in range(n) if mask >> i & 1)] for mask in range(1, 1 << n)]
    theirs, split = coopgame.Game(by_mask), share_game(worth, range(n))
    assert values(split.prenucleolus) == pytest.approx(coopgame.prenucleolus(theirs)["allocation"], abs=1e-5)
    if split.nucleolus is not None:
        assert values(split.nucleolus) == pytest.approx(coopgame.nucleolus(theirs)["allocation"], abs=1e-5)
    assert values(split.shapley) == pytest.approx(coopgame.shapley(theirs), abs=1e-9)


@pytest.mark.parametrize("money", [1e-9, 1.0, 1e12])
def test_the_unit_of_money_does_not_matter(money: float) -> None:
    # Of three any two share one: the core is empty, and so it is in thousands or in billionths.
    split = share_game(lambda c: money * (len(c) > 1), "abc")
    assert split.core_empty
    assert split.excess == pytest.approx(money / 3)
    lone = share_game({frozenset("a"): money}, "ab")
    assert lone.nucleolus is None  # together they have less than a alone
