"""Budgets: what may be invested, from ``budgets.csv`` and from the caller; both hold.

A caller's budget is for what is still to be chosen: committed projects don't count against it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sungari.errors import UsageError, hinted
from sungari.region.package import Region
from sungari.region.schema import ANY
from sungari.words import Words

_FORM = re.compile(r"(?:(?P<party>[^/@=]*)(?:/(?P<sector>[^@=]+))?(?:@(?P<year>-?\d+))?=)?(?P<amount>[^=]+)")


@dataclass(frozen=True)
class Budget:
    """Most that may be invested beside what is committed.

    Attributes
    ----------
    amount : float
        Money, not divided by ``money_scale``.
    party : str
        A party with all that belong to it, by their shares; ``*`` = all together.
    sector : str
        ``*`` = all.
    year : int or None
        Calendar year of decision; None = the whole horizon.
    """

    amount: float
    party: str = ANY
    sector: str = ANY
    year: int | None = None

    @classmethod
    def of(cls, text: str) -> Budget:
        """A budget as the command line writes it: ``[PARTY[/SECTOR][@YEAR]=]AMOUNT``.

        Raises
        ------
        UsageError
            If the text has another form.

        Examples
        --------
        >>> Budget.of("RU/energy@2030=5e9")
        Budget(amount=5000000000.0, party='RU', sector='energy', year=2030)
        """
        found = _FORM.fullmatch(text.strip())
        try:
            amount = float(found["amount"].replace("_", "")) if found else math.nan
        except ValueError:
            amount = math.nan
        if found is None or not amount >= 0 or math.isinf(amount):
            raise UsageError("budget {text!r}: expected [PARTY[/SECTOR][@YEAR]=]AMOUNT with an amount of money of 0 "
                             "or more, as 20e9, RU=5e9 or RU/energy@2030=1e9", text=text)
        year = int(found["year"]) if found["year"] else None
        return cls(amount, found["party"] or ANY, found["sector"] or ANY, year)

    @property
    def name(self) -> str:
        """``RU/energy@2030``; ``*`` for all together."""
        text = self.party + (f"/{self.sector}" if self.sector != ANY else "")
        return text + (f"@{self.year}" if self.year is not None else "")


def with_budgets(region: Region, budgets: Sequence[Budget]) -> Region:
    """The region with more budgets; where one names the same party, sector and year as another, the smaller holds.

    Raises
    ------
    UsageError
        If a party or sector is unknown, or a year lies outside the horizon.
    """
    if not budgets:
        return region
    parties = list(region.table("parties")["party"].astype(str))
    sectors = sorted(set(region.table("projects")["sector"].dropna().astype(str)) - {ANY})
    periods = region.table("periods")
    for b in budgets:
        if b.party != ANY and b.party not in parties:
            raise UsageError(hinted(Words("budget {name}: no party {party!r} in parties.csv",
                                          name=b.name, party=b.party), b.party, parties))
        if b.sector != ANY and b.sector not in sectors:
            raise UsageError(hinted(Words("budget {name}: no project is in sector {sector!r}",
                                          name=b.name, sector=b.sector), b.sector, sectors))
        if b.year is not None and len(periods):
            last = periods["year"] + periods["years"].fillna(1) - 1
            if not ((periods["year"] <= b.year) & (b.year <= last)).any():
                raise UsageError("budget {name}: {year} is outside the horizon, {first} to {last}",
                                 name=b.name, year=b.year, first=int(periods["year"].min()), last=int(last.max()))
    frame = region.table("budgets")
    rows = frame.to_dict("records")
    for b in budgets:
        same = [r for r in rows if str(r["party"]) == b.party and str(r["sector"]) == b.sector and r["new_only"] is True
                and (b.year is None if pd.isna(r["year"]) else r["year"] == b.year)]
        for row in same:
            row["amount"] = min(float(row["amount"]), b.amount)
        if not same:
            rows.append({"party": b.party, "year": b.year, "amount": b.amount, "sector": b.sector,
                         "new_only": True})
    return region.with_table("budgets", pd.DataFrame(rows, columns=[*frame.columns]))
