"""``datapackage.json``: a package's name, settings and list of tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from sungari.errors import Problem, nearest
from sungari.region.schema import SETTINGS, TABLES, Table
from sungari.words import Words

DESCRIPTOR = "datapackage.json"


@dataclass(frozen=True)
class Settings:
    """Settings of a package; see :data:`sungari.region.schema.SETTINGS` for meanings and units."""

    currency: str = "USD"
    price_year: int | None = None
    discount_rate: float = 0.0
    base_year: int | None = None
    free_disposal: bool = True
    money_scale: float = 1.0
    exchange_rates: Mapping[str, float] | None = None
    other: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Settings that differ from their defaults, as they stand under ``sungari`` in ``datapackage.json``."""
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "other"}
        plain = Settings()
        return {k: v for k, v in given.items() if v != getattr(plain, k)} | dict(self.other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def settings_of(given: Mapping[str, Any]) -> tuple[Settings, list[Problem]]:
    problems: list[Problem] = []
    known: dict[str, Any] = {}
    by_name = {s.name: s for s in SETTINGS}
    other = {k: v for k, v in given.items() if k not in by_name}

    def wrong(name: str, value: Any, expected: str) -> None:
        problems.append(Problem(DESCRIPTOR, None, f"sungari.{name}", str(value), expected, "", "setting"))

    for name, value in given.items():
        if name not in by_name or value is None:
            continue
        setting = by_name[name]
        number = _is_number(value)
        if setting.kind == "boolean":
            if not isinstance(value, bool):
                wrong(name, value, Words("expected true or false"))
                continue
        elif setting.kind in ("number", "integer"):
            if not number or (setting.kind == "integer" and value != int(value)):
                whole = setting.kind == "integer"
                wrong(name, value, Words("expected a whole number") if whole else Words("expected a number"))
                continue
            if setting.minimum is not None and value < setting.minimum:
                wrong(name, value, Words("expected at least {low:g}", low=setting.minimum))
                continue
            if setting.choices and float(value) not in setting.choices:
                choices = ", ".join(f"{c:g}" for c in setting.choices)
                wrong(name, value, Words("expected one of {names}", names=choices))
                continue
            value = int(value) if setting.kind == "integer" else float(value)
        elif setting.kind == "mapping":
            if not isinstance(value, Mapping) or not all(_is_number(v) and v > 0 for v in value.values()):
                wrong(name, value, Words("expected currency codes with positive numbers"))
                continue
        elif not isinstance(value, str):
            wrong(name, value, Words("expected a text"))
            continue
        known[name] = value
    for name in other:
        hint = nearest(name, by_name)
        if hint:  # a near miss of a setting's name is a slip, anything else somebody's own key
            problems.append(Problem(DESCRIPTOR, None, f"sungari.{name}", name, Words("no such setting"), hint,
                                    "setting"))
    return Settings(**known, other=other), problems


def read_descriptor(file: Path) -> tuple[dict[str, Any], Settings, list[Problem]]:
    try:
        descriptor = json.loads(file.read_text(encoding="utf-8-sig"))
        if not isinstance(descriptor, dict):
            raise ValueError("expected an object")
    except (ValueError, UnicodeDecodeError) as error:
        return {}, Settings(), [Problem(DESCRIPTOR, None, None, "", Words("not valid JSON: {error}", error=error), "",
                                        "descriptor")]
    given = descriptor.get("sungari", {})
    if not isinstance(given, dict):
        problem = Problem(DESCRIPTOR, None, "sungari", str(given), Words("expected an object of settings"), "",
                          "descriptor")
        return descriptor, Settings(), [problem]
    settings, problems = settings_of(given)
    return descriptor, settings, problems


def resources(folder: Path, descriptor: Mapping[str, Any], problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    """Tables to read: those that the descriptor lists, and contract tables that lie beside it unlisted."""
    listed: set[str] = set()
    resources = descriptor.get("resources", [])
    for resource in resources if isinstance(resources, list) else []:
        name = str(resource.get("name", "")) if isinstance(resource, dict) else ""
        path = str(resource.get("path", f"{name}.csv")) if isinstance(resource, dict) else ""
        file = folder / path
        if not path.endswith(".csv"):
            continue
        if not file.resolve().is_relative_to(folder.resolve()):
            problems.append(Problem(DESCRIPTOR, None, "resources", path, Words("expected a file inside the package"),
                                    "", "descriptor"))
            continue
        listed.add(name)
        if not file.is_file():
            hint = nearest(file.name, [f.name for f in folder.glob("*.csv")])
            problems.append(Problem(DESCRIPTOR, None, "resources", path, Words("file is missing"), hint,
                                    "missing-table"))
            continue
        yield name, file
    for table in TABLES:
        if table.name not in listed and (folder / table.file).is_file():
            yield table.name, folder / table.file


def field_of(table: Table, column: str) -> dict[str, Any]:
    known = table.by_name.get(column)
    if known is None:
        return {"name": column, "type": "any"}
    kind = {"number": "number", "integer": "integer", "boolean": "boolean"}.get(known.kind, "string")
    made: dict[str, Any] = {"name": column, "type": kind, "description": known.description}
    if known.required:
        made["constraints"] = {"required": True}
    return made
