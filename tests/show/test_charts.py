"""Charts as data: what they hold, in which unit, and what they refuse."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from demo import HOSTILE

from sungari.chain.plan import Plan
from sungari.errors import UsageError
from sungari.show import charts
from sungari.show.charts.chain import VALUE
from sungari.show.charts.corridors import round_steps, use_class, width
from sungari.show.charts.map import beyond, located
from sungari.show.charts.names import Names
from sungari.show.charts.naming import Dot, arrange, text_width
from sungari.show.i18n import Translator
from sungari.show.theme import DARK, LIGHT, TOKENS, paint

EN = Translator("en")


def _options(plan: Plan, lang: str) -> dict[str, dict[str, Any]]:
    tr = Translator(lang)
    return {
        "map": charts.map_option(plan, tr),
        "sankey": charts.sankey_option(plan, tr),
        "bottlenecks": charts.bottlenecks_option(plan, tr),
        "prices": charts.prices_option(plan, tr),
        "welfare": charts.welfare_option(plan, tr),
        "quality": charts.quality_option(plan, tr),
    }


@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
def test_every_option_is_plain_data_and_tells_what_it_shows(plan: Plan, lang: str) -> None:
    for name, option in _options(plan, lang).items():
        json.dumps(option, allow_nan=False)
        assert option["aria"]["label"]["description"], name
        assert all(series["data"] for series in option["series"] if series["id"] not in ("borders", "idle")), name


def test_colours_are_those_of_the_theme(plan: Plan) -> None:
    text = json.dumps(charts.welfare_option(plan, EN, theme=TOKENS))
    assert "var(--ink)" in text
    assert paint(json.loads(text), DARK) == charts.welfare_option(plan, EN, theme=DARK)
    assert LIGHT.ink not in json.dumps(paint(json.loads(text), DARK))


def test_axes_carry_their_units(plan: Plan) -> None:
    assert charts.prices_option(plan, EN, commodity="coal")["yAxis"]["name"] == "USD/t"
    assert charts.prices_option(plan, EN, commodity="visit")["yAxis"]["name"] == "USD/person"
    assert charts.welfare_option(plan, EN)["xAxis"]["name"] == "million USD"
    assert charts.bottlenecks_option(plan, EN, unit="t")["xAxis"]["name"] == "USD per t of yearly capacity"


def test_goods_of_different_measures_are_never_added_up(plan: Plan) -> None:
    goods = {g.key: g for g in charts.corridors(plan, EN).goods}
    assert set(goods) == {"=t", "coal", "grain", "visit"}
    assert set(goods["=t"].factors) == {"coal", "grain"}


def test_a_year_on_the_map_is_the_sum_of_its_months_and_of_its_goods(plan: Plan) -> None:
    found = charts.corridors(plan, EN)
    goods = {g.key: g for g in found.goods}
    months = found.periods.loc[found.periods["year"] == 2030, "period"]
    total = sum(found.flow(goods["=t"], m).sum() for m in months)
    assert found.flow(goods["=t"], "*2030").sum() == pytest.approx(total)
    years = plan.flows["period"].astype(str).str.startswith("2030") & plan.flows["commodity"].isin(["coal", "grain"])
    assert total == pytest.approx(plan.flows.loc[years, "quantity"].sum())
    assert found.flow(goods["=t"], "1999-01").empty


def test_the_widest_line_is_the_largest_flow(plan: Plan) -> None:
    option = charts.map_option(plan, EN, goods="=t", period="*2030")
    data = next(s for s in option["series"] if s["id"] == "corridors")["data"]
    found = charts.corridors(plan, EN)
    most = found.most(found.goods[0], yearly=True)
    assert max(line["lineStyle"]["width"] for line in data) == width(most, most) or found.years != [2030]
    assert all(line["lineStyle"]["color"] in LIGHT.use for line in data)


def test_places_without_coordinates_are_left_out(plan: Plan) -> None:
    assert "nowhere" not in set(located(plan)["place"])
    text = json.dumps(charts.map_option(plan, EN))
    assert "Nowhere" not in text


def test_unknown_goods_and_commodities_are_refused_with_the_nearest_name(plan: Plan) -> None:
    with pytest.raises(UsageError, match="did you mean 'coal'"):
        charts.map_option(plan, EN, goods="coall")
    with pytest.raises(UsageError, match="did you mean 'grain'"):
        charts.prices_option(plan, EN, commodity="grian")


@pytest.mark.parametrize("measure", [VALUE, "=t"])
def test_the_sankey_has_no_circle_and_its_columns_run_one_way(plan: Plan, measure: str) -> None:
    found = charts.chain(plan, EN, measure)
    column = {node: i for i, nodes in enumerate(found.columns()) for node in nodes}
    assert len(found.edges)
    assert all(column[a] < column[b] for a, b in zip(found.edges["source"], found.edges["target"], strict=True))


def test_the_sankey_counts_what_is_supplied_per_calendar_year(plan: Plan) -> None:
    found = charts.chain(plan, EN, "=t")
    coal = found.edges.loc[found.edges["source"] == "supply:coal", "amount"].sum()
    supplied = plan.supply.loc[plan.supply["commodity"] == "coal", "quantity"].sum() * 5 / 10
    assert coal == pytest.approx(supplied, rel=1e-6), "both model years stand for five calendar years"


def test_a_circle_of_processes_is_cut_where_it_is_thinnest(plan: Plan) -> None:
    recipes = pd.concat(
        [
            plan.region.tables["recipes"],
            pd.DataFrame({"process": ["plant"], "commodity": ["power"], "amount": [-0.05]}),
        ]
    ).drop_duplicates(["process", "commodity"])
    round_about = pd.DataFrame({"process": ["back"], "commodity": ["power"], "amount": [-0.1]})
    made = pd.DataFrame({"process": ["back"], "commodity": ["coal"], "amount": [0.2]})
    region = plan.region.with_table("recipes", pd.concat([recipes, round_about, made], ignore_index=True))
    activity = pd.concat([plan.activity, plan.activity.assign(process="back")], ignore_index=True)
    found = charts.chain(Plan(region, plan.info, {**plan.tables, "activity": activity}), EN)
    assert 0 < found.dropped < 0.5
    found.columns()


def test_welfare_adds_up_by_party_and_by_country(plan: Plan) -> None:
    total = plan.welfare()["amount"].sum()
    for by in ("party", "country"):
        wide = charts.welfare_table(plan, EN, by=by)
        assert wide.to_numpy().sum() == pytest.approx(total)
    assert set(charts.welfare_table(plan, EN, by="country").index) <= {"China", "Russia", "Korea"}
    assert total == pytest.approx(plan.info["welfare"] * 1e6, rel=1e-6)


def test_bottlenecks_name_their_unit(plan: Plan) -> None:
    table = charts.bottleneck_table(plan, EN)
    unit = dict(zip(table["name"], table["unit"], strict=True))
    assert unit["Power plant at Harbin"] == "MWh"
    assert unit["Blagoveshchensk – Heihe, road"] == "t"
    assert (table["worth"] > 0).all()


def test_quality_counts_every_row(plan: Plan) -> None:
    table = charts.quality_table(plan)
    assert table.loc["links"].sum() == len(plan.region.table("links"))
    assert table.loc["links", "assumed"] == 4
    assert charts.source_table(plan)["licence"].tolist() == ["CC0"]


def test_classes_and_widths() -> None:
    assert [use_class(u) for u in (0.0, 0.59, 0.6, 0.8, 0.95, 1.0, float("nan"))] == [0, 0, 1, 2, 3, 3, 4]
    assert width(0, 10) == 0
    assert width(10, 10) == 2 * width(5, 10)
    assert [round_steps(v) for v in (0, 1, 3.4e6, 7)] == [[], [1.0, 0.5, 0.2], [2e6, 1e6, 5e5], [5.0, 2.0, 1.0]]


def test_names_never_lie_on_each_other_and_the_heaviest_comes_first() -> None:
    dots = [Dot(100 + 3 * i, 100 + 2 * i, 4, f"Place {i}", i) for i in range(12)]
    sides = arrange(dots, 12, (0, 0, 400, 300))
    assert sides[-1] is not None, "the heaviest has its name"
    assert None in sides, "not all have room"
    assert text_width("哈尔滨", 12) > text_width("abc", 12)


def test_hostile_names_are_shown_as_they_are_and_do_nothing(plan: Plan) -> None:
    option = charts.map_option(plan, EN)
    dots = next(s for s in option["series"] if s["id"] == "places")["data"]
    name = next(d for d in dots if d["name"].startswith("Town"))
    assert name["name"].startswith(HOSTILE)
    assert "{b}" not in name["label"]["formatter"], "a template of ECharts would be filled in"
    sankey = json.dumps(charts.sankey_option(plan, EN))
    assert "<img" not in sankey


def test_only_a_few_far_places_of_many_lie_off_the_map(plan: Plan) -> None:
    assert beyond(plan) == [], "a small region is shown whole"
    rows = [
        {"place": f"p{i}", "name": f"P{i}", "party": "hlj", "lat": 36.0 + 3 * (i % 5), "lon": 120.0 + 3 * (i // 5)}
        for i in range(25)
    ]
    far = {"place": "far", "name": "World market", "party": "kr", "lat": 1.3, "lon": 60.0}
    places = pd.concat([plan.region.tables["places"], pd.DataFrame([*rows, far])], ignore_index=True)
    wide = Plan(plan.region.with_table("places", places), plan.info, plan.tables)
    assert beyond(wide) == ["far"]


def test_modes_are_named_by_their_words_or_by_what_they_carry(plan: Plan) -> None:
    rates = pd.DataFrame({"mode": ["cn_coal", "xx", "xx", "yy"], "commodity": ["coal", "coal", "grain", "*"]})
    region = plan.region.with_table("rates", pd.concat([plan.region.table("rates"), rates], ignore_index=True))
    names = Names(Plan(region, plan.info, plan.tables), EN)
    modes = {m: names.mode(m) for m in ("rail_coal", "cn_coal", "xx", "yy", "odd_one")}
    assert modes == {"rail_coal": "rail", "cn_coal": "Coal", "xx": "all goods", "yy": "all goods", "odd_one": "odd one"}
