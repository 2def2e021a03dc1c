"""Time and money: discounting, years that stand for many, scales, each on a model solved by hand."""

from __future__ import annotations

import pytest
from handmade import Solve, region

TRADE = {
    "supply": "place,commodity,cost\nA,x,1",
    "demand": "place,commodity,quantity,price\nA,x,10,3",
}


def test_present_value_of_years(solve: Solve) -> None:
    # 20 a year. 2030 stands for 5 years, 2035 for 1; money of the base year 2030 at 10 %.
    plan = solve(region(
        "A a", "x", {"discount_rate": 0.1},
        periods="period,year,days,years\np,2030,365,5\nq,2035,365,1", **TRADE,
    ))
    assert plan.objective == pytest.approx(20 * sum(1.1**-n for n in range(6)))


def test_base_year_and_stated_discount(solve: Solve) -> None:
    # 2030 counts 1.1^-2 against the base year 2028; for 2031 the package states 0.5 itself.
    plan = solve(region(
        "A a", "x", {"discount_rate": 0.1, "base_year": 2028},
        periods="period,year,days,discount\np,2030,365,\nq,2031,365,0.5", **TRADE,
    ))
    assert plan.objective == pytest.approx(20 * (1.1**-2 + 0.5))
    # Tables are not discounted, welfare is.
    assert plan.sales["value"].tolist() == pytest.approx([30, 30])
    assert plan.prices("x")["price"].tolist() == pytest.approx([1, 1])


def test_shares_of_the_year_by_days(solve: Solve) -> None:
    # 100 of the 400 days that the package's periods have together: a quarter.
    plan = solve(region("A a", "x", periods="period,year,days\np,2030,100\nq,2030,300", **TRADE))
    assert plan.sales["quantity"].tolist() == pytest.approx([2.5, 7.5])
    assert plan.objective == pytest.approx(20)


def test_money_scale_divides_the_headline_only(solve: Solve) -> None:
    plan = solve(region("A a", "x", {"money_scale": 1000, "currency": "CNY"}, **TRADE))
    assert (plan.objective, plan.info["total_cost"], plan.info["welfare"]) == pytest.approx((0.02, 0.01, 0.02))
    assert plan.welfare()["amount"].sum() == pytest.approx(20)
    assert plan.money == "thousand CNY"


def test_package_without_periods_is_one_year(solve: Solve) -> None:
    plan = solve(region("A a", "x", **TRADE))
    assert plan.sales["period"].tolist() == ["year"]
    assert plan.objective == pytest.approx(20)
