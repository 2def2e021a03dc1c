"""What a running workspace has in hand: the register, its results, and how it knows who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request

from sungari.operate.access.actor import Actor
from sungari.operate.register import Register
from sungari.show.web.shelf import Shelf


@dataclass
class Space:
    """One workspace.

    Attributes
    ----------
    register : Register
    identify : callable
        Says of a request who makes it.
    study : Path or None
        Folder of a study that was made before; shown while there is nothing newer.
    shelf : Shelf
        Results that are open.
    """

    register: Register
    identify: Callable[[Request], Actor]
    study: Path | None = None
    shelf: Shelf = field(default_factory=Shelf)
