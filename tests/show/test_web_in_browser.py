"""The workspace in a real browser: every page drawn without a refused style, readable to all, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser import Browser
from pages import english, wrong_for_readers
from playwright.sync_api import Page, expect
from web_server import Served, named, served

PAGES = (
    "/region", "/region/settings", "/region/tables", "/region/tables/links?row=1",
    "/region/tables/fund?row=0", "/region/change/second", "/decide",
    "/decide/appraisal", "/decide/sharing", "/fund", "/studies", "/studies/1",
)  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.mark.parametrize("light", ["light", "dark"])
def test_every_page_is_drawn_as_it_may_and_readable_to_all(browser: Browser, workspace: Served, light: str) -> None:
    width, lang = {"light": (1280, "zh-CN"), "dark": (820, "ru-RU")}[light]
    viewport = {"width": width, "height": 900}
    with workspace.opened(browser, color_scheme=light, viewport=viewport, locale=lang) as looked:
        for path in PAGES:
            page = looked.go(path)
            assert wrong_for_readers(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            assert page.locator("h1").count() == 1, path
            assert english(page, named()) == [], path
        assert looked.wrong == []


def test_the_language_is_chosen_once_and_kept(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser) as looked:
        page = looked.go("/region")
        page.get_by_role("link", name="Русский").click()
        expect(page.locator("html")).to_have_attribute("lang", "ru")
        page.goto(workspace.address + "/fund")
        expect(page.locator("h1")).to_have_text("Компенсационный фонд")
        assert "млн" in page.locator("main").inner_text()
        page.get_by_role("link", name="中文").click()
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
        assert page.url == workspace.address + "/fund"


def test_the_light_is_kept(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser, color_scheme="light") as looked:
        page = looked.go("/fund")
        page.locator("#light").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        assert looked.wrong == []


def test_a_click_on_the_map_tells_the_story_of_a_place(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser) as looked:
        page = looked.go("/region")
        at = page.evaluate(
            """() => {
              const box = document.getElementById("chart-map"), chart = echarts.getInstanceByDom(box);
              const places = chart.getOption().series.find(s => s.id === "places").data;
              const [x, y] = chart.convertToPixel({geoIndex: 0}, places.find(p => p.place === "harbin").value);
              const edge = box.getBoundingClientRect();
              return [edge.left + x, edge.top + y];
            }"""
        )
        page.mouse.click(*at)
        expect(page.locator("#story h2")).to_have_text("Harbin")
        story = page.locator("#story")
        expect(story.locator("#chart-story-price svg").first).to_be_attached()
        assert "Grain" in story.inner_text()
        assert "Facilities: Power plant" in story.inner_text()
        assert "More power at Harbin" in story.inner_text()
        assert looked.wrong == []


def test_a_corridor_is_chosen_from_the_list(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser) as looked:
        page = looked.go("/region")
        page.get_by_role("combobox", name="Corridor or place").select_option(label="Blagoveshchensk – Heihe, road")
        expect(page.locator("#story h2")).to_have_text("Blagoveshchensk – Heihe")
        story = page.locator("#story").inner_text()
        assert "One more unit is worth" in story
        assert "Second bridge" in story
        assert wrong_for_readers(page) == []
        assert looked.wrong == []


def test_a_row_is_checked_as_one_types_and_kept(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser) as looked:
        page = looked.go("/region/tables/demand")
        page.get_by_role("button", name="Row 2", exact=True).click()
        price = page.locator("#cell-price")
        price.fill("a lot")
        expect(page.locator("#says-price")).to_contain_text("expected a number")
        expect(price).to_have_attribute("aria-invalid", "true")
        page.get_by_role("button", name="Keep").click()
        expect(page.locator("#kept")).to_contain_text("1 error")
        price.fill("71")
        expect(price).to_have_attribute("aria-invalid", "false")
        page.get_by_label("Why the row is changed").fill("the newest tariff")
        page.get_by_role("button", name="Keep").click()
        expect(page.locator("#kept")).to_contain_text("The row is kept.")
        expect(page.locator("#rows")).to_contain_text("71")
        page = looked.go("/region")
        expect(page.locator("main")).to_contain_text("the figures have changed since")
        assert looked.wrong == []


def _wait(page: Page) -> None:
    """Until no job is shown as running."""
    expect(page.locator("progress")).to_have_count(0, timeout=60_000)


def test_a_set_is_searched_within_a_budget_and_its_frontier_asked(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser) as looked:
        page = looked.go("/decide")
        page.get_by_label("All together").fill("90")
        page.get_by_role("textbox", name="Points").fill("4")
        page.get_by_role("button", name="Search", exact=True).click()
        expect(page.locator("progress").first).to_be_visible()
        _wait(page)
        expect(page.locator("#chart-frontier svg").first).to_be_attached()
        page.get_by_label("Point of the frontier").select_option(index=1)
        expect(page.locator("#point h3")).to_contain_text("budget for new projects")
        expect(page.locator("#point")).to_contain_text("Gain over today's network")
        page.get_by_role("link", name=re.compile("^Worked out on")).click()
        expect(page.locator("main")).to_contain_text("budgets")
        assert looked.wrong == []


def test_one_project_is_held_against_a_plan_without_it(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser) as looked:
        page = looked.go("/region/change/second")
        if page.get_by_role("button", name="Solve anew").count():  # an edit of another test has made the plan stale
            page.get_by_role("button", name="Solve anew").click()
            _wait(page)
        page.get_by_role("button", name="Solve without it").click()
        _wait(page)
        expect(page.locator("main")).to_contain_text("What it adds to the total surplus")
        expect(page.locator("#chart-change svg").first).to_be_attached()
        assert looked.wrong == []


def test_sliders_of_the_fund_answer_at_once(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser) as looked:
        page = looked.go("/fund")
        page.get_by_label("Chance of running dry that is accepted").press("Home")
        expect(page.locator("#answer")).to_contain_text("chance of 0.1%")
        dear = page.locator("#answer strong").first.inner_text()
        page.get_by_label("Coverage, against what the package states").press("Home")
        expect(page.locator("#answer strong").first).not_to_have_text(dear)
        expect(page.locator("#answer")).to_contain_text("chance of 0.1%")
        assert looked.wrong == []
