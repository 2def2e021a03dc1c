"""Charts of appraisal, portfolio and sharing as data: what they hold, and that they agree with the results."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from sungari.decide.study import Part, Study
from sungari.show import charts, pictures
from sungari.show.charts.change import changes, kind
from sungari.show.charts.criteria import places_table, quadrant_table
from sungari.show.charts.interaction import marks, members, network_table
from sungari.show.charts.portfolio import core_table, frontier_table, gains_table
from sungari.show.charts.ranking import group_label, groups
from sungari.show.charts.risk import risk_table, tornado_table
from sungari.show.charts.split import RULES, stability_table
from sungari.show.decision_tables import blocked_rows
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import svg

EN = Translator("en")
LANGUAGES = ("en", "zh", "ru")
#: Chart → the part it shows, its option, its picture.
CHARTS: dict[str, tuple[str, Callable[..., dict[str, Any]], Callable[..., Any]]] = {
    "ranking": ("appraisal", charts.ranking_option, pictures.ranking_figure),
    "interaction": ("appraisal", charts.interaction_option, pictures.interaction_figure),
    "risk": ("appraisal", charts.risk_option, pictures.risk_figure),
    "tornado": ("appraisal", charts.tornado_option, pictures.tornado_figure),
    "places": ("appraisal", charts.places_option, pictures.places_figure),
    "quadrants": ("appraisal", charts.quadrant_option, pictures.quadrant_figure),
    "frontier": ("portfolio", charts.frontier_option, pictures.frontier_figure),
    "core": ("portfolio", charts.core_option, pictures.core_figure),
    "gains": ("portfolio", charts.gains_option, pictures.gains_figure),
    "split": ("sharing", charts.split_option, pictures.split_figure),
    "payments": ("sharing", charts.payments_option, pictures.payments_figure),
}


def of(study: Study, name: str) -> Part:
    found = study.part(name)
    assert found is not None
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_plain_data_and_has_a_picture(study: Study, name: str, lang: str) -> None:
    where, option, figure = CHARTS[name]
    part, tr = of(study, where), Translator(lang)
    made = option(part, tr)
    json.dumps(made, allow_nan=False)
    assert made["aria"]["label"]["description"]
    assert any(series["data"] for series in made["series"])
    text = svg(figure(part, tr), f"p-{name}", "a picture")
    assert [e for e in ET.fromstring(text).iter() if e.tag.endswith("text")]


def test_the_ranking_holds_every_project_with_both_its_worths(study: Study) -> None:
    part = of(study, "appraisal")
    table = charts.ranking_table(part, EN)
    facts = {p["project"]: p for p in part.info["projects"]}
    assert set(table["project"]) == set(facts) - {"line"}
    blocked = blocked_rows(part, EN)
    assert blocked is not None
    assert [row[0] for row in blocked.rows] == ["Second line to the coast"], "it costs more than there is"
    scale = part.region.settings.money_scale
    for row in table.to_dict("records"):
        assert row["first"] == pytest.approx(facts[row["project"]]["first_in"] * scale)
        assert row["last"] == pytest.approx(facts[row["project"]]["last_in"] * scale)
    assert table["last"].is_monotonic_decreasing
    series = {s["id"]: s for s in charts.ranking_option(part, EN)["series"]}
    assert len(series["range"]["data"]) == len(table)
    assert sum(len(s["data"]) for i, s in series.items() if i.startswith("last")) == len(table)


def test_projects_of_like_size_are_one_group(study: Study) -> None:
    part = of(study, "appraisal")
    worth = [1e9, 9e8, 3e7, 2e7, 1e5]
    table = pd.DataFrame({"project": list("abcde"), "name": list("abcde"), "first": worth, "last": worth})
    from sungari.show.charts.ranking import _groups

    table = table.assign(group=_groups(table["last"]), standing="chosen")
    assert [len(g) for g in groups(table)] == [2, 2, 1]
    assert group_label(table, 1, part, EN) == "2 projects, up to 30 million USD"


def test_rivals_are_marked_as_rivals(study: Study) -> None:
    part = of(study, "appraisal")
    pairs = charts.pair_table(part, EN)
    top = pairs.iloc[0]
    assert {top["a"], top["b"]} == {"second", "third"}, "one bridge of the two is enough"
    assert top["synergy"] < 0
    shown = members(pairs)
    found = marks(pairs, shown)
    assert (found["x"] < found["y"]).all()
    assert found["size"].max() == found.loc[found["synergy"].abs().idxmax(), "size"]
    option = charts.interaction_option(part, EN)
    assert [s["id"] for s in option["series"] if s["data"]][-1] == "pairs-1"
    alone = Part("appraisal", part.region, part.info, {**part.tables, "pairs": part.tables["pairs"].head(0)})
    assert len(network_table(alone, EN))
    assert charts.interaction_option(alone, EN)["xAxis"]["name"], "without pairs: bars in money"


def test_what_changes_is_what_the_plans_differ_by(study: Study) -> None:
    assert study.today is not None
    assert study.plan is not None
    found = changes(study.today, study.plan, EN)
    assert found is not None
    goods = found.goods[0]
    table = found.table(goods, 2035)
    before, after = found.before.flow(goods, "*2035"), found.after.flow(goods, "*2035")
    assert table["change"].sum() == pytest.approx(after.sum() - before.sum())
    assert set(table["kind"]) <= {"appears", "grows", "shrinks", "vanishes"}
    assert [kind(0, 5), kind(3, 5), kind(5, 3), kind(5, 0)] == ["appears", "grows", "shrinks", "vanishes"]
    option = charts.change_option(study.plan, EN, found, year=2035)
    lines = next(s for s in option["series"] if s["id"] == "corridors")["data"]
    assert 0 < len(lines) <= len(table)
    assert changes(study.plan, study.plan, EN) is None, "nothing changes"
    frames = charts.change_frames(study.plan, EN, found)
    flat = frames["flows"]["coal"]["2035"]
    assert len(flat) % 3 == 0
    assert pictures.change_figure(study.plan, EN, found).axes


def test_the_frontier_rises_and_stops_where_it_is_flat(study: Study) -> None:
    table = frontier_table(of(study, "portfolio"), EN)
    assert len(table) > 1
    assert table["level"].is_monotonic_increasing
    assert table["gain"].is_monotonic_increasing
    assert (table["gain"].iloc[:-1] < table["gain"].iloc[-1]).all()


def test_near_best_sets_count_their_projects(study: Study) -> None:
    part = of(study, "portfolio")
    table = core_table(part, EN).set_index("project")
    for word, names in ((w, part.info["alternatives"][f"in_{w}"]) for w in ("all", "some", "none")):
        assert set(table.index[table["near_best"] == word]) == set(names)
    assert (table.loc[table["near_best"] == "all", "share"] == 1).all()
    assert (table.loc[table["near_best"] == "none", "share"] == 0).all()


def test_gains_by_party_sum_to_the_change_of_welfare(study: Study) -> None:
    part = of(study, "portfolio")
    assert gains_table(part, EN)["gain"].sum() == pytest.approx(part.tables["parties"]["gain"].sum(), rel=1e-3)


def test_the_split_is_above_what_each_reaches_alone(study: Study) -> None:
    part = of(study, "sharing")
    table = charts.split_table(part, EN)
    assert table["shapley"].sum() == pytest.approx(part.info["gain"] * part.info["money_scale"])
    assert table["payment"].sum() == pytest.approx(0, abs=1e-6 * table["shapley"].sum())
    spans = stability_table(part, EN).set_index(["player", "rule"])
    for row in table.to_dict("records"):
        low, high = spans.loc[(row["player"], "shapley"), ["low", "high"]]
        assert low <= row["shapley"] + 1 <= high + 2
    ids = [s["id"] for s in charts.split_option(part, EN)["series"]]
    assert ids[0] == "own"
    assert set(RULES) <= set(ids)


def test_risk_lies_between_its_ends(study: Study) -> None:
    part = of(study, "appraisal")
    table = risk_table(part, EN)
    assert set(table["project"]) == {"second", "third", "plant2"}
    assert (table["low"] <= table["enpv"] + 1).all()
    assert (table["enpv"] <= table["high"] + 1).all()
    tornado = tornado_table(part, EN)
    assert tornado.groupby("project", sort=False)["swing"].apply(lambda s: s.is_monotonic_decreasing).all()


def test_places_and_quadrants(study: Study) -> None:
    part = of(study, "appraisal")
    table = places_table(part, EN)
    assert table["rank"].tolist() == sorted(table["rank"])
    assert ((table["best"] <= table["rank"]) & (table["rank"] <= table["worst"])).all()
    assert set(quadrant_table(part, EN)["quadrant"]) <= set("ABCD")


def test_an_appraisal_without_them_has_no_charts_of_risk_and_criteria(study: Study) -> None:
    part = of(study, "appraisal")
    plain = Part("appraisal", part.region, part.info, {k: part.tables[k] for k in ("worth", "pairs")})
    assert all(f(plain, EN).empty for f in (risk_table, tornado_table, places_table, quadrant_table))
