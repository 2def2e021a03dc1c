"""Targets and actuals: variance, and the textbook's forecast at completion."""

from __future__ import annotations

import pytest
from helping import bare

from sungari.operate import keeping, progress, projects
from sungari.operate.register import Register


def measure(register: Register, *rows: tuple[str, str, float | None, float | None]) -> list[progress.AtCompletion]:
    with register.writing("anna") as work:
        projects.create(work, "bridge", bare())
        for name, period, target, actual in rows:
            unit = "1" if name == "progress" else "USD" if name == "cost" else "t"
            keeping.add(work, "measure", {"project": "bridge", "measure": name, "unit": unit, "period": period,
                                          "target": target, "actual": actual})
        frame = progress.by_period(work, "bridge")
        assert frame["variance"].dropna().tolist() == (frame["actual"] - frame["target"]).dropna().tolist()
        return progress.at_completion(work, "bridge")


def test_earned_value_as_the_textbook_has_it(register: Register) -> None:
    """Budget 1,000, planned to date 500, spent 450, 40 % done: CPI = 400/450, estimate 1,125."""
    found = measure(register, ("cost", "2026", 200, 190), ("cost", "2027", 300, 260), ("cost", "2028", 500, None),
                    ("progress", "2026", 0.2, 0.15), ("progress", "2027", 0.5, 0.4), ("progress", "2028", 1, None))
    assert len(found) == 1
    cost = found[0]
    assert (cost.planned, cost.target, cost.actual, cost.variance) == (1000, 500, 450, -50)
    assert (cost.forecast, cost.method) == (pytest.approx(1125), "earned value")


def test_without_progress_the_rate_so_far_goes_on(register: Register) -> None:
    output = measure(register, ("output", "2026", 100, 80), ("output", "2027", 300, None))[0]
    assert (output.forecast, output.method) == (pytest.approx(80 + 300 * 0.8), "rate so far")


def test_where_nothing_is_known_nothing_is_forecast(register: Register) -> None:
    assert measure(register, ("output", "2027", 300, None))[0].forecast is None
