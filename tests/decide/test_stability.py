"""The split in every scenario: by hand, and the base case is the split itself."""

from __future__ import annotations

import pandas as pd
import pytest

from sungari import Region
from sungari.decide import study
from sungari.decide.sharing import share
from sungari.decide.stability import over_scenarios, ranges
from sungari.errors import UsageError


def region(*, scenarios: bool = True) -> Region:
    """A mine in `a` (60 at 1), a town in `b` (100 at 10), carriage 2."""
    tables = {
        "parties": pd.DataFrame({"party": ["a", "b"], "name": ["A", "B"], "kind": "country"}),
        "places": pd.DataFrame({"place": ["mine", "town"], "name": ["Mine", "Town"], "party": ["a", "b"]}),
        "commodities": pd.DataFrame({"commodity": ["coal"], "name": ["Coal"], "unit": ["t"]}),
        "supply": pd.DataFrame({"place": ["mine"], "commodity": ["coal"], "capacity": [60.0], "cost": [1.0]}),
        "links": pd.DataFrame({"link": ["rail"], "from": ["mine"], "to": ["town"], "mode": ["rail"], "cost": [2.0]}),
        "rates": pd.DataFrame({"mode": ["rail"], "commodity": ["*"]}),
        "demand": pd.DataFrame({"place": ["town"], "commodity": ["coal"], "quantity": [100.0], "price": [10.0]}),
    }
    if scenarios:
        tables["scenarios"] = pd.DataFrame({
            "scenario": ["half", "dear"], "table": ["supply", "demand"], "row": ["mine/coal", "town/coal"],
            "column": ["capacity", "price"], "factor": [0.5, 2.0], "probability": [0.25, 0.25],
        })
    return Region.from_tables("two", tables)


def test_each_scenario_is_split_by_itself() -> None:
    # Together 60·(10 − 3) = 420; with half the coal 210; at twice the price 60·(20 − 3) = 1020. Halved each time.
    found = over_scenarios(share(region()))
    assert found.stability is not None
    gains = found.stability.drop_duplicates("scenario").set_index("scenario")
    assert gains["gain"].to_dict() == pytest.approx({"": 420.0, "half": 210.0, "dear": 1020.0})
    assert gains["probability"].to_dict() == pytest.approx({"": 0.5, "half": 0.25, "dear": 0.25})
    span = ranges(found.stability).set_index(["player", "rule"])
    assert span.loc[("a", "shapley")].tolist() == pytest.approx([105.0, 510.0])
    assert span.loc[("b", "nucleolus")].tolist() == pytest.approx([105.0, 510.0])


def test_it_is_kept_with_the_split() -> None:
    kept = study.part(over_scenarios(share(region())))
    assert kept.info["stability"]["scenarios"] == 3
    assert kept.info["stability"]["core_not_empty"] == 3
    assert len(kept.tables["stability"]) == 6


def test_without_scenarios_there_is_nothing_to_split_under() -> None:
    with pytest.raises(UsageError, match=r"scenarios\.csv"):
        over_scenarios(share(region(scenarios=False)))
