"""What a running workspace has in hand: the register, its results, and how it knows who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request

from sungari.operate.access.actor import Actor
from sungari.operate.register import Register


@dataclass
class Space:
    """One workspace.

    Attributes
    ----------
    register : Register
    identify : callable
        Says of a request who makes it.
    study : Path or None
        Folder of a study that was made before; shown while it is of the register's region.
    """

    register: Register
    identify: Callable[[Request], Actor]
    study: Path | None = None
