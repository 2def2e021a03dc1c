"""What can be run, and what may be asked of each: options are plain data, checked when a job is started.

An option is said once, here: its name, what it may be, and for which kinds of jobs. All problems of a job's options
come in one list, each with the nearest valid name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import select

from sungari.decide.budgets import Budget, with_budgets
from sungari.errors import InputError, Problem, Unknown, UsageError, hinted, nearest
from sungari.operate import packages
from sungari.operate.records import PackageTable, Project
from sungari.operate.register import Work
from sungari.region.package import Region
from sungari.words import Words


class Wrong(Exception):  # noqa: N818 - says what is expected, and is never seen outside
    """A value that does not fit: what is expected, and the nearest name."""

    def __init__(self, expected: str, hint: str = "", value: Any = None) -> None:
        super().__init__(expected)
        self.expected, self.hint, self.value = expected, hint, value


@dataclass(frozen=True)
class Ground:
    """What options refer to: names, and which tables have rows."""

    projects: list[str]
    parties: list[str]
    region: Region  # parties, periods, and the sectors of the projects: what budgets are held against
    filled: frozenset[str]


#: Turns what was given into plain data that the model takes, or raises :class:`Wrong`.
Check = Callable[[Any, Ground], Any]


def ground(work: Work) -> Ground:
    """What the options of a job refer to, as the actor of a work sees it."""
    packages.package(work)
    found = work.session.execute(
        select(Project.code, Project.sector).where(Project.stage != "cancelled").order_by(Project.created, Project.code)
    ).all()
    base = packages.region_of(work, {}, (packages.PARTIES, "periods"))
    sectors = pd.DataFrame({"project": [c for c, _ in found], "sector": [s for _, s in found]}, dtype="str")
    base.tables["projects"] = sectors
    rows = work.session.execute(select(PackageTable.name, PackageTable.rows)).all()
    parties = list(base.table(packages.PARTIES)["party"].astype(str))
    return Ground([c for c, _ in found], parties, base, frozenset(name for name, own in rows if own))


# -- what a value may be ----------------------------------------------------------------------------------------------


def _number(low: float = -math.inf, high: float = math.inf, *, whole: bool = False, open_: bool = False) -> Check:
    if low == -math.inf:
        wanted = Words("expected a number")
    elif open_ and high == math.inf:
        wanted = Words("expected a number above {low:g}", low=low)
    elif whole and high == math.inf:
        wanted = Words("expected a whole number of {low:g} or more", low=low)
    elif high == math.inf:
        wanted = Words("expected a number of {low:g} or more", low=low)
    elif whole:
        wanted = Words("expected a whole number between {low:g} and {high:g}", low=low, high=high)
    else:
        wanted = Words("expected a number between {low:g} and {high:g}", low=low, high=high)

    def check(value: Any, _: Ground) -> Any:
        try:
            found = float(str(value).replace("_", "")) if not isinstance(value, bool) else math.nan
        except ValueError:
            found = math.nan
        fits = low < found < high or (not open_ and found in (low, high))
        if not math.isfinite(found) or not fits or (whole and found != int(found)):
            raise Wrong(wanted)
        return int(found) if whole else found

    return check


def _flag(value: Any, _: Ground) -> bool:
    word = str(value).strip().lower()
    if word not in ("true", "false"):
        raise Wrong(Words("expected true or false"))
    return word == "true"


def _one_of(*words: str) -> Check:
    def check(value: Any, _: Ground) -> str:
        if value not in words:
            raise Wrong(Words("expected one of {names}", names=", ".join(words)), nearest(str(value), words))
        return str(value)

    return check


def _project(value: Any, known: Ground) -> str:
    if value not in known.projects:
        raise Wrong(Words("expected a project of the register that is not cancelled"),
                    nearest(str(value), known.projects), value)
    return str(value)


def _projects(*words: str) -> Check:
    def check(value: Any, known: Ground) -> Any:
        if isinstance(value, str):
            if value in words:
                return value
            if words:
                raise Wrong(Words("expected {names} or a list of projects", names=", ".join(words)),
                            nearest(value, words))
            value = [value]
        if not isinstance(value, list | tuple):
            raise Wrong(Words("expected a list of projects"))
        return list(dict.fromkeys(_project(name, known) for name in value))

    return check


def _budgets(value: Any, known: Ground) -> list[str]:
    texts = [value] if isinstance(value, str | int | float) else value
    if not isinstance(texts, list | tuple):
        raise Wrong(Words("expected a list of budgets"))
    for text in texts:
        try:
            with_budgets(known.region, [Budget.of(str(text))])
        except UsageError as error:
            raise Wrong(error.words, value=text) from error
    return [str(text) for text in texts]


def _gains(value: Any, known: Ground) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise Wrong(Words("expected least gains by party"))
    for party, figure in value.items():
        if party not in known.parties:
            raise Wrong(Words("expected a party"), nearest(str(party), known.parties), party)
        try:
            fits = math.isfinite(float(str(figure).strip().removesuffix("%").replace("_", "")))
        except ValueError:
            fits = False
        if not fits:
            wanted = Words("expected an amount of money or a share for {party}, as 5e9 or 10%", party=party)
            raise Wrong(wanted, "", figure)
    return {str(party): str(figure).strip() for party, figure in value.items()}


def _filled(table: str, inner: Check = _flag) -> Check:
    def check(value: Any, known: Ground) -> Any:
        found = inner(value, known)
        if found and table not in known.filled:
            raise Wrong(Words("needs rows in {table}.csv, the register has none", table=table))
        return found

    return check


# -- the kinds --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of job.

    Attributes
    ----------
    title : str
        What it answers.
    options : dict of str to callable
    needed : tuple of str
        Options that must be given.
    """

    title: str
    options: Mapping[str, Check] = field(default_factory=dict)
    needed: tuple[str, ...] = ()


_LIMIT = {"gap": _number(0, 1), "time_limit": _number(0, open_=True)}
_SEED = {"seed": _number(0, whole=True)}
_BUDGETS = {"budgets": _budgets}

KINDS: dict[str, Kind] = {
    "plan": Kind("the best plan", {"projects": _projects("best", "all", "none"), **_LIMIT}),
    "today": Kind("the plan without new projects", {"time_limit": _LIMIT["time_limit"]}),
    "without": Kind("the best plan in which a project can't be built", {"project": _project, **_LIMIT}, ("project",)),
    "appraisal": Kind("what each project is worth", {
        "projects": _projects(), "against": _projects("best", "all"), "pairs": _flag,
        "scenarios": _filled("scenarios"), "draws": _filled("uncertainties", _number(0, 65536, whole=True)),
        "level": _number(0, 1, open_=True), "sensitivity": _filled("uncertainties"), "criteria": _filled("criteria"),
        **_SEED,
    }),
    "portfolio": Kind("which projects to build together", {
        **_BUDGETS, "min_gain": _gains, "nobody_worse": _flag, "fund": _flag, "fund_capital": _number(0),
        "scenarios": _filled("scenarios"), "cvar_limit": _filled("scenarios", _number()),
        "cvar_weight": _filled("scenarios", _number(0, 1)), "alpha": _number(0, 1),
        "frontier": _one_of("budget", "cvar", "least-gain"), "points": _number(2, 50, whole=True),
        "near": _number(0, 100), "most": _number(1, 1000, whole=True), **_LIMIT,
    }),
    "sharing": Kind("how the parties may share what cooperation brings", {
        "by": _one_of("country", "province"), "projects": _projects("best", "all", "none"),
        "samples": _number(1, 100_000, whole=True), "scenarios": _filled("scenarios"), **_SEED,
    }),
    "fund": Kind("how large the compensation fund must be", {
        "projects": _projects("all", "best"), "paths": _number(1000, 1_000_000, whole=True),
        "level": _number(0, 1, open_=True), "ruin": _number(0, 1, open_=True),
        "horizon": _number(1, 100, whole=True), "start": _number(1900, 2300, whole=True), **_SEED,
    }),
    "study": Kind("all of it", {**_BUDGETS, "quick": _flag}),
}  # fmt: skip


def checked(work: Work, kind: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a job as the model takes them; those that are None or blank are left out.

    Parameters
    ----------
    work : Work
    kind : str
        One of :data:`KINDS`.
    options : mapping
        Plain data; numbers and flags may also be text, as a form gives them.

    Raises
    ------
    UsageError
        If there is no such kind.
    InputError
        With everything that is wrong about the options.
    """
    if kind not in KINDS:
        raise Unknown(hinted(Words("no job {kind!r}", kind=kind), kind, KINDS, listed=True))
    known, made, problems = ground(work), dict[str, Any](), list[Problem]()

    def wrong(name: str, value: Any, expected: str, hint: str = "") -> None:
        problems.append(Problem(f"{kind} job", None, name, "" if value is None else str(value), expected, hint,
                                "option"))

    allowed = KINDS[kind].options
    for name, value in options.items():
        if value is None or value in ("", [], {}):
            continue
        if name not in allowed:
            wrong(name, value, Words("expected one of {names}", names=", ".join(allowed)), nearest(name, allowed))
            continue
        try:
            made[name] = allowed[name](value, known)
        except Wrong as found:
            wrong(name, value if found.value is None else found.value, found.expected, found.hint)
    for name in KINDS[kind].needed:
        if name not in made and not any(p.column == name for p in problems):
            wrong(name, None, Words("say {name}", name=name))
    if made.get("scenarios") and made.get("draws"):
        wrong("draws", made["draws"], Words("either scenarios or draws: each gives a distribution of its own"))
    if kind == "fund" and "exposures" not in known.filled and not _exposed(work):
        wrong("projects", None, Words("no project has exposures that a fund could cover"))
    if problems:
        raise InputError(problems, Words("job"))
    return made


def _exposed(work: Work) -> bool:
    from sungari.operate import projects

    return any(content.get("exposures") for content in projects.contents_now(work).values())


def parts_of(kind: str, options: Mapping[str, Any]) -> list[str]:
    """The parts that a job makes, in order; of a study all that there may be."""
    from sungari.operate.parts import STEPS  # loads the solver

    if kind == "study":
        return list(STEPS)
    needs_plan = (kind == "sharing" and options.get("projects", "best") == "best") or (
        kind == "fund" and options.get("projects", "best") == "best")
    return [*(["plan"] if needs_plan else []), "plan" if kind == "without" else kind]


def choices_of(kind: str, options: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What is asked of each part; see :class:`sungari.operate.parts.Order`."""
    if kind == "study":
        return {}
    if kind == "without":
        return {"plan": {"without": options["project"], **{k: v for k, v in options.items() if k != "project"}}}
    return {kind: dict(options)}


def rests_on_all(kind: str, options: Mapping[str, Any]) -> bool:
    """Whether a result depends on all tables, not only on those that plans are made from."""
    return kind in ("fund", "study") or any(options.get(k) for k in _BESIDE)


#: Options that look at tables which no plan depends on.
_BESIDE = ("scenarios", "draws", "sensitivity", "criteria", "fund", "fund_capital", "cvar_limit", "cvar_weight")
