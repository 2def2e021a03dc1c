"""Measures of cash flows: textbook figures, several rates, none, multiple roots, and random flows."""

from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
import pytest

from sungari.decide.cashflow import annuity, bcr, conventional, irr, mirr, npv, payback, sign_changes

BYPASS = Path(__file__).parent / "transport_cba_bypass.csv"


@pytest.mark.parametrize(("flow", "rate", "within"), [
    ([-150000, 15000, 25000, 35000, 45000, 60000], 0.0524, 5e-5),
    ([-100, 0, 0, 74], -0.0955, 5e-5),
    ([-100, 39, 59, 55, 20], 0.28095, 5e-6),
    ([-100, 100, 0, 7], 0.06206, 5e-6),
])  # fmt: skip
def test_internal_rates_of_the_tests_of_numpy_financial(flow: list[float], rate: float, within: float) -> None:
    assert irr(flow) == pytest.approx([rate], abs=within)


def test_a_flow_with_two_rates_gives_both() -> None:
    flow = [-50, -100, 600, 300, -100]  # numpy-financial, issue 28: -76 % and 185 %
    assert irr(flow) == pytest.approx([-0.768895, 1.854418], abs=1e-6)
    assert not conventional(flow)


def test_rates_that_are_not_there_are_not_made_up() -> None:
    assert irr([1, 2, 3]) == []
    assert irr([0, 0]) == []
    assert irr([]) == []
    assert irr([1, -3, 3]) == []  # two changes of sign, no real root


def test_a_rate_that_only_touches_zero_is_found_once() -> None:
    assert irr([-1, 2, -1]) == [0.0]
    assert irr([1, -4, 6, -4, 1]) == [0.0]


def test_rounding_is_no_change_of_sign() -> None:
    assert irr([-100.0, 110.0, -1e-12]) == pytest.approx([0.1])
    assert sign_changes([-100.0, 110.0, -1e-12]) == 1


def test_every_rate_of_flows_made_from_their_rates() -> None:
    draw = random.Random(5)
    for _ in range(40):
        wanted = sorted(draw.sample([-0.5, -0.2, 0.0, 0.05, 0.08, 0.3, 1.0, 4.0], draw.randint(1, 4)))
        flow = np.array([-1.0])
        for rate in wanted:
            flow = np.convolve(flow, [1.0, -(1.0 + rate)])
        assert irr(flow) == pytest.approx(wanted, abs=1e-6)


def test_a_long_flow_with_closing_costs() -> None:
    flow = [-1000.0] + [80.0] * 49 + [-400.0]
    rates = irr(flow)
    assert len(rates) == 2
    assert [npv(r, flow) for r in rates] == pytest.approx([0.0, 0.0], abs=1e-3)


def test_net_present_value_and_modified_rate() -> None:
    assert npv(0.05, [-15000, 1500, 2500, 3500, 4500, 6000]) == pytest.approx(122.89, abs=0.005)
    flow = [-4500, -800, 800, 800, 600, 600, 800, 800, 700, 3000]
    assert mirr(flow, 0.08, 0.055) == pytest.approx(0.0666, abs=5e-5)
    assert mirr([1.0, 2.0], 0.05) is None


def test_discount_factors_of_the_green_book() -> None:
    factors = [npv(0.035, [0.0] * year + [1.0]) for year in (1, 5, 10, 20, 30)]
    assert factors == pytest.approx([0.9662, 0.8420, 0.7089, 0.5026, 0.3563], abs=5e-5)


def test_a_published_appraisal_of_a_bypass() -> None:
    with BYPASS.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    part = {kind: np.sum([[float(v) for v in r[2:]] for r in rows if r[0] == kind], axis=0) for kind in
            ("cost", "benefit")}  # fmt: skip
    flow = part["cost"] + part["benefit"]
    assert npv(0.05, flow) / 1e6 == pytest.approx(3.33583, abs=6e-6)
    assert irr(flow) == pytest.approx([0.0562048], abs=6e-8)
    assert bcr(part["benefit"], -part["cost"], 0.05) == pytest.approx(1.07576, abs=6e-6)


def test_payback() -> None:
    assert payback([-100, 40, 40, 40]) == pytest.approx(2.5)
    assert payback([-100, 40, 40, 40], 0.1) is None
    assert payback([-100, 60, 60, 60], 0.1) == pytest.approx(1 + (100 - 60 / 1.1) / (60 / 1.21))
    assert payback([-100, 200, -150, 100]) == pytest.approx(2.5)  # back for good, not for a while
    assert payback([5, 1]) == 0.0


def test_annuity_is_the_even_flow_of_the_same_worth() -> None:
    yearly = annuity(1000.0, 0.07, 12)
    assert npv(0.07, [0.0] + [yearly] * 12) == pytest.approx(1000.0)
    assert annuity(1000.0, 0.0, 8) == 125.0


def test_flows_must_be_numbers() -> None:
    with pytest.raises(ValueError, match="finite"):
        irr([1.0, float("nan")])
