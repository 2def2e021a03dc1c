"""The format reference, rendered from the schema: ``python -m sungari.region.format_reference > docs/format.md``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from sungari.region.schema import SETTINGS, TABLES, Column, Setting, Table
from sungari.region.units import EXTRA_UNITS

_INTRODUCTION = """\
# The region package

<!-- Made from the schema by `python -m sungari.region.format_reference > docs/format.md`: change the schema. -->

A region package is a folder: `datapackage.json` ([Data Package](https://datapackage.org) v2) and one CSV file per table
below. A package may leave out any optional column and any optional table, and may carry extra ones, which are kept and
ignored.

- Files are UTF-8, comma-separated, with a header row; `.` is the decimal point; a blank cell means *not given*.
- Identifiers are short texts, unique within their table; upper and lower case differ. `*` is no identifier: it stands
  for all.
- Several rows with the same key may stand where their years (`year_from` to `year_to`, both included, blank = open)
  don't overlap.
- Capacities and quantities are per year. A period gets the share *days / days of its year* of a yearly figure, times
  the factor of the row's profile in that period.
- `sungari check PACKAGE` lists everything that does not fit, with file, row and column; `sungari export PACKAGE
  book.xlsx` makes a workbook of the tables, which `sungari import` reads back.

A smallest package:

```json
{"name": "two-towns", "sungari": {"currency": "CNY", "discount_rate": 0.05}}
```

```text
parties.csv       party,name,kind             n,North,country
places.csv        place,name,party            mine,Mine,n           town,Town,n
commodities.csv   commodity,name,unit         coal,Coal,t
supply.csv        place,commodity,cost        mine,coal,20
links.csv         link,from,to,mode,cost      rail,mine,town,rail,5
rates.csv         mode,commodity              rail,*
demand.csv        place,commodity,quantity    town,coal,100000
```
"""

_UNITS = """\
## Units

Every commodity has one unit, and every figure about it is in that unit once the package is read. A package may state
figures in another unit that fits, in either of two ways:

- a column `<column>_unit` beside a number column, row by row: `capacity_unit` = `Mt/year` beside `capacity`;
- `unit` in the column's field in `datapackage.json`, for all rows that don't say otherwise:
  `{"name": "distance", "unit": "mile"}`.

Units are read by [Pint](https://pint.readthedocs.io). The table of each file says what a figure's unit is, in these
words: `unit` (of the row's commodity), `activity` (`unit` of the row's process), `money` (`currency` of the row or of
the package), `load` (capacity units of a link: see `weight` in `rates.csv`), `size` (of the project), `year`, `day`,
`km`, and `1` for a share. A yearly amount may be written with or without its time (`kt`, `kt/year`), money per unit
with or without its money (`USD/kt`, `1/kt`, `kt`). A link's capacity can be converted only where its mode carries
commodities of one unit, each with weight 1.

A row whose `currency` is another than the package's is converted with the setting `exchange_rates`. Units that don't
fit, and currencies without a rate, are errors.

Pint's units, and these:
"""


def markdown() -> str:
    """The format reference as Markdown.

    Returns
    -------
    str
        ``docs/format.md``.
    """
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## Settings\n"
    yield "Under the key `sungari` of `datapackage.json`.\n"
    yield from _grid(("setting", "type", "default", "meaning"), [_setting(s) for s in SETTINGS])
    yield _UNITS
    yield from _grid(("unit", "is", "meaning"), [_unit(d, meaning) for d, meaning in EXTRA_UNITS])
    group = ""
    for table in TABLES:
        if table.group != group:
            group = table.group
            yield f"## {group}\n"
        yield from _table(table)
    yield "## In every table\n"
    yield (
        "`source`, `quality` and `note` say where a row's figures come from. `sungari check` counts the figures "
        "without a source, and the share of assumed ones by rows and by the money that hangs on them."
    )


def _table(table: Table) -> Iterator[str]:
    need = "" if table.required else " Optional."
    dated = " Rows with the same key may stand for different years." if table.dated else ""
    yield f"### {table.file}\n"
    yield f"{table.title[:1].upper()}{table.title[1:]}.{need} Key: {', '.join(f'`{k}`' for k in table.key)}.{dated}\n"
    yield from _grid(("column", "type", "unit", "", "default", "meaning"), [_column(c) for c in table.columns])


def _column(column: Column) -> tuple[str, ...]:
    if column.default is None:
        default = ""
    elif isinstance(column.default, bool):
        default = str(column.default).lower()
    else:
        default = f"{column.default:g}" if isinstance(column.default, int | float) else f"`{column.default}`"
    return (
        f"`{column.name}`", _kind(column), column.unit, "required" if column.required else "optional", default,
        column.description,
    )


def _kind(column: Column) -> str:
    """What a cell holds, short."""
    if column.kind == "choice":
        return ", ".join(f"`{c}`" for c in column.choices)
    if column.kind in ("name", "names") and column.refers_to:
        where = " or ".join(f"`{t}`" for t in column.refers_to)
        text = f"names from {where}, joined by `;`" if column.kind == "names" else f"name from {where}"
        return text + (" or `*`" if column.wildcard else "")
    if column.kind == "integer":
        return "whole number"
    if column.kind == "number":
        low, high = column.minimum, column.maximum
        if low is not None and high is not None:
            return f"number, {low:g} to {high:g}"
        if low is not None:
            return f"number ≥ {low:g}"
        return f"number ≤ {high:g}" if high is not None else "number"
    return {"boolean": "`true` or `false`", "name": "identifier"}.get(column.kind, column.kind)


def _unit(definition: str, meaning: str) -> tuple[str, ...]:
    first, value, *others = definition.split(" = ")
    names = ", ".join(f"`{name}`" for name in (first, *others))
    return names, "a kind of its own" if value.startswith("[") else value.replace(" ** ", "^"), meaning


def _setting(setting: Setting) -> tuple[str, ...]:
    default = "" if setting.default is None else f"`{json.dumps(setting.default)}`"
    return f"`{setting.name}`", setting.kind, default, setting.description


def _grid(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"

    yield line(head)
    yield "|" + "---|" * len(head)
    yield from map(line, rows)
    yield ""


if __name__ == "__main__":
    sys.stdout.write(markdown())
