"""What all checks share: finding rows, placing problems, following parents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from sungari.errors import Problem
from sungari.region.package import Region
from sungari.region.schema import BY_NAME
from sungari.words import Words

Mask: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Text: TypeAlias = str | Callable[[int], str]

#: A check looks at a region and yields what it finds.
Check: TypeAlias = Callable[[Region], Iterable[Problem]]


def shown(value: Any) -> str:
    """A cell as a reader of the file would write it."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating):
        return f"{float(value):.15g}"
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return str(value)


def problems_at(
    region: Region,
    table: str,
    where: Mask | npt.NDArray[np.intp] | Sequence[int | np.integer[Any]],
    column: str | None,
    expected: Text,
    check: str,
    *,
    hint: Text = "",
    value: Text | None = None,
    severity: str = "error",
) -> Iterator[Problem]:
    """One problem per marked row of a table.

    Parameters
    ----------
    region : Region
    table : str
    where : array
        Mask over the table's rows, or positions.
    column : str or None
        Column at fault; its cell is shown unless `value` is given.
    expected, hint, value : str or callable
        Texts, or functions from a row's position to a text.
    check : str
        The check's short name.
    severity : str
        ``"error"`` or ``"warning"``.
    """
    array = np.asarray(where)
    positions = np.flatnonzero(array) if array.dtype == bool else array
    if not len(positions):
        return
    frame = region.table(table)
    cells = frame[column].iloc[positions].tolist() if value is None and column in frame.columns else None
    for k, i in enumerate(map(int, positions)):
        if value is not None:
            cell = value if isinstance(value, str) else value(i)
        else:
            cell = shown(cells[k]) if cells else ""
        yield Problem(
            BY_NAME[table].file if table in BY_NAME else f"{table}.csv",
            region.line(table, i),
            column,
            cell,
            expected if isinstance(expected, str) else expected(i),
            hint if isinstance(hint, str) else hint(i),
            check,
            severity,
        )


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """A number column as floats, blank = NaN (years included)."""
    return np.asarray(frame[column].to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def flags(frame: pd.DataFrame, column: str) -> Mask:
    """A yes-or-no column, blank = no."""
    return np.asarray(frame[column].fillna(False).to_numpy(dtype=bool))


def known(frame: pd.DataFrame, column: str) -> Mask:
    """Rows in which a column is not blank."""
    return np.asarray(frame[column].notna().to_numpy(dtype=bool))


def key_codes(frame: pd.DataFrame, columns: Sequence[str]) -> npt.NDArray[np.int64]:
    """One number per distinct combination of values; blanks count as a value of their own."""
    codes = np.zeros(len(frame), dtype=np.int64)
    for column in columns:
        part, names = pd.factorize(frame[column], use_na_sentinel=False)
        codes = codes * max(len(names), 1) + part
        # renumber, so that the product of many columns cannot overflow
        codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    return codes


def row_keys(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series[str]:
    """The parts of a row's key joined by ``/``, as `effects.row` names it."""
    parts = [frame[c].astype("str").fillna("") for c in columns]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "/" + part
    return joined


def parents(region: Region) -> dict[str, str]:
    """Parent of each party that has one."""
    frame = region.table("parties")
    pairs = frame.loc[known(frame, "parent") & known(frame, "party"), ["party", "parent"]]
    return dict(zip(pairs["party"].astype(str), pairs["parent"].astype(str), strict=True))


def chain_of(name: str, parent: Mapping[str, str]) -> list[str]:
    """A party and those above it, itself first; stops where the chain bites its own tail."""
    chain = [name]
    while (above := parent.get(chain[-1])) is not None and above not in chain:
        chain.append(above)
    return chain


def listed(names: Iterable[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    all_names = [str(n) for n in names]
    text = ", ".join(all_names[:most])
    return Words("{names} and {n} more", names=text, n=len(all_names) - most) if len(all_names) > most else text


def whole(values: pd.Series[Any]) -> set[str]:
    """Distinct values of a name column, blanks left out."""
    # unique first: taking Arrow's texts out one by one is slow
    return {str(v) for v in values.dropna().unique().tolist()}


def among(values: pd.Series[Any], names: Collection[str]) -> Mask:
    """Rows whose name is among some names; a blank is not."""
    codes, distinct = pd.factorize(values)
    hit = np.array([v in names for v in distinct.tolist()] + [False], dtype=bool)
    return np.asarray(hit[codes], dtype=bool)  # a blank has the code -1: the False at the end
