"""A store of finished variants: one SQLite file, so that an interrupted sweep resumes and nothing is solved twice."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sungari.errors import UsageError
from sungari.region.package import Region


class Store:
    """Results by key; each is written whole or not at all.

    Parameters
    ----------
    path : path-like
        File; made, with its folder, if it is not there.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._file = sqlite3.connect(self.path, timeout=60.0)
            with self._file:
                self._file.execute("CREATE TABLE IF NOT EXISTS result (key TEXT PRIMARY KEY, facts TEXT, arrays BLOB)")
        except sqlite3.DatabaseError as error:
            raise UsageError("{path} can't be used as a store of results: {error}",
                             path=self.path, error=error) from error

    def get(self, key: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
        """Facts and arrays kept under a key; None where there are none."""
        row = self._file.execute("SELECT facts, arrays FROM result WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        with np.load(io.BytesIO(row[1]), allow_pickle=False) as arrays:
            return json.loads(row[0]), dict(arrays)

    def put(self, key: str, facts: dict[str, Any], arrays: dict[str, NDArray[Any]] | None = None) -> None:
        """Keep facts (plain data) and arrays under a key."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **(arrays or {}))  # type: ignore[arg-type]
        with self._file:
            self._file.execute(
                "INSERT OR REPLACE INTO result VALUES (?, ?, ?)",
                (key, json.dumps(facts, sort_keys=True), buffer.getvalue()),
            )

    def __len__(self) -> int:
        return int(self._file.execute("SELECT COUNT(*) FROM result").fetchone()[0])

    def close(self) -> None:
        self._file.close()


#: Tables that no plan depends on: a criterion more must not make a sweep begin anew.
BESIDE = frozenset({
    "scenarios", "uncertainties", "criteria", "criteria_scores", "criteria_weights", "criteria_judgements", "hazards",
    "exposures", "fund", "sources", "observations",
})  # fmt: skip


def plans_made_from(region: Region) -> str:
    """SHA-256 of what the plans of a region are made from: its settings, and the tables that the model reads."""
    return Region(region.name, {k: v for k, v in region.tables.items() if k not in BESIDE}, region.settings).sha256


def digest(*made_from: Any) -> str:
    """SHA-256 of what a result was made from (plain data)."""
    return hashlib.sha256(json.dumps(made_from, sort_keys=True, default=str).encode()).hexdigest()
