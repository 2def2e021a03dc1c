"""The report opened in headless Chromium: every chart drawn, nothing overlaps, nothing is asked of the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser
from pages import BOXES, Opened, open_page, overlapping, wrong_for_readers

from sungari.chain.plan import Plan
from sungari.show.report import write_report

LANGUAGES = ("en", "zh", "ru")
HEADINGS = {"en": "What moves where", "zh": "货流分布", "ru": "Что и куда перевозится"}
#: Least number of drawn shapes by chart.
SHAPES = {"map": 20, "sankey": 8, "bottlenecks": 3, "prices": 4, "welfare": 5, "quality": 10}
@pytest.fixture(scope="module")
def files(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    return {lang: write_report(plan, folder / f"{lang}.html", lang) for lang in LANGUAGES}


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
    for name, least in SHAPES.items():
        shapes = page.locator(f"#chart-{name} svg path")
        assert shapes.count() >= least, name
    assert HEADINGS[opened.lang] in page.locator("#map h2").inner_text()  # type: ignore[attr-defined]
    assert opened.wrong == []


def test_no_label_lies_on_another(opened: Opened) -> None:
    for name in SHAPES:
        boxes = opened.page.evaluate(BOXES, name)
        assert boxes, name
        assert overlapping(boxes) == [], name


def test_no_label_leaves_its_chart(opened: Opened) -> None:
    for name in SHAPES:
        frame = opened.page.locator(f"#chart-{name}").bounding_box()
        assert frame is not None
        for text, left, _, right, _ in opened.page.evaluate(BOXES, name):
            assert left >= frame["x"] - 1, (name, text)
            assert right <= frame["x"] + frame["width"] + 1, (name, text)


def test_the_slider_steps_through_the_months(english: Opened) -> None:
    page = english.page
    month = page.locator("#month")
    assert month.get_attribute("max") == "12"
    assert page.locator("#when").inner_text() == "Whole year 2030"
    widths = set()
    for _ in range(3):
        month.press("ArrowRight")
        widths.add(page.locator("#chart-map svg").inner_html())
    assert page.locator("#when").inner_text() == "Mar 2030"
    assert len(widths) > 1, "the ice road is narrower in winter"
    page.locator("select[data-control=year]").select_option("2035")
    assert page.locator("#when").inner_text() == "Mar 2035"
    page.locator("select[data-control=goods]").select_option(label="Visitors")
    assert "persons" in page.locator("#widths-map").inner_text()
    assert english.wrong == []


def test_zooming_makes_room_for_more_names(english: Opened) -> None:
    page = english.page
    for _ in range(4):
        page.locator("button[data-zoom='1.5']").click()
    assert overlapping(page.evaluate(BOXES, "map")) == []
    page.locator("button[data-zoom='0']").click()
    assert "Harbin" in page.locator("#chart-map").inner_text()
    assert english.wrong == []


def test_every_choice_can_be_drawn(english: Opened) -> None:
    page = english.page
    for select in page.locator("select").all():
        for value in select.locator("option").evaluate_all("all => all.map(o => o.value)"):
            select.select_option(value)
    for name in SHAPES:
        assert page.locator(f"#chart-{name} svg path").count() > 0, name
    assert english.wrong == []


def test_the_system_and_the_button_turn_the_light(browser: Browser, files: dict[str, Path]) -> None:
    for opened in open_page(browser, files["en"], color_scheme="dark"):
        page = opened.page
        shade = "getComputedStyle(document.body).backgroundColor"
        dark = page.evaluate(shade)
        ink = page.locator("#chart-map svg text").first.evaluate("t => getComputedStyle(t).fill")
        page.locator("#light").click()
        assert page.evaluate(shade) != dark
        assert page.locator("#chart-map svg text").first.evaluate("t => getComputedStyle(t).fill") != ink
        assert opened.wrong == []


def test_without_scripts_pictures_and_tables_standopen_page(browser: Browser, files: dict[str, Path]) -> None:
    for opened in open_page(browser, files["ru"], java_script_enabled=False):
        page = opened.page
        pictures = page.locator(".picture svg")
        assert pictures.count() == len(SHAPES)
        for picture in pictures.all():
            box = picture.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) > 60
        assert page.locator("table").count() == page.locator("table:visible").count()
        assert page.locator(".scripted:visible").count() == 0
        assert "Харбин" in page.locator("#map .picture").inner_html()


def test_a_narrow_screen_has_no_sideways_scrolling(browser: Browser, files: dict[str, Path]) -> None:
    for opened in open_page(browser, files["ru"]):
        opened.page.set_viewport_size({"width": 390, "height": 800})
        opened.page.wait_for_timeout(300)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert overlapping(opened.page.evaluate(BOXES, "map")) == []
        assert opened.wrong == []


def test_hostile_names_are_text(english: Opened) -> None:
    assert english.page.locator("img").count() == 0
    assert english.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_keeps_readers_out(browser: Browser, files: dict[str, Path], scheme: str) -> None:
    for opened in open_page(browser, files["en"], color_scheme=scheme):
        assert wrong_for_readers(opened.page) == []
