"""A linear program under construction: named blocks of columns and rows, filled by arrays.

Every family of the model (supply, links, demand …) adds its columns and rows here as whole blocks; nobody handles a
single variable. The program knows nothing of the region, and nothing of the solver.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


#: Limits that can be full: ``"row"`` or ``"column"`` of the program, indices, and the table row of each.
Edge = tuple[str, Ints, Ints]


@dataclass(frozen=True)
class Block:
    """A named run of consecutive columns or rows.

    Attributes
    ----------
    name : str
        ``"flow"``, ``"balance"`` …
    start, size : int
        First index and number of indices.
    """

    name: str
    start: int
    size: int

    @property
    def slice(self) -> slice:
        return slice(self.start, self.start + self.size)

    @property
    def index(self) -> Ints:
        return np.arange(self.start, self.start + self.size, dtype=np.int64)


@dataclass
class Arrays:
    """The finished program: minimise ``cost·x`` with ``row_lower ≤ A·x ≤ row_upper`` and ``lower ≤ x ≤ upper``.

    Attributes
    ----------
    cost, lower, upper : ndarray of float, shape (columns,)
    integer : ndarray of bool, shape (columns,)
    row_lower, row_upper : ndarray of float, shape (rows,)
    matrix : scipy.sparse.csc_array, shape (rows, columns)
    columns, rows : dict of str to Block
        Named blocks.
    decision : ndarray of bool, shape (columns,)
        Columns counted in pieces (projects' sizes), which quantity scaling must leave alone.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    row_lower: Floats
    row_upper: Floats
    matrix: Any
    columns: dict[str, Block]
    rows: dict[str, Block]
    decision: NDArray[np.bool_]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Rows, columns and nonzeros."""
        return len(self.row_lower), len(self.cost), int(self.matrix.nnz)

    def copy(self) -> Arrays:
        """A copy whose costs and bounds may be changed; the matrix is shared."""
        return Arrays(
            self.cost.copy(), self.lower.copy(), self.upper.copy(), self.integer.copy(), self.row_lower.copy(),
            self.row_upper.copy(), self.matrix, self.columns, self.rows, self.decision,
        )


    def set_entries(self, rows: Ints, columns: Ints, values: Floats) -> tuple[Ints, Ints, Floats]:
        """Change entries of the matrix that are there; several for one place are added up. Returns each once."""
        place = columns * len(self.row_lower) + rows
        once, which = np.unique(place, return_inverse=True)
        column, row = once // len(self.row_lower), once % len(self.row_lower)
        total = np.zeros(len(once))
        np.add.at(total, which, values)
        matrix = self.matrix
        for r, c, v in zip(row, column, total, strict=True):
            low, high = matrix.indptr[c], matrix.indptr[c + 1]
            matrix.data[low + np.searchsorted(matrix.indices[low:high], r)] = v
        return row, column, total


class Program:
    """Collects blocks of columns, blocks of rows, and the entries where they meet."""

    def __init__(self) -> None:
        self.columns: dict[str, Block] = {}
        self.rows: dict[str, Block] = {}
        self._cost: list[Floats] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._integer: list[NDArray[np.bool_]] = []
        self._decision: list[NDArray[np.bool_]] = []
        self._row_lower: list[Floats] = []
        self._row_upper: list[Floats] = []
        self._entries: tuple[list[NDArray[Any]], ...] = ([], [], [])  # rows, columns, values
        self.n_columns = 0
        self.n_rows = 0

    def add_columns(
        self,
        name: str,
        size: int,
        cost: ArrayLike = 0.0,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        *,
        integer: bool | NDArray[np.bool_] = False,
        decision: bool = False,
    ) -> Block:
        """Add a block of columns.

        Parameters
        ----------
        name : str
            Unique among column blocks.
        size : int
        cost, lower, upper : array-like
            One figure per column, or one for all.
        integer : bool or ndarray of bool
            Whether the columns take whole numbers only.
        decision : bool
            Whether the columns count pieces, not quantities of commodities.
        """
        block = self._block(self.columns, name, self.n_columns, size)
        for parts, figures in ((self._cost, cost), (self._lower, lower), (self._upper, upper)):
            parts.append(np.broadcast_to(np.asarray(figures, dtype=float), size))
        self._integer.append(np.broadcast_to(np.asarray(integer, dtype=bool), size))
        self._decision.append(np.broadcast_to(decision, size))
        self.n_columns += size
        return block

    def add_rows(self, name: str, size: int, lower: ArrayLike = -np.inf, upper: ArrayLike = np.inf) -> Block:
        """Add a block of rows with ``lower ≤ row ≤ upper``."""
        block = self._block(self.rows, name, self.n_rows, size)
        for parts, figures in ((self._row_lower, lower), (self._row_upper, upper)):
            parts.append(np.broadcast_to(np.asarray(figures, dtype=float), size))
        self.n_rows += size
        return block

    def add(self, rows: ArrayLike, columns: ArrayLike, values: ArrayLike) -> None:
        """Add entries of the matrix: absolute row and column indices and values, broadcast against each other."""
        r, c, v = np.broadcast_arrays(
            np.asarray(rows, dtype=np.int32), np.asarray(columns, dtype=np.int32), np.asarray(values, dtype=float)
        )
        if r.size:
            for parts, array in zip(self._entries, (r, c, v), strict=True):
                parts.append(array if array.ndim == 1 else array.reshape(-1))

    def finish(self) -> Arrays:
        """The whole program as arrays; entries that meet are summed, zeros dropped. The program is empty afterwards."""
        matrix = self._matrix()
        if matrix.nnz and not matrix.data.all():
            matrix.eliminate_zeros()
        return Arrays(
            _join(self._cost), _join(self._lower), _join(self._upper), _join(self._integer).astype(bool),
            _join(self._row_lower), _join(self._row_upper), matrix, self.columns, self.rows,
            _join(self._decision).astype(bool),
        )

    def _matrix(self) -> Any:
        rows, columns, values = (_join(parts) for parts in self._entries)
        return sparse.coo_array((values, (rows, columns)), shape=(self.n_rows, self.n_columns)).tocsc()

    @staticmethod
    def _block(blocks: dict[str, Block], name: str, start: int, size: int) -> Block:
        if name in blocks:
            raise ValueError(f"block {name!r} stands already")
        blocks[name] = Block(name, start, size)
        return blocks[name]


class Grid:
    """The (row, period) pairs at which a family has columns or rows, by row, then by period.

    Most of what a family says holds for a whole row, or for a whole table of rows and periods; :meth:`each` and
    :meth:`pick` turn that into one figure per pair without going through indices.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, periods)
        Where there is a pair.
    """

    def __init__(self, mask: NDArray[np.bool_]) -> None:
        self.mask = mask
        self.size = int(np.count_nonzero(mask))

    def __len__(self) -> int:
        return self.size

    def pick(self, table: NDArray[Any]) -> NDArray[Any]:
        """The cells of a table, broadcast to (rows, periods), at the pairs."""
        whole = np.broadcast_to(table, self.mask.shape)
        return whole.reshape(-1) if self.size == self.mask.size else whole[self.mask]

    def each(self, of_row: NDArray[Any]) -> NDArray[Any]:
        """What holds of a row, at each of its pairs."""
        return np.repeat(of_row, np.count_nonzero(self.mask, axis=1))

    def at(self, row: Ints, period: Ints) -> Ints:
        """Where these pairs, which must be there, stand among all."""
        if self.size == self.mask.size:
            return np.asarray(row * self.mask.shape[1] + period, dtype=np.int64)
        return np.asarray(self.position[row, period])

    @cached_property
    def row(self) -> Ints:
        """Row of each pair."""
        return self.each(np.arange(len(self.mask), dtype=np.int64))

    @cached_property
    def period(self) -> Ints:
        """Period of each pair."""
        return np.asarray(self.pick(np.arange(self.mask.shape[1], dtype=np.int64)), dtype=np.int64)

    @cached_property
    def position(self) -> Ints:
        """Where a pair stands among them, shape (rows, periods); −1 where there is none."""
        made = np.full(self.mask.shape, -1, dtype=np.int64)
        made[self.mask] = np.arange(self.size)
        return made


def _join(parts: list[Any]) -> NDArray[Any]:
    """One array of all parts, which are let go: at its largest, memory need not hold both."""
    made = np.concatenate(parts) if parts else np.zeros(0)
    parts.clear()
    return made
