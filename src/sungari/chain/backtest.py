"""Hold a plan against what was observed.

A region package may carry a table ``observations.csv``: one row per figure that was reported of the region and that the
model can express. Its columns:

``observation``, ``name``
    Identifier and what was reported.
``table``
    Result table it is looked up in: ``flows``, ``supply``, ``activity`` or ``sales``.
``links``, ``from_party``, ``to_party``, ``place``, ``process``, ``commodity``
    What is added up; each blank or names joined by ``;``. A party stands for all parties below it. With parties, a flow
    counts in that direction only. Without a commodity, flows are measured by the load that they put on their links
    (``rates.weight``), so that goods of different units add up. Activity with a commodity counts what the process
    uses or makes of it.
``year``, ``months``
    Year of the figure, held against the nearest model year, and the months it covers (``01-06``; blank = all).
``quantity``, ``unit``
    The figure, over those months, in any unit that fits the commodity's.
``total``
    ``true`` if the row counts for the total of its commodity (so that no tonne counts twice).
``given``
    ``true`` if the figure also set an input of the package: a capacity, or the reference point of a market.

A plan reproduces a figure honestly only where something was free to choose. So each row also says how much of the
modelled quantity stands at a limit (a used-up capacity of its own link, facility or supply; one further up or down the
chain may still decide), and the headline counts the figures apart that set no input.

Remarks of the package's author stand in ``backtest.md`` in the package's folder and are printed below the tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sungari.chain.plan import Plan
from sungari.errors import InputError, Problem, UsageError
from sungari.region.package import Region
from sungari.region.regions import packaged
from sungari.region.units import UnitError, ratio

#: Share of the reported figure that a modelled one may be off and still count as met.
TOLERANCE = 0.20
#: The same for the totals by commodity.
TOTAL_TOLERANCE = 0.10
#: From this utilisation on, a row counts as standing at its limit.
AT_LIMIT = 0.999
REMARKS = "backtest.md"
OBSERVATIONS = "observations"
COLUMNS = (
    "observation", "name", "commodity", "unit", "year", "months", "reported", "modelled", "difference", "within",
    "at_limit", "total", "given", "source", "quality", "note",
)
_TABLES = ("flows", "supply", "activity", "sales")


def backtest(plan: Plan) -> pd.DataFrame:
    """Compare a plan with the observations of its region.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        One row per observation: observation, name, commodity, unit, year, months, reported, modelled (both in `unit`),
        difference (%, of the reported figure), within (whether it is at most 20 %), at_limit (share of the modelled
        quantity that stands at a used-up capacity), total, given, source, quality, note. The plan's region is in
        ``attrs["region"]``, its folder in ``attrs["path"]``.

    Raises
    ------
    UsageError
        If the region has no observations.
    InputError
        With every row that names something unknown or has a unit that does not fit.
    """
    region = plan.region
    observed = region.tables.get(OBSERVATIONS)
    if observed is None or observed.empty:
        raise UsageError("region {name} has no {observations}.csv to hold a plan against",
                         name=region.name, observations=OBSERVATIONS)
    observed = observed.astype("str").where(observed.notna(), "")
    looker = _Looker(plan)
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for position, row in enumerate(observed.to_dict("records")):
        given = {str(k): str(v).strip() for k, v in row.items()}
        try:
            rows.append(looker.compare(given))
        except (UnitError, ValueError) as error:
            problems.append(Problem(f"{OBSERVATIONS}.csv", position + 2, None, given.get("observation", ""), str(error),
                                    "", "observation"))
    if problems:
        raise InputError(problems)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table.attrs.update(region=region.name, title=region.title, path=str(region.path or ""))
    return table


def totals_by_commodity(table: pd.DataFrame) -> pd.DataFrame:
    """Reported and modelled totals of the observations that count for a total.

    Parameters
    ----------
    table : DataFrame
        What :func:`backtest` returns.

    Returns
    -------
    DataFrame
        commodity, unit, observations (number of), reported, modelled, difference (%), within (10 %).
    """
    counted = table[table["total"].astype(bool)]
    made = (
        counted.groupby(["commodity", "unit"], sort=True)
        .agg(observations=("observation", "size"), reported=("reported", "sum"), modelled=("modelled", "sum"))
        .reset_index()
    )
    made["difference"] = _difference(made["reported"].to_numpy(np.float64), made["modelled"].to_numpy(np.float64))
    made["within"] = made["difference"].abs() <= 100 * TOTAL_TOLERANCE
    return made


def render(source: Plan | pd.DataFrame) -> str:
    """The back-test as a Markdown page.

    Parameters
    ----------
    source : Plan or DataFrame
        A plan, or what :func:`backtest` returned for it.

    Returns
    -------
    str
        Headline, table of observations, totals by commodity and the remarks of the package.
    """
    table = backtest(source) if isinstance(source, Plan) else source
    totals = totals_by_commodity(table)
    blind = table[~table["given"].astype(bool)]
    free = blind[blind["at_limit"] < 0.5]
    title = str(table.attrs.get("title") or table.attrs.get("region") or "region")
    lines = [
        f"# Back-test: {title}",
        "",
        f"Made by `sungari backtest {table.attrs.get('region', '')}`. A figure counts as met within "
        f"±{100 * TOLERANCE:.0f} %, a commodity's total within ±{100 * TOTAL_TOLERANCE:.0f} %.",
        "",
        "| | met | of | share |",
        "|---|---:|---:|---:|",
        _count("observations", table["within"]),
        _count("… that set no input of the package", blind["within"]),
        _count("… and stand for the most part at no used-up capacity of their own", free["within"]),
        _count("totals by commodity", totals["within"]),
        "",
        "## Observations",
        "",
        "*At limit* is the share of the modelled quantity that stands at a used-up capacity of its own link, plant or "
        "supply: there the figure tests the capacity, elsewhere costs, prices and the rest of the chain. *Given* marks "
        "figures that also set an input.",
        "",
        _line(
            "observation", "commodity", "period", "reported", "modelled", "unit", "difference", "met", "at limit",
            "given", "source",
        ),
        "|---|---|---|---:|---:|---|---:|:-:|---:|:-:|---|",
    ]
    for row in table.to_dict("records"):
        quality = "" if row["quality"] == "reported" else f" ({row['quality']})"
        lines.append(_line(
            _cell(row["name"]), _cell(row["commodity"]), f"{row['year']} {row['months']}".strip(),
            _figure(row["reported"]), _figure(row["modelled"]), row["unit"], _percent(row["difference"]),
            _mark(row["within"]), f"{100 * row['at_limit']:.0f} %", "given" if row["given"] else "",
            _cell(row["source"]) + quality,
        ))
    lines += [
        "",
        "## Totals by commodity",
        "",
        "Observations that don't overlap, added up.",
        "",
        "| commodity | observations | reported | modelled | unit | difference | met |",
        "|---|---:|---:|---:|---|---:|:-:|",
    ]
    for row in totals.to_dict("records"):
        lines.append(_line(
            _cell(row["commodity"]), str(row["observations"]), _figure(row["reported"]), _figure(row["modelled"]),
            row["unit"], _percent(row["difference"]), _mark(row["within"]),
        ))
    remarks = _remarks(table)
    if remarks:
        lines += ["", remarks]
    return "\n".join(lines) + "\n"


# -- looking up what a plan says of an observation --------------------------------------------------------------------


class _Looker:
    """Result tables of a plan, ready to be added up."""

    def __init__(self, plan: Plan) -> None:
        region = plan.region
        self.goods = dict(region.table("commodities")[["commodity", "unit"]].astype("str").to_numpy())
        self.processes = dict(region.table("processes")[["process", "unit"]].astype("str").to_numpy())
        self.recipes = region.table("recipes")
        self.above = _ancestors(region)
        self.party = dict(region.table("places")[["place", "party"]].astype("str").to_numpy())
        self.links = set(region.table("links")["link"].astype("str"))
        periods = region.table("periods")[["period", "year"]]
        self.years = sorted({int(y) for y in periods["year"]})
        self.year_of = dict(zip(periods["period"].astype("str"), periods["year"].astype(int), strict=True))
        self.weight = _weights(region)
        limits = plan.capacity
        full = limits[limits["utilisation"] >= AT_LIMIT]
        self.full = set(zip(full["table"], full["row"], full["period"], strict=True))
        self.tables = {t: plan.tables[t] for t in _TABLES}

    def compare(self, given: dict[str, str]) -> dict[str, Any]:
        """One row of the back-test."""
        name = given.get("table", "")
        if name not in _TABLES:
            raise ValueError(f"expected table to be one of {', '.join(_TABLES)}")
        year = int(given["year"])
        model_year = min(self.years, key=lambda y: (abs(y - year), y))
        frame = self.tables[name]
        period = frame["period"].astype("str")
        keep = period.map(self.year_of).to_numpy() == model_year
        if given.get("months"):
            first, last = (int(m) for m in given["months"].split("-"))
            month = pd.to_numeric(period.str.slice(5, 7), errors="coerce").to_numpy()
            keep &= (month >= first) & (month <= last)
        frame = frame[keep]
        frame = getattr(self, f"_{name}")(frame, given)
        amount = frame["quantity"].to_numpy(np.float64) * self._factor(name, frame, given)
        modelled = float(np.abs(amount).sum())
        at_limit = float(np.abs(amount)[self._limited(name, frame)].sum() / modelled) if modelled else 0.0
        reported = float(given["quantity"])
        difference = float(_difference(np.array([reported]), np.array([modelled]))[0])
        return {
            **{k: given.get(k, "") for k in ("observation", "name", "unit", "source", "quality", "note")},
            "commodity": given.get("commodity") or "all goods",
            "year": year,
            "months": given.get("months", ""),
            "reported": reported,
            "modelled": modelled,
            "difference": difference,
            "within": abs(difference) <= 100 * TOLERANCE,
            "at_limit": at_limit,
            "total": given.get("total", "").lower() == "true",
            "given": given.get("given", "").lower() == "true",
        }

    # each family keeps the rows that the observation asks for

    def _flows(self, frame: pd.DataFrame, given: dict[str, str]) -> pd.DataFrame:
        links = _split(given.get("links"))
        unknown = [x for x in links if x not in self.links]
        if unknown:
            raise ValueError(f"no link {unknown[0]!r}")
        if links:
            frame = frame[frame["link"].isin(links)]
        for column, end in (("from_party", "from"), ("to_party", "to")):
            parties = _split(given.get(column))
            if parties:
                frame = frame[self._lies(frame[end], parties)]
        if not links and given.get("from_party") and given.get("to_party"):
            frame = frame[frame["from"].map(self.party).ne(frame["to"].map(self.party))]
        return self._of_commodity(frame, given)

    def _supply(self, frame: pd.DataFrame, given: dict[str, str]) -> pd.DataFrame:
        return self._of_commodity(self._at(frame, given), given)

    def _sales(self, frame: pd.DataFrame, given: dict[str, str]) -> pd.DataFrame:
        return self._of_commodity(self._at(frame, given), given)

    def _activity(self, frame: pd.DataFrame, given: dict[str, str]) -> pd.DataFrame:
        processes = _split(given.get("process"))
        if processes:
            frame = frame[frame["process"].isin(processes)]
        return self._at(frame, given)

    def _at(self, frame: pd.DataFrame, given: dict[str, str]) -> pd.DataFrame:
        places = _split(given.get("place"))
        if places:
            frame = frame[frame["place"].isin(places)]
        parties = _split(given.get("from_party")) + _split(given.get("to_party"))
        return frame[self._lies(frame["place"], parties)] if parties else frame

    def _of_commodity(self, frame: pd.DataFrame, given: dict[str, str]) -> pd.DataFrame:
        goods = _split(given.get("commodity"))
        unknown = [x for x in goods if x not in self.goods]
        if unknown:
            raise ValueError(f"no commodity {unknown[0]!r}")
        return frame[frame["commodity"].isin(goods)] if goods else frame

    def _lies(self, places: pd.Series[Any], parties: Iterable[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        wanted = set(parties)
        inside = {p for p, party in self.party.items() if wanted & set(self.above.get(party, (party,)))}
        return places.isin(list(inside)).to_numpy(bool)

    # units and limits

    def _factor(self, name: str, frame: pd.DataFrame, given: dict[str, str]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """What brings each row's quantity to the observation's unit."""
        unit, goods = given["unit"], _split(given.get("commodity"))
        if name == "activity" and not goods:
            units = {p: 1.0 / ratio(unit, self.processes[p]) for p in frame["process"].unique()}
            return frame["process"].map(units).to_numpy(np.float64)
        if name == "activity":
            per = self.recipes[self.recipes["commodity"].isin(goods) & self.recipes["place"].isna()]
            amounts = per.groupby("process")["amount"].sum().abs()
            scale = 1.0 / ratio(unit, self.goods[goods[0]])
            return frame["process"].map(amounts).fillna(0.0).to_numpy(np.float64) * scale
        if not goods:
            if name != "flows":
                raise ValueError("expected a commodity")
            load = pd.Series(list(zip(frame["link"], frame["commodity"], strict=True)), index=frame.index)
            return np.asarray(load.map(self.weight).fillna(0.0), dtype=np.float64) / ratio(unit, "t")
        units = {g: 1.0 / ratio(unit, self.goods[g]) for g in goods}
        return frame["commodity"].map(units).to_numpy(np.float64)

    def _limited(self, name: str, frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Rows whose own capacity is used up in their period."""
        if name == "sales":
            return np.zeros(len(frame), bool)
        if name == "flows":
            keys = frame["link"].astype("str")
        elif name == "supply":
            place, good, step = (frame[c].astype("str") for c in ("place", "commodity", "step"))
            keys = place + "/" + good + "/" + step
        else:
            keys = frame["place"].astype("str") + "/" + frame["process"].astype("str")
        table = {"flows": "links", "supply": "supply", "activity": "facilities"}[name]
        return np.array(
            [(table, k, p) in self.full for k, p in zip(keys, frame["period"].astype("str"), strict=True)], dtype=bool
        )


def _ancestors(region: Region) -> dict[str, tuple[str, ...]]:
    """Each party and all above it."""
    table = region.table("parties")
    parent = {str(a): str(b) for a, b in table[["party", "parent"]].to_numpy() if not pd.isna(b)}
    made: dict[str, tuple[str, ...]] = {}
    for party in table["party"].astype("str"):
        line = [party]
        while line[-1] in parent and parent[line[-1]] not in line:
            line.append(parent[line[-1]])
        made[party] = tuple(line)
    return made


def _weights(region: Region) -> dict[tuple[str, str], float]:
    """Load that a unit of a commodity puts on a link; the narrower rate wins."""
    rates = region.table("rates")
    mode_of = dict(region.table("links")[["link", "mode"]].astype("str").to_numpy())
    goods = list(region.table("commodities")["commodity"].astype("str"))
    known: dict[tuple[str, str, str], float] = {}
    for mode, commodity, link, weight in rates[["mode", "commodity", "link", "weight"]].to_numpy():
        known[str(mode), str(commodity), "" if pd.isna(link) else str(link)] = float(weight)
    made: dict[tuple[str, str], float] = {}
    for link, mode in mode_of.items():
        for good in goods:
            for key in ((mode, good, link), (mode, "*", link), (mode, good, ""), (mode, "*", "")):
                if key in known:
                    made[link, good] = known[key]
                    break
    return made


# -- words ----------------------------------------------------------------------------------------------------------


def _split(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _difference(
    reported: np.ndarray[Any, np.dtype[np.float64]], modelled: np.ndarray[Any, np.dtype[np.float64]]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Percent of the reported figure; against a reported nil, nil is met and anything else is not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        made = 100.0 * (modelled - reported) / reported
    return np.where(reported == 0, np.where(np.abs(modelled) < 1e-9, 0.0, np.inf), made)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _count(what: str, met: pd.Series[Any]) -> str:
    number = len(met)
    share = f"{100 * met.sum() / number:.0f} %" if number else "–"
    return f"| {what} | {int(met.sum())} | {number} | {share} |"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _percent(value: float) -> str:
    return f"{value:+.1f} %" if np.isfinite(value) else "∞"


def _mark(met: bool) -> str:
    return "yes" if met else "**no**"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace(";", "; ").replace("\n", " ")


def _remarks(table: pd.DataFrame) -> str:
    """Remarks of the package, from its folder or from the packaged region of the same name."""
    folders = [Path(str(table.attrs["path"]))] if table.attrs.get("path") else []
    if table.attrs.get("region") in packaged():
        folders.append(packaged()[str(table.attrs["region"])])
    for folder in folders:
        if (folder / REMARKS).is_file():
            return (folder / REMARKS).read_text(encoding="utf-8").strip()
    return ""
