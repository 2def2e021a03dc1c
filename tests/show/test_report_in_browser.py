"""The report opened in headless Chromium: every chart drawn, nothing overlaps, nothing is asked of the network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from playwright.sync_api import Page

from sungari.chain.plan import Plan
from sungari.show.report import write_report

LANGUAGES = ("en", "zh", "ru")
HEADINGS = {"en": "What moves where", "zh": "货流分布", "ru": "Что и куда перевозится"}
#: Least number of drawn shapes by chart.
SHAPES = {"map": 20, "sankey": 8, "bottlenecks": 3, "prices": 4, "welfare": 5, "quality": 10}
#: Boxes of the texts of a chart, as they are on the screen.
BOXES = """name => [...document.querySelectorAll(`#chart-${name} svg text`)]
  .filter(t => t.textContent.trim())
  .map(t => [t.textContent, t.getBoundingClientRect()])
  .map(([text, b]) => [text, b.left, b.top, b.right, b.bottom])"""


@pytest.fixture(scope="module")
def files(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    return {lang: write_report(plan, folder / f"{lang}.html", lang) for lang in LANGUAGES}


class Opened:
    """A report in a page, with all that went wrong in it."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.wrong.append(str(e)))
        page.on("request", lambda r: self.wrong.append(r.url) if r.url != file.as_uri() else None)
        page.on("dialog", lambda d: self.wrong.append(f"dialog {d.message}"))
        page.goto(file.as_uri())
        page.wait_for_timeout(300)


def _open(browser: Browser, file: Path, **context: Any) -> Iterator[Opened]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, **context)
    try:
        yield Opened(made.new_page(), file)
    finally:
        made.close()


@pytest.fixture(params=LANGUAGES)
def opened(request: pytest.FixtureRequest, browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    for page in _open(browser, files[request.param]):
        page.lang = request.param  # type: ignore[attr-defined]
        yield page


@pytest.fixture
def english(browser: Browser, files: dict[str, Path]) -> Iterator[Opened]:
    yield from _open(browser, files["en"])


def _overlapping(boxes: list[list[Any]]) -> list[tuple[str, str]]:
    found = []
    for i, (a, left, top, right, bottom) in enumerate(boxes):
        for b, left2, top2, right2, bottom2 in boxes[i + 1 :]:
            if left < right2 - 1 and left2 < right - 1 and top < bottom2 - 1 and top2 < bottom - 1:
                found.append((a, b))
    return found


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
        assert _overlapping(boxes) == [], name


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
    assert _overlapping(page.evaluate(BOXES, "map")) == []
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
    for opened in _open(browser, files["en"], color_scheme="dark"):
        page = opened.page
        shade = "getComputedStyle(document.body).backgroundColor"
        dark = page.evaluate(shade)
        ink = page.locator("#chart-map svg text").first.evaluate("t => getComputedStyle(t).fill")
        page.locator("#light").click()
        assert page.evaluate(shade) != dark
        assert page.locator("#chart-map svg text").first.evaluate("t => getComputedStyle(t).fill") != ink
        assert opened.wrong == []


def test_without_scripts_pictures_and_tables_stand_open(browser: Browser, files: dict[str, Path]) -> None:
    for opened in _open(browser, files["ru"], java_script_enabled=False):
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
    for opened in _open(browser, files["ru"]):
        opened.page.set_viewport_size({"width": 390, "height": 800})
        opened.page.wait_for_timeout(300)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390
        assert _overlapping(opened.page.evaluate(BOXES, "map")) == []
        assert opened.wrong == []


def test_hostile_names_are_text(english: Opened) -> None:
    assert english.page.locator("img").count() == 0
    assert english.wrong == []
