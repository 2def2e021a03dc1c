"""Results of the model on the register's region: made, kept with the hash of what they were made from, and their age.

The model runs outside of any transaction, on one state of the register; what it says is stored with that state's hash.
A result whose hash is no longer that of the register's region is stale, and is shown as such.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from sungari.errors import InputError, UsageError, nearest
from sungari.operate import packages
from sungari.operate.findings import Evaluation
from sungari.operate.register import Register, Work
from sungari.region.package import Region
from sungari.region.schema import BY_NAME


def _appraisal(region: Region, options: dict[str, Any]) -> dict[str, Any]:
    from sungari.decide.appraisal import appraise

    return appraise(region, options.pop("projects", None), **options).as_json()


def _portfolio(region: Region, options: dict[str, Any]) -> dict[str, Any]:
    from sungari.decide.portfolio import select as choose

    return choose(region, **options).as_json()


def _fund(region: Region, options: dict[str, Any]) -> dict[str, Any]:
    from sungari.cover import fund

    return fund.size(region, **options).as_json()


#: What can be run, and what runs it.
KINDS: dict[str, Callable[[Region, dict[str, Any]], dict[str, Any]]] = {
    "appraisal": _appraisal, "portfolio": _portfolio, "fund": _fund,
}  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """A result and whether it is still of the register as it is."""

    evaluation: Evaluation
    stale: bool


#: Columns that no result depends on: a project that moves on, or gets another name, is worth what it was worth.
_WORDS = ("stage", "name", "name_zh", "name_ru", "description", "source", "quality", "note")


def hash_of(region: Region, kind: str) -> str:
    """SHA-256 of what a kind of result is made from: figures and what ties them together, not names and notes."""
    tables = {k: v.drop(columns=[c for c in _WORDS if c in v.columns and c != BY_NAME[k].key[0]])
              for k, v in region.tables.items() if k in BY_NAME}  # fmt: skip
    figures = Region(region.name, tables, region.settings)
    if kind == "fund":
        return figures.sha256
    from sungari.decide.store import plans_made_from

    return plans_made_from(figures)


def run(register: Register, kind: str, *, who: str = "", why: str = "", **options: Any) -> Evaluation:
    """Run the model on the register's region as it is now, and keep what it says.

    Parameters
    ----------
    register : Register
    kind : str
        ``appraisal``, ``portfolio`` or ``fund``.
    who, why : str
        In whose name, and for what reason.
    **options
        Of :func:`sungari.decide.appraisal.appraise`, :func:`sungari.select` or :func:`sungari.fund.size`.

    Raises
    ------
    InputError
        If the region has errors.
    """
    if kind not in KINDS:
        raise UsageError(f"no evaluation {kind!r}; {nearest(kind, KINDS) or 'one of ' + ', '.join(KINDS)}")
    with register.reading() as work:
        region = packages.region(work)
    errors = [p for p in region.check() if p.severity == "error"]
    if errors:
        raise InputError(errors, "register's region")
    begun = time.perf_counter()
    result = _plain(KINDS[kind](region, dict(options)))
    made = Evaluation(kind=kind, made_from=hash_of(region, kind), options=_plain(options), result=result,
                      seconds=time.perf_counter() - begun)
    with register.writing(who, why or f"{kind} of the register") as work:
        made.who, made.at, made.why = work.who, work.now, work.why
        work.session.add(made)
        work.touched |= {str(p["project"]) for p in result.get("projects", []) if isinstance(p, dict)
                         and kind == "appraisal"}
    return made


def _plain(value: Any) -> Any:
    """Plain data as a database keeps it; what is not a number becomes null."""
    def clean(v: Any) -> Any:
        if isinstance(v, dict):
            return {str(k): clean(x) for k, x in v.items()}
        if isinstance(v, list | tuple):
            return [clean(x) for x in v]
        if hasattr(v, "item"):
            return clean(v.item())
        return None if isinstance(v, float) and not math.isfinite(v) else v

    return json.loads(json.dumps(clean(value), default=str))


def listed(work: Work, kind: str | None = None) -> list[Kept]:
    """Results, newest first, each with whether it is stale."""
    asked = select(Evaluation).order_by(Evaluation.id.desc())
    found = work.session.scalars(asked.where(Evaluation.kind == kind) if kind else asked).all()
    now = hashes(work) if found else {}
    return [Kept(e, e.made_from != now[e.kind]) for e in found]


def hashes(work: Work) -> dict[str, str]:
    """Hash of what each kind of result would be made from now."""
    region = packages.region(work)
    return {kind: hash_of(region, kind) for kind in KINDS}


def appraisal_of(work: Work, code: str) -> dict[str, Any] | None:
    """What the newest appraisal that holds a project says of it; None where there is none."""
    newest = _newest(work, code)
    return newest[1] if newest else None


def appraised(work: Work, code: str) -> tuple[bool, str]:
    """Whether a project has an appraisal of the register as it is, and in words."""
    newest = _newest(work, code)
    if newest is None:
        return False, "not appraised"
    stale = newest[0].made_from != hashes(work)["appraisal"]
    day = f"{newest[0].at:%Y-%m-%d}"
    return not stale, f"appraised on {day}" + (", before what is in the register now" if stale else "")


def _newest(work: Work, code: str) -> tuple[Evaluation, dict[str, Any]] | None:
    asked = select(Evaluation).where(Evaluation.kind == "appraisal").order_by(Evaluation.id.desc())
    for each in work.session.scalars(asked.execution_options(yield_per=5)):
        for project in each.result.get("projects", []):
            if project["project"] == code:
                return each, project
    return None
