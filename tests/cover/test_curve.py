"""Capital for other chances of ruin and other coverage, from the courses that were drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from funds import package

from sungari.cover.fund import Fund, size

FLOOD = "hazard,name,kind,frequency,severity,mean,sd\nflood,Flood,event,0.6,lognormal,0.2,0.1"
CALLED = """
key,value,party,layer
contribution,4,cn,
replenishment_trigger,15,,
replenishment_limit,5,,
reinsurance_retention,50,,top
reinsurance_limit,30,,top
horizon,5,,
"""


def covered(coverage: float, fund: str = "horizon,5\n") -> Fund:
    amounts = "project,hazard,amount,coverage\n" + "".join(
        f"p{i},flood,{amount},{coverage}\n" for i, amount in enumerate((100, 200, 300))
    )
    rules = fund if fund.lstrip().startswith("key") else f"key,value\n{fund}"
    return size(package(FLOOD, amounts, rules), paths=20_000)


def curve(fund: Fund, factor: float) -> pd.Series:
    frame = fund.tables()["curve"]
    made: pd.Series = frame[frame["coverage"] == factor].set_index("ruin")["capital"]
    return made


def test_the_accepted_chance_asks_for_the_capital_of_the_fund() -> None:
    fund = covered(0.8)
    assert curve(fund, 1.0)[0.005] == pytest.approx(fund.capital.value, rel=0.05)


@pytest.mark.parametrize("fund", ["horizon,5\n", CALLED])
def test_the_safer_the_dearer_and_more_cover_needs_more(fund: str) -> None:
    found = covered(0.5, fund)
    frame = found.tables()["curve"].pivot(index="ruin", columns="coverage", values="capital")
    assert (frame.diff().dropna() <= 1e-6).to_numpy().all()
    assert (frame.diff(axis=1).iloc[:, 1:] >= -1e-6 * frame.to_numpy().max()).to_numpy().all()
    assert frame.columns.max() == 1.5


def test_half_the_cover_is_what_a_fund_with_half_the_cover_needs() -> None:
    assert curve(covered(0.8), 0.5).to_numpy() == pytest.approx(curve(covered(0.4), 1.0).to_numpy(), rel=1e-6)


def test_with_calls_a_capital_of_the_curve_has_the_chance_that_it_says() -> None:
    found = covered(0.8, CALLED)
    capital = curve(found, 1.0)[0.02]
    stated = covered(0.8, CALLED + f"opening_capital,{capital},cn,\n")
    assert list(stated.as_json()["ruin"].values())[-1] == pytest.approx(0.02, rel=0.15)


def test_nothing_is_covered_more_than_in_full() -> None:
    assert covered(1.0).tables()["curve"]["coverage"].max() == 1.0
    assert np.isfinite(covered(1.0).tables()["curve"]["capital"]).all()
