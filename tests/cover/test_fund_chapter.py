"""The fund's chapter of the report: charts that hold the results, in three languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from funds import package
from test_fund import COVER, FUND, TIED

from sungari.cover.fund import size
from sungari.decide.study import Part, Study, part
from sungari.show import pictures
from sungari.show.chapters import fund as chapters
from sungari.show.charts import fund as charts
from sungari.show.i18n import Translator
from sungari.show.report import report

EN = Translator("en")
CHARTS: dict[str, tuple[Callable[..., dict[str, Any]], Callable[..., Any]]] = {
    "claims": (charts.claims_option, pictures.claims_figure),
    "exceedance": (charts.exceedance_option, pictures.exceedance_figure),
    "reserve": (charts.reserve_option, pictures.reserve_figure),
    "accounts": (charts.accounts_option, pictures.accounts_figure),
    "breaking": (charts.breaking_option, pictures.breaking_figure),
}


@pytest.fixture(scope="module")
def made() -> Part:
    return part(size(package(TIED, COVER, FUND), paths=5000))


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
def test_a_chart_is_plain_data_with_words(name: str, lang: str, made: Part) -> None:
    tr = Translator(lang)
    option, figure = CHARTS[name]
    found = option(made, tr)
    assert json.loads(json.dumps(found)) == found
    assert found["aria"]["label"]["description"]
    assert figure(made, tr).axes


def test_the_fan_is_the_quantiles(made: Part) -> None:
    series = {s["id"]: s["data"] for s in charts.reserve_option(made, EN)["series"]}
    years = made.tables["years"]
    for low, high in (("q05", "q95"), ("q25", "q75")):
        top = [a + b for a, b in zip(series[low], series[high], strict=True)]
        assert top == pytest.approx(years[high].tolist(), rel=1e-2, abs=0.1)
    assert [p["value"] for p in series["q50"]] == pytest.approx(years["q50"].tolist(), rel=1e-2, abs=0.1)


def test_parties_pay_what_the_table_says(made: Part) -> None:
    table = charts.accounts_table(made, EN).set_index("party")
    row = made.tables["parties"].set_index("party").loc["cn"]
    assert table.loc["cn", "pays"] == pytest.approx(row["opening"] / 6 + row["contributions"] + row["premiums"])


def test_the_chapter_says_what_is_needed(made: Part) -> None:
    chapter = chapters.chapter(Study({"fund": made}), EN)
    assert chapter is not None
    assert [s.id for s in chapter.sections] == [f"fund-{name}" for name in CHARTS]
    assert EN.money(made.info["capital"], "USD") in chapter.sentences[0]
    assert "is enough" in chapter.sentences[0]
    assert chapters.chapter(Study({}), EN) is None


def test_a_report_of_a_fund_alone(made: Part) -> None:
    for lang in ("en", "zh", "ru"):
        text = report(made, lang)
        assert text.count('id="fund-') >= 5
        assert Translator(lang)("The compensation fund") in text or Translator(lang)("Fund report") in text
