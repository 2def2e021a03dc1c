"""A region package: read from a folder, held as typed tables, written back.

Reading collects every problem before it gives up; nothing here knows the model.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sungari.errors import InputError, Problem, UsageError, nearest
from sungari.region.schema import BY_NAME, SETTINGS, TABLES, Column, Table

DESCRIPTOR = "datapackage.json"
_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}


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


class Region:
    """A region package in memory.

    Parameters
    ----------
    name : str
        Identifier of the package.
    tables : mapping of str to DataFrame
        Tables by name. Contract columns are typed (numbers float64, years Int64, flags boolean, the rest str; blank =
        NA); extra columns are kept as they came.
    settings : Settings
    title : str
    path : Path or None
        Folder it was read from.
    descriptor : mapping
        The rest of ``datapackage.json``, kept on writing.
    problems : list of Problem
        What reading found; :meth:`check` adds to it.

    Examples
    --------
    >>> import sungari
    >>> region = sungari.open_region("northeast-fareast")  # doctest: +SKIP
    >>> region.table("links").query("mode == 'rail'")  # doctest: +SKIP
    """

    def __init__(
        self,
        name: str,
        tables: Mapping[str, pd.DataFrame],
        settings: Settings | None = None,
        *,
        title: str = "",
        path: Path | None = None,
        descriptor: Mapping[str, Any] | None = None,
        problems: list[Problem] | None = None,
        lines: Mapping[str, np.ndarray[Any, Any]] | None = None,
    ) -> None:
        self.name = name
        self.tables = dict(tables)
        self.settings = settings or Settings()
        self.title = title or name
        self.path = path
        self.descriptor = dict(descriptor or {})
        self.problems = list(problems or [])
        self._lines = dict(lines or {})
        self._full: dict[str, pd.DataFrame] = {}
        self._sha256: str | None = None

    # -- looking ------------------------------------------------------------------------------------------------

    def table(self, name: str) -> pd.DataFrame:
        """A table with every column of the contract, defaults filled in.

        Parameters
        ----------
        name : str
            Table's name, ``"links"``.

        Returns
        -------
        DataFrame
            One row per row of the file, in the file's order; empty if the package leaves the table out. Treat it as
            read-only: it is cached.

        Raises
        ------
        UsageError
            If the contract has no such table and the package no such file.
        """
        if name not in self._full:
            if name not in BY_NAME:
                if name in self.tables:
                    return self.tables[name]
                raise UsageError(f"no table {name!r}; {nearest(name, BY_NAME) or 'see docs/format.md'}")
            self._full[name] = _filled(self.tables[name], BY_NAME[name]) if name in self.tables else _empty(name)
        return self._full[name]

    def forget(self, name: str) -> None:
        """Drop what was worked out from a table that has been changed in place."""
        self._full.pop(name, None)
        self._sha256 = None

    def line(self, table: str, position: int) -> int:
        """Line of the CSV file (header = 1) that row number `position` (from 0) of a table came from."""
        lines = self._lines.get(table)
        return int(lines[position]) if lines is not None and position < len(lines) else position + 2

    def names(self, table: str, language: str = "en") -> dict[str, str]:
        """Readable names by identifier, in a language where the package has them.

        Parameters
        ----------
        table : str
            ``"places"``, ``"parties"``, ``"commodities"``, ``"processes"`` or ``"projects"``.
        language : str
            ``en``, ``zh`` or ``ru``.
        """
        frame = self.table(table)
        key = frame[BY_NAME[table].key[0]]
        names = frame["name"].where(frame["name"].notna(), key)
        local = f"name_{language}"
        if local in frame.columns:
            names = frame[local].where(frame[local].notna(), names)
        return dict(zip(key.astype(str), names.astype(str), strict=True))

    @property
    def sha256(self) -> str:
        """SHA-256 over settings and tables (not over the files' bytes, so that a rewritten package keeps it)."""
        if self._sha256 is None:
            digest = hashlib.sha256(json.dumps(self.settings.as_json(), sort_keys=True, default=str).encode())
            for name in sorted(self.tables):
                frame = self.tables[name]
                digest.update(f"\x00{name}\x00{len(frame)}".encode())
                for column in sorted(frame.columns):
                    values = frame[column]
                    if values.isna().all():
                        continue  # a column that holds nothing says nothing
                    digest.update(f"\x01{column}\x01".encode())
                    if values.dtype == np.float64:
                        digest.update(values.to_numpy().tobytes())
                    else:
                        digest.update("\x02".join(values.astype(str).fillna("")).encode())
            self._sha256 = digest.hexdigest()
        return self._sha256

    def __repr__(self) -> str:
        sizes = ", ".join(f"{n} {len(f)}" for n, f in self.tables.items() if len(f))
        return f"<Region {self.name!r}: {sizes}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{t.name}</td><td>{t.title}</td><td style='text-align:right'>{len(self.tables[t.name])}</td></tr>"
            for t in TABLES
            if t.name in self.tables
        )
        return f"<b>{self.title}</b><table><tr><th>table</th><th>what</th><th>rows</th></tr>{rows}</table>"

    # -- editing ------------------------------------------------------------------------------------------------

    def with_table(self, name: str, frame: pd.DataFrame) -> Region:
        """A copy of the region with one table replaced.

        Parameters
        ----------
        name : str
        frame : DataFrame
            Typed by the contract on the way in.

        Returns
        -------
        Region
            Unchecked: call :meth:`check` or :meth:`solve`.
        """
        from sungari.region import units

        typed, problems, _ = _typed(frame, BY_NAME[name]) if name in BY_NAME else (frame, [], None)
        region = Region(
            self.name,
            {**self.tables, name: typed},
            self.settings,
            title=self.title,
            path=self.path,
            descriptor=self.descriptor,
            lines={k: v for k, v in self._lines.items() if k != name},
        )
        problems += units.convert(region, {})
        if problems:
            raise InputError(problems, f"table {name}")
        return region

    def with_settings(self, **changes: Any) -> Region:
        """A copy of the region with other settings."""
        return Region(
            self.name,
            self.tables,
            replace(self.settings, **changes),
            title=self.title,
            path=self.path,
            descriptor=self.descriptor,
            lines=self._lines,
        )

    @classmethod
    def from_tables(
        cls, name: str, tables: Mapping[str, pd.DataFrame], title: str = "", **settings: Any
    ) -> Region:
        """Make a region from DataFrames.

        Parameters
        ----------
        name : str
        tables : mapping of str to DataFrame
        title : str
        **settings
            ``currency``, ``discount_rate`` (per year) …; see the format reference.

        Raises
        ------
        InputError
            With every cell that does not fit its column.
        """
        from sungari.region import units

        problems: list[Problem] = []
        typed: dict[str, pd.DataFrame] = {}
        for table, frame in tables.items():
            if table in BY_NAME:
                typed[table], found, _ = _typed(frame, BY_NAME[table])
                problems += found
            else:
                typed[table] = frame
        known, found = _settings(settings)
        problems += found
        region = cls(name, typed, known, title=title)
        problems += units.convert(region, {})
        if problems:
            raise InputError(problems)
        return region

    # -- reading and writing ------------------------------------------------------------------------------------

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Region:
        """Read a package without checking how its tables fit together.

        Parameters
        ----------
        path : path-like
            The package's folder.

        Returns
        -------
        Region
            With ``problems`` found on the way: unreadable files, missing columns, cells of the wrong kind, units that
            don't fit.

        Raises
        ------
        UsageError
            If there is no such folder or no ``datapackage.json`` in it.
        """
        from sungari.region import units

        folder = Path(path)
        if not folder.is_dir():
            raise UsageError(f"no region package at {folder}: not a folder")
        if not (folder / DESCRIPTOR).is_file():
            raise UsageError(f"no region package at {folder}: it has no {DESCRIPTOR}")
        descriptor, settings, problems = _read_descriptor(folder / DESCRIPTOR)
        tables: dict[str, pd.DataFrame] = {}
        lines: dict[str, np.ndarray[Any, Any]] = {}
        for name, file in _resources(folder, descriptor, problems):
            frame, found = _read_csv(file, name)
            problems += found
            if frame is None:
                continue
            if name in BY_NAME:
                tables[name], found, kept = _typed(frame, BY_NAME[name])
                problems += found
                if kept is not None:
                    lines[name] = kept
            else:
                tables[name] = frame
        for table in TABLES:
            if table.required and table.name not in tables and not any(p.file == table.file for p in problems):
                problems.append(Problem(table.file, None, None, "", "file is missing; a package needs it", "",
                                        "missing-table"))
        region = cls(
            str(descriptor.get("name") or folder.name),
            tables,
            settings,
            title=str(descriptor.get("title") or ""),
            path=folder,
            descriptor={k: v for k, v in descriptor.items() if k not in ("name", "title", "sungari", "resources")},
            problems=problems,
            lines=lines,
        )
        region.problems += units.convert(region, descriptor)
        return region

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the package to a folder, whole or not at all.

        Parameters
        ----------
        path : path-like
            Folder; an existing package there is replaced (its other files stay).

        Returns
        -------
        Path
            The folder.
        """
        folder = Path(path)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            made = Path(temporary)
            for name, frame in self.tables.items():
                plain = _as_text(frame)
                rows = plain.to_csv(index=False, lineterminator="\n")
                if "\r" in rows:  # left bare within a cell, and reading takes it for a row's end
                    rows = plain.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_ALL)
                (made / f"{name}.csv").write_text(rows, encoding="utf-8", newline="")
            text = json.dumps(self._descriptor(), ensure_ascii=False, indent=1)
            (made / DESCRIPTOR).write_text(text + "\n", encoding="utf-8")
            folder.mkdir(exist_ok=True)
            for table in TABLES:
                if table.name not in self.tables:
                    (folder / table.file).unlink(missing_ok=True)
            for file in made.iterdir():
                shutil.move(file, folder / file.name)
        return folder

    def _descriptor(self) -> dict[str, Any]:
        resources = []
        for name, frame in self.tables.items():
            resource: dict[str, Any] = {"name": name, "path": f"{name}.csv"}
            if name in BY_NAME:
                resource["schema"] = {"fields": [_field(BY_NAME[name], c) for c in frame.columns]}
            resources.append(resource)
        return {
            "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
            "name": self.name,
            "title": self.title,
            **{k: v for k, v in self.descriptor.items() if k != "$schema"},
            "sungari": self.settings.as_json(),
            "resources": resources,
        }

    # -- the rooms that follow, reached lazily so that a region can be read without a solver ------------------------

    def check(self) -> list[Problem]:
        """Every problem of the package: errors first, then warnings.

        Returns
        -------
        list of Problem
        """
        from sungari.region.check import check

        return check(self)

    def solve(self, **options: Any) -> Any:
        """Solve the chain model; see :func:`sungari.chain.solve` for the options.

        Returns
        -------
        sungari.Plan
        """
        from sungari.chain import solve

        return solve(self, **options)


# -- settings and descriptor ----------------------------------------------------------------------------------------


def _settings(given: Mapping[str, Any]) -> tuple[Settings, list[Problem]]:
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
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if setting.kind == "boolean":
            if not isinstance(value, bool):
                wrong(name, value, "expected true or false")
                continue
        elif setting.kind in ("number", "integer"):
            if not number or (setting.kind == "integer" and value != int(value)):
                wrong(name, value, f"expected a {'whole number' if setting.kind == 'integer' else 'number'}")
                continue
            if setting.minimum is not None and value < setting.minimum:
                wrong(name, value, f"expected at least {setting.minimum:g}")
                continue
            if setting.choices and float(value) not in setting.choices:
                wrong(name, value, "expected one of " + ", ".join(f"{c:g}" for c in setting.choices))
                continue
            value = int(value) if setting.kind == "integer" else float(value)
        elif setting.kind == "mapping":
            if not isinstance(value, Mapping) or not all(
                isinstance(v, int | float) and v > 0 for v in value.values()
            ):
                wrong(name, value, "expected currency codes with positive numbers")
                continue
        elif not isinstance(value, str):
            wrong(name, value, "expected a text")
            continue
        known[name] = value
    for name in other:
        hint = nearest(name, by_name)
        if hint:  # a near miss of a setting's name is a slip, anything else somebody's own key
            problems.append(Problem(DESCRIPTOR, None, f"sungari.{name}", name, "no such setting", hint, "setting"))
    return Settings(**known, other=other), problems


def _read_descriptor(file: Path) -> tuple[dict[str, Any], Settings, list[Problem]]:
    try:
        descriptor = json.loads(file.read_text(encoding="utf-8-sig"))
        if not isinstance(descriptor, dict):
            raise ValueError("expected an object")
    except (ValueError, UnicodeDecodeError) as error:
        return {}, Settings(), [Problem(DESCRIPTOR, None, None, "", f"not valid JSON: {error}", "", "descriptor")]
    given = descriptor.get("sungari", {})
    if not isinstance(given, dict):
        problem = Problem(DESCRIPTOR, None, "sungari", str(given), "expected an object of settings", "", "descriptor")
        return descriptor, Settings(), [problem]
    settings, problems = _settings(given)
    return descriptor, settings, problems


def _resources(folder: Path, descriptor: Mapping[str, Any], problems: list[Problem]) -> Iterator[tuple[str, Path]]:
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
            problems.append(Problem(DESCRIPTOR, None, "resources", path, "expected a file inside the package", "",
                                    "descriptor"))
            continue
        listed.add(name)
        if not file.is_file():
            hint = nearest(file.name, [f.name for f in folder.glob("*.csv")])
            problems.append(Problem(DESCRIPTOR, None, "resources", path, "file is missing", hint, "missing-table"))
            continue
        yield name, file
    for table in TABLES:
        if table.name not in listed and (folder / table.file).is_file():
            yield table.name, folder / table.file


def _field(table: Table, column: str) -> dict[str, Any]:
    known = table.by_name.get(column)
    if known is None:
        return {"name": column, "type": "any"}
    kind = {"number": "number", "integer": "integer", "boolean": "boolean"}.get(known.kind, "string")
    made: dict[str, Any] = {"name": column, "type": kind, "description": known.description}
    if known.required:
        made["constraints"] = {"required": True}
    return made


# -- tables -----------------------------------------------------------------------------------------------------------


def _read_csv(file: Path, name: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            header = next(csv.reader(handle), [])
        frame = pd.read_csv(
            file, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False, index_col=False
        )
    except UnicodeDecodeError as error:
        return None, [Problem(file.name, None, None, "", f"not UTF-8: {error.reason} at byte {error.start}", "",
                              "encoding")]
    except pd.errors.EmptyDataError:
        return None, [Problem(file.name, 1, None, "", "expected a header row", "", "header")]
    except (pd.errors.ParserError, csv.Error, pd.errors.ParserWarning) as error:
        return None, [Problem(file.name, None, None, "", f"not a CSV table: {error}".strip(), "", "csv")]
    header = [h.strip() for h in header]
    problems = [
        Problem(file.name, 1, h, h, "column stands twice", "", "header") for h in sorted(set(header))
        if h and header.count(h) > 1
    ]
    frame.columns = pd.Index(header if len(header) == frame.shape[1] else [str(c).strip() for c in frame.columns])
    frame = frame.loc[:, ~frame.columns.duplicated() & (frame.columns != "")]
    return frame, problems


def _typed(
    frame: pd.DataFrame, table: Table
) -> tuple[pd.DataFrame, list[Problem], np.ndarray[Any, Any] | None]:
    """Give each contract column its type; return the frame, the problems and the line each row came from."""
    problems: list[Problem] = []
    blank_rows = np.ones(len(frame), dtype=bool)
    blanks = {column: _blank(frame[column]) for column in frame.columns}
    for blank in blanks.values():
        blank_rows &= blank
    blanks = {column: blank[~blank_rows] for column, blank in blanks.items()}
    lines = np.flatnonzero(~blank_rows) + 2
    frame = frame.loc[~blank_rows].reset_index(drop=True)
    for wanted in table.columns:
        if wanted.required and wanted.name not in frame.columns:
            hint = nearest(wanted.name, [c for c in frame.columns if c not in table.by_name])
            hint = hint.replace("did you mean", "is it").replace("?", " in the file?") if hint else ""
            problems.append(Problem(table.file, 1, wanted.name, "", f"column is missing ({wanted.description})", hint,
                                    "missing-column"))
    typed: dict[str, Any] = {}
    for column in frame.columns:
        known = table.by_name.get(str(column))
        if known is None:
            typed[str(column)] = frame[column].where(~blanks[column])
            hint = nearest(str(column), [c for c in table.by_name if c not in frame.columns])
            if hint and not str(column).endswith("_unit"):
                problems.append(Problem(table.file, 1, str(column), str(column), "no such column; it is ignored", hint,
                                        "unknown-column", "warning"))
            continue
        values, found = _cells(frame[column], blanks[column], known, table.file, lines)
        typed[known.name] = values
        problems += found
        if known.required:
            problems += [
                Problem(table.file, int(lines[i]), known.name, "", f"blank; expected {known.expected()}", "", "blank")
                for i in np.flatnonzero(blanks[column])
            ]
    return pd.DataFrame(typed, index=frame.index), problems, lines


def _blank(values: pd.Series) -> np.ndarray[Any, Any]:
    blank = values.isna().to_numpy(dtype=bool)
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        # a plain loop: pandas' text methods take longer to set up than most tables have rows
        blank = blank | np.array([isinstance(v, str) and not v.strip() for v in values.tolist()], dtype=bool)
    return np.asarray(blank)


def _cells(
    values: pd.Series, blank: np.ndarray[Any, Any], column: Column, file: str, lines: np.ndarray[Any, Any]
) -> tuple[pd.Series, list[Problem]]:
    problems: list[Problem] = []

    def wrong(bad: np.ndarray[Any, Any], check: str = "kind") -> None:
        for i in np.flatnonzero(bad):
            value = str(values.iloc[i])
            hint = nearest(value, column.choices) if column.choices else ""
            if not hint and column.is_number and "," in value:
                hint = "write a decimal point, no thousands separators"
            problems.append(Problem(file, int(lines[i]), column.name, value, f"expected {column.expected()}", hint,
                                    check))

    if column.is_number:
        text = values if not isinstance(values.dtype, pd.StringDtype) else values.str.strip()
        numbers = pd.to_numeric(text.where(~blank), errors="coerce").astype(float) + 0.0  # -0 is written as 0
        array = numbers.to_numpy()
        bad = ~blank & ~np.isfinite(array)
        wrong(bad)
        if column.kind == "integer":
            fraction = ~blank & ~bad & (np.floor(array) != array)
            wrong(fraction)
            bad |= fraction
        low = -np.inf if column.minimum is None else column.minimum
        high = np.inf if column.maximum is None else column.maximum
        outside = ~blank & ~bad & ((array < low) | (array > high))
        wrong(outside, "range")
        numbers = numbers.where(~(bad | outside))
        return (numbers.astype("Int64") if column.kind == "integer" else numbers), problems
    if column.kind == "boolean":
        lower = values.astype(str).str.strip().str.lower()
        yes, no = lower.isin(_TRUE).to_numpy(), lower.isin(_FALSE).to_numpy()
        wrong(~blank & ~yes & ~no)
        flags = pd.Series(pd.array(yes, dtype="boolean"), index=values.index)
        return flags.mask(blank | ~(yes | no)), problems
    text = values.astype(str).str.strip()
    if column.kind == "choice":
        text = text.str.lower()
        bad = ~blank & ~text.isin(column.choices).to_numpy()
        wrong(bad, "choice")
        blank = blank | bad
    return text.astype("str").where(~blank), problems


@functools.cache
def _empty(name: str) -> pd.DataFrame:
    """A table that the package leaves out: made once, since most packages leave most tables out."""
    return _filled(None, BY_NAME[name])


def _filled(frame: pd.DataFrame | None, table: Table) -> pd.DataFrame:
    """A table with all columns of the contract and defaults in place of blanks."""
    made: dict[str, Any] = {}
    index = frame.index if frame is not None else pd.RangeIndex(0)
    for column in table.columns:
        if frame is not None and column.name in frame.columns:
            values = frame[column.name]
            if column.default is not None:
                values = values.fillna(column.default)
        else:
            values = _constant(column, index)
        made[column.name] = values
    if frame is not None:
        made |= {str(c): frame[c] for c in frame.columns if c not in table.by_name}
    return pd.DataFrame(made, index=index)


def _constant(column: Column, index: pd.Index) -> pd.Series:
    if column.kind == "integer":
        return pd.Series(pd.NA, index=index, dtype="Int64")
    if column.is_number:
        value = np.nan if column.default is None else float(column.default)
        return pd.Series(value, index=index, dtype=float)
    if column.kind == "boolean":
        return pd.Series(bool(column.default), index=index, dtype="boolean")
    return pd.Series(column.default, index=index, dtype="str")


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as the text that goes into a CSV file: shortest numbers that read back the same."""

    def number(value: float) -> str:
        if np.isnan(value):
            return ""
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))

    made: dict[str, Any] = {}
    for column in frame.columns:
        values = frame[column]
        if values.dtype == np.float64:
            made[column] = [number(v) for v in values.to_numpy()]
        elif isinstance(values.dtype, pd.BooleanDtype) or values.dtype == bool:
            made[column] = ["" if pd.isna(v) else ("true" if v else "false") for v in values]
        else:
            made[column] = values
    return pd.DataFrame(made, index=frame.index)
