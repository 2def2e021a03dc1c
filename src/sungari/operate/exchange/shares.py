"""Shares as they are published: rounded, and summing to the whole all the same."""

from __future__ import annotations

import math
from collections.abc import Mapping


def rounded(shares: Mapping[str, float], whole: float = 100.0, digits: int = 2) -> dict[str, float]:
    """Parts of a whole, rounded so that they sum to it (largest remainders).

    Parameters
    ----------
    shares : mapping of str to float
        Any weights of at least 0.
    whole : float
        What they sum to, ``100`` for per cent or an amount of money.
    digits : int
        Digits after the point.

    Examples
    --------
    >>> rounded({"a": 1, "b": 1, "c": 1})
    {'a': 33.34, 'b': 33.33, 'c': 33.33}
    """
    total = math.fsum(shares.values())
    if not total > 0:
        return dict.fromkeys(shares, 0.0)
    unit = 10**digits
    exact = {k: v / total * whole * unit for k, v in shares.items()}
    made = {k: math.floor(v) for k, v in exact.items()}
    left = round(whole * unit) - sum(made.values())
    for k in sorted(exact, key=lambda k: made[k] - exact[k])[:left]:
        made[k] += 1
    return {k: v / unit for k, v in made.items()}
