"""Figures that an edit states in another currency or unit, brought to the region's own as they are from a file."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sungari.errors import InputError
from sungari.operate.content import PROJECT_TABLES, Content, Normal, Row, rows_of
from sungari.operate.records import Package, PackageTable
from sungari.operate.register import Work
from sungari.region import units
from sungari.region.cells import to_types
from sungari.region.descriptor import settings_of
from sungari.region.package import Region
from sungari.region.schema import BY_NAME

#: Tables that say what a unit of a row is.
_SUBJECTS = ("commodities", "processes", "rates", "links")


def foreign(rows: Iterable[Row], table: str) -> bool:
    """Whether one of the rows names a currency or a unit of its own."""
    columns = {f"{c.name}_unit" for c in BY_NAME[table].columns if c.kind == "number"} | {"currency"}
    return any(row.get(column) is not None for row in rows for column in columns)


def converted(work: Work, content: Normal) -> Normal:
    """A project's content with all figures in the currency and the units of the register's region.

    Raises
    ------
    InputError
        With every unit that does not fit, and every currency without a rate in the settings.
    """
    theirs = [name for name in PROJECT_TABLES if foreign(content.get(name, []), name)]
    if not theirs:
        return content
    kept = {name: work.session.get(PackageTable, name) for name in _SUBJECTS}
    tables = {name: _typed(table.rows, name) for name, table in kept.items() if table is not None}
    tables |= {name: _typed([{"project": "-", **row} for row in content[name]], name) for name in theirs}
    settings, _ = settings_of(work.session.get_one(Package, 1).settings)
    region = Region("", tables, settings)
    if problems := units.convert(region, {}):
        raise InputError(problems, "project")
    made: Content = {name: rows_of(region.tables[name].drop(columns="project")) for name in theirs}
    return Normal({**content, **made})


def _typed(rows: list[Row], name: str) -> pd.DataFrame:
    return to_types(pd.DataFrame(rows, dtype=object), BY_NAME[name])[0]
