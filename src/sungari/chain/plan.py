"""A plan: the result tables of a solved region, and what they were made from."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.errors import UsageError
from sungari.region.package import Region

if TYPE_CHECKING:
    from sungari.chain.verify import Verification
    from sungari.show.plot import PlanPlot

PLAN = "plan.json"
REGION = "region"


class Plan:
    """Result of solving a region.

    Quantities are units of the commodity per period; money in tables is the package's currency, undiscounted but for
    ``welfare`` (present value). Money in :attr:`info` is divided by the package's ``money_scale``.

    Parameters
    ----------
    region : Region
    info : mapping
        What ``plan.json`` holds.
    tables : mapping of str to DataFrame
        ``flows``, ``activity``, ``supply``, ``sales``, ``stocks``, ``prices``, ``capacity``, ``projects``, ``welfare``.
    """

    def __init__(self, region: Region, info: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> None:
        self.region = region
        self.info = dict(info)
        self.tables = dict(tables)

    # -- headline ---------------------------------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """``optimal``, ``time_limit`` or ``interrupted``."""
        return str(self.info["status"])

    @property
    def objective(self) -> float:
        """Total surplus, duties counted as a cost; present value in currency / money_scale."""
        return float(self.info["objective"])

    # -- tables -------------------------------------------------------------------------------------------------------

    @property
    def flows(self) -> pd.DataFrame:
        """link, from, to, commodity, period, quantity (units), cost, duty (money)."""
        return self.tables["flows"]

    @property
    def activity(self) -> pd.DataFrame:
        """place, process, period, quantity (units of activity), cost (money)."""
        return self.tables["activity"]

    @property
    def supply(self) -> pd.DataFrame:
        """place, commodity, step, period, quantity (units), cost (money)."""
        return self.tables["supply"]

    @property
    def sales(self) -> pd.DataFrame:
        """place, commodity, step, period, quantity, unserved (units), price (money per unit), value (money)."""
        return self.tables["sales"]

    @property
    def stocks(self) -> pd.DataFrame:
        """place, commodity, period, stock (units at the end), charge, discharge (units), cost (money)."""
        return self.tables["stocks"]

    @property
    def capacity(self) -> pd.DataFrame:
        """table, row, period, capacity, used (units), utilisation (share), shadow_price (money per unit)."""
        return self.tables["capacity"]

    @property
    def projects(self) -> pd.DataFrame:
        """project, year (of decision), operates_from, size, built, annuity, opex (money per year), capex (money)."""
        return self.tables["projects"]

    def prices(self, commodity: str | None = None, place: str | None = None) -> pd.DataFrame:
        """Shadow prices of commodities at places.

        Parameters
        ----------
        commodity, place : str, optional
            Keep only these.

        Returns
        -------
        DataFrame
            place, commodity, period, price (money per unit, undiscounted).
        """
        frame = self.tables["prices"]
        if commodity is not None:
            frame = frame[frame["commodity"] == commodity]
        if place is not None:
            frame = frame[frame["place"] == place]
        return frame.reset_index(drop=True)

    def welfare(self, by: str | None = None) -> pd.DataFrame:
        """Welfare by party and component, present value in the package's currency.

        Parameters
        ----------
        by : "party", "component" or None
            Sum over the other one; None keeps both.

        Returns
        -------
        DataFrame
            party, component, amount. All components sum to ``welfare``, all but ``duties`` to ``objective``.
        """
        frame: pd.DataFrame = self.tables["welfare"]
        if by is None:
            return frame
        if by not in ("party", "component"):
            raise UsageError("welfare by {by!r}: expected 'party' or 'component'", by=by)
        return frame.groupby(by, sort=False, as_index=False)[["amount"]].sum()

    def bottlenecks(self, top: int | None = None) -> pd.DataFrame:
        """Capacities that bind, the dearest first.

        Returns
        -------
        DataFrame
            table, row, year, periods (number that bind), of (periods in the year), utilisation (mean over the year),
            worth (money per unit of yearly capacity and year: what one more unit would be worth), capacity (units per
            year), rent (money per year: worth of all the capacity that is there).
        """
        frame = self.capacity
        periods = self._periods
        frame = frame.merge(periods, on="period", sort=False)
        frame["worth"] = frame["shadow_price"] * frame["share"]
        frame["rent"] = frame["shadow_price"] * frame["used"]
        frame["binds"] = frame["shadow_price"] > 1e-9 * max(1.0, float(frame["shadow_price"].abs().max() or 0.0))
        made = frame.groupby(["table", "row", "year"], sort=False, as_index=False).agg(
            periods=("binds", "sum"), of=("period", "size"), capacity=("capacity", "sum"), used=("used", "sum"),
            worth=("worth", "sum"), rent=("rent", "sum"),
        )
        made["utilisation"] = np.divide(
            made["used"], made["capacity"], out=np.zeros(len(made)), where=made["capacity"].to_numpy() > 0
        )
        made = made[made["periods"] > 0].drop(columns="used")
        made = made.sort_values(["rent", "table", "row", "year"], ascending=[False, True, True, True], kind="stable")
        return made.head(top).reset_index(drop=True) if top else made.reset_index(drop=True)

    @cached_property
    def _periods(self) -> pd.DataFrame:
        """period, year, share (of the year), in time order."""
        from sungari.chain.periods import Periods

        periods = Periods(self.region)
        return pd.DataFrame({
            "period": pd.array(periods.names, dtype="str"),
            "year": periods.years[periods.year],
            "share": periods.share,
        })

    # -- checking, comparing, showing ---------------------------------------------------------------------------------

    def verify(self, tolerance: float = 1e-6) -> Verification:
        """Re-check the plan from the package's tables and its own alone; see :mod:`sungari.chain.verify`."""
        from sungari.chain.verify import verify

        return verify(self, tolerance)

    @property
    def plot(self) -> PlanPlot:
        """Pictures: ``plan.plot.map()``, ``.sankey()``, ``.prices()``."""
        from sungari.show.plot import PlanPlot

        return PlanPlot(self)

    def __repr__(self) -> str:
        info = self.info
        return f"<Plan of {self.region.name!r}: {info['status']}, objective {info['objective']:,.6g} {self.money}>"

    def _repr_html_(self) -> str:
        info = self.info
        rows = "".join(
            f"<tr><td>{name}</td><td style='text-align:right'>{info[name]:,.6g}</td><td>{self.money}</td></tr>"
            for name in ("objective", "total_cost", "welfare")
        )
        title = f"<b>Plan of {self.region.title}</b> ({info['status']})"
        return f"{title}<table>{rows}</table>"

    @property
    def money(self) -> str:
        """Unit of the money in :attr:`info`, ``"million USD"``."""
        scale = {1.0: "", 1e3: "thousand ", 1e6: "million "}[float(self.region.settings.money_scale)]
        return f"{scale}{self.region.settings.currency}"

    # -- keeping ------------------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the plan to a folder, whole or not at all.

        Parameters
        ----------
        path : path-like
            Folder; a plan already there is replaced. Anything else that is not a plan is left alone and refused.

        Returns
        -------
        Path
            The folder: ``plan.json``, one Parquet file per table, and the package in ``region/``.
        """
        folder = Path(path)
        if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / PLAN).is_file())):
            raise UsageError("{folder} exists and holds no plan; choose another place or remove it", folder=folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        begun = time.perf_counter()
        made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
        try:
            for name, frame in self.tables.items():
                frame.to_parquet(made / f"{name}.parquet", index=False)
            self.region.write(made / REGION)
            # All but this one small file, whose own time it can't hold.
            seconds = {**self.info.get("seconds", {}), "write": time.perf_counter() - begun}
            self.info["seconds"] = seconds
            text = json.dumps(self.info, ensure_ascii=False, indent=1, allow_nan=False)
            (made / PLAN).write_text(text + "\n", encoding="utf-8")
            made.chmod(0o755)
            if folder.exists():
                old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
                folder.rename(old)
                made.rename(folder)
                shutil.rmtree(old)
            else:
                made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return folder

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Plan:
        """Open a plan's folder.

        Raises
        ------
        UsageError
            If there is no plan.
        """
        folder = Path(path)
        if not (folder / PLAN).is_file():
            raise UsageError("no plan at {folder}: it has no {plan}; `sungari solve PACKAGE --out {folder}` makes "
                             "one", folder=folder, plan=PLAN)
        info = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        tables = {f.stem: pd.read_parquet(f) for f in sorted(folder.glob("*.parquet"))}
        return cls(Region.read(folder / REGION), info, tables)


def open_plan(path: str | os.PathLike[str]) -> Plan:
    """Open a plan's folder; see :meth:`Plan.load`."""
    return Plan.load(path)
