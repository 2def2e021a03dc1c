"""What was checked, and what was found wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from sungari.errors import SungariError

COLUMNS = ("check", "table", "row", "period", "value", "limit", "text")
#: Findings that are printed; all of them stand in ``findings``.
MOST_SHOWN = 20


@dataclass(frozen=True)
class Checked:
    """How much of one kind was checked.

    Attributes
    ----------
    number : int
        Figures checked.
    worst : float
        Largest violation, relative to the size of what was checked; 0 = none.
    findings : int
        Figures beyond the tolerance.
    """

    number: int
    worst: float
    findings: int


@dataclass(frozen=True)
class Verification:
    """Result of checking a plan.

    Attributes
    ----------
    findings : DataFrame
        What is wrong: ``check``, ``table``, ``row`` (its key), ``period``, ``value``, ``limit`` (both in the unit of
        the figure checked), ``text``.
    checks : dict of str to Checked
        Every kind of check, in the order made.
    tolerance : float
        Relative violation up to which a figure is right.
    """

    findings: pd.DataFrame
    checks: dict[str, Checked]
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.findings.empty

    def raise_if_wrong(self) -> None:
        """Raise an error that lists the findings, if there are any.

        Raises
        ------
        SungariError
        """
        if not self.ok:
            raise SungariError(str(self))

    def __str__(self) -> str:
        total = sum(c.number for c in self.checks.values())
        n = len(self.findings)
        verdict = "all right" if self.ok else f"{n} {'figure is' if n == 1 else 'figures are'} wrong"
        lines = [f"{total:,} figures checked to {self.tolerance:g}: {verdict}"]
        width = max((len(name) for name in self.checks), default=0)
        lines += [
            f"  {name:<{width}}  {c.number:>9,}  worst {c.worst:.1e}{'' if not c.findings else f'  {c.findings} wrong'}"
            for name, c in self.checks.items()
        ]
        lines += [f"- {text}" for text in self.findings["text"].head(MOST_SHOWN)]
        if n > MOST_SHOWN:
            lines.append(f"- … and {n - MOST_SHOWN} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = str(self).split("\n", 1)[0]
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td style='text-align:right'>{c.number:,}</td>"
            f"<td style='text-align:right'>{c.worst:.1e}</td><td style='text-align:right'>{c.findings or ''}</td></tr>"
            for name, c in self.checks.items()
        )
        found = "".join(f"<li>{escape(str(text))}</li>" for text in self.findings["text"].head(MOST_SHOWN))
        return (
            f"<b>{escape(head)}</b><table><tr><th>check</th><th>figures</th><th>worst</th><th>wrong</th></tr>{rows}"
            f"</table><ul>{found}</ul>"
        )


@dataclass
class Ledger:
    """Collects checks and findings.

    Attributes
    ----------
    tolerance : float
        Relative.
    floor : float
        Quantities below this are compared with it rather than with themselves, since no solver is exact to zero.
    """

    tolerance: float
    floor: float = 1.0
    parts: list[pd.DataFrame] = field(default_factory=list)
    checks: dict[str, Checked] = field(default_factory=dict)

    def at_most(
        self,
        check: str,
        table: str,
        rows: ArrayLike,
        periods: ArrayLike,
        value: ArrayLike,
        limit: ArrayLike,
        what: str,
        *,
        scale: ArrayLike | None = None,
        floor: float | None = None,
    ) -> None:
        """Check ``value ≤ limit``.

        Parameters
        ----------
        check, table : str
            Name of the check and table of the package (or of the plan) that it concerns.
        rows, periods : array-like of str
            Key and period of each figure.
        value, limit : array-like of float
        what : str
            What the value is, for the text: ``"supply is above its capacity"``.
        scale : array-like of float, optional
            What a violation is relative to; default the larger of the two figures.
        floor : float, optional
            Least scale; default :attr:`floor`.
        """
        v, m = _numbers(value), _numbers(limit)
        v, m = np.broadcast_arrays(v, m)
        with np.errstate(invalid="ignore"):
            excess = np.where(np.isposinf(m), 0.0, v - m)
        self._add(check, table, rows, periods, v, m, excess, what, scale, floor)

    def at_least(
        self, check: str, table: str, rows: ArrayLike, periods: ArrayLike, value: ArrayLike, limit: ArrayLike,
        what: str, *, scale: ArrayLike | None = None, floor: float | None = None,
    ) -> None:
        """Check ``value ≥ limit``; see :meth:`at_most`."""
        v, m = np.broadcast_arrays(_numbers(value), _numbers(limit))
        with np.errstate(invalid="ignore"):
            excess = np.where(np.isneginf(m), 0.0, m - v)
        self._add(check, table, rows, periods, v, m, excess, what, scale, floor)

    def equal(
        self, check: str, table: str, rows: ArrayLike, periods: ArrayLike, value: ArrayLike, limit: ArrayLike,
        what: str, *, scale: ArrayLike | None = None, floor: float | None = None,
    ) -> None:
        """Check ``value = limit``; see :meth:`at_most`."""
        v, m = np.broadcast_arrays(_numbers(value), _numbers(limit))
        self._add(check, table, rows, periods, v, m, np.abs(v - m), what, scale, floor)

    def within(
        self, check: str, table: str, rows: ArrayLike, periods: ArrayLike, value: ArrayLike, low: ArrayLike,
        high: ArrayLike, what: str, *, scale: ArrayLike | None = None, floor: float | None = None,
    ) -> None:
        """Check ``low ≤ value ≤ high``; see :meth:`at_most`."""
        v, a, b = np.broadcast_arrays(_numbers(value), _numbers(low), _numbers(high))
        excess = np.maximum(a - v, v - b)
        self._add(check, table, rows, periods, v, np.where(v < a, a, b), excess, what, scale, floor)

    def holds(
        self, check: str, table: str, rows: ArrayLike, periods: ArrayLike, good: NDArray[np.bool_], what: str,
        *, value: ArrayLike = 1.0, limit: ArrayLike = 0.0,
    ) -> None:
        """Check that something is so at all; a violation counts as 1."""
        v, m, g = np.broadcast_arrays(_numbers(value), _numbers(limit), np.asarray(good, dtype=bool))
        self._add(check, table, rows, periods, v, m, np.where(g, 0.0, 1.0), what, np.ones(len(g)), 1.0)

    def _add(
        self, check: str, table: str, rows: ArrayLike, periods: ArrayLike, value: NDArray[np.float64],
        limit: NDArray[np.float64], excess: NDArray[np.float64], what: str, scale: ArrayLike | None,
        floor: float | None,
    ) -> None:
        least = self.floor if floor is None else floor
        finite = np.where(np.isfinite(limit), np.abs(limit), 0.0)
        size = np.maximum(np.abs(value), finite) if scale is None else np.broadcast_to(_numbers(scale), value.shape)
        size = np.maximum(size, least)
        relative = np.where(np.isfinite(excess), np.maximum(excess, 0.0) / np.where(size > 0, size, 1.0), np.inf)
        wrong = np.flatnonzero(relative > self.tolerance)
        before = self.checks.get(check, Checked(0, 0.0, 0))
        worst = max(before.worst, float(relative.max(initial=0.0)))
        self.checks[check] = Checked(before.number + len(value), worst, before.findings + len(wrong))
        if not len(wrong):
            return
        keys = np.broadcast_to(np.asarray(rows, dtype=object), value.shape)[wrong]
        when = np.broadcast_to(np.asarray(periods, dtype=object), value.shape)[wrong]
        texts = [
            f"{check}: {table} {key}{f' in {period}' if period else ''}: {what}: {v:.9g}, expected {m:.9g}"
            for key, period, v, m in zip(keys, when, value[wrong], limit[wrong], strict=True)
        ]
        self.parts.append(pd.DataFrame({
            "check": check, "table": table, "row": keys, "period": when, "value": value[wrong], "limit": limit[wrong],
            "text": texts,
        }))

    def result(self) -> Verification:
        """All that was found."""
        findings = (
            pd.concat(self.parts, ignore_index=True) if self.parts else pd.DataFrame({c: [] for c in COLUMNS})
        )
        return Verification(findings, self.checks, self.tolerance)


def _numbers(values: ArrayLike) -> NDArray[np.float64]:
    return np.atleast_1d(np.asarray(values, dtype=float))
