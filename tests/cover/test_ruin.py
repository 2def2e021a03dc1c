"""Ruin, capital and its parts: closed forms, the draws, sums."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from funds import cells_of, event

from sungari.cover.capital import allocate, by_party, quantile, tail_mean, unpaid_by_project
from sungari.cover.exact import Aggregator
from sungari.cover.exposure import Cells
from sungari.cover.lattice import Lattice, discretised
from sungari.cover.losses import Draws, Task, draw
from sungari.cover.premium import premiums
from sungari.cover.reserve import Account, Reinsurance, Rules, needed, run
from sungari.cover.ruin import Chain, ever_ruined
from sungari.cover.severity import Gamma, Lognormal
from sungari.cover.terms import Layer

COVER = cells_of([event(Gamma.of(2.0, 1.5), probability=0.06, factor=0, loading=0.5)], [20], years=6, lower=0.2,
                 upper=6.0)


def account(rules: Rules, cells: Cells = COVER, price: float = 0.0) -> Account:
    return Account(rules, premiums(cells, rules), np.full(len(cells.years), price))


def chain(made: Account, cells: Cells = COVER) -> Chain:
    one = Aggregator(cells).year(0).lattice
    return Chain(made, [one] * len(cells.years))


def drawn(made: Account, cells: Cells = COVER, paths: int = 200_000, keep: float = 0.02) -> Draws:
    return draw(Task(cells, 11, paths, made.worth, made.income_so_far, keep))


def test_ever_ruined_is_cramer_lundbergs_closed_form() -> None:
    # exponential payments of mean 1, loading 0.2: psi(u) = exp(-theta u / (1 + theta)) / (1 + theta)
    payment = Lattice(0.002, discretised(Layer(Gamma(1.0, 1.0), 1.0), 0.002, 20_000))
    for u in range(11):
        expected = math.exp(-0.2 * u / 1.2) / 1.2
        assert ever_ruined(1.0, payment, 1.2, float(u)) == pytest.approx(expected, abs=1e-5)
    assert ever_ruined(1.0, payment, 0.99, 5.0) == 1.0


def test_one_years_ruin_is_the_tail_of_its_claims() -> None:
    cells = cells_of([event(Lognormal.of(2.0, 2.0), frequency=0.8)], [5])
    made = account(Rules(), cells)
    one = Aggregator(cells).year(0).lattice
    income = float(made.income[0])
    for opening in (0.0, 3.0, 20.0):
        assert chain(made, cells).ruin(opening)[0] == pytest.approx(
            float(one.exceeding(np.array(opening + income))), abs=1e-3)
    assert chain(made, cells).capital(0.01) == pytest.approx(one.var(0.99) - income, rel=2e-3)


RULES = {
    "plain": Rules(),
    "loaded, with return": Rules(premium_rule="standard_deviation", premium_loading=0.1, rate=0.03),
    "annual limit": Rules(annual_limit=9.0),
    "reinsured": Rules(layers=(Reinsurance("a", 5.0, 4.0, 0.2),)),
    "called": Rules(trigger=6.0, target=8.0, call_limit=1.0, rate=0.02),
    "paying in": Rules(contributions={"cn": np.array([1.0, 0, 0, 2.0, 0, 0])}),
}


@pytest.mark.parametrize("name", RULES)
def test_the_chain_is_ruined_as_often_as_the_paths(name: str) -> None:
    made = account(RULES[name], price=0.2 if RULES[name].layers else 0.0)
    walk = chain(made)
    paths = drawn(made)
    for opening in (2.0, 12.0):
        chance = walk.ruin(opening)
        found = run(made, paths.claims, opening).ruin()
        error = 4.5 * np.sqrt(np.maximum(chance * (1 - chance), 1e-6) / len(paths.claims)) + 2e-4
        assert np.all(np.abs(found - chance) <= error), (found, chance)
        assert np.all(np.diff(chance) >= -1e-12)
    capital = walk.capital(0.01)
    assert walk.ruin(capital)[-1] == pytest.approx(0.01, abs=2e-4) or capital == 0.0


def test_a_rare_ruin_has_a_small_error() -> None:
    """A chance of 0.1 % within 5 %: without drawing, against a million paths."""
    made = account(Rules(premium_loading=0.3))
    walk = chain(made)
    capital = walk.capital(0.001)
    finer = Chain(made, [Aggregator(COVER).year(0, step=walk.step / 7).lattice] * 6)
    assert finer.ruin(capital)[-1] == pytest.approx(0.001, rel=0.02)
    found = run(made, drawn(made, paths=1_000_000, keep=0.002).claims, capital).ruin()[-1]
    assert found == pytest.approx(0.001, rel=4 / 1000**0.5)


def test_the_needed_capital_is_where_paths_begin_to_fail() -> None:
    made = account(Rules(rate=0.03, contributions={"cn": np.full(6, 0.1)}))
    paths = drawn(made, paths=20_000)
    need = needed(made, paths.claims)
    for level in (0.9, 0.99):
        opening, _ = quantile(need, level)
        assert run(made, paths.claims, opening).ruin()[-1] == pytest.approx(1 - level, abs=2e-3)
    assert np.array_equal(need > 4.0, run(made, paths.claims, 4.0).ruined < 6)


def test_parts_of_the_capital_sum_to_the_whole() -> None:
    cells = cells_of([event(Gamma.of(2.0, 1.5), probability=0.06, factor=0, loading=0.5)], [20], years=6,
                     scale=np.linspace(0.5, 3.0, 20))
    made = account(Rules(contributions={"cn": np.full(6, 0.3)}, rate=0.02), cells)
    paths = drawn(made, cells)
    split = allocate(cells, made, paths, 50.0)
    assert split.project.sum() == pytest.approx(50.0)
    assert split.tail.sum() == pytest.approx(1.0)
    assert sum(by_party(cells, split.project).values()) == pytest.approx(50.0)
    assert by_party(cells, split.project)["ru"] == pytest.approx(37.5)
    # Large projects call for more capital than small ones.
    assert split.project[15:].sum() > 3 * split.project[:5].sum()


def test_alike_projects_have_alike_parts() -> None:
    made = account(Rules())
    split = allocate(COVER, made, drawn(made, keep=0.05), 10.0)
    assert np.all(np.abs(split.project - 0.5) < 5 * split.error + 1e-9)


def test_short_money_goes_to_those_first_in_order() -> None:
    made = account(Rules(order=("p3",)))
    paths = drawn(made, paths=20_000, keep=0.05)
    found = unpaid_by_project(COVER, made, paths, 6.0).set_index("project")
    assert found["unpaid"].sum() > 0
    others = found.drop("p3")
    assert found.loc["p3", "unpaid"] / found.loc["p3", "claims"] < 0.2 * (others["unpaid"] / others["claims"]).min()
    total = run(made, paths.claims[paths.kept.paths], 6.0).unpaid.sum()
    assert found["unpaid"].sum() == pytest.approx(total, rel=1e-6)
    assert isinstance(found, pd.DataFrame)


def test_an_annual_limit_holds() -> None:
    made = account(Rules(annual_limit=5.0, layers=(Reinsurance("a", 2.0, 1.0, 0.0),)))
    claims = np.array([[0.0, 3.0, 7.0, 2.5, 0.0, 0.0]])
    assert made.rules.paid(claims).tolist() == [[0.0, 3.0, 5.0, 2.5, 0.0, 0.0]]
    assert made.rules.net(claims).tolist() == [[0.0, 2.0, 4.0, 2.0, 0.0, 0.0]]
    course = run(replace(made, premium=np.zeros_like(made.premium)), claims, 7.0)
    assert course.reserve.tolist() == [[7.0, 5.0, 1.0, 0.0, 0.0, 0.0]]
    assert course.ruined.tolist() == [3]
    assert course.unpaid.tolist() == [0.0, 0.0, 2.0, 1.0, 0.0, 0.0]


def test_a_call_restores_the_target() -> None:
    made = account(Rules(trigger=5.0, target=6.0, call_limit=2.0))
    made = replace(made, premium=np.zeros_like(made.premium))
    course = run(made, np.array([[0.0, 1.5, 0.0, 0.0, 0.0, 0.0]]), 3.0)
    assert course.called.tolist() == [2.0, 0.0, 2.0, 0.0, 0.0, 0.0]
    assert course.reserve[0].tolist() == [5.0, 3.5, 5.5, 5.5, 5.5, 5.5]


@pytest.mark.parametrize("rule", ["expected_value", "standard_deviation", "wang", "tvar"])
def test_premiums_follow_their_rules(rule: str) -> None:
    cells = cells_of([event(Gamma(1.0, 1.0), frequency=0.5)], [1])
    plain = premiums(cells, Rules(premium_rule=rule))
    assert plain[0, 0] == pytest.approx(0.5, rel=1e-4)
    loaded = premiums(cells, Rules(premium_rule=rule, premium_loading=0.3))[0, 0]
    expected = {"expected_value": 0.65, "standard_deviation": 0.5 + 0.3 * 1.0}
    if rule in expected:
        assert loaded == pytest.approx(expected[rule])
    if rule == "tvar":
        claims = draw(Task(cells, 1, 400_000, np.ones(1), np.zeros(1), 0.001)).claims[:, 0]
        var, _ = quantile(claims, 0.99)
        assert loaded == pytest.approx(0.5 + 0.3 * (tail_mean(claims, 0.99, var)[0] - 0.5), rel=0.02)
    if rule == "wang":
        claims = np.sort(draw(Task(cells, 1, 400_000, np.ones(1), np.zeros(1), 0.001)).claims[:, 0])
        from scipy import special

        over = 1 - np.arange(len(claims)) / len(claims)
        weight = -np.diff(np.append(special.ndtr(special.ndtri(over) + 0.3), 0.0))
        assert loaded == pytest.approx(float(claims @ weight), rel=0.02)


@pytest.mark.parametrize("rule", ["expected_value", "standard_deviation", "wang", "tvar"])
def test_more_cover_costs_more(rule: str) -> None:
    rules = Rules(premium_rule=rule, premium_loading=0.3)

    def price(**terms: float) -> float:
        cells = cells_of([event(Gamma.of(2.0, 1.5), probability=0.1)], [1], **terms)  # type: ignore[arg-type]
        return float(premiums(cells, rules)[0, 0])

    assert price(scale=0.5) < price(scale=0.8) < price(scale=1.0)
    assert price(lower=1.0) < price(lower=0.5) < price()
    assert price(upper=1.0) < price(upper=3.0) < price()


def test_quantiles_of_draws_cover_the_true_one() -> None:
    random = np.random.default_rng(5)
    hits = 0
    for _ in range(200):
        found, error = quantile(random.exponential(size=4000), 0.99)
        hits += abs(found - math.log(100)) <= 2 * error
    assert hits > 170
    values = random.exponential(size=200_000)
    var, _ = quantile(values, 0.99)
    mean, error = tail_mean(values, 0.99, var)
    assert mean == pytest.approx(math.log(100) + 1, abs=4 * error)
