"""Progress of a long solve, on standard error and only where someone looks at it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from rich.status import Status

    from sungari.chain.solver import Progress

#: Seconds of silence: a solve that is done by then prints nothing.
PATIENCE = 2.0


class Ticker:
    """A line that says what a solve is doing; pass it as `progress`.

    Parameters
    ----------
    wanted : bool
        False for silence; a standard error that is no terminal is left silent as well.
    """

    def __init__(self, wanted: bool = True) -> None:
        self._wanted = wanted and sys.stderr.isatty()
        self._began = time.monotonic()
        self._status: Status | None = None

    def __call__(self, progress: Progress) -> None:
        """Take a step's news."""
        if not self._wanted or time.monotonic() - self._began < PATIENCE:
            return
        if self._status is None:
            from rich.console import Console

            self._status = Console(stderr=True, markup=False, highlight=False).status("")
            self._status.start()
        self._status.update(_line(progress))

    def __enter__(self) -> Ticker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is not None:
            self._status.stop()


def _line(progress: Progress) -> str:
    """What a solve is doing, in one line."""
    parts = [f"solving, {progress.seconds:,.0f} s"]
    if progress.iterations:
        parts.append(f"{progress.iterations:,} iterations")
    if progress.gap is not None:
        parts.append(f"a plan found, at most {progress.gap:.2%} below the best")
    return ", ".join(parts) + " – Ctrl-C stops"
