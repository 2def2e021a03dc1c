"""Sungari: what cooperation in a border region is worth, and how to bring it about.

The names here are the whole public face; each is loaded when first used, so that importing Sungari costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sungari.chain.plan import Plan, open_plan
    from sungari.cover import fund
    from sungari.decide.appraisal import appraise
    from sungari.decide.compare import compare
    from sungari.decide.games import share_game
    from sungari.decide.portfolio import select
    from sungari.decide.sharing import share
    from sungari.decide.study import open_study
    from sungari.errors import Infeasible, InputError, NoSolution, SungariError, Unbounded, UsageError
    from sungari.operate import register
    from sungari.region.package import Region
    from sungari.region.regions import open_region, packaged
    from sungari.show.study import study

__version__ = "0.1.0"

_WHERE = {
    "Region": "sungari.region.package",
    "open_region": "sungari.region.regions",
    "packaged": "sungari.region.regions",
    "Plan": "sungari.chain.plan",
    "open_plan": "sungari.chain.plan",
    "compare": "sungari.decide.compare",
    "appraise": "sungari.decide.appraisal",
    "select": "sungari.decide.portfolio",
    "share": "sungari.decide.sharing",
    "share_game": "sungari.decide.games",
    "open_study": "sungari.decide.study",
    "study": "sungari.show.study",
    "fund": "sungari.cover",
    "register": "sungari.operate",
    "SungariError": "sungari.errors",
    "InputError": "sungari.errors",
    "UsageError": "sungari.errors",
    "NoSolution": "sungari.errors",
    "Infeasible": "sungari.errors",
    "Unbounded": "sungari.errors",
}

__all__ = [
    "Infeasible",
    "InputError",
    "NoSolution",
    "Plan",
    "Region",
    "SungariError",
    "Unbounded",
    "UsageError",
    "appraise",
    "compare",
    "fund",
    "open_plan",
    "open_region",
    "open_study",
    "packaged",
    "register",
    "select",
    "share",
    "share_game",
    "study",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'sungari' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
