"""Figures in other units and currencies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny import TINY, table, tiny_region

from sungari.errors import InputError, Problem
from sungari.region.package import Region
from sungari.region.units import EXTRA_UNITS, WELL_KNOWN, UnitError, parse, ratio, unit_problem

RATES = {"EUR": 1.1, "CNY": 0.14}


@pytest.mark.parametrize(
    ("given", "wanted", "factor"),
    [
        ("t", "t/year", 1), ("kt", "t/year", 1e3), ("kt/year", "t/year", 1e3), ("Mt/yr", "t/year", 1e6),
        ("Mtpa", "t/year", 1e6), ("1000 t", "t/year", 1e3), ("t/day", "t/year", 365), ("kt", "Mt", 1e-3),
        ("bcm/a", "m^3/year", 1e9), ("mcm", "m^3", 1e6), ("kcm", "m3", 1e3), ("km3", "m^3", 1e9), ("m³", "m^3", 1),
        ("MW", "MWh/year", 8760), ("GW", "GWh/year", 8760), ("Mtoe", "PJ", 41.868), ("tce", "GJ", 29.3076),
        ("FEU", "TEU/year", 2), ("kTEU", "TEU/year", 1e3), ("kcount", "count/year", 1e3), ("count", "count", 1),
        ("USD/kt", "money/t", 1e-3), ("kt", "money/t", 1e-3), ("1/kt", "money/t", 1e-3), ("t^-1", "money/kt", 1e3),
        ("EUR/kt", "money/t", 1.1e-3), ("MUSD", "money", 1e6), ("kCNY/year", "money/year", 140),
        ("EUR/t/mile", "money/t/km", 1.1 / 1.609344), ("mile", "km", 1.609344), ("hour", "day", 1 / 24),
        ("month", "year", 1 / 12), ("percent", "1", 0.01), ("kg/MWh", "t/MWh", 1e-3),
        ("barrel/day", "m^3/year", 58.0304),
    ],
)
def test_ratio(given: str, wanted: str, factor: float) -> None:
    assert ratio(given, wanted, RATES, "USD") == pytest.approx(factor, rel=1e-4)


@pytest.mark.parametrize(
    ("given", "wanted", "text"),
    [
        ("kg", "m^3/year", "compatible with 'm^3/year'"), ("t", "TEU", "compatible"),
        ("percent", "count", "compatible"), ("person", "count", "compatible"),
        ("t/month/month", "t/year", "compatible"), ("km", "money/t", "USD/t"),
        ("tone", "t", "did you mean 'tonne'"), ("foo", "t", "no such unit"), ("RUB/t", "money/t", "exchange_rates"),
        ("", "t", "no such unit"), ("-t", "t", "no such unit"), ("0 t", "t", "no such unit"),
        ("nan", "1", "no such unit"),
        ("degC", "t", "no such unit"), ('__import__("os")', "t", "no such unit"), ("9**9**9", "t", "no such unit"),
        ("9^9^9^9", "t", "no such unit"), ("t^99", "t", "no such unit"), ("/", "t", "no such unit"),
    ],
)
def test_what_does_not_fit_is_refused(given: str, wanted: str, text: str) -> None:
    with pytest.raises(UnitError, match=r"no such unit|expected") as error:
        ratio(given, wanted, RATES, "USD")
    assert text in str(error.value)


def test_well_known_units_are_known_to_pint() -> None:
    for unit in WELL_KNOWN:
        parse(unit)


def test_extra_units_mean_what_they_say() -> None:
    for definition, meaning in EXTRA_UNITS:
        assert meaning
        parse(definition.split(" = ")[0])


def test_a_plain_unit_needs_no_pint() -> None:
    assert unit_problem("kt") is None
    assert "tonne" in unit_problem("tonn").hint  # type: ignore[union-attr]


def changed(**tables: str) -> Region:
    return tiny_region(tables, exchange_rates=RATES)


def failed(**tables: str) -> list[Problem]:
    with pytest.raises(InputError) as error:
        changed(**tables)
    return error.value.problems


def test_a_unit_column_is_converted_row_by_row_and_dropped() -> None:
    supply = changed(supply="place,commodity,capacity,capacity_unit,step\nmine,coal,2,kt,1\nmine,coal,3,,2\n"
                            "mine,coal,1,kt/month,3\nmine,power,1,MW,1").table("supply")
    assert supply["capacity"].tolist() == pytest.approx([2000, 3, 12000, 8760])
    assert "capacity_unit" not in supply.columns


def test_a_process_has_its_own_unit() -> None:
    tables = changed(
        facilities="place,process,capacity,capacity_unit\ntown,plant,2,MW",
        processes="process,name,unit,cost,cost_unit\nplant,Plant,MWh,7,USD/GWh",
        recipes="process,commodity,amount,amount_unit\nplant,coal,-400,kg/MWh\nplant,power,1,",
        unit_use="process,unit,use\nplant,boiler,1",
    ).tables
    assert tables["facilities"]["capacity"].tolist() == pytest.approx([17520])
    assert tables["processes"]["cost"].tolist() == pytest.approx([0.007])
    assert tables["recipes"]["amount"].tolist() == pytest.approx([-0.4, 1])


def test_effects_are_in_the_unit_of_what_they_change() -> None:
    text = ("project,table,row,column,change,change_unit\nbridge,supply,mine/coal/1,capacity,2,kt/yr\n"
            "bridge,facilities,town/plant,capacity,1,GWh\nferry,links,rail,days,-12,hour")
    effects = changed(effects=text).table("effects")
    assert effects["change"].tolist() == pytest.approx([2000, 1000, -0.5])


LINKS = "link,from,to,mode,capacity,capacity_unit,distance,distance_unit\n"


def test_a_link_is_converted_where_its_mode_has_one_unit() -> None:
    links = changed(links=LINKS + "sea,mine,port,ship,3,Mt,100,mile").table("links")
    assert links["capacity"].tolist() == [3e6]
    assert links["distance"].tolist() == pytest.approx([160.9344])
    problem, = failed(links=LINKS + "rail,mine,town,train,3,Mt,,")
    assert (problem.row, problem.column, problem.check) == (2, "capacity_unit", "unit")
    assert "carries commodities of one unit" in problem.expected
    problem, = failed(links=LINKS + "sea,mine,port,ship,3,Mt,,", rates="mode,commodity,weight\nship,coal,2\ntrain,*,1")
    assert "weight 1" in problem.expected


def test_mixing_units_that_do_not_fit_is_an_error_with_its_row() -> None:
    problem, = failed(supply="place,commodity,capacity,capacity_unit\nmine,coal,2,kt\nmine,power,3,kt")
    assert (problem.file, problem.row, problem.column, problem.value) == ("supply.csv", 3, "capacity_unit", "kt")
    assert problem.expected == "expected a unit compatible with 'MWh/year'"


def test_currencies_are_converted() -> None:
    region = changed(
        supply="place,commodity,cost,currency,step\nmine,coal,100,CNY,1\nmine,coal,20,,2\nmine,coal,30,USD,3",
        projects="project,name,capex,capex_unit,currency\nbridge,B,2,MEUR,CNY\nferry,F,3,,CNY",
    )
    assert region.table("supply")["cost"].tolist() == pytest.approx([14, 20, 30])
    assert region.tables["projects"]["capex"].tolist() == pytest.approx([2.2e6, 0.42])  # a unit's currency comes first
    assert "currency" not in region.tables["supply"].columns


def test_a_currency_without_a_rate_is_an_error() -> None:
    problem, = failed(supply="place,commodity,cost,currency\nmine,coal,100,RUB")
    assert (problem.row, problem.column, problem.value, problem.check) == (2, "currency", "RUB", "currency")


def test_a_unit_in_the_descriptor_holds_for_the_column(tmp_path: Path) -> None:
    folder = tiny_region().write(tmp_path / "tiny")
    file = folder / "datapackage.json"
    descriptor = json.loads(file.read_text())
    links = next(r for r in descriptor["resources"] if r["name"] == "links")
    next(f for f in links["schema"]["fields"] if f["name"] == "distance")["unit"] = "mile"
    file.write_text(json.dumps(descriptor))
    region = Region.read(folder)
    assert region.table("links")["distance"].tolist() == pytest.approx([300 * 1.609344, 1609.344])
    again = Region.read(region.write(tmp_path / "again"))
    assert again.sha256 == region.sha256  # written in the contract's units


def test_a_row_says_otherwise_than_the_descriptor(tmp_path: Path) -> None:
    folder = tiny_region().write(tmp_path / "tiny")
    (folder / "supply.csv").write_text("place,commodity,capacity,capacity_unit\nmine,coal,5,\nmine,power,5,kWh\n")
    (folder / "datapackage.json").write_text(json.dumps({"resources": [
        {"name": "supply", "path": "supply.csv", "schema": {"fields": [{"name": "capacity", "unit": "kt"}]}}]}))
    assert Region.read(folder).table("supply")["capacity"].tolist() == pytest.approx([5000, 0.005])


def test_an_edited_table_is_converted_as_well() -> None:
    frame = table("place,commodity,capacity,capacity_unit\nmine,coal,2,kt")
    assert tiny_region().with_table("supply", frame).table("supply")["capacity"].tolist() == [2000]
    assert TINY["supply"].count("kt") == 0
