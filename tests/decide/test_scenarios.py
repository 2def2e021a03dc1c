"""Scenarios: shifts of figures, by name and by pattern, and what they must leave alone."""

from __future__ import annotations

import numpy as np
import pytest
from tiny import added, edited, tiny_region

from sungari.chain import solve
from sungari.decide.scenarios import Shift, probabilities, scenario_region, shifted, shifts_of
from sungari.errors import UsageError
from sungari.region.package import Region
from sungari.region.rows import rows_named


def test_a_scenario_shifts_its_rows_and_nothing_else(tiny: Region) -> None:
    dear = scenario_region(tiny, "dear")
    assert dear.table("demand")["price"].tolist() == pytest.approx([72.0, 90.0])
    assert dear.table("duties")["ad_valorem"].tolist() == pytest.approx([0.1])
    assert tiny.table("demand")["price"].tolist() == [60.0, 90.0]  # the region itself stays
    for name in set(tiny.tables) - {"demand", "duties"}:
        assert dear.tables[name] is tiny.tables[name]
    assert probabilities(tiny) == {"dear": 0.3, "late": 0.0}


def test_a_longer_review_is_a_longer_lead(tiny: Region) -> None:
    late = scenario_region(tiny, "late").table("projects")
    assert late["lead"].tolist() == [2.0, 0.0]
    assert late["review_months"].tolist()[0] == 12.0
    told = tiny_region({"projects": edited("projects", "host,lead", "host,lead")["projects"]})
    halved = shifted(told, [Shift("projects", "bridge", "review_months", change=18.0),
                            Shift("projects", "bridge", "review_months", factor=0.5)])  # fmt: skip
    assert halved.table("projects")["lead"].tolist()[0] == pytest.approx(1.75)


def test_what_rows_a_key_means() -> None:
    region = tiny_region(added("supply", "town,coal,7,30,1,,,s1"))
    assert rows_named(region, "supply", "mine/coal").tolist() == [0, 1]
    assert rows_named(region, "supply", "*/coal/1").tolist() == [0, 2]
    assert rows_named(region, "supply", "*").tolist() == [0, 1, 2]
    assert rows_named(region, "rates", "train/coal/rail").tolist() == [2]
    assert rows_named(region, "rates", "train/*/").tolist() == [0]  # an empty part is a blank cell
    assert rows_named(region, "links", "rail").tolist() == [0]
    assert rows_named(region, "links", "rail/mine").tolist() == []
    assert rows_named(region, "duties", "*/cn").tolist() == [0]


def test_shifts_follow_one_another_and_stop_at_the_column_s_bounds(tiny: Region) -> None:
    both = shifted(tiny, [Shift("links", "*", "capacity", factor=0.5), Shift("links", "rail", "capacity", change=-600)])
    capacity = both.table("links")["capacity"].to_numpy()
    assert capacity[0] == 0.0
    assert np.isnan(capacity[1])  # unlimited stays so …
    closed = shifted(tiny, [Shift("links", "sea", "capacity", factor=0.0)])
    assert closed.table("links")["capacity"].tolist()[1] == 0.0  # … unless it is closed
    assert shifted(tiny, [Shift("links", "sea", "loss", change=2.0)]).table("links")["loss"].tolist()[1] == 1.0


def test_a_plan_of_a_scenario_is_the_plan_of_a_package_that_says_so(tiny: Region) -> None:
    by_hand = tiny_region(edited("demand", "town,power,800,60", "town,power,800,72")
                          | edited("duties", "0.05,0,,false", "0.1,0,,false"))  # fmt: skip
    assert solve(scenario_region(tiny, "dear")).objective == pytest.approx(solve(by_hand).objective, rel=1e-12)


@pytest.mark.parametrize(("shift", "text"), [
    (Shift("demand", "toun/power", "price", 2.0), "no row 'toun/power' in demand.csv"),
    (Shift("demand", "town/power", "prise", 2.0), "did you mean 'price'"),
    (Shift("link", "rail", "cost", 2.0), "did you mean 'links'"),
])  # fmt: skip
def test_what_is_not_there_is_named(tiny: Region, shift: Shift, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        shifted(tiny, [shift])


def test_an_unknown_scenario_is_named(tiny: Region) -> None:
    with pytest.raises(UsageError, match="did you mean 'dear'"):
        shifts_of(tiny, "deer")
