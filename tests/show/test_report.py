"""The report as text: complete, self-contained, safe, the same every time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from demo import demo_region

from sungari.chain.plan import Plan
from sungari.errors import UsageError
from sungari.show.report import report, write_report


@pytest.fixture(scope="module")
def page(plan: Plan) -> str:
    return report(plan)


def test_the_report_is_one_file_that_asks_for_nothing(page: str) -> None:
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert re.findall(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=", markup) == []
    assert "default-src &#39;none&#39;" in page
    assert len(page.encode()) < 3_000_000


def test_the_same_plan_makes_the_same_bytes(plan: Plan, page: str) -> None:
    assert report(plan) == page


def test_every_chart_has_a_static_picture_and_a_table(page: str) -> None:
    drawn = page.count('role="img" aria-label=')
    assert drawn == 12, "six charts and six pictures"
    assert page.count('<details class="still"') == 6
    assert page.count("<table>") >= 8


def test_headlines_are_sentences_with_units(page: str) -> None:
    assert "In 2030–2035 the plan brings a total surplus of" in page
    assert "1 project is built, at a capital cost of 40 million USD: Second bridge." in page
    assert re.search(r"Of 8 corridors \d (is|are) full in at least one period\.", page)
    assert "1 place has no coordinates and is not on the map." in page


def test_texts_of_a_package_cannot_become_code(page: str) -> None:
    assert "<img src=x" not in page
    assert "</script><img" not in page
    assert "Demo &lt;region&gt;" in page
    assert page.count("<script") == 3


def test_a_demand_that_must_be_met_is_told_as_cost() -> None:
    region = demo_region()
    demand = region.tables["demand"].query("commodity == 'coal'").assign(price=float("nan"))
    plan = region.with_table("demand", demand).solve(check=False)
    text = report(plan)
    assert "meeting all demand costs" in text
    assert "Total surplus" not in text


def test_without_coordinates_there_is_no_map_but_a_report() -> None:
    region = demo_region()
    places = region.tables["places"].drop(columns=["lat", "lon"])
    text = report(region.with_table("places", places).solve(check=False))
    assert 'id="map"' not in text
    assert 'id="welfare"' in text


def test_it_is_written_whole_or_not_at_all(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write_report(plan, tmp_path)
    file = tmp_path / "new" / "report.html"
    assert write_report(plan, file, "ru") == file
    assert '<html lang="ru">' in file.read_text(encoding="utf-8")[:200]
    assert [f.name for f in file.parent.iterdir()] == ["report.html"]

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("sungari.show.report.os.replace", broken)
    before = file.read_bytes()
    with pytest.raises(OSError, match="disk full"):
        write_report(plan, file, "zh")
    assert file.read_bytes() == before
    assert [f.name for f in file.parent.iterdir()] == ["report.html"]
