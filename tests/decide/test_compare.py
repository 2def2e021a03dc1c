"""Comparing results of one kind: what differs, largest first, and that equal ones differ in nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

import sungari
from sungari import Region
from sungari.decide import study
from sungari.decide.compare import Differences
from sungari.errors import UsageError


def region(capex: float = 1000.0) -> Region:
    """A mine and a town with a bridge too small by 200, and two projects of 100 each; one unit across is worth 6."""
    return Region.from_tables("bridges", {
        "parties": pd.DataFrame({"party": ["a", "b"], "name": ["A", "B"], "kind": "country"}),
        "places": pd.DataFrame({"place": ["mine", "town"], "name": ["Mine", "Town"], "party": ["a", "b"]}),
        "commodities": pd.DataFrame({"commodity": ["coal"], "name": ["Coal"], "unit": ["t"]}),
        "supply": pd.DataFrame({"place": ["mine"], "commodity": ["coal"], "capacity": [1000.0], "cost": [1.0]}),
        "links": pd.DataFrame({"link": ["old", "one", "two"], "from": "mine", "to": "town", "mode": "rail",
                               "cost": [3.0, 3.0, 3.0], "capacity": [100.0, 0.0, 0.0]}),
        "rates": pd.DataFrame({"mode": ["rail"], "commodity": ["*"]}),
        "demand": pd.DataFrame({"place": ["town"], "commodity": ["coal"], "quantity": [300.0], "price": [10.0]}),
        "projects": pd.DataFrame({"project": ["one", "two"], "name": ["One", "Two"], "capex": [1000.0, capex],
                                  "life": 10, "lumpy": "true"}),
        "effects": pd.DataFrame({"project": ["one", "two"], "table": "links", "row": ["one", "two"],
                                 "column": "capacity", "change": 100.0}),
        "shares": pd.DataFrame({"project": ["one", "two"], "party": ["a", "b"], "share": 1.0}),
    })  # fmt: skip


def difference(a: object, b: object, top: int | None = None) -> Differences:
    found = sungari.compare(a, b, top)  # type: ignore[arg-type]
    assert isinstance(found, Differences)
    return found


def test_appraisals(tmp_path: Path) -> None:
    cheap, dear = sungari.appraise(region()), sungari.appraise(region(capex=7000.0))
    found = difference(cheap, dear)
    # 600 a year less an annuity of 100, or of 700: the second bridge then is not worth it.
    assert found.tables["first_in"].to_dict("records") == [
        {"project": "two", "a": pytest.approx(500), "b": pytest.approx(-100), "difference": pytest.approx(-600),
         "rank_a": 1, "rank_b": 2},
    ], "both ranked first, now one does"
    assert found.tables["chosen"].to_dict("records") == [{"project": "two", "a": "yes", "b": "no"}]
    assert found.headline.set_index("figure")["difference"].to_dict() == pytest.approx(
        {"objective": 0.0, "objective_chosen": -500.0}
    )
    assert not found.same_package
    kept = study.open_study(study.save(dear, tmp_path / "dear"))
    assert difference(dear, kept).same


def test_portfolios() -> None:
    wide, narrow = sungari.select(region()), sungari.select(region(), ["1000"])
    found = difference(narrow, wide)
    assert found.headline.set_index("figure").loc["gain", "difference"] == pytest.approx(500)
    assert len(found.tables["projects"]) == 1
    assert found.tables["projects"][["size_a", "size_b"]].to_numpy().tolist() == [[0.0, 1.0]]
    gains = found.tables["parties"]["difference"]
    assert gains.sum() == pytest.approx(500)
    assert gains.abs().is_monotonic_decreasing
    assert difference(wide, wide).same


def test_sharings() -> None:
    without, with_both = sungari.share(region(), projects="none"), sungari.share(region(), projects="all")
    found = difference(without, with_both)
    assert found.headline.set_index("figure").loc["gain", "b"] == pytest.approx(3 * 600)
    assert len(difference(without, with_both, 1).tables["shapley"]) == 1
    assert found.counts["shapley"] == 2


def test_only_like_is_compared_with_like() -> None:
    plan = region().solve()
    with pytest.raises(UsageError, match="kind 'plan' with one of kind 'sharing'"):
        sungari.compare(plan, sungari.share(region()))

    @dataclass
    class Letter:
        region: Region

    with pytest.raises(UsageError, match="a Letter is no result"):
        sungari.compare(plan, Letter(region()))  # type: ignore[arg-type]
