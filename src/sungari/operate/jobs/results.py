"""Where jobs keep what they make: a folder for each below the register's studies, whole or not at all.

While a job runs, its folder has another name: the state of the register that it is made from lies in it from the
beginning, finished parts are noted in it, so that a job whose process was killed goes on where it was.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sungari.region.package import Region

if TYPE_CHECKING:
    from sungari.operate.register import Register

REGION = "region"
NOTES = "parts.json"


def name_of(job: int) -> str:
    """The name of a job's folder."""
    return f"job-{job:06d}"


def finished(register: Register, job: int) -> Path:
    """Where a job's result lies once it is done."""
    return register.studies / name_of(job)


def making(register: Register, job: int) -> Path:
    """Where it lies while it is made."""
    return register.studies / f".{name_of(job)}"


def take_up(register: Register, job: int) -> Path:
    """The folder of a job that begins, or goes on."""
    folder, done = making(register, job), finished(register, job)
    if done.is_dir() and not folder.exists():  # it was killed between the last file and the last word
        done.rename(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def hand_over(register: Register, job: int) -> Path:
    """Give the finished folder its name."""
    folder, done = making(register, job), finished(register, job)
    shutil.rmtree(done, ignore_errors=True)
    folder.rename(done)
    return done


def clear(register: Register, job: int) -> None:
    """Remove what an unfinished job has left."""
    shutil.rmtree(making(register, job), ignore_errors=True)


def keep_region(folder: Path, region: Region) -> None:
    """Keep the state that a job is made from."""
    made = Path(tempfile.mkdtemp(dir=folder, prefix=".region-"))
    region.write(made)
    made.rename(folder / REGION)


def region_in(folder: Path) -> Region | None:
    """The state that a job is made from, if it is there."""
    return Region.read(folder / REGION) if (folder / REGION).is_dir() else None


def notes(folder: Path) -> dict[str, dict[str, Any]]:
    """What is noted of the parts that are finished."""
    path = folder / NOTES
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def note(folder: Path, part: str, **facts: Any) -> None:
    """Note that a part is finished."""
    handle, made = tempfile.mkstemp(dir=folder, prefix=".parts-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({**notes(folder), part: facts}, file, ensure_ascii=False, indent=1)
    Path(made).replace(folder / NOTES)
