"""The first start: whoever opens an empty workspace finds a region in it."""

from __future__ import annotations

from collections.abc import Callable

from sungari.operate import exchange
from sungari.operate.records import Package
from sungari.operate.register import Register


def begin(register: Register, *, demo: str | None, tell: Callable[[str], None]) -> None:
    """Put what a workspace needs into a register that has none of it.

    Parameters
    ----------
    register : Register
    demo : str or None
        Region to take in where the register holds none.
    tell : callable
        Told what was done, a line each.
    """
    with register.reading() as work:
        held = work.session.get(Package, 1)
        empty = held is None or not held.name
    if demo is not None and empty:
        exchange.take_in(register, exchange.read_package(demo), why="a region to begin with")
        tell(f"Took in the region {demo}")
