"""docs/format.md says what the schema says."""

from __future__ import annotations

import re
from pathlib import Path

from tiny import table

from sungari.region.format_reference import markdown
from sungari.region.package import Region
from sungari.region.schema import SETTINGS, TABLES

PAGE = Path(__file__).parents[2] / "docs" / "format.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), (
        "run: python -m sungari.region.format_reference > docs/format.md"
    )


def test_every_table_column_and_setting_is_told() -> None:
    text = markdown()
    for one in TABLES:
        section = text.split(f"### {one.file}\n")[1].split("\n### ")[0]
        for column in one.columns:
            assert f"| `{column.name}` |" in section
            assert column.description.replace("|", "\\|") in section
    for setting in SETTINGS:
        assert f"| `{setting.name}` |" in text


def test_the_smallest_package_of_the_page_is_one() -> None:
    example = markdown().split("```text\n")[1].split("```")[0]
    tables = {}
    for line in example.splitlines():
        name, *rows = re.split(r"\s{2,}", line.strip())
        tables[name.removesuffix(".csv")] = table("\n".join(rows))
    region = Region.from_tables("two-towns", tables, currency="CNY", discount_rate=0.05)
    assert [p for p in region.check() if p.check != "no-source"] == []
