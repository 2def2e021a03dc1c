"""What a package looks like as tables: any of its tables, and what it holds in all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sungari.errors import UsageError, hinted
from sungari.region.schema import BY_NAME, TABLES
from sungari.show.terminal import Choice, Heading, View
from sungari.show.views import WHERE, known_names, made_of, names_it, units
from sungari.words import Words

if TYPE_CHECKING:
    from sungari.region.package import Region

_PROVENANCE = ("currency", "source", "quality", "note", "name_zh", "name_ru")


def package_table(region: Region, name: str, choice: Choice) -> View:
    """A table of a package, its blank columns left out."""
    names = [t.name for t in TABLES if t.name in region.tables] + [t for t in region.tables if t not in BY_NAME]
    if name not in names:
        raise UsageError(hinted(Words("{region} has no table {name!r}", region=region.name, name=name), name, names,
                                listed=True))
    known_names(region, Choice(place=choice.place, commodity=choice.commodity))
    frame = region.tables[name]
    for columns, value in ((WHERE, choice.place), (["commodity"], choice.commodity), (["period"], choice.period)):
        there = [c for c in columns if c in frame.columns]
        if value is not None and there:
            frame = frame[names_it(frame, there, value)]
    contract = BY_NAME[name].by_name if name in BY_NAME else {}
    shown = [str(c) for c in frame.columns if c not in _PROVENANCE and frame[c].notna().any()]
    headings = []
    for column in shown:
        known = contract.get(column)
        if known is None or not known.is_number:
            headings.append(Heading(column))
        else:
            unit = known.unit.replace("money", region.settings.currency)
            headings.append(Heading(column, "" if unit in ("1", "calendar year") else unit,
                                    "plain" if known.kind == "integer" else "mixed"))  # fmt: skip
    title = f"{name}: {(contract and BY_NAME[name].title) or 'a table of its own'}"
    return made_of(title, frame, shown, headings, choice)


def describe(region: Region) -> dict[str, Any]:
    """What a package holds, as plain data: title, settings, years, parties, commodities, row counts."""
    periods = region.table("periods")
    return {
        "status": "ok",
        "name": region.name,
        "title": region.title,
        "settings": {"currency": region.settings.currency, **region.settings.as_json()},
        "years": sorted({int(y) for y in periods["year"].dropna()}),
        "periods": max(1, len(periods)),
        "parties": list(region.names("parties").values()),
        "commodities": units(region),
        "rows": {name: len(frame) for name, frame in region.tables.items()},
        "sha256": region.sha256,
    }
