"""A whole study in one go: today's plan, the best plan, appraisal, portfolio, sharing, report.

Each part is kept in a folder of its own under the study's, with what it was made from noted in ``study.json``. A part
that is there and was made from the same is not made again, so a study that was stopped goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import sungari
from sungari.chain.solver import solver_name
from sungari.decide.store import digest
from sungari.decide.study import PARTS, Study, open_study
from sungari.errors import InputError, UsageError
from sungari.operate.parts import Order, Tell, attempt, steps
from sungari.region.package import Region
from sungari.show.report import write_report

NOTES = "study.json"
#: Told as the study goes: the part, and what is being done in it ("" when the part begins).
Progress = Callable[[str, str], None]


@dataclass
class Made:
    """What became of a part: ``made``, ``kept`` (it was there) or ``left out``, and why; seconds that it took."""

    status: str
    seconds: float = 0.0
    why: str = ""


@dataclass
class Outcome:
    """A finished study.

    Attributes
    ----------
    folder : Path
    study : Study
        Its parts, opened.
    parts : dict of str to Made
        What became of each part, reports included (``report-en`` …).
    reports : dict of str to Path
        The report by language.
    """

    folder: Path
    study: Study
    parts: dict[str, Made] = field(default_factory=dict)
    reports: dict[str, Path] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data: what was made, and the headline of each part (money divided by ``money_scale``)."""
        heads = {
            "plan": ("status", "objective", "welfare", "total_cost"), "today": ("status", "objective", "welfare"),
            "appraisal": ("objective", "objective_chosen", "chosen"), "portfolio": ("status", "gain", "gap"),
            "sharing": ("gain", "core_empty", "by"), "fund": ("capital", "aal", "accepted_ruin"),
        }  # fmt: skip
        found: dict[str, Any] = {}
        for name, made in self.parts.items():
            part = self.study.parts.get(name)
            info = part.info if part is not None else {}
            facts = {key: info[key] for key in heads.get(name, ()) if key in info}
            found[name] = {"state": made.status, "seconds": made.seconds, "why": made.why or None, **facts}
        region = self.study.region
        return {
            "status": "done", "out": str(self.folder), "region": region.name, "sha256": region.sha256,
            "currency": region.settings.currency, "money_scale": region.settings.money_scale,
            "version": sungari.__version__, "parts": found,
            "reports": {lang: str(path) for lang, path in self.reports.items()},
        }


def study(
    region: Region, out: str | os.PathLike[str], *, langs: Sequence[str] = ("en",), budgets: Sequence[str] = (),
    quick: bool = False, workers: int = 1, progress: Progress | None = None,
) -> Outcome:  # fmt: skip
    """Make a whole study of a region: plans, appraisal, portfolio, sharing, report.

    Parameters
    ----------
    region : Region
    out : path-like
        Folder; what is there of the same study is kept.
    langs : sequence of str
        Languages of the report, a file each.
    budgets : sequence of str
        Of the portfolio, as :func:`sungari.decide.portfolio.select` takes them.
    quick : bool
        Leave out what takes longest: pairs of projects, criteria, near-best sets, the frontier, sharing under
        scenarios.
    workers : int
        Processes in which parts are made at the same time.
    progress : callable or None
        See :data:`Progress`.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError
        If the package has errors.
    NoSolution
        If the region has no plan.
    UsageError
        If something else than a study is in the folder.

    Examples
    --------
    >>> study(region, "out/study", langs=["en", "zh"]).reports["zh"]  # doctest: +SKIP
    """
    errors = [p for p in region.check() if p.severity == "error"]
    if errors:
        raise InputError(errors)
    return _Run(Order(region, _claim(out), tuple(budgets), quick), workers, progress).go(langs)


def _claim(out: str | os.PathLike[str]) -> Path:
    path = Path(out)
    if path.is_file():
        raise UsageError(f"--out {path} is a file; a study is a folder")
    if path.is_dir() and any(path.iterdir()) and not (path / NOTES).is_file():
        raise UsageError(f"--out {path} is not empty and holds no study; name another folder")
    return path


class _Run:
    """One run of a study: which parts are made, and what is noted of them."""

    def __init__(self, order: Order, workers: int, progress: Progress | None) -> None:
        self.order, self.region, self.folder = order, order.region, order.folder
        self.workers, self.progress = workers, progress
        self.folder.mkdir(parents=True, exist_ok=True)
        self.parts: dict[str, dict[str, Any]] = {}
        if (self.folder / NOTES).is_file():
            self.parts |= json.loads((self.folder / NOTES).read_text(encoding="utf-8"))["parts"]
        else:
            self._write_notes()
        self.made: dict[str, Made] = {}

    def tell(self, part: str, what: str = "") -> None:
        if self.progress is not None:
            self.progress(part, what)

    def _telling(self, part: str) -> Tell:
        return lambda what, _: self.tell(part, what)

    def go(self, langs: Sequence[str]) -> Outcome:
        wanted, out = steps(self.region)
        for name, why in out.items():
            if why:
                self._left_out(name, why, "")
            else:
                shutil.rmtree(self.folder / name, ignore_errors=True)
        for name, begun, remark, why in self._together(wanted) if self.workers > 1 else self._one_by_one(wanted):
            key = self._key(name, *self.order.options(name))
            if why and name == "plan":
                self.order.make("plan")  # raises what it raised where it was made
            if why:
                self._left_out(name, why, key)
            else:
                self._done(name, time.perf_counter() - begun, remark, key)
        found = open_study(self.folder)
        reports = {lang: self._report(found, lang) for lang in langs}
        return Outcome(self.folder, found, {n: self.made[n] for n in [*PARTS, *self.made] if n in self.made}, reports)

    def _one_by_one(self, steps: dict[str, str]) -> Iterator[tuple[str, float, str, str]]:
        """Make the parts in this process; name, when it began, remark, why not."""
        for name in steps:
            if not self._there(name):
                self.tell(name)
                begun = time.perf_counter()
                yield name, begun, *attempt(self.order, name, self._telling(name))

    def _together(self, steps: dict[str, str]) -> Iterator[tuple[str, float, str, str]]:
        """The same in processes of their own, several at a time."""
        waiting = dict(steps)
        running: dict[Future[tuple[str, str]], tuple[str, float]] = {}
        pool = ProcessPoolExecutor(self.workers, mp_context=get_context("spawn"))
        try:
            while waiting or running:
                busy = [name for name, _ in running.values()]
                for name, needs in list(waiting.items()):
                    if needs in waiting or needs in busy or len(running) >= self.workers:
                        continue
                    del waiting[name]
                    if not self._there(name):
                        self.tell(name)
                        running[pool.submit(attempt, self.order, name)] = (name, time.perf_counter())
                        busy.append(name)
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    name, begun = running.pop(done)
                    yield name, begun, *done.result()
        finally:
            pool.shutdown(cancel_futures=True)

    # -- notes --------------------------------------------------------------------------------------------------------

    def _key(self, name: str, *made_from: object) -> str:
        return digest(name, self.region.sha256, made_from, solver_name(), sungari.__version__)

    def _there(self, name: str) -> bool:
        """Whether a part is there and was made from the same."""
        note = self.parts.get(name, {})
        why = note.get("left_out", "")
        file = self.folder / name / f"{PARTS[name]}.json"
        if note.get("made_from") != self._key(name, *self.order.options(name)) or not (why or file.is_file()):
            return False
        self.made[name] = Made("left out" if why else "kept", 0.0, why or note.get("remark", ""))
        return True

    def _report(self, found: Study, lang: str) -> Path:
        name = f"report-{lang}"
        path = self.folder / f"{name}.html"
        key = self._key(name, [self.parts.get(part, {}).get("made_from") for part in PARTS])
        if self.parts.get(name, {}).get("made_from") == key and path.is_file():
            self.made[name] = Made("kept")
            return path
        self.tell(name)
        begun = time.perf_counter()
        write_report(found, path, lang)
        self._done(name, time.perf_counter() - begun, "", key)
        return path

    def _done(self, name: str, seconds: float, remark: str, key: str) -> None:
        self.made[name] = Made("made", seconds, remark)
        self._note(name, {"made_from": key, "seconds": seconds, "remark": remark})

    def _left_out(self, name: str, why: str, key: str) -> None:
        """Note that a part can't be made, and why; an old one goes."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        self.made[name] = Made("left out", 0.0, why)
        self._note(name, {"made_from": key, "left_out": why})

    def _note(self, name: str, note: dict[str, Any]) -> None:
        self.parts[name] = note
        self._write_notes()

    def _write_notes(self) -> None:
        notes = {"region": self.region.name, "title": self.region.title, "sha256": self.region.sha256,
                 "version": sungari.__version__, "parts": self.parts}  # fmt: skip
        handle, made = tempfile.mkstemp(dir=self.folder, prefix=".study-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(notes, ensure_ascii=False, indent=1) + "\n")
        Path(made).chmod(0o644)
        Path(made).replace(self.folder / NOTES)
