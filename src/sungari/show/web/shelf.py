"""The results that pages show: opened once, and put into words and charts once for each language."""

from __future__ import annotations

import gzip
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sungari.chain.plan import Plan
from sungari.decide.study import PARTS, Part, Study, open_study
from sungari.show.chapters import appraisal, fund, grounds, plan, portfolio, sharing
from sungari.show.chapters.section import Chapter
from sungari.show.i18n import Translator
from sungari.show.report import as_json, page_data

Made = TypeVar("Made")
_CHAPTERS: dict[str, Callable[[Study, Translator], Chapter | None]] = {
    "plan": plan.chapter, "change": plan.change_chapter, "appraisal": appraisal.chapter,
    "portfolio": portfolio.chapter, "sharing": sharing.chapter, "fund": fund.chapter, "grounds": grounds.chapter,
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A result that there is.

    Attributes
    ----------
    folder : Path
    kind : str
        ``plan``, ``portfolio`` …
    stamp : int
        When its folder was written, nanoseconds: what is made of it is kept as long as this stays.
    at : datetime
    who : str
        In whose name it was made.
    job : int
        The job that made it.
    stale : bool
        Whether the register's figures have changed since.
    mark : str
        SHA-256 of the figures that it was made from.
    """

    folder: Path
    kind: str
    stamp: int
    at: datetime
    who: str
    job: int
    stale: bool
    mark: str

    @property
    def key(self) -> tuple[str, int]:
        return str(self.folder), self.stamp


@dataclass(frozen=True)
class Shown:
    """A chapter as a page shows it, and what its charts are drawn from: JSON, compressed."""

    chapter: Chapter
    data: bytes


class Memory:
    """Keeps what was made last; what two ask for at once is made once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._making: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept under a key; made if it is not there."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: Made = self._kept[key]
                return kept
            mine = self._making.setdefault(key, threading.Lock())
        with mine:
            with self._lock:
                if key in self._kept:
                    again: Made = self._kept[key]
                    return again
            made = make()
            with self._lock:
                self._kept[key] = made
                self._making.pop(key, None)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
            return made


class Shelf:
    """Results, opened and shown."""

    def __init__(self) -> None:
        self._opened = Memory(8)
        self._shown = Memory(40)
        self._other = Memory(60)

    def open(self, found: Found) -> Plan | Part:
        """A result's tables."""
        return self._opened.get(found.key, lambda: next(iter(open_study(found.folder).parts.values())))

    def study(self, parts: dict[str, Found]) -> Study:
        """Results as the parts of a study."""
        return Study({name: self.open(parts[name]) for name in PARTS if name in parts})

    def chapter(self, name: str, parts: dict[str, Found], tr: Translator) -> Shown | None:
        """A chapter on some results in a language; None where they have nothing for it."""
        key = ("chapter", name, tr.lang, *((part, found.key) for part, found in sorted(parts.items())))
        return self._shown.get(key, lambda: self._make(name, parts, tr))

    def kept(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Anything else that is made of results, kept under a key that holds theirs."""
        return self._other.get(key, make)

    def _make(self, name: str, parts: dict[str, Found], tr: Translator) -> Shown | None:
        study = self.study(parts)
        made = _CHAPTERS[name](study, tr)
        return None if made is None else Shown(made, packed(page_data(study, [made], tr)))


def packed(data: dict[str, Any]) -> bytes:
    """Data of charts as compressed JSON."""
    return gzip.compress(as_json(data).encode(), 6, mtime=0)


def unpacked(data: bytes) -> dict[str, Any]:
    """The inverse of :func:`packed`."""
    found: dict[str, Any] = json.loads(gzip.decompress(data))
    return found
