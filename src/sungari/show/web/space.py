"""What a running workspace has in hand: the register, its results, and how it knows who asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

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
    shelf : Shelf
        Results that are open.
    """

    register: Register
    identify: Callable[[Request], Actor]
    shelf: Shelf = field(default_factory=Shelf)
