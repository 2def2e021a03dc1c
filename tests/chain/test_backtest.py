"""The back-test: what was observed is found in a plan by table, party, link and month, and judged honestly."""

from __future__ import annotations

import pandas as pd
import pytest

from sungari import InputError, Region, UsageError
from sungari.chain.backtest import backtest, render, totals_by_commodity


def region(observations: list[dict[str, object]] | None) -> Region:
    """A mine in `ru` (60 t a year at 1), a mill in `cn` that makes 1 flour of 2 grain, a market in `cn`."""
    tables = {
        "parties": pd.DataFrame({
            "party": ["ru", "cn", "hlj"], "name": ["R", "C", "H"], "kind": ["country", "country", "province"],
            "parent": [None, None, "cn"],
        }),
        "places": pd.DataFrame({"place": ["farm", "mill"], "name": ["Farm", "Mill"], "party": ["ru", "hlj"]}),
        "commodities": pd.DataFrame({"commodity": ["grain", "flour"], "name": ["Grain", "Flour"], "unit": ["t", "t"]}),
        "periods": pd.DataFrame({
            "period": [f"2024-{m:02d}" for m in range(1, 13)], "year": 2024, "days": 30.0,
        }),
        "supply": pd.DataFrame({"place": ["farm"], "commodity": ["grain"], "capacity": [1200.0], "cost": [1.0]}),
        "processes": pd.DataFrame({"process": ["milling"], "name": ["Milling"], "cost": [1.0]}),
        "recipes": pd.DataFrame({"process": "milling", "commodity": ["grain", "flour"], "amount": [-2.0, 1.0]}),
        "facilities": pd.DataFrame({"place": ["mill"], "process": ["milling"], "capacity": [600.0]}),
        "links": pd.DataFrame({"link": ["bridge"], "from": ["farm"], "to": ["mill"], "mode": ["rail"],
                               "capacity": [960.0]}),
        "rates": pd.DataFrame({"mode": ["rail"], "commodity": ["grain"], "per_unit": [1.0]}),
        "demand": pd.DataFrame({"place": ["mill"], "commodity": ["flour"], "quantity": [500.0], "price": [20.0]}),
    }
    made = Region.from_tables("backtested", tables)
    if observations is not None:
        made.tables["observations"] = pd.DataFrame(observations)
    return made


def row(name: str, table: str, quantity: float, **more: object) -> dict[str, object]:
    return {"observation": name, "name": name, "table": table, "year": "2024", "quantity": str(quantity), "unit": "t",
            "total": "true", **more}


def test_figures_are_found_and_judged() -> None:
    # The bridge carries 960 a year, all that it can; that makes 480 flour, all of it sold, 40 a month.
    seen = [
        row("over the border", "flows", 1000, from_party="ru", to_party="cn", commodity="grain"),
        row("back over the border", "flows", 1, from_party="cn", to_party="ru", commodity="grain", total=""),
        row("bridge, kt", "flows", 0.96, links="bridge", unit="kt", total=""),
        row("first half", "sales", 300, place="mill", commodity="flour", months="01-06"),
        row("milled", "activity", 960, process="milling", commodity="grain", given="true", total=""),
    ]
    table = backtest(region(seen).solve()).set_index("observation")
    assert table["modelled"].tolist() == pytest.approx([960, 0, 0.96, 240, 960])
    assert table["difference"].tolist()[:1] == pytest.approx([-4.0])
    assert table["within"].tolist() == [True, False, True, True, True]
    assert table.loc["over the border", "at_limit"] == pytest.approx(1)


def test_totals_count_each_tonne_once() -> None:
    seen = [
        row("one", "flows", 700, links="bridge", commodity="grain"),
        row("same again", "flows", 700, links="bridge", commodity="grain", total=""),
    ]
    totals = totals_by_commodity(backtest(region(seen).solve()))
    assert totals["reported"].tolist() == [700]
    assert totals["modelled"].tolist() == pytest.approx([960])
    assert totals["within"].tolist() == [False]


def test_the_page_states_its_rule_and_its_misses() -> None:
    page = render(region([row("far off", "flows", 10, links="bridge", commodity="grain")]).solve())
    assert "±20 %" in page
    assert "far off" in page
    assert "**no**" in page


def test_what_it_does_not_know_is_said_in_one_list() -> None:
    seen = [
        row("a", "flows", 1, links="brigde", commodity="grain"),
        row("b", "sales", 1, place="mill", commodity="flour", unit="m^3"),
    ]
    with pytest.raises(InputError) as error:
        backtest(region(seen).solve())
    assert len(error.value.problems) == 2


def test_a_region_without_observations_has_no_back_test() -> None:
    with pytest.raises(UsageError, match=r"observations\.csv"):
        backtest(region(None).solve())
