"""The walk of a committee through the workspace in a real browser, from signing in to a file for the public."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Browser
from jsonschema import Draft4Validator
from pages import english, wrong_for_readers
from playwright.sync_api import Page, expect
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4
from web_people import add_people
from web_server import PASSWORD, Served, named, served

from sungari.operate.access import accounts
from sungari.operate.desk import cases

OFFICIAL = Path(__file__).resolve().parents[1] / "operate" / "oc4ids"
PAGES = (
    "/projects", "/projects/-/board", "/projects/-/map", "/projects/-/new", "/projects/-/files", "/projects/-/others",
    "/projects/second",
    "/projects/second/figures", "/projects/second/edit", "/projects/second/records", "/projects/second/documents",
    "/projects/second/history", "/projects/second/records/finance/new", "/committee", "/committee/new", "/committee/1",
    "/committee/meetings", "/committee/meetings/new", "/committee/calendar", "/committee/statistics",
    "/administration/accounts", "/administration/accounts/new", "/administration/accounts/rita",
    "/administration/gates", "/administration/rules", "/administration/kinds", "/administration/calendars",
    "/administration/trail", "/administration/backup", "/account",
)  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("walk"), studied=False) as running:
        add_people(running.register)
        with running.register.writing("test", "a case to look at") as work:
            accounts.grant(work, "anna", "committee", "*")
            cases.put(work, "border-closed", "link", "bridge", party="ru", title="The bridge is closed since Monday")
        yield running


@pytest.mark.parametrize("light", ["light", "dark"])
def test_every_page_is_drawn_as_it_may_and_readable_to_all(browser: Browser, workspace: Served, light: str) -> None:
    width, lang = {"light": (1280, "ru-RU"), "dark": (820, "zh-CN")}[light]
    viewport = {"width": width, "height": 900}
    with workspace.opened(browser, color_scheme=light, viewport=viewport, locale=lang) as looked:
        for path in PAGES:
            page = looked.go(path)
            assert wrong_for_readers(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            assert page.locator("h1").count() == 1, path
            assert page.locator("form[method=post]:not(:has(input[name=_form]))").count() == 0, path
            assert english(page, named() | {"The bridge is closed since Monday", "a case to look at"}) == [], path
        assert looked.wrong == []


def test_board_and_sheets_answer_to_the_keyboard(browser: Browser, workspace: Served) -> None:
    with workspace.opened(browser) as looked:
        page = looked.go("/projects/-/board")
        tiles = page.locator(".lane").first.locator(".tile")
        tiles.first.focus()
        page.keyboard.press("ArrowDown")
        expect(tiles.nth(1)).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(tiles.first).to_be_focused()
        page = looked.go("/projects")
        menu = page.locator("details.menu").filter(has_text="Columns")
        menu.locator("summary").press("Enter")
        menu.get_by_label("Code").check()
        expect(page.locator("#list th", has_text="Code")).to_be_visible()
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(menu.locator("summary")).to_be_focused()
        assert looked.wrong == []


def problems(package: dict[str, Any]) -> list[str]:
    """What the official schema has against an OC4IDS package."""
    schema = json.loads((OFFICIAL / "project-schema.json").read_text())
    registry: Registry[Any] = Registry().with_resource(schema["id"], Resource(schema, DRAFT4))
    checker = Draft4Validator(json.loads((OFFICIAL / "project-package-schema.json").read_text()), registry=registry)
    return [f"{list(e.absolute_path)}: {e.message}" for e in checker.iter_errors(package)]


def signed_in(page: Page, address: str, who: str) -> None:
    """Sign in on the page for it."""
    page.goto(address + "/projects")
    page.get_by_label("Name or e-mail address").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("h1")).to_have_text("Projects")


def test_a_committee_walks_through(browser: Browser, workspace: Served, tmp_path: Path) -> None:
    context = browser.new_context(locale="en-US", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    wrong: list[str] = []
    page.on("pageerror", lambda e: wrong.append(str(e)))
    page.on("dialog", lambda d: wrong.append(d.message))
    signed_in(page, workspace.address, "anna")

    # a project is taken up; what is wrong is said while one types
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Code *").fill("tunnel")
    page.locator("#c-projects-0-name").fill("Tunnel <b>under</b> the Amur")
    page.locator("#c-projects-0-sector").fill("transport")
    page.locator("#c-projects-0-host").select_option("ru")
    cost = page.locator("#c-projects-0-capex")
    cost.fill("much")
    cost.blur()
    expect(page.locator("#check")).to_contain_text("expected a number")
    cost.fill("35000000")
    page.locator("#c-projects-0-life").fill("30")
    page.locator("#c-projects-0-lumpy").select_option("true")
    page.locator("#c-effects-0-table").select_option("links")
    page.locator("#c-effects-0-row").fill("bridge")
    page.locator("#c-effects-0-column").select_option("capacity")
    page.locator("#c-effects-0-change").fill("500000")
    expect(page.locator("#check")).to_contain_text("All cells are in order")
    page.get_by_role("button", name="Take up the project").click()
    expect(page.locator("h1")).to_have_text("Tunnel <b>under</b> the Amur")
    expect(page.locator("#result")).to_be_attached()
    page.screenshot(path=str(tmp_path / "project.png"), full_page=True)

    # the model appraises it, as a job
    page.get_by_role("button", name="Run an appraisal").click()
    expect(page.locator("progress")).to_have_count(0, timeout=90_000)
    page.goto(workspace.address + "/projects/tunnel")
    expect(page.locator("main")).to_contain_text("What the model says in its newest appraisal.")
    expect(page.locator("main")).not_to_contain_text("The model has not appraised it yet")

    # the set to build is decided
    page.goto(workspace.address + "/decide")
    page.get_by_label("All together").fill("90")
    page.get_by_label("Points").fill("3")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("progress").first).to_be_visible()
    expect(page.locator("progress")).to_have_count(0, timeout=90_000)
    expect(page.locator("#chart-frontier svg").first).to_be_attached()

    # the list answers while one types
    page.goto(workspace.address + "/projects")
    page.get_by_label("Search").fill("tunn")
    expect(page.locator("#list")).to_contain_text("1 project")
    page.wait_for_url(re.compile("q=tunn"))
    context.close()

    # a case: raised by one party, answered and decided with the other
    people = {who: browser.new_context(locale="en-US") for who in ("ivan", "li")}
    pages = {who: made.new_page() for who, made in people.items()}
    for who, each in pages.items():
        signed_in(each, workspace.address, who)
    ivan, li = pages["ivan"], pages["li"]
    ivan.goto(workspace.address + "/committee/new")
    ivan.get_by_label("Kind").select_option(label="Permit refused")
    ivan.get_by_label("Find it by a part of its name").press_sequentially("tunn")
    expect(ivan.locator("#f-subject option")).to_have_count(1)
    ivan.locator("#f-subject").select_option("tunnel")
    ivan.get_by_label("Title").fill("Nobody lets us dig")
    ivan.locator("summary", has_text="Whom it is assigned to").click()
    for party in ("cn", "ru"):
        ivan.locator(f"input[name=parties][value={party}]").check()
    ivan.get_by_role("button", name="Raise the case").click()
    expect(ivan.locator("h1")).to_have_text("Nobody lets us dig")
    li.goto(ivan.url.split("?")[0])
    li.get_by_label("Say something about the case").fill("We look at it.")
    li.get_by_role("button", name="Answer").click()
    li.get_by_label("Propose a decision").fill("Digging is allowed from May.")
    li.get_by_role("button", name="Propose", exact=True).click()
    li.get_by_role("button", name="Sign", exact=True).click()
    ivan.reload()
    ivan.get_by_role("button", name="Sign", exact=True).click()
    expect(ivan.locator("#decision")).to_contain_text("in force")
    expect(ivan.locator("main")).to_contain_text("decided")

    # another language; a file for the public
    ivan.get_by_role("link", name="Русский").click()
    expect(ivan.locator("html")).to_have_attribute("lang", "ru")
    expect(ivan.locator("main")).to_contain_text("действует")
    ivan.goto(workspace.address + "/projects/-/files")
    with ivan.expect_download() as download:
        ivan.get_by_role("link", name="OC4IDS").click()
    package = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert problems(package) == []
    assert "Tunnel <b>under</b> the Amur" in [p["title"] for p in package["projects"]]
    for made in people.values():
        made.close()
    assert wrong == []
