"""A report in a page of the browser: what goes wrong in it, where its texts stand, what keeps readers out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from browser import Browser
from playwright.sync_api import Page

from sungari.show.assets import Package, fetch

#: What accessibility is checked with; fetched once by npm, kept beside the tests, never committed.
AXE = Package(
    "axe-core",
    "4.14.1",
    "sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    {"package/axe.min.js": "axe-4.14.1.min.js"},
)
KEPT = Path(__file__).resolve().parent / ".assets"
#: Boxes of the texts of a chart, as they are on the screen.
BOXES = """name => [...document.querySelectorAll(`#chart-${name} svg text`)]
  .filter(t => t.textContent.trim())
  .map(t => [t.textContent, t.getBoundingClientRect()])
  .map(([text, b]) => [text, b.left, b.top, b.right, b.bottom])"""

#: Texts of a page and of its fields' names and titles, apart from what is said to be English or code.
TEXTS = """() => {
  const apart = node => node.closest("script, style, code, pre, noscript, [lang=en]"), found = [];
  const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (!apart(walk.currentNode.parentElement)) found.push(walk.currentNode.data);
  for (const node of document.querySelectorAll("[title], [placeholder], [aria-label], [alt]"))
    if (!apart(node)) for (const name of ["title", "placeholder", "aria-label", "alt"])
      found.push(node.getAttribute(name) || "");
  return found;
}"""
_ENGLISH = re.compile(r"[A-Za-z]{2,}(?:['’][a-z]+)?(?:[ \n]+[A-Za-z]{2,}(?:['’][a-z]+)?){2,}")


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


def open_page(browser: Browser, file: Path, **context: Any) -> Iterator[Opened]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, **context)
    try:
        yield Opened(made.new_page(), file)
    finally:
        made.close()


def english(page: Page, data: frozenset[str] = frozenset()) -> list[str]:
    """Texts of a page with three English words in a row, but for what the region itself calls so."""
    found = []
    for text in page.evaluate(TEXTS):
        for own in sorted(data, key=len, reverse=True):
            text = text.replace(own, "…")
        if _ENGLISH.search(text):
            found.append(text.strip()[:200])
    return found


def overlapping(boxes: list[list[Any]]) -> list[tuple[str, str]]:
    found = []
    for i, (a, left, top, right, bottom) in enumerate(boxes):
        for b, left2, top2, right2, bottom2 in boxes[i + 1 :]:
            if left < right2 - 1 and left2 < right - 1 and top < bottom2 - 1 and top2 < bottom - 1:
                found.append((a, b))
    return found


@cache
def axe() -> str:
    """The script that looks for what keeps readers out."""
    name = next(iter(AXE.files.values()))
    if not (KEPT / name).is_file():
        fetch(AXE, KEPT)
    return (KEPT / name).read_text(encoding="utf-8")


def wrong_for_readers(page: Page) -> list[str]:
    """Violations of WCAG 2.2 A and AA on a page, one line each."""
    page.evaluate(axe())
    found = page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))"
        ".violations.map(v => v.id + ': ' + v.help + ' at ' + v.nodes.slice(0, 3).map(n => n.target + ' ' + "
        "(n.any[0] || n.all[0] || n.none[0] || {}).message).join(' | '))"
    )
    return [str(line) for line in found]
