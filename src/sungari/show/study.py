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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

import sungari
from sungari.chain import solve
from sungari.chain.solver import solver_name
from sungari.decide import study as folders
from sungari.decide.appraisal import Appraisal, appraise
from sungari.decide.portfolio import select
from sungari.decide.sharing import share
from sungari.decide.stability import over_scenarios
from sungari.decide.store import digest
from sungari.decide.study import Study, open_study
from sungari.errors import InputError, NoSolution, UsageError
from sungari.region.package import Region
from sungari.show.report import write_report

NOTES = "study.json"
#: Projects whose pairs are solved: those whose worth depends most on the others.
MOST_PAIRED = 12
#: Per cent of the gain within which a set of projects counts as near the best.
NEAR = 1.0

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
            "sharing": ("gain", "core_empty", "by"),
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
        Leave out what takes longest: pairs of projects, near-best sets, the frontier, sharing under scenarios.
    workers : int
        Processes in which projects are appraised.
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
    return _Run(region, _claim(out), tuple(budgets), quick, workers, progress).go(langs)


def _claim(out: str | os.PathLike[str]) -> Path:
    path = Path(out)
    if path.is_file():
        raise UsageError(f"--out {path} is a file; a study is a folder")
    if path.is_dir() and any(path.iterdir()) and not (path / NOTES).is_file():
        raise UsageError(f"--out {path} is not empty and holds no study; name another folder")
    return path


class _Run:
    """One run of a study: what is made, from what, and where."""

    def __init__(
        self, region: Region, folder: Path, budgets: tuple[str, ...], quick: bool, workers: int,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.region, self.folder, self.budgets, self.quick = region, folder, budgets, quick
        self.workers, self.progress = workers, progress
        folder.mkdir(parents=True, exist_ok=True)
        self.notes: dict[str, Any] = {"parts": {}}
        if (folder / NOTES).is_file():
            self.notes |= json.loads((folder / NOTES).read_text(encoding="utf-8"))
        else:
            self._write_notes()
        self.made: dict[str, Made] = {}
        self.remark = ""  # on the part that is being made

    def tell(self, part: str, what: str = "") -> None:
        if self.progress is not None:
            self.progress(part, what)

    def go(self, langs: Sequence[str]) -> Outcome:
        self.part("plan", self.plan)
        self.part("today", self.today)
        if len(self.region.table("projects")):
            self.part("appraisal", self.appraisal, self.quick)
            self.part("portfolio", self.portfolio, self.budgets, self.quick)
        else:
            for name in ("appraisal", "portfolio"):
                self.leave_out(name, "the region has no projects")
        self.part("sharing", self.sharing, self._built(), self.quick)
        found = open_study(self.folder)
        reports = {}
        for lang in langs:
            path = self.folder / f"report-{lang}.html"
            keys = [self.notes["parts"].get(name, {}).get("made_from") for name in folders.PARTS]
            self.part(path.stem, partial(write_report, found, path, lang), keys, there=path)
            reports[lang] = path
        return Outcome(self.folder, found, self.made, reports)

    # -- parts --------------------------------------------------------------------------------------------------------

    def part(self, name: str, make: Callable[[], object], *options: object, there: Path | None = None) -> None:
        """Make a part unless it is there and was made from the same."""
        key = digest(name, self.region.sha256, options, solver_name(), sungari.__version__)
        file = there if there is not None else self.folder / name / f"{folders.PARTS[name]}.json"
        note = self.notes["parts"].get(name, {})
        if note.get("made_from") == key and (file.is_file() or note.get("left_out")):
            why = note.get("left_out")
            self.made[name] = Made("left out" if why else "kept", 0.0, why or note.get("remark", ""))
            return
        self.tell(name)
        self.remark = ""
        begun = time.perf_counter()
        try:
            make()
        except (UsageError, NoSolution) as error:
            if name == "plan":
                raise
            self.leave_out(name, str(error).splitlines()[0], key)
            return
        seconds = time.perf_counter() - begun
        self.made[name] = Made("made", seconds, self.remark)
        self._note(name, {"made_from": key, "seconds": seconds, "remark": self.remark})

    def leave_out(self, name: str, why: str, key: str = "") -> None:
        """Note that a part can't be made, and why; an old one goes."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        self.made[name] = Made("left out", 0.0, why)
        self._note(name, {"made_from": key, "left_out": why})

    def _note(self, name: str, note: dict[str, Any]) -> None:
        self.notes["parts"][name] = note
        self._write_notes()

    def _write_notes(self) -> None:
        notes = {"region": self.region.name, "title": self.region.title, "sha256": self.region.sha256,
                 "version": sungari.__version__, **{k: v for k, v in self.notes.items() if k == "parts"}}
        handle, made = tempfile.mkstemp(dir=self.folder, prefix=".study-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(notes, ensure_ascii=False, indent=1) + "\n")
        Path(made).chmod(0o644)
        Path(made).replace(self.folder / NOTES)

    def plan(self) -> None:
        plan = solve(self.region, check=False)
        if plan.status == "interrupted":
            raise KeyboardInterrupt
        plan.save(self.folder / "plan")

    def today(self) -> None:
        plan = solve(self.region, projects="none", check=False)
        if plan.status == "interrupted":
            raise KeyboardInterrupt
        plan.save(self.folder / "today")

    def appraisal(self) -> None:
        folder = self.folder / "appraisal"
        store = folders.open_store(folder, "appraisal")
        try:
            found = appraise(self.region, workers=self.workers, store=store, progress=lambda p: self.tell(
                "appraisal", f"{p.done} of {p.total} plans"
            ))  # fmt: skip
            paired = [] if self.quick else interacting(found)
            if len(paired) > 1:
                pairs = appraise(
                    self.region, paired, pairs=True, workers=self.workers, store=store,
                    progress=lambda p: self.tell("appraisal", f"pairs: {p.done} of {p.total} plans"),
                )
                found.pairs = pairs.pairs
        finally:
            store.close()
        folders.save(found, folder)

    def portfolio(self) -> None:
        found = select(
            self.region, self.budgets, frontier=None if self.quick else "budget", near=None if self.quick else NEAR,
            check=False, progress=lambda what, _: self.tell("portfolio", what),
        )
        if found.info["status"] == "interrupted":
            raise KeyboardInterrupt
        folders.save(found, self.folder / "portfolio")

    def sharing(self) -> None:
        projects = self._built()
        found = share(self.region, projects=projects, progress=lambda n: self.tell("sharing", f"{n} coalitions"))
        if not self.quick and len(self.region.table("scenarios")):
            try:
                found = over_scenarios(found, projects, progress=lambda name, n: self.tell(
                    "sharing", f"{n} coalitions in {name}"
                ))  # fmt: skip
            except UsageError as error:  # a scenario in which someone can't meet what must be met
                self.remark = f"not split under scenarios: {error}"
        folders.save(found, self.folder / "sharing")

    def _built(self) -> list[str]:
        """Projects of the best plan."""
        frame = pd.read_parquet(self.folder / "plan" / "projects.parquet", columns=["project"])
        return sorted(frame["project"].astype(str).unique())


def interacting(appraisal: Appraisal) -> list[str]:
    """Projects whose worth depends most on the others, at most :data:`MOST_PAIRED`."""
    facts = [p for p in appraisal.projects if not p.committed]
    depends = {p.project: abs(p.last.change - p.first.change) for p in facts}
    known = {p: d for p, d in depends.items() if d == d and d > 0}
    return sorted(known, key=lambda p: (-known[p], p))[:MOST_PAIRED]


