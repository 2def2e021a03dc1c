"""All checks, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sungari.chain.verify.balance import check_balances
from sungari.chain.verify.decisions import check_decisions
from sungari.chain.verify.facts import gather
from sungari.chain.verify.ledger import Ledger, Verification
from sungari.chain.verify.limits import check_limits
from sungari.chain.verify.money import check_money
from sungari.chain.verify.stores import check_stores
from sungari.chain.verify.trade import check_trade

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

#: Quantities of a plan that count as ordinary: within them, a unit is a unit.
_ORDINARY = (1e-2, 1e5)


def verify(plan: Plan, tolerance: float = 1e-6) -> Verification:
    """Check a plan from the package's tables and its own tables alone.

    Balances, capacities, projects' rules, duties, money and the welfare identity are worked out once more, by code that
    shares nothing with the model or the solver.

    Parameters
    ----------
    plan : Plan
    tolerance : float
        Relative violation up to which a figure is right. Quantities below one unit (or below the plan's typical
        quantity, where that is far from one) are compared with one unit (with that quantity): no solver is exact to
        zero.

    Returns
    -------
    Verification

    Examples
    --------
    >>> plan.verify().ok  # doctest: +SKIP
    True
    """
    facts = gather(plan.region, plan.info, plan.tables)
    ledger = Ledger(tolerance, _typical(plan.tables))
    check_limits(facts, ledger)
    check_stores(facts, ledger)
    trade = check_trade(facts, ledger)
    check_balances(facts, ledger, trade)
    check_decisions(facts, ledger)
    check_money(facts, ledger)
    return ledger.result()


def _typical(tables: dict[str, pd.DataFrame]) -> float:
    amounts = [tables[t]["quantity"].to_numpy(dtype=float) for t in ("supply", "activity", "flows", "sales")]
    size = np.concatenate(amounts)
    size = size[size > 0]
    typical = float(np.median(size)) if len(size) else 1.0
    return 1.0 if _ORDINARY[0] <= typical <= _ORDINARY[1] else typical
