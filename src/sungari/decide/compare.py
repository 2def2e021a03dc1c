"""What differs between two results of the same kind: two plans, appraisals, portfolios or sharings, largest first.

All differences are the second less the first. Plans are compared by :mod:`sungari.chain.compare`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sungari.chain.compare import NOISE, Comparison
from sungari.chain.compare import compare as compare_plans
from sungari.chain.plan import Plan
from sungari.decide.study import Part, Result, Study, part
from sungari.errors import UsageError


@dataclass(frozen=True)
class Differences:
    """Differences between two results of one kind, each table sorted with the largest first.

    Attributes
    ----------
    kind : str
        ``appraisal``, ``portfolio``, ``sharing``.
    names : tuple of str
        What the two are called.
    tables : dict of str to DataFrame
        By name. ``headline`` has figure, a, b, difference: money divided by ``money_scale``; all else is in money.
    counts : mapping
        Rows that differ by table, before the tables were cut to the largest.
    currency : str
    money_scale : float
    same_package : bool
        Whether both were made from the same package, by its SHA-256.
    """

    kind: str
    names: tuple[str, str]
    tables: dict[str, pd.DataFrame]
    counts: Mapping[str, int]
    currency: str
    money_scale: float
    same_package: bool

    @property
    def headline(self) -> pd.DataFrame:
        """figure, a, b, difference; money divided by ``money_scale``."""
        return self.tables["headline"]

    @property
    def same(self) -> bool:
        """Whether the two differ in nothing."""
        return not any(self.counts.values())

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain data."""
        about = {name: getattr(self, name) for name in ("kind", "same", "same_package", "currency", "money_scale")}
        tables = {name: frame.to_dict("records") for name, frame in self.tables.items()}
        sides = {"a": self.names[0], "b": self.names[1]}
        return {"status": "ok", **sides, **about, "differences": dict(self.counts), **tables}

    def __repr__(self) -> str:
        return f"<Differences of {self.kind}s {self.names[0]!r} and {self.names[1]!r}: {dict(self.counts)}>"


Comparable = Plan | Part | Study | Result


def compare(
    a: Comparable, b: Comparable, top: int | None = None, *, names: Sequence[str] | None = None
) -> Comparison | Differences:
    """Compare two results of the same kind.

    Parameters
    ----------
    a, b : Plan, Appraisal, Portfolio, Sharing, or as they were opened from their folders
        They may come from different packages; what only one has counts as zero, or is said to be missing.
    top : int, optional
        Rows to keep of each table; default all that differ.
    names : sequence of str, optional
        What to call the two; default ``a`` and ``b``.

    Returns
    -------
    Comparison or Differences
        The former for plans.

    Raises
    ------
    UsageError
        If the two are not of one kind.

    Examples
    --------
    >>> without, with_all = region.solve(projects="none"), region.solve()  # doctest: +SKIP
    >>> sungari.compare(without, with_all).welfare  # doctest: +SKIP
    """
    one, two = _opened(a), _opened(b)
    if isinstance(one, Plan) and isinstance(two, Plan):
        return compare_plans(one, two, top, names=names)
    kinds = [x.kind if isinstance(x, Part) else "plan" for x in (one, two)]
    if not isinstance(one, Part) or not isinstance(two, Part) or kinds[0] != kinds[1]:
        raise UsageError("can't compare a result of kind {one!r} with one of kind {other!r}",
                         one=kinds[0], other=kinds[1])
    if one.kind not in _TABLES:
        raise UsageError("there is nothing to compare two results of kind {kind!r} by", kind=one.kind)
    found = {name: make(one, two) for name, make in _TABLES[one.kind].items()}
    counts = {name: len(frame) for name, frame in found.items()}
    counts["headline"] = int((found["headline"]["difference"].fillna(0.0) != 0).sum())
    cut = {n: f.head(top) if top is not None and n != "headline" else f for n, f in found.items()}
    settings = one.region.settings
    pair = (str(names[0]), str(names[1])) if names is not None else ("a", "b")
    return Differences(one.kind, pair, cut, counts, settings.currency, settings.money_scale,
                       one.region.sha256 == two.region.sha256)  # fmt: skip


def _opened(result: Comparable) -> Plan | Part:
    if isinstance(result, Study):
        if len(result.parts) != 1:
            raise UsageError("a study has several parts ({names}); compare two of one kind",
                             names=", ".join(result.parts))
        return next(iter(result.parts.values()))
    return result if isinstance(result, Plan | Part) else part(result)


def _headline(*figures: str) -> Callable[[Part, Part], pd.DataFrame]:
    """A table of figures of ``<kind>.json``."""

    def made(a: Part, b: Part) -> pd.DataFrame:
        rows = pd.DataFrame({
            "figure": figures, **{side: [_number(p.info.get(f)) for f in figures] for side, p in (("a", a), ("b", b))}
        })  # fmt: skip
        rows["difference"] = rows["b"] - rows["a"]
        rows.loc[rows["difference"].abs() <= NOISE * rows[["a", "b"]].abs().max(axis=1), "difference"] = 0.0
        return rows

    return made


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _differing(both: pd.DataFrame) -> pd.DataFrame:
    """Rows whose sides differ by more than rounding, the largest first."""
    frame = both.assign(difference=both["b"] - both["a"])
    largest = float(np.nanmax(frame[["a", "b"]].abs().to_numpy(), initial=0.0))
    frame = frame[(frame["difference"].abs() > NOISE * largest) | (frame["a"].isna() != frame["b"].isna())]
    order = frame["difference"].abs().fillna(np.inf).sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _worth(column: str) -> Callable[[Part, Part], pd.DataFrame]:
    """Worth of each project, first in or last in: project, a, b, difference, rank_a, rank_b."""

    def made(a: Part, b: Part) -> pd.DataFrame:
        sides = []
        for side, p in (("a", a), ("b", b)):
            scale = p.region.settings.money_scale
            worth = {x["project"]: _number(x[column]) * scale for x in p.info["projects"]}
            frame = pd.DataFrame({"project": list(worth), side: list(worth.values())})
            place = frame[side].rank(method="min", ascending=False).astype("Int64")
            sides.append(frame.assign(**{f"rank_{side}": place}))
        both = sides[0].merge(sides[1], on="project", how="outer")
        return _differing(both)[["project", "a", "b", "difference", "rank_a", "rank_b"]]

    return made


def _standing(a: Part, b: Part) -> pd.DataFrame:
    """Projects that one chooses and the other does not: project, a, b (``committed``, ``yes``, ``no``, blank)."""

    def of(p: Part) -> pd.Series:
        words = {x["project"]: "committed" if x["committed"] else "yes" if x["chosen"] else "no"
                 for x in p.info["projects"]}  # fmt: skip
        return pd.Series(words, dtype="str")

    both = pd.concat([of(a).rename("a"), of(b).rename("b")], axis=1).fillna("")
    return both[both["a"] != both["b"]].rename_axis("project").reset_index()


def _set(a: Part, b: Part) -> pd.DataFrame:
    """Projects that are built differently: project, year_a, year_b, size_a, size_b."""

    def built(p: Part) -> pd.DataFrame:
        grouped = p.tables["chosen"].groupby(p.tables["chosen"]["project"].astype(str))
        years, sizes = grouped["year"].min().astype("Int64"), grouped["size"].sum().astype(float)
        return pd.DataFrame({"year": years, "size": sizes}).rename_axis("project").reset_index()

    both = built(a).merge(built(b), on="project", how="outer", suffixes=("_a", "_b"))
    sizes = both[["size_a", "size_b"]].fillna(0.0)
    change = (sizes["size_b"] - sizes["size_a"]).abs() / sizes.max(axis=1).where(lambda s: s > 0, 1.0)
    moved = (both["year_a"] != both["year_b"]).fillna(False).astype(bool)
    both = both.assign(size_a=sizes["size_a"], size_b=sizes["size_b"], _change=change)
    kept = both[(change > NOISE) | moved].sort_values(["_change", "project"], ascending=[False, True])
    return kept[["project", "year_a", "year_b", "size_a", "size_b"]].reset_index(drop=True)


def _joined(table: str, keys: list[str], value: str) -> Callable[[Part, Part], pd.DataFrame]:
    """A column of a table, side by side by some keys: keys, a, b, difference."""

    def made(a: Part, b: Part) -> pd.DataFrame:
        sides = [
            p.tables[table].groupby(keys, dropna=False)[value].sum().rename(side) for side, p in (("a", a), ("b", b))
        ]
        both = pd.concat(sides, axis=1).astype(float).fillna(0.0).reset_index()
        return _differing(both)[[*keys, "a", "b", "difference"]]

    return made


def _rule(rule: str) -> Callable[[Part, Part], pd.DataFrame]:
    return _joined("players", ["player"], rule)


#: Tables of a comparison by kind, in the order in which they are shown.
_TABLES: dict[str, dict[str, Callable[[Part, Part], pd.DataFrame]]] = {
    "appraisal": {
        "headline": _headline("objective", "objective_chosen"),
        "chosen": _standing,
        "first_in": _worth("first_in"),
        "last_in": _worth("last_in"),
    },
    "portfolio": {
        "headline": _headline("objective", "gain", "gap"),
        "projects": _set,
        "parties": _joined("parties", ["party"], "gain"),
        "budgets": _joined("budgets", ["party", "sector", "year"], "used"),
    },
    "sharing": {
        "headline": _headline("gain", "excess"),
        "shapley": _rule("shapley"),
        "nucleolus": _rule("nucleolus"),
        "owen": _rule("owen"),
        "alone": _rule("alone"),
    },
}
