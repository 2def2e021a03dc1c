"""The committee's desk: cases with deadlines, decisions that every named party signs, agenda and calendar.

>>> from sungari.operate import desk
>>> from sungari.operate.desk import cases
>>> with joint.writing("anna") as work:  # doctest: +SKIP
...     cases.put(work, "border-closed", "link", "rail", party="CN", title="No trains since Monday")
...     desk.tick(work)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sungari.operate.desk.deadlines import tick

__all__ = ["tick"]


def __getattr__(name: str) -> Any:
    """``tick``, loaded when it is first asked for: the desk's tables are needed where the rest of it is not."""
    if name == "tick":
        from sungari.operate.desk.deadlines import tick

        return tick
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
