"""The report of a whole study in headless Chromium: every chart drawn in three languages, nothing overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser
from pages import BOXES, Opened, open_page, overlapping, wrong_for_readers

from sungari.decide.study import Study
from sungari.show.report import report, write_report

LANGUAGES = ("en", "zh", "ru")
HEADINGS = {"en": "What each project is worth", "zh": "各项目价值几何", "ru": "Сколько стоит каждый проект"}
#: Least number of drawn shapes by chart.
SHAPES = {
    "map": 20, "sankey": 8, "bottlenecks": 3, "prices": 4, "welfare": 5, "change": 10, "ranking": 6, "interaction": 3,
    "risk": 5, "tornado": 3, "places": 6, "quadrants": 3, "frontier": 3, "core": 3, "gains": 3, "split": 6,
    "payments": 2, "quality": 10,
}  # fmt: skip


@pytest.fixture(scope="module")
def files(study: Study, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("studies")
    return {lang: write_report(study, folder / f"{lang}.html", lang) for lang in LANGUAGES}


@pytest.fixture(params=LANGUAGES)
def opened(request: pytest.FixtureRequest, browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    for page in open_page(browser, files[request.param]):
        page.lang = request.param  # type: ignore[attr-defined]
        yield page


@pytest.fixture
def english(browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    yield from open_page(browser, files["en"])


def test_every_chart_is_drawn_in_every_language(opened: Opened) -> None:
    page = opened.page
    charts = page.locator("div[data-chart]").evaluate_all("all => all.map(d => d.dataset.chart)")
    assert sorted(charts) == sorted(SHAPES)
    for name, least in SHAPES.items():
        assert page.locator(f"#chart-{name} svg path").count() >= least, name
    assert page.locator("#appraisal > h2").inner_text() == HEADINGS[opened.lang]  # type: ignore[attr-defined]
    assert opened.wrong == []


def test_no_label_lies_on_another_or_leaves_its_chart(opened: Opened) -> None:
    for name in SHAPES:
        boxes = opened.page.evaluate(BOXES, name)
        assert boxes, name
        assert overlapping(boxes) == [], name
        frame = opened.page.locator(f"#chart-{name}").bounding_box()
        assert frame is not None
        for text, left, _, right, _ in boxes:
            assert left >= frame["x"] - 1, (name, text)
            assert right <= frame["x"] + frame["width"] + 1, (name, text)


def test_every_choice_can_be_drawn(english: Opened) -> None:
    page = english.page
    for select in page.locator("select").all():
        for value in select.locator("option").evaluate_all("all => all.map(o => o.value)"):
            select.select_option(value)
    for name in SHAPES:
        assert page.locator(f"#chart-{name} svg path").count() > 0, name
    assert english.wrong == []


def test_the_map_of_changes_says_what_becomes_of_a_flow(english: Opened) -> None:
    page = english.page
    assert page.locator("#widths-change li").count() > 0
    before = page.locator("#chart-change svg").inner_html()
    page.locator("select[data-chart=change][data-control=goods]").select_option(label="Coal")
    assert page.locator("#chart-change svg").inner_html() != before
    page.locator("button[data-chart=change][data-zoom='1.5']").click()
    assert overlapping(page.evaluate(BOXES, "change")) == []
    assert english.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_readers_out(browser: Browser, files: dict[str, Path], scheme: str) -> None:
    for opened in open_page(browser, files["en"], color_scheme=scheme):
        assert wrong_for_readers(opened.page) == []


def test_without_scripts_pictures_and_tables_stand_open(browser: Browser, files: dict[str, Path]) -> None:
    for opened in open_page(browser, files["ru"], java_script_enabled=False):
        page = opened.page
        assert page.locator(".picture svg").count() == len(SHAPES)
        assert page.locator("table").count() == page.locator("table:visible").count()
        assert page.locator(".scripted:visible").count() == 0


def test_a_narrow_screen_has_no_sideways_scrolling(browser: Browser, files: dict[str, Path]) -> None:
    for opened in open_page(browser, files["ru"]):
        opened.page.set_viewport_size({"width": 390, "height": 800})
        opened.page.wait_for_timeout(300)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert opened.wrong == []


@pytest.mark.parametrize("name", ["appraisal", "portfolio", "sharing"])
def test_a_part_alone_is_a_report(study: Study, name: str) -> None:
    part = study.part(name)
    assert part is not None
    page = report(part, "zh")
    assert 'class="chapter"' not in page, "one chapter needs no heading of its own"
    assert 'id="map"' not in page
    assert 'id="assumed"' in page
    assert report(part, "zh") == page


def test_hostile_names_are_text(english: Opened) -> None:
    assert english.page.locator("img, #ranking b").count() == 0
    assert "Third bridge <b>, with" in english.page.locator("#ranking").inner_text()
