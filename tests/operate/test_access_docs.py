"""The page on security names tests that are there, and the roles as they are."""

from __future__ import annotations

import re
from pathlib import Path

from sungari.operate.access.actor import ROLES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE))
    assert len(named) > 40
    for file, test in sorted(named):
        path = next(p for p in (ROOT / "tests" / "operate" / file, ROOT / "tests" / "show" / file) if p.is_file())
        assert f"def {test}(" in path.read_text(encoding="utf-8"), f"{file}::{test}"


def test_every_role_is_on_the_page() -> None:
    table = PAGE.partition("| role |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| (\w+) \|", table, re.MULTILINE) == list(ROLES)


def test_every_chapter_of_the_standard_is_on_the_page() -> None:
    chapters = {int(n) for n in re.findall(r"^\| V(\d+)", PAGE, re.MULTILINE)}
    missing = set(range(1, 18)) - chapters
    assert missing == {12}  # secure communication: left to who runs it
    assert "TLS" in PAGE.partition("## Left to who runs it")[2]
