"""What a project is worth: the plan with it held against the plan without it.

**Cash flow.** Calendar years, from the year before the first model year to the last year that a model year stands for.
In each of them stand the change of the yearly surplus (not discounted; the same in all years that one model year stands
for) and the change of all projects' running cost. A project's investment stands in the year before its first year of
operation, its residual value in the last year in which it works within the horizon: the annuities that are then still
to come (less than nothing where the last model year runs past the end of its life: it is renewed until then). This is
what the model's objective charges (an annuity for each year of operation within the horizon), put as payments; the net
present value of the flow at the package's discount rate therefore equals the change of the objective, however long the
life and the horizon. It differs only where ``periods.csv`` states discount factors of its own: the flow is discounted
by calendar years. Interest during a longer construction is not charged by the model;
:attr:`Worth.npv_paid_at_decision` says what is left if the investment is paid in the year of the decision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sungari.chain.program import Floats, Ints
from sungari.chain.projects import Projects
from sungari.decide import cashflow, consequences
from sungari.decide.measures import project_cost
from sungari.decide.sweep import Outcome
from sungari.words import Words, stored

#: Yearly changes below this share of the yearly surplus are the solver's rounding.
NOISE = 1e-9
#: Bottlenecks that the JSON names for each project.
MOST_EASED = 10


@dataclass(frozen=True)
class Worth:
    """The plan with a project less the plan without it. Money is the package's, not divided by ``money_scale``.

    Attributes
    ----------
    change : float
        Change of the objective, present value; NaN where there is no figure.
    why : str
        Why there is no figure; empty where there is one.
    together : tuple of str
        Projects that come with it, because it requires them (or leave with it, because they require it).
    displaced : tuple of str
        Projects that give way to it.
    flow : DataFrame
        year (calendar), surplus, opex, investment, residual, net: money, not discounted; costs are negative.
    npv, npv_paid_at_decision : float
        Net present value in the base year.
    irr : list of float
        Every internal rate of return of ``net``, per year.
    conventional : bool
        Whether the flow is first negative, then positive; if not, a rate may mislead.
    mirr : float or None
        At the package's discount rate.
    bcr : float or None
        Present value of the change of surplus over that of investment less residual value plus running cost.
    payback, discounted_payback : float or None
        Years from the first outlay until surplus less running cost has brought it back; residual values don't count.
    annuity : float
        The net present value as equal yearly amounts over the years of the horizon.
    parties : DataFrame
        party, year (model year), change: welfare with duties, present value.
    cost : dict of str to float
        Present value of the annuities and running cost within the horizon, by party.
    trade, bottlenecks : DataFrame
        See :mod:`sungari.decide.consequences`.
    """

    change: float
    why: str = ""
    together: tuple[str, ...] = ()
    displaced: tuple[str, ...] = ()
    flow: pd.DataFrame | None = None
    npv: float = float("nan")
    npv_paid_at_decision: float = float("nan")
    irr: tuple[float, ...] = ()
    conventional: bool = False
    mirr: float | None = None
    bcr: float | None = None
    payback: float | None = None
    discounted_payback: float | None = None
    annuity: float = float("nan")
    parties: pd.DataFrame | None = None
    cost: dict[str, float] | None = None
    trade: pd.DataFrame | None = None
    bottlenecks: pd.DataFrame | None = None

    def by_party(self) -> pd.DataFrame:
        """party, change (welfare, present value), cost (of projects), compensation (what would make a loser whole)."""
        if self.parties is None:
            return pd.DataFrame({"party": [], "change": [], "cost": [], "compensation": []})
        total = self.parties.groupby("party", sort=False, as_index=False)[["change"]].sum()
        # A loss far below the money that moves is rounding, and nobody's to make good.
        least = NOISE * max(1.0, float(total["change"].abs().max() or 0.0))
        total["cost"] = total["party"].map(self.cost or {}).astype(float).fillna(0.0)
        total["compensation"] = np.where(total["change"] < -least, -total["change"], 0.0)
        return total[(total["change"].abs() > least) | (total["cost"] != 0.0)].reset_index(drop=True)

    def as_json(self, scale: float) -> dict[str, Any]:
        """Plain data; money divided by `scale`."""
        parties = self.by_party()
        money = ["change", "cost", "compensation"]
        parties[money] = parties[money] / scale
        losers = parties[parties["compensation"] > 0]
        return {
            "change": _money(self.change, scale), "why": self.why or None, "why_words": stored(self.why) or None,
            "together": list(self.together), "displaced": list(self.displaced), "npv": _money(self.npv, scale),
            "npv_paid_at_decision": _money(self.npv_paid_at_decision, scale), "irr": list(self.irr),
            "conventional": self.conventional, "mirr": self.mirr, "bcr": self.bcr, "payback": self.payback,
            "discounted_payback": self.discounted_payback, "annuity": _money(self.annuity, scale),
            "welfare": float(parties["change"].sum()) if len(parties) else None,
            "parties": parties.to_dict("records"), "losers": losers["party"].tolist(),
            "compensation": float(losers["compensation"].sum()),
            "unblocks": self._eased(), "trade": self._trade(),
        }

    def _eased(self) -> list[dict[str, Any]]:
        """Bottlenecks whose price falls, those first that earned most; money not divided."""
        if self.bottlenecks is None:
            return []
        fallen = self.bottlenecks[self.bottlenecks["worth_after"] < self.bottlenecks["worth_before"]]
        return _records(fallen.head(MOST_EASED))

    def _trade(self) -> list[dict[str, Any]]:
        return [] if self.trade is None else _records(consequences.created_and_diverted(self.trade))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _money(value: float, scale: float) -> float | None:
    return value / scale if np.isfinite(value) else None


class Ledger:
    """Turns outcomes of one region into cash flows and worths.

    Parameters
    ----------
    projects : Projects
        Of the model that the outcomes come from (all candidates).
    """

    def __init__(self, projects: Projects) -> None:
        self.projects, self.ground = projects, projects.ground
        periods = self.ground.periods
        settings = self.ground.region.settings
        self.rate = settings.discount_rate
        span = np.maximum(np.round(periods.span).astype(int), 1)
        first = int(periods.years.min())
        last = int((periods.years + span - 1).max())
        self.years: Ints = np.arange(first - 1, last + 1)
        base = settings.base_year if settings.base_year is not None else int(periods.years[0])
        self.factor: Floats = (1.0 + self.rate) ** -(self.years - base).astype(float)
        self.weight = periods.weight
        # Whether a calendar year (column) belongs to a model year (row).
        self.covers = (self.years >= periods.years[:, None]) & (self.years < (periods.years + span)[:, None])

    def _sizes(self, outcome: Outcome) -> tuple[Floats, Floats]:
        size, built = np.zeros(len(self.projects.project)), np.zeros(len(self.projects.project))
        size[outcome.arrays["decision"]] = outcome.arrays["size"]
        built[outcome.arrays["decision"]] = outcome.arrays["built"]
        return size, built

    def surplus(self, outcome: Outcome) -> Floats:
        """Surplus before projects' cost, money per calendar year."""
        return np.asarray((outcome.arrays["surplus"] / self.weight) @ self.covers)

    def payments(self, outcome: Outcome) -> tuple[Floats, Floats, Floats, Floats]:
        """Running cost, investment, residual value, and investment by the year of the decision, by calendar year."""
        projects, frame, p = self.projects, self.projects.frame, self.projects.project
        size, built = self._sizes(outcome)
        capex = frame["capex"].to_numpy()[p] * built + frame["capex_per_size"].to_numpy()[p] * size
        running = frame["opex"].to_numpy()[p] * built + frame["opex_per_size"].to_numpy()[p] * size
        low = frame["year_from"].astype("Float64").to_numpy(dtype=float, na_value=-np.inf)
        opex, paid, rest, decided = (np.zeros(len(self.years)) for _ in range(4))
        for d in np.flatnonzero((size > 0) | (built > 0)):
            works = projects.operating[d] @ self.covers
            if not works.any():
                continue
            at = np.flatnonzero(works)
            begins, ends = int(at[0]) - 1, int(at[-1])
            opex -= running[d] * works
            paid[begins] -= capex[d]
            charged = projects.recovery[p[d]] * capex[d] * float(works @ self.factor)
            rest[ends] += (capex[d] * self.factor[begins] - charged) / self.factor[ends]
            year = max(float(self.ground.periods.years[projects.year[d]]), low[p[d]])
            decided[int(np.clip(year - self.years[0], 0, len(self.years) - 1))] -= capex[d]
        return opex, paid, rest, decided

    def worth(
        self, with_it: Outcome, without: Outcome, together: tuple[str, ...] = (), displaced: tuple[str, ...] = ()
    ) -> Worth:
        """Hold two outcomes against each other."""
        if not with_it.feasible or not without.feasible:
            why = Words("there is no plan without it") if with_it.feasible else Words("there is no plan with it")
            return Worth(float("nan"), why, together, displaced)
        before = self.surplus(without)
        least = NOISE * float(np.abs(before).max(initial=0.0))
        surplus = self.surplus(with_it) - before
        surplus[np.abs(surplus) <= least] = 0.0
        opex, paid, rest, decided = (
            a - b for a, b in zip(self.payments(with_it), self.payments(without), strict=True)
        )
        net = surplus + opex + paid + rest
        used = np.flatnonzero(np.abs(net) > least)
        flow = net[used[0]: used[-1] + 1] if len(used) else np.zeros(0)
        flow = np.where(np.abs(flow) > least, flow, 0.0)
        earned = (net - rest)[used[0]: used[-1] + 1] if len(used) else flow
        value = float(net @ self.factor)
        spent = -float((opex + paid + rest) @ self.factor)
        years = float(self.covers.any(axis=0).sum())
        change = with_it.objective - without.objective
        return Worth(
            change, "", together, displaced,
            pd.DataFrame({"year": self.years, "surplus": surplus, "opex": opex, "investment": paid, "residual": rest,
                          "net": net}),
            value,
            value + float((decided - paid) @ self.factor),
            tuple(cashflow.irr(flow)),
            cashflow.conventional(flow),
            cashflow.mirr(flow, self.rate),
            float(surplus @ self.factor) / spent if spent > 0 else None,
            cashflow.payback(earned) if len(flow) else None,
            cashflow.payback(earned, self.rate) if len(flow) else None,
            cashflow.annuity(value, self.rate, years),
            self._parties(with_it, without),
            self._cost(with_it, without),
            *self._beside_money(with_it, without),
        )

    def _beside_money(
        self, with_it: Outcome, without: Outcome
    ) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
        if "way" not in with_it.arrays or "way" not in without.arrays:
            return None, None
        span = np.asarray(self.covers.sum(axis=1), dtype=float)
        return consequences.trade(with_it, without, span), consequences.bottlenecks(with_it, without)

    def _parties(self, with_it: Outcome, without: Outcome) -> pd.DataFrame | None:
        if "welfare" not in with_it.arrays or "welfare" not in without.arrays:
            return None
        change = with_it.arrays["welfare"] - without.arrays["welfare"]
        party, year = np.nonzero(change)
        return pd.DataFrame({
            "party": pd.array(self.ground.parties.to_numpy(dtype=object)[party], dtype="str"),
            "year": self.ground.periods.years[year],
            "change": change[party, year],
        })

    def _cost(self, with_it: Outcome, without: Outcome) -> dict[str, float]:
        change = project_cost(self.projects, *self._sizes(without)) - project_cost(
            self.projects, *self._sizes(with_it)
        )
        total = change.sum(axis=1)
        return {str(self.ground.parties[i]): float(total[i]) for i in np.flatnonzero(total)}
