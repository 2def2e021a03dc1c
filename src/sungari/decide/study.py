"""Result folders: one way to keep and to open a plan, an appraisal, a portfolio, a sharing, or a whole study of them.

A part is a folder of its own: ``<kind>.json``, one Parquet file per table, and the package that it was made from in
``region/``. A study is a folder of parts under the names in :data:`PARTS`.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from sungari.chain.plan import Plan
from sungari.decide.store import Store
from sungari.errors import UsageError
from sungari.region.package import Region

if TYPE_CHECKING:
    from sungari.show.plot import PartPlot

#: Parts of a study, in the order of a planner's work, and the kind of result that each holds.
PARTS = {
    "today": "plan", "plan": "plan", "appraisal": "appraisal", "portfolio": "portfolio", "sharing": "sharing",
    "fund": "fund",
}
KINDS = tuple(dict.fromkeys(PARTS.values()))
STORE = "variants.sqlite"
REGION = "region"


class Result(Protocol):
    """What can be kept: its class's name in small letters is its kind."""

    @property
    def region(self) -> Region: ...

    def as_json(self) -> dict[str, Any]: ...

    def tables(self) -> dict[str, pd.DataFrame]: ...


@dataclass(frozen=True)
class Part:
    """A result as it is kept.

    Attributes
    ----------
    kind : str
        ``appraisal``, ``portfolio``, ``sharing`` …
    region : Region
        The package that it was made from.
    info : dict
        What ``<kind>.json`` holds; money divided by the package's ``money_scale``.
    tables : dict of str to DataFrame
        Money not divided.
    """

    kind: str
    region: Region
    info: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    @property
    def plot(self) -> PartPlot:
        """Pictures for notebooks: ``part.plot("ranking")`` …"""
        from sungari.show.plot import PartPlot

        return PartPlot(self)

    def __repr__(self) -> str:
        return f"<{self.kind.capitalize()} of {self.region.name!r}: {', '.join(self.tables)}>"


@dataclass(frozen=True)
class Study:
    """What a folder of results holds.

    Attributes
    ----------
    parts : dict of str to Plan or Part
        By name: ``today`` (the plan without new projects), ``plan``, ``appraisal``, ``portfolio``, ``sharing`` …
    """

    parts: dict[str, Plan | Part]

    @property
    def region(self) -> Region:
        """The package of the plan, or of the first part that is there."""
        return (self.plan or next(iter(self.parts.values()))).region

    @property
    def plan(self) -> Plan | None:
        return self._plan("plan")

    @property
    def today(self) -> Plan | None:
        """The plan without new projects."""
        return self._plan("today")

    @property
    def appraisal(self) -> Part | None:
        return self.part("appraisal")

    @property
    def portfolio(self) -> Part | None:
        return self.part("portfolio")

    @property
    def sharing(self) -> Part | None:
        return self.part("sharing")

    def part(self, name: str) -> Part | None:
        """A part that is no plan, by its name."""
        found = self.parts.get(name)
        return found if isinstance(found, Part) else None

    def _plan(self, name: str) -> Plan | None:
        found = self.parts.get(name)
        return found if isinstance(found, Plan) else None

    def __repr__(self) -> str:
        return f"<Study of {self.region.name!r}: {', '.join(self.parts)}>"


def part(result: Result) -> Part:
    """A result as it would be opened again from its folder."""
    return Part(kind_of(result), result.region, plain(result.as_json()), result.tables())


def kind_of(result: Result) -> str:
    """Kind of a result."""
    kind = type(result).__name__.lower()
    if kind not in KINDS:
        raise UsageError("a {name} is no result that can be kept: expected one of {names}",
                         name=type(result).__name__, names=", ".join(KINDS))
    return kind


def open_store(folder: str | os.PathLike[str], kind: str = "appraisal") -> Store:
    """The store of finished variants in a result's folder, which is made if it is not there.

    Raises
    ------
    UsageError
        If something else than a result of this kind is in the folder.
    """
    path = claim(folder, kind)
    return Store(path / STORE)


def claim(folder: str | os.PathLike[str], kind: str) -> Path:
    """Refuse, before any work is done, an output folder that holds something else than a result of a kind."""
    path = Path(folder)
    article = "an" if kind[0] in "aeiou" else "a"
    if path.is_file():
        raise UsageError("--out {path} is a file; {article} {kind} is a folder", path=path, article=article, kind=kind)
    known = (path / f"{kind}.json").is_file() or (path / STORE).is_file()
    if path.is_dir() and any(path.iterdir()) and not known:
        raise UsageError("--out {path} is not empty and holds no {kind}; name another folder", path=path, kind=kind)
    return path


def save(result: Result, folder: str | os.PathLike[str]) -> Path:
    """Write a result into its folder: all files are made first and then take their places, ``<kind>.json`` last.

    Parameters
    ----------
    result : Appraisal, Portfolio, Sharing …
    folder : path-like
        A result of the same kind in it is replaced; a store of finished variants stays.

    Returns
    -------
    Path
        The folder.
    """
    kind = kind_of(result)
    path = claim(folder, kind)
    path.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=path, prefix=".made-"))
    try:
        tables = result.tables()
        for name, frame in tables.items():
            frame.to_parquet(made / f"{name}.parquet", index=False)
        result.region.write(made / REGION)
        text = json.dumps(plain(result.as_json()), ensure_ascii=False, indent=1, allow_nan=False)
        (made / f"{kind}.json").write_text(text + "\n", encoding="utf-8")
        for old in path.glob("*.parquet"):
            if old.stem not in tables:
                old.unlink()
        for name in tables:
            (made / f"{name}.parquet").replace(path / f"{name}.parquet")
        shutil.rmtree(path / REGION, ignore_errors=True)
        (made / REGION).rename(path / REGION)
        (made / f"{kind}.json").replace(path / f"{kind}.json")
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return path


def open_study(path: str | os.PathLike[str]) -> Study:
    """Open a folder of results: one part, or a whole study.

    Parameters
    ----------
    path : path-like
        Folder with ``plan.json``, ``appraisal.json`` …, or with such folders under the names in :data:`PARTS`.

    Returns
    -------
    Study

    Raises
    ------
    UsageError
        If nothing of the kind is there.
    """
    folder = Path(path)
    here = kind_in(folder)
    if here:
        return Study({here: _open(folder, here)})
    there = {name: kind for name, kind in PARTS.items() if (folder / name / f"{kind}.json").is_file()}
    found = {name: _open(folder / name, kind) for name, kind in there.items()}
    if not found:
        raise UsageError("no results at {folder}: expected a folder with {names} or {kinds}.json, or a study with "
                         "such folders in it, as --out writes them",
                         folder=folder, names=", ".join(f"{kind}.json" for kind in KINDS[:-1]), kinds=KINDS[-1])
    return Study(found)


def kind_in(folder: str | os.PathLike[str]) -> str | None:
    """Kind of the result that a folder holds; None if it holds none (a study's folder holds folders)."""
    return next((kind for kind in KINDS if (Path(folder) / f"{kind}.json").is_file()), None)


def _open(folder: Path, kind: str) -> Plan | Part:
    if kind == "plan":
        return Plan.load(folder)
    info = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
    tables = {f.stem: pd.read_parquet(f) for f in sorted(folder.glob("*.parquet"))}
    return Part(kind, Region.read(folder / REGION), info, tables)


def plain(value: Any) -> Any:
    """Plain data for JSON; what is no number becomes null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return None if value is pd.NA else value
