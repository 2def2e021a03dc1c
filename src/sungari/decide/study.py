"""An appraisal's folder: ``appraisal.json``, its tables as Parquet, the package, and the store of finished variants."""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path
from typing import Any

from sungari.decide.appraisal import Appraisal
from sungari.decide.store import Store
from sungari.errors import UsageError

APPRAISAL = "appraisal.json"
STORE = "variants.sqlite"
REGION = "region"


def open_store(folder: str | os.PathLike[str]) -> Store:
    """The store of a study's folder, which is made if it is not there.

    Raises
    ------
    UsageError
        If something else than a study is in the folder.
    """
    path = Path(folder)
    if path.is_file():
        raise UsageError(f"--out {path} is a file; an appraisal is a folder")
    known = (path / APPRAISAL).is_file() or (path / STORE).is_file()
    if path.is_dir() and any(path.iterdir()) and not known:
        raise UsageError(f"--out {path} is not empty and holds no appraisal; name another folder")
    return Store(path / STORE)


def save(appraisal: Appraisal, folder: str | os.PathLike[str]) -> Path:
    """Write an appraisal into its folder; ``appraisal.json`` last, each file whole or not at all."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    for name, frame in appraisal.tables().items():
        part = path / f".{name}.parquet.part"
        frame.to_parquet(part, index=False)
        part.replace(path / f"{name}.parquet")
    appraisal.region.write(path / REGION)
    text = json.dumps(_plain(appraisal.as_json()), ensure_ascii=False, indent=1, allow_nan=False)
    handle, made = tempfile.mkstemp(dir=path, prefix=".appraisal-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    Path(made).chmod(0o644)
    Path(made).replace(path / APPRAISAL)
    return path


def _plain(value: Any) -> Any:
    """Plain data for JSON; what is no number becomes null."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
