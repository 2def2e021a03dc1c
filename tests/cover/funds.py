"""Small sets of cover and small packages to test the fund on."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from sungari.cover.exposure import Cells
from sungari.cover.hazards import Causes, Hazard
from sungari.cover.severity import Constant, Severity
from sungari.region.package import Region


def event(severity: Severity | float, *, frequency: float | None = None, probability: float | None = None,
          **more: object) -> Hazard:
    """An event with a loss in money."""
    loss = Constant(severity) if isinstance(severity, float) else severity
    rate = frequency if frequency is not None else probability
    assert rate is not None
    return Hazard("event", "Event", False, rate, frequency is not None, loss, True, **more)  # type: ignore[arg-type]


def drift(severity: Severity, **more: object) -> Hazard:
    return Hazard("drift", "Drift", True, 0.0, False, severity, True, **more)  # type: ignore[arg-type]


def cells_of(
    hazards: Sequence[Hazard], numbers: Sequence[int], *, scale: float | Sequence[float] = 1.0, years: int = 1,
    lower: float = 0.0, upper: float = math.inf, correlation: np.ndarray | None = None,
) -> Cells:
    """Cover of `numbers` projects for each hazard, each project with one exposure."""
    count = sum(numbers)
    hazard = np.repeat(np.arange(len(hazards)), numbers)
    size = np.broadcast_to(np.asarray(scale, dtype=float).reshape(-1, 1), (count, years)).copy()
    factors = max((h.factor for h in hazards), default=-1) + 1
    return Cells(
        list(hazards), Causes(tuple(f"z{i}" for i in range(factors)),
                              np.eye(factors) if correlation is None else correlation),
        [f"p{i}" for i in range(count)], np.arange(2030, 2030 + years), hazard, np.arange(count), size, size,
        np.full((count, years), lower), np.full((count, years), upper), size.copy(), np.full(count, np.nan),
        {f"p{i}": {"cn": 0.25, "ru": 0.75} for i in range(count)},
    )


def table(text: str) -> pd.DataFrame:
    """A table from CSV text, all cells as text."""
    return pd.read_csv(io.StringIO(text.strip() + "\n"), dtype=str, keep_default_na=False)


def package(hazards: str, exposures: str, fund: str = "", *, projects: int = 3, **tables: str) -> Region:
    """A region with nothing but what the fund needs: no network, no demand."""
    names = [f"p{i}" for i in range(projects)]
    texts = {
        "parties": "party,name,kind\ncn,China,country\nru,Russia,country",
        "places": "place,name,party\na,A,cn",
        "commodities": "commodity,name,unit\ncoal,Coal,t",
        "projects": "project,name,capex,host\n" + "\n".join(f"{p},{p},1000,ru" for p in names),
        "shares": "project,party,share\n" + "\n".join(f"{p},cn,0.25\n{p},ru,0.75" for p in names),
        "hazards": hazards, "exposures": exposures, **({"fund": fund} if fund else {}), **tables,
    }
    frames = {name: table(text) for name, text in texts.items()}
    return Region.from_tables("small", frames, base_year=2030)
