"""What a page of the workspace is made of."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter


@dataclass(frozen=True)
class Page:
    """One entry of the navigation.

    Attributes
    ----------
    path : str
        Where it begins; all addresses below it are the page's.
    title : str
        A text to translate (``N_``).
    router : APIRouter
    action : str or None
        What its reader must be allowed to do for it to be offered; see :data:`sungari.operate.access.actor.ROLES`.
    """

    path: str
    title: str
    router: APIRouter
    action: str | None = "read"
