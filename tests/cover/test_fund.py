"""The fund of a package, from tables to figures."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from funds import package, table

import sungari
from sungari.cover.fund import Fund, size
from sungari.cover.guarantee import guarantee
from sungari.decide import study
from sungari.errors import UsageError
from sungari.region.check import check
from sungari.region.package import Region

FLOOD = "hazard,name,kind,frequency,severity,mean,sd\nflood,Flood,event,0.1,lognormal,0.2,0.1"
AMOUNTS = "project,hazard,amount\np0,flood,100\np1,flood,200\np2,flood,300"
TIED = """
hazard,name,kind,frequency,probability,severity,mean,sd,per,cap,factor,loading,copula,df,year_from,year_to
flood,Flood,event,0.2,,lognormal,0.2,0.1,,0.9,weather,0.5,,,,
strike,Strike,event,,0.05,constant,30,,money,,,,,,2032,2034
rates,Exchange rate,drift,,,,0,0.15,,,market,0.6,t,4,,
"""
COVER = """
project,hazard,amount,deductible,limit,coverage,premium
p0,flood,100,0.05,0.6,0.8,
p1,flood,200,0.05,0.6,0.8,
p2,strike,,,,,3
p0,rates,100,0.1,0.5,0.5,
"""
FUND = """
key,value,party,layer,year_from,year_to
opening_capital,40,cn,,,
opening_capital,20,ru,,,
contribution,2,cn,,2031,2033
premium_rule,wang,,,,
premium_loading,0.2,,,,
return,0.02,,,,
annual_limit,90,,,,
payment_order,p1,,,,
replenishment_trigger,15,,,,
replenishment_limit,5,,,,
reinsurance_retention,50,,top,,
reinsurance_limit,30,,top,,
reinsurance_loading,0.5,,top,,
capital_limit,500,,,,
horizon,6,,,,
"""


@pytest.fixture(scope="module")
def plain() -> Fund:
    return size(package(FLOOD, AMOUNTS), paths=20_000)


@pytest.fixture(scope="module")
def full() -> Fund:
    return size(package(TIED, COVER, FUND), paths=20_000, seed=3)


def test_a_package_with_blank_columns_and_no_network_has_a_fund(plain: Fund) -> None:
    result = plain.as_json()
    assert result["aal"] == pytest.approx(0.1 * 0.2 * 600)
    assert plain.region.table("demand").empty
    assert [p for p in check(plain.region) if p.severity == "error"] == []
    assert list(result["var"]) == list(result["tvar"]) == ["0.9", "0.95", "0.99", "0.995", "0.999"]
    assert list(result["ruin"]) == [str(y) for y in range(2030, 2040)]
    assert result["ruin"]["2039"] == pytest.approx(0.005, abs=1e-4)
    assert result["opening_capital"] == result["capital"] > 0
    assert json.loads(json.dumps(study.plain(result)))["method"]["var"].startswith("exact")


def test_drawn_figures_stand_beside_the_exact_ones(plain: Fund, full: Fund) -> None:
    for fund in (plain, full):
        result = fund.as_json()
        errors, drawn = result["standard_error"], result["simulated"]
        assert abs(drawn["aal"] - result["aal"]) < 4.5 * errors["aal"]
        assert abs(drawn["capital"] - result["capital"]) < 4.5 * errors["capital"] + 0.01 * result["capital"]
        for name in ("var", "tvar"):
            for level, value in result[name].items():
                assert abs(drawn[name][level] - value) < 5 * errors[name][level] + 1e-3 * value
        for year, chance in result["ruin"].items():
            assert abs(drawn["ruin"][year] - chance) < 5 * max(errors["ruin"][year], 1e-4)


def test_a_fund_with_everything_adds_up(full: Fund) -> None:
    frames, result = full.tables(), full.as_json()
    projects, parties, years = frames["projects"], frames["parties"], frames["years"]
    assert projects["capital"].sum() == pytest.approx(full.capital.value)
    assert parties["capital"].sum() == pytest.approx(full.capital.value)
    assert parties["opening"].sum() == full.opening == 60.0
    assert frames["exposures"]["claims"].sum() == pytest.approx(projects["claims"].sum())
    assert years["claims"].sum() == pytest.approx(projects["claims"].sum() * 6)
    assert years["premiums"].sum() == pytest.approx(projects["premium"].sum() * 6)
    assert parties["premiums"].sum() == pytest.approx(projects["premium"].sum())
    assert years["contributions"].tolist() == [0, 2, 2, 2, 0, 0]
    assert years.set_index("year")["exposed"].to_dict()[2031] == 300.0
    assert (years["reinsurance"] > 0).all()
    layers = frames["layers"].set_index("layer")["mean"]
    assert layers["gross"] > layers["claims"] > layers["paid"] - 1e-9 >= layers["net"] - 1e-9
    assert 0.995 < frames["distribution"]["chance"].sum() <= 1.0
    assert (np.diff(frames["exceedance"]["aep"]) >= 0).all()
    assert (frames["exceedance"]["aep"] >= frames["exceedance"]["oep"] - 1e-6).all()
    assert result["enough"] is True
    assert projects.set_index("project")["rank"].to_dict() == {"p0": 2, "p1": 1, "p2": 2}


def test_a_stated_premium_holds_in_the_years_of_its_hazard(full: Fund) -> None:
    exposures = full.tables()["exposures"].set_index(["project", "hazard"])
    assert exposures.loc[("p2", "strike"), "premium"] == pytest.approx(3 * 3 / 6)
    assert exposures.loc[("p2", "strike"), "claims"] == pytest.approx(0.05 * 30 * 3 / 6)


def test_stress_names_what_would_break_it(full: Fund) -> None:
    stress = full.tables()["stress"].set_index("stress")
    assert set(stress.index) == {"flood", "strike", "rates", "weather", "market"}
    assert stress.loc["strike", "claims"] == 30.0
    assert stress.loc["strike", "year"] == 2032
    # every exposed project at the 0.99 quantile of the loss, on its terms
    severity = full.cells.hazards[0].severity
    x = float(severity.quantile(np.array([0.99]))[0])
    assert stress.loc["flood", "claims"] == pytest.approx(0.8 * 300 * (min(x, 0.6) - 0.05))
    result = full.as_json()["reverse_stress"]
    assert sum(h["share"] for h in result["hazards"]) == pytest.approx(1.0)
    assert sum(y["share"] for y in result["years"]) == pytest.approx(1.0)
    assert result["causes"][0]["score"] > 0.3
    assert result["together"][0]["hazards"]


def test_the_figures_are_the_same_with_two_workers() -> None:
    region = package(TIED, COVER, FUND)
    one, two = (size(region, paths=90_000, workers=w).as_json() for w in (1, 2))
    one.pop("seconds")
    two.pop("seconds")
    assert study.plain(one) == study.plain(two)


def test_more_coverage_costs_more_and_needs_more_capital() -> None:
    found = []
    for coverage in (0.4, 0.7, 1.0):
        exposures = "project,hazard,amount,coverage\n" + "\n".join(f"p{i},flood,100,{coverage}" for i in range(3))
        fund = size(package(FLOOD, exposures), paths=2000)
        found.append((fund.aal.value, fund.capital.value, fund.tables()["projects"]["premium"].sum()))
    assert found[0] < found[1] < found[2]
    assert found[1][0] == pytest.approx(0.7 * found[2][0])
    assert found[1][1] == pytest.approx(0.7 * found[2][1], rel=1e-2)


def test_options_hold_in_place_of_the_table() -> None:
    region = package(TIED, COVER, FUND)
    fund = size(region, paths=500, level=0.98, ruin=0.02, horizon=3, start=2032)
    assert fund.as_json()["level"] == 0.98
    assert "0.98" in fund.as_json()["var"]
    assert list(fund.as_json()["ruin"]) == ["2032", "2033", "2034"]
    assert fund.rules.ruin == 0.02
    only = size(region, paths=500, projects=["p2"], start=2032)
    assert only.cells.projects == ["p2"]
    assert only.aal.value == pytest.approx(1.5)


@pytest.mark.parametrize(("options", "words"), [
    ({"projects": ["p9"]}, "no project 'p9'"), ({"paths": 5}, "at least 100"), ({"level": 1.0}, "level"),
    ({"ruin": 0.0}, "ruin"), ({"horizon": 0}, "horizon"),
])
def test_calls_that_make_no_sense_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        size(package(FLOOD, AMOUNTS), **{"paths": 200, **options})


def test_a_package_without_exposures_has_no_fund() -> None:
    region = package(FLOOD, AMOUNTS).with_table("exposures", package(FLOOD, AMOUNTS).table("exposures").head(0))
    with pytest.raises(UsageError, match="nothing to cover"):
        size(region, paths=200)


def test_a_single_poisson_hazard_has_a_chance_of_ever_being_ruined() -> None:
    hazards = "hazard,name,kind,frequency,severity,mean,sd,per\nfire,Fire,event,1,gamma,1,1,money"
    exposures = "project,hazard,amount\np0,fire,"
    fund = "key,value\nopening_capital,5\npremium_rule,expected_value\npremium_loading,0.2"
    found = size(package(hazards, exposures, fund), paths=1000)
    assert found.info["ever_ruined"] == pytest.approx(np.exp(-0.2 * 5 / 1.2) / 1.2, abs=1e-4)


def test_what_the_fund_asks_of_sets(full: Fund) -> None:
    asked = guarantee(full.region, paths=20_000)
    assert asked.charges == pytest.approx(full.tables()["projects"].set_index("project")["premium"].to_dict())
    every = asked.cells.projects
    assert asked.capital([]) == 0.0
    # The fund of one project alone, and of all, sized the usual way; calls play no part in these.
    for chosen in ([every[0]], every):
        alone = size(full.region, projects=chosen, paths=20_000)
        if not alone.rules.called:
            assert asked.capital(chosen) == pytest.approx(alone.capital.drawn, rel=0.05, abs=4 * alone.capital.error)
    some = asked.capital(every[:1])
    assert guarantee(full.region, limit=some * 1.01, paths=20_000).admits(every[:1])
    assert not guarantee(full.region, limit=some * 0.99, paths=20_000).admits(every[:1])
    with pytest.raises(UsageError, match="at least 0"):
        guarantee(full.region, limit=-1.0)


def test_a_fund_is_kept_and_opened_again(full: Fund, tmp_path: Any) -> None:
    study.save(full, tmp_path / "fund")
    again = study.open_study(tmp_path / "fund").part("fund")
    assert again is not None
    assert again.info["capital"] == full.as_json()["capital"]
    assert set(again.tables) == set(full.tables())


def test_it_is_part_of_the_public_face() -> None:
    assert sungari.fund.size is size


# -- exposures from a plan --------------------------------------------------------------------------------------------

NETWORK = {
    "parties": "party,name,kind\ncn,China,country\nru,Russia,country",
    "places": "place,name,party\nmine,Mine,ru\ntown,Town,cn",
    "commodities": "commodity,name,unit\ncoal,Coal,t",
    "periods": "period,year,days,years\n2030,2030,365,5\n2035,2035,365,5",
    "supply": "place,commodity,capacity,cost\nmine,coal,1000,10",
    "links": "link,from,to,mode,capacity\nrail,mine,town,train,100",
    "rates": "mode,commodity,per_km\ntrain,coal,0",
    "demand": "place,commodity,quantity,price\ntown,coal,300,30",
    "projects": "project,name,capex,size_max,lumpy,life,opex,host,lead,year_from,year_to\n"
                "track,Track,4000,1,true,20,50,ru,2,2030,2030",
    "effects": "project,table,row,column,change\ntrack,links,rail,capacity,100",
    "shares": "project,party,share\ntrack,cn,0.5\ntrack,ru,0.5",
}


def network(hazards: str, exposures: str) -> Region:
    tables = {k: v for k, v in NETWORK.items() if k not in ("projects", "shares", "parties", "places", "commodities")}
    region = package(hazards, exposures, **tables)
    for name in ("parties", "places", "commodities", "projects", "shares"):
        region = region.with_table(name, table(NETWORK[name]))
    return region


def test_a_blank_amount_is_the_projects_life() -> None:
    fund = size(network(FLOOD, "project,hazard\ntrack,flood"), paths=500, horizon=8)
    # decided 2030, two years of works, then 20 of depreciation; the gain is that of the model year 2035
    gain = 100 * (30 - 10) - 50
    expected = [2000, 4000, *(4000 * part + gain for part in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75))]
    assert fund.cells.amount[0].tolist() == pytest.approx(expected)


def test_the_loss_of_a_hazard_on_the_network_is_the_drop_in_welfare() -> None:
    hazards = "hazard,name,kind,probability,table,row,column,change\nclosed,Closed,event,0.2,links,rail,capacity,-30"
    fund = size(network(hazards, "project,hazard\ntrack,closed"), paths=500, horizon=4)
    # 30 t less a year, each worth 20, whoever loses it (the link's operator, ru); ru stands for it through the track
    assert fund.cells.amount[0] == pytest.approx(np.full(4, 600.0))
    assert fund.aal.value == pytest.approx(0.2 * 600)


def test_the_best_set_is_what_is_covered() -> None:
    fund = size(network(FLOOD, "project,hazard,amount\ntrack,flood,100"), paths=500, projects="best")
    assert fund.cells.projects == ["track"]
    dear = network(FLOOD, "project,hazard,amount\ntrack,flood,100")
    projects = dear.table("projects").assign(capex=1e9)
    with pytest.raises(UsageError, match="nothing to cover"):
        size(dear.with_table("projects", projects), paths=500, projects="best")
