"""Regions that come with Sungari, and the one door through which any region is opened."""

from __future__ import annotations

import os
from pathlib import Path

from sungari.errors import InputError, UsageError, nearest
from sungari.region.descriptor import DESCRIPTOR
from sungari.region.package import Region
from sungari.words import Words

PACKAGED = Path(__file__).resolve().parent.parent / "regions"


def packaged() -> dict[str, Path]:
    """Folders of the regions that come with Sungari, by name."""
    return {p.parent.name: p.parent for p in sorted(PACKAGED.glob(f"*/{DESCRIPTOR}"))}


def locate(package: str | os.PathLike[str]) -> Path:
    """Folder of a package, given as a folder or as the name of a packaged region.

    Raises
    ------
    UsageError
        If it is neither; the nearest packaged name is offered.
    """
    known = packaged()
    if isinstance(package, str) and package in known and not Path(package).is_dir():
        return known[package]
    folder = Path(package)
    if folder.is_dir():
        return folder
    hint = nearest(str(package), known) or Words("packaged regions: {names}", names=", ".join(known) or "–")
    raise UsageError("no region package {package!r}: neither a folder nor a packaged region; {hint}",
                     package=str(package), hint=hint)


def open_region(package: str | os.PathLike[str], *, check: bool = True) -> Region:
    """Open a region package, checked.

    Parameters
    ----------
    package : str or path-like
        A folder, or the name of a packaged region (``sungari regions`` lists them).
    check : bool
        Whether to check how the tables fit together as well.

    Returns
    -------
    Region

    Raises
    ------
    UsageError
        If there is no such package.
    InputError
        With every error of the package at once.
    """
    region = Region.read(locate(package))
    problems = region.check() if check else region.problems
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise InputError(errors)
    return region
