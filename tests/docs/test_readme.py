"""The README is true: its command line and its Python run, and what it links to is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from blocks import ROOT, blocks, run

import sungari

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_readme_blocks_run(tmp_path: Path) -> None:
    found = [b for b in blocks(ROOT / "README.md") if not b.body.startswith("make ")]
    assert {b.language for b in found} == {"sh", "python"}
    for block in found:
        run(block, tmp_path)
    # What README's readers get is right: each figure of the packaged region's plan against the package's own rows.
    plans = sorted(p.parent for p in tmp_path.glob("out/**/plan.json"))
    assert plans
    for path in plans:
        sungari.open_plan(path).verify().raise_if_wrong()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_architecture_names_only_what_is_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    package = ROOT / "src" / "sungari"
    named = re.findall(r"`([\w/.-]+(?:\.py|/))`", text)
    assert len(named) > 20
    missing = [n for n in named if not (ROOT / n).exists() and not (package / n).exists()]
    assert not missing


def test_dependencies_page_explains_every_one() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[\[<>=!~; ]", d)[0].lower() for d in wanted}
    assert not [n for n in sorted(names) if n not in page]
