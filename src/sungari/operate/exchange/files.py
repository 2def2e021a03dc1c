"""Files in and out of the register: which reader or writer belongs to which, by the file's ending.

======== ===================================== ===========================
ending   holds                                 read by, written by
======== ===================================== ===========================
folder   region package                        :mod:`sungari.operate.exchange`
``zip``  the same, packed                      here
``xlsx`` the same as a workbook                :mod:`sungari.operate.exchange`
``json`` OC4IDS                                :mod:`sungari.operate.exchange.oc4ids`
``xml``  IATI activities                       :mod:`sungari.operate.exchange.iati`
``csv``  list of projects; only out            here
======== ===================================== ===========================
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from sungari.errors import UsageError
from sungari.operate import clock, documents, exchange, packages, projects
from sungari.operate.exchange import Incoming, iati, oc4ids
from sungari.operate.register import Register, Work

_CHUNK = 2**20
#: Most files of a packed region package.
MOST_FILES = 200


def read(register: Register, path: str | os.PathLike[str]) -> Incoming:
    """What a file holds, ready to be compared with the register; a name without ending is a region package's.

    Raises
    ------
    InputError
        With all that is wrong and belongs to no project.
    UsageError
        If a packed package is none, or would unpack beyond measure.
    """
    kind = Path(path).suffix.lower()
    if kind == ".json":
        return oc4ids.read(register, path)
    if kind == ".xml":
        return iati.read(register, path)
    if kind in (".xlsx", ".xlsm"):
        if kind == ".xlsx":
            documents.type_of(Path(path).read_bytes())  # what unpacks beyond measure goes no further
        return exchange.read_workbook(path)
    if kind == ".zip":
        with tempfile.TemporaryDirectory() as folder:
            return exchange.read_package(unpack(path, Path(folder) / Path(path).stem))
    return exchange.read_package(path)


def unpack(path: str | os.PathLike[str], folder: Path) -> Path:
    """Unpack a region package: its tables and its description, nothing else and nowhere else.

    Raises
    ------
    UsageError
        If it is none, or would unpack beyond measure.
    """
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [e for e in archive.infolist() if not e.is_dir()]
            size = sum(e.file_size for e in entries)
            most = min(documents.UNPACKED, documents.INFLATION * os.path.getsize(path) + _CHUNK)
            if size > most or len(entries) > MOST_FILES:
                raise UsageError("the file unpacks to more than a region package: {size:,.0f} MB in {n} files",
                                 size=size / 2 ** 20, n=len(entries))
            wanted = [e for e in entries if e.filename.endswith(".csv") or _name(e) == "datapackage.json"]
            if not wanted or len({PurePosixPath(e.filename).parent for e in wanted}) > 1:
                raise UsageError("expected one region package: its tables (.csv) and datapackage.json in one folder")
            for entry in wanted:
                with archive.open(entry) as packed, (folder / _name(entry)).open("xb") as file:
                    left = entry.file_size
                    while left > 0 and (data := packed.read(min(left, _CHUNK))):
                        left -= file.write(data)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UsageError("the file can't be unpacked: {error}", error=error) from error
    return folder


def _name(entry: zipfile.ZipInfo) -> str:
    return entry.filename.replace("\\", "/").rsplit("/", 1)[-1]


def write(
    work: Work, target: Path, names: Sequence[str] | None = None, *, observed: bool = False
) -> None:
    """Write the register's region, or its projects, in the format that the target's ending says.

    Parameters
    ----------
    work : Work
    target : Path
    names : sequence of str or None
        Projects; default all (those that are cancelled only where the format is no region's).
    observed : bool
        Whether reviews last as they did here, not as planned; for regions.
    """
    kind = target.suffix.lower()
    if kind == ".csv":
        write_csv(target, rows(work, names))
    elif kind == ".json":
        text = json.dumps(oc4ids.package(work, names or None), ensure_ascii=False, indent=1)
        target.write_text(text + "\n", encoding="utf-8")
    elif kind == ".xml":
        target.write_bytes(iati.activities(work, names or None))
    else:
        region = packages.region(work, names or None, observed=observed)
        if kind == ".xlsx":
            from sungari.region.workbook import export_workbook

            export_workbook(region, target)
        elif kind == ".zip":
            with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
                made = exchange.write_package(region, Path(folder) / "package")
                for file in sorted(made.iterdir()):
                    archive.write(file, file.name)
        else:
            exchange.write_package(region, target)


def rows(work: Work, names: Iterable[str] | None = None, **chosen: Any) -> list[dict[str, Any]]:
    """Projects as plain rows: stage, months in it, whether that is late, cost.

    Parameters
    ----------
    work : Work
    names : iterable of str or None
        Only these.
    **chosen
        Of :func:`sungari.operate.projects.listed`.
    """
    wanted = set(names) if names else None
    found = [p for p in projects.listed(work, **chosen).rows if wanted is None or p.code in wanted]
    there = {s.project: s for s in clock.standings(work)}
    made = []
    for p in found:
        s = there.get(p.code)
        made.append({
            "project": p.code, "name": p.name, "sector": p.sector, "host": p.host, "stage": p.stage,
            "months": s.months if s else None, "due": s.due.date().isoformat() if s and s.due else None,
            "late": s.late if s and s.late else None, "cost": p.cost, "version": p.version,
        })  # fmt: skip
    return made


def write_csv(target: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as a CSV file in which no text is a formula."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["project"])
        writer.writeheader()
        for row in rows:
            writer.writerow({k: "" if v is None else exchange.harmless(v) if isinstance(v, str) else v
                             for k, v in row.items()})
