"""A region package: read from a folder, held as typed tables, written back.

Reading collects every problem before it gives up; nothing here knows the model.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sungari.errors import InputError, Problem, UsageError, nearest
from sungari.region.cells import as_text, empty, filled, read_csv, to_types
from sungari.region.descriptor import DESCRIPTOR, Settings, field_of, read_descriptor, resources, settings_of
from sungari.region.schema import BY_NAME, TABLES
from sungari.words import Words


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
                hint = nearest(name, BY_NAME) or Words("see docs/format.md")
                raise UsageError("no table {name!r}; {hint}", name=name, hint=hint)
            self._full[name] = filled(self.tables[name], BY_NAME[name]) if name in self.tables else empty(name)
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

        typed, problems, _ = to_types(frame, BY_NAME[name]) if name in BY_NAME else (frame, [], None)
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
            raise InputError(problems, Words("table {name}", name=name))
        return region

    def with_figures(self, tables: Mapping[str, pd.DataFrame]) -> Region:
        """A copy of the region with other figures in some of its tables.

        Parameters
        ----------
        tables : mapping of str to DataFrame
            Tables typed by the contract and in its units, with the same rows in the same order as here: they are not
            looked at again, so that thousands of scenarios can be made quickly.

        Returns
        -------
        Region
            Unchecked.
        """
        made = Region(
            self.name, {**self.tables, **tables}, self.settings, title=self.title, path=self.path,
            descriptor=self.descriptor, lines=self._lines,
        )  # fmt: skip
        made._full = {name: frame for name, frame in self._full.items() if name not in tables}
        return made

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
                typed[table], found, _ = to_types(frame, BY_NAME[table])
                problems += found
            else:
                typed[table] = frame
        known, found = settings_of(settings)
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
            raise UsageError("no region package at {folder}: not a folder", folder=folder)
        if not (folder / DESCRIPTOR).is_file():
            raise UsageError("no region package at {folder}: it has no {descriptor}",
                             folder=folder, descriptor=DESCRIPTOR)
        descriptor, settings, problems = read_descriptor(folder / DESCRIPTOR)
        tables: dict[str, pd.DataFrame] = {}
        lines: dict[str, np.ndarray[Any, Any]] = {}
        for name, file in resources(folder, descriptor, problems):
            frame, found = read_csv(file, name)
            problems += found
            if frame is None:
                continue
            if name in BY_NAME:
                tables[name], found, kept = to_types(frame, BY_NAME[name])
                problems += found
                if kept is not None:
                    lines[name] = kept
            else:
                tables[name] = frame
        for table in TABLES:
            if table.required and table.name not in tables and not any(p.file == table.file for p in problems):
                problems.append(Problem(table.file, None, None, "", Words("file is missing; a package needs it"), "",
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
                plain = as_text(frame)
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
                resource["schema"] = {"fields": [field_of(BY_NAME[name], c) for c in frame.columns]}
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
