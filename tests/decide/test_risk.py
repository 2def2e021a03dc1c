"""Risk: moments and tails against closed forms, scenarios against appraisals of their own, sensitivity by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from test_appraisal import region_of, road, table

from sungari.decide.appraisal import Appraisal, appraise
from sungari.decide.draws import Uncertainty, draw, uncertainties
from sungari.decide.risk import Cases, Risk, standard_errors, summary
from sungari.decide.scenarios import scenario_region
from sungari.decide.sensitivity import fit, sobol
from sungari.errors import InputError, UsageError
from sungari.region.package import Region

FACTOR = 7.721735 * 1.05  # present value of one a year for ten years at 5 %, paid a year before
SCENARIOS = table(
    {"scenario": "dear", "table": "demand", "row": "town/coal", "column": "price", "factor": 1.5, "probability": 0.25},
    {"scenario": "glut", "table": "demand", "row": "town/coal", "column": "price", "factor": 0.5, "probability": 0.25},
    {"scenario": "stress", "table": "projects", "row": "wide", "column": "capex", "factor": 10.0},
)
PRICE = {"uncertainty": "price", "table": "demand", "row": "town/coal", "column": "price", "acts": "factor"}
CAPEX = {"uncertainty": "capex", "table": "projects", "row": "*", "column": "capex", "acts": "factor"}


def uncertain(**more: Any) -> Region:
    """A road of 20 t more at a capex of 1,000; the price (30, of which 10 are cost) and the capex are uncertain."""
    return region_of(road("wide", 20, 1000), uncertainties=table(
        {**PRICE, "distribution": "uniform", "low": 0.4, "high": 1.6},
        {**CAPEX, "distribution": "triangular", "low": 0.5, "mode": 1.0, "high": 1.5},
    ), **more)  # fmt: skip


def test_scenarios_worked_out_by_hand() -> None:
    found = appraise(region_of(road("wide", 20, 1000), scenarios=SCENARIOS), scenarios=True, level=0.6)
    assert found.risk is not None
    base, dear, glut, stress = (20 * margin * FACTOR - 1050 * c for margin, c in ((20, 1), (35, 1), (5, 1), (20, 10)))
    cases = found.risk.changes[found.risk.changes["against"] == "first"].set_index("case")["change"]
    assert cases.to_dict() == pytest.approx({"base": base, "dear": dear, "glut": glut, "stress": stress}, rel=1e-6)
    made = found.as_json()["projects"][0]["risk"]
    mean = 0.5 * base + 0.25 * dear + 0.25 * glut
    assert made["enpv"] == pytest.approx(mean, rel=1e-6)
    assert made["sd"] == pytest.approx(
        np.sqrt(0.5 * (base - mean) ** 2 + 0.25 * (dear - mean) ** 2 + 0.25 * (glut - mean) ** 2), rel=1e-6)
    assert made["p_negative"] == pytest.approx(0.25)
    assert made["var"] == pytest.approx(-base, rel=1e-6)  # losses: −dear, −base, −glut with 25, 50, 25 %
    assert made["cvar"] == pytest.approx((0.15 * -base + 0.25 * -glut) / 0.4, rel=1e-6)
    assert made["least"] == pytest.approx(stress, rel=1e-6)  # a stress case is shown, and counts for nothing
    assert made["enpv_error"] == 0.0
    assert [c["case"] for c in made["cases"]["first"]] == ["base", "dear", "glut", "stress"]


def test_one_certain_scenario_is_the_appraisal_of_that_region() -> None:
    sure = SCENARIOS[SCENARIOS["scenario"] == "dear"].assign(probability=1.0)
    region = region_of(road("one", 60, 1000), road("two", 50, 1000), scenarios=sure)
    risky = appraise(region, scenarios=True, against=["one"])
    plain = appraise(scenario_region(region, "dear"), against=["one"])
    assert risky.risk is not None
    for each in plain.projects:
        for against in ("first", "last"):
            figures = risky.risk.of(each.project, against, 1.0)
            assert figures is not None
            change = getattr(each, against).change
            assert [figures[k] for k in ("enpv", "var", "cvar")] == pytest.approx([change, -change, -change], rel=1e-9)
            assert figures["sd"] == pytest.approx(0.0, abs=1e-6)


def test_a_case_without_a_plan_is_left_out_and_said_so() -> None:
    must = table({"place": "town", "commodity": "coal", "quantity": 30})
    flood = table({"scenario": "flood", "table": "demand", "row": "*", "column": "quantity", "factor": 5.0,
                   "probability": 0.4})  # fmt: skip
    found = appraise(region_of(road("wide", 20, 1000), demand=must, scenarios=flood), scenarios=True)
    assert found.risk is not None
    figures = found.risk.of("wide", "first", 1.0)
    assert figures is not None
    assert figures["no_plan"] == pytest.approx(0.4)
    assert figures["enpv"] == pytest.approx(-1050.0)


# -- distributions of changes -----------------------------------------------------------------------------------------


def test_tails_of_a_normal_portfolio_as_rockafellar_and_uryasev_print_them() -> None:
    # R. T. Rockafellar, S. Uryasev (2000), Optimization of conditional value-at-risk, tables 3 and 4.
    mean = np.array([0.010111, 0.0043532, 0.0137058])
    spread = np.array([[0.00324625, 0.00022983, 0.00420395], [0.00022983, 0.00049937, 0.00019247],
                       [0.00420395, 0.00019247, 0.00764097]])  # fmt: skip
    weight = np.array([0.452013, 0.115573, 0.432414])
    value = stats.norm.ppf((np.arange(400_000) + 0.5) / 400_000, weight @ mean, np.sqrt(weight @ spread @ weight))
    for level, var, cvar in ((0.90, 0.067847, 0.096975), (0.95, 0.090200, 0.115908), (0.99, 0.132128, 0.152977)):
        figures = summary(value, np.ones(len(value)), level)
        assert figures[3:] == pytest.approx([var, cvar], abs=2e-5)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.01, 1.0)), min_size=1, max_size=30), st.floats(0.05, 0.95))
@settings(max_examples=80, deadline=None)
def test_cvar_is_the_least_of_its_formula_and_no_less_than_var(cases: list[tuple[float, float]], level: float) -> None:
    value, chance = (np.array(x) for x in zip(*cases, strict=True))
    mean, sd, negative, var, cvar = summary(value, chance, level)
    weight = chance / chance.sum()
    least = min(a + weight @ np.maximum(-value - a, 0) / (1 - level) for a in -value)
    assert cvar == pytest.approx(least, rel=1e-9, abs=1e-6)
    assert cvar >= var - 1e-6
    assert cvar >= -mean - 1e-6
    assert 0 <= negative <= 1 + 1e-12
    assert sd >= 0


def test_draws_follow_their_distributions_and_their_common_cause() -> None:
    def u(kind: str, loading: float = 0.0, **parameters: Any) -> Uncertainty:
        return Uncertainty(kind, kind, kind, parameters, (("demand", "*", "price", "factor"),),
                           "market" if loading else None, loading)  # fmt: skip

    what = [u("normal", 0.6, mean=2.0, sd=0.5), u("lognormal", -0.5, mean=1.5, sd=0.6), u("uniform", low=1.0, high=4.0),
            u("triangular", low=0.0, mode=1.0, high=5.0), u("pert", low=0.0, mode=1.0, high=6.0),
            u("discrete", values=[0.0, 6.0, 18.0], chances=[0.5, 0.3, 0.2])]  # fmt: skip
    drawn = draw(what, 8192, seed=3)
    assert len(drawn) == 8192
    assert drawn.values.mean(axis=0) == pytest.approx([2.0, 1.5, 2.5, 2.0, 10 / 6, 5.4], rel=2e-3)
    spread = [0.25, 0.36, 9 / 12, (25 + 1 - 5) / 18, (10 / 6 - 0) * (6 - 10 / 6) / 7, 0.3 * 36 + 0.2 * 324 - 5.4**2]
    assert drawn.values.var(axis=0) == pytest.approx(spread, rel=2e-2)
    scores = np.stack([drawn.values[:, 0], np.log(drawn.values[:, 1])])
    assert np.corrcoef(scores)[0, 1] == pytest.approx(-0.3, abs=0.01)
    assert (draw(what, 100, seed=3).values == draw(what, 100, seed=3).values).all()
    assert not (draw(what, 100, seed=4).values == draw(what, 100, seed=3).values).any(axis=0)[0]
    assert len(draw(what, 100)) == 128


def test_the_standard_error_of_a_mean_is_that_of_the_replicates() -> None:
    rng = np.random.default_rng(0)
    value, replicate = rng.normal(size=80), np.repeat(np.arange(8), 10)
    errors = standard_errors(value, replicate, 0.9)
    means = value.reshape(8, 10).mean(axis=1)
    assert errors[0] == pytest.approx(means.std(ddof=1) / np.sqrt(8))
    assert (standard_errors(value, None, 0.9) == 0.0).all()


def test_drawn_worth_against_its_closed_form() -> None:
    found = appraise(uncertain(), draws=64, seed=1)
    assert found.risk is not None
    assert len(found.risk.cases.names) == 64
    made = found.risk.of("wide", "first", 1.0)
    assert made is not None
    # 600 · price − 200 a year where the price covers the cost of 10 (a factor above 1/3, always); capex 1050 · factor.
    assert made["enpv"] == pytest.approx(400 * FACTOR - 1050, abs=max(4 * made["enpv_error"], 1e-6 * 1050))
    sd = np.hypot(600 * FACTOR * 1.2 / np.sqrt(12), 1050 * np.sqrt(0.75 / 18))
    assert made["sd"] == pytest.approx(sd, abs=4 * made["sd_error"] + 0.01 * sd)
    assert 0 < made["enpv_error"] < 0.05 * sd  # far below sd / √64 = 0.125 sd
    exact = appraise(uncertain(), draws=64, seed=1)
    assert exact.as_json()["projects"][0]["risk"] == found.as_json()["projects"][0]["risk"]


# -- sensitivity ------------------------------------------------------------------------------------------------------


def seen_of(found: Appraisal) -> Any:
    assert found.sensitivity is not None
    return found.sensitivity


def test_tornado_and_switching_values_worked_out_by_hand() -> None:
    seen = seen_of(appraise(uncertain(), sensitivity=True))
    first = seen.tornado[seen.tornado["against"] == "first"].set_index("uncertainty")
    assert first.index.tolist() == ["price", "capex"]  # widest first
    low, high = 0.4 + 0.12, 0.4 + 1.08
    assert first.loc["price", ["at_low", "at_high"]].tolist() == pytest.approx(
        [(600 * f - 200) * FACTOR - 1050 for f in (low, high)], rel=1e-6)
    assert first.loc["price", "base"] == pytest.approx(400 * FACTOR - 1050, rel=1e-6)
    switch = seen.switching[seen.switching["against"] == "first"].set_index("uncertainty")["value"]
    assert switch["price"] == pytest.approx((1050 / FACTOR + 200) / 600, rel=1e-3)
    assert np.isnan(switch["capex"])  # three times the capex is out of its range
    assert seen.sobol.empty


def test_sobol_indices_of_a_linear_worth_are_shares_of_its_variance() -> None:
    seen = seen_of(appraise(uncertain(), draws=64, sensitivity=True, seed=5))
    mine = seen.sobol[seen.sobol["against"] == "first"].set_index("uncertainty")
    price, capex = (600 * FACTOR * 1.2) ** 2 / 12, 1050**2 * 0.75 / 18
    for column in ("first", "total"):
        assert mine[column].tolist() == pytest.approx([price / (price + capex), capex / (price + capex)], abs=0.02)
    assert (mine["fit"] > 0.999).all()


def test_a_polynomial_is_as_rich_as_its_points_allow_and_tells_its_fit() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 3))
    y = 1 + x[:, 0] - 2 * x[:, 1] * x[:, 2] + 0.5 * x[:, 0] ** 2
    rich, poor = fit(x, y), fit(x[:9], y[:9])
    assert rich.degree == 2
    assert rich.fit > 1 - 1e-9
    assert poor.degree == 0
    noisy = fit(x, y + rng.normal(scale=2.0, size=200))
    assert noisy.fit == pytest.approx(np.var(y) / (np.var(y) + 4), abs=0.12)
    names = ["a", "b", "c"]
    what = [Uncertainty(n, n, "normal", {"mean": 0.0, "sd": 1.0}, (("demand", "*", "price", "change"),)) for n in names]
    cases = Cases([str(k) for k in range(200)], np.full(200, 1 / 200), [()] * 200, np.arange(200) % 8,
                  pd.DataFrame(x, columns=names))
    changes = pd.DataFrame({"project": "p", "against": "first", "case": cases.names, "chance": 0.005, "change": y})
    found = sobol(Risk(cases, 0.95, changes, changes), what).set_index("uncertainty")
    assert found["first"].tolist() == pytest.approx([1.5 / 5.5, 0.0, 0.0], abs=0.03)
    assert found["total"].tolist() == pytest.approx([1.5 / 5.5, 4 / 5.5, 4 / 5.5], abs=0.06)


def test_what_is_missing_is_said_at_once() -> None:
    region = region_of(road("wide", 20, 1000))
    with pytest.raises(UsageError, match=r"no scenarios\.csv"):
        appraise(region, scenarios=True)
    with pytest.raises(UsageError, match=r"no uncertainties\.csv"):
        appraise(region, draws=8)
    with pytest.raises(UsageError, match=r"no uncertainties\.csv"):
        appraise(region, sensitivity=True)
    with pytest.raises(UsageError, match="either scenarios or draws"):
        appraise(uncertain(), scenarios=True, draws=8)
    with pytest.raises(InputError, match="no such row"):
        appraise(region_of(road("wide", 20, 1000), scenarios=SCENARIOS.assign(row="nowhere")), scenarios=True)


def test_the_rows_of_an_uncertainty_move_together() -> None:
    both = table({**PRICE, "distribution": "uniform", "low": 0.5, "high": 1.5},
                 {**PRICE, "table": "supply", "row": "mine", "column": "cost"})
    price = uncertainties(region_of(road("wide", 20, 1000), uncertainties=both))[0]
    moved = [s[:4] for s in price.shifts(1.2)]
    assert moved == [("demand", "town/coal", "price", 1.2), ("supply", "mine", "cost", 1.2)]
