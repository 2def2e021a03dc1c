"""A small package, and the command line run on it in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from sungari.show.cli import main

TINY = {
    "parties": "party,name,kind\nru,Russia,country\ncn,China,country\n",
    "places": "place,name,party,lat,lon\nmine,Coal mine,ru,50.3,127.5\nborder,Border crossing,cn,50.2,127.5\n"
              "city,City,cn,45.8,126.5\n",
    "commodities": "commodity,name,unit,value\ncoal,Coal,kt,50\n",
    "supply": "place,commodity,capacity,cost\nmine,coal,1000,20\n",
    "links": "link,from,to,mode,distance,capacity\nbridge,mine,border,rail,5,600\nline,border,city,rail,500,\n",
    "rates": "mode,commodity,per_km\nrail,*,0.02\n",
    "demand": "place,commodity,quantity,price\ncity,coal,800,100\n",
}  # fmt: skip


def write(folder: Path, **changes: str) -> Path:
    """A small package; `changes` replace tables."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "datapackage.json").write_text(json.dumps({"name": folder.name, "title": "Tiny region", "sungari": {}}))
    for name, text in {**TINY, **changes}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def sungari(*args: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "sungari", *map(str, args)],
        cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
        env={**environment, "PYTHONUTF8": "1"},
    )  # fmt: skip


def inside(*args: object) -> Result:
    """Run the command line within this process: quicker, where only what it prints matters."""
    return CliRunner().invoke(main, [str(a) for a in args], prog_name="sungari")


def as_json(done: subprocess.CompletedProcess[str] | Result) -> dict[str, object]:
    """Standard output as the one JSON object that it must be."""
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found
