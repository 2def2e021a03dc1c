"""Figures in other units: brought to each commodity's own unit when a package is read.

Two ways to say that a column's figures are in another unit: a column ``<column>_unit`` beside it (row by row), or
``unit`` in the column's field in ``datapackage.json`` (for all rows that don't say otherwise). A row's ``currency``
other than the package's counts as well. After reading, every figure is in the contract's unit and these columns are
gone.

Pint knows the units; it is loaded only when a package needs it, since loading takes longer than reading a region.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sungari.errors import Problem, nearest
from sungari.region.schema import ANY, BY_NAME, TABLES, Column, Table
from sungari.words import Words

if TYPE_CHECKING:
    import pint

    from sungari.region.package import Region

#: Units that planners use and Pint lacks or takes for something else (kt: a knot, mcm: a micrometre, year: 365.25
#: days), each with its meaning.
EXTRA_UNITS: tuple[tuple[str, str], ...] = (
    ("kt = 1000 * metric_ton", "kilotonne"),
    ("kcm = 1e3 * meter ** 3", "thousand cubic metres"),
    ("mcm = 1e6 * meter ** 3", "million cubic metres"),
    ("bcm = 1e9 * meter ** 3", "billion cubic metres"),
    ("bbl = 0.158987294928 * meter ** 3 = barrel", "barrel of oil, 42 US gallons (Pint's is smaller)"),
    ("TEU = [container] = teu", "twenty-foot container"),
    ("FEU = 2 * TEU = feu", "forty-foot container"),
    ("person = [person] = passenger = head", "person"),
    ("item = [count] = piece = vehicle", "things counted; `count` is the same here, and no pure number as in Pint"),
    ("tce = 29.3076e9 * joule", "tonne of coal equivalent"),
    ("toe = 41.868e9 * joule", "tonne of oil equivalent"),
    ("year = 365 * day = a = yr", "year, so that 1 MW is 8760 MWh a year"),
    ("month = year / 12", "month"),
    ("tpa = metric_ton / year", "tonnes a year; Mtpa, ktpa"),
    ("money = [money]", "the package's currency; better written by its ISO 4217 code"),
)

#: Units that need no look into Pint to be known.
WELL_KNOWN = frozenset((
    "t", "kt", "Mt", "kg", "tonne", "m^3", "m**3", "m3", "kcm", "mcm", "bcm", "kWh", "MWh", "GWh", "TWh", "MJ", "GJ",
    "TJ", "PJ", "toe", "ktoe", "Mtoe", "tce", "TEU", "FEU", "person", "count", "barrel", "bbl", "l", "liter", "ha",
))

_WORD = re.compile(r"[A-Za-z]+")
_CURRENCY = re.compile(r"([kMG]?)([A-Z]{3})")
_PREFIX = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
#: How planners write what Pint reads otherwise: count is no pure number here, km3 no thousand cubic metres.
_REWRITTEN = ((re.compile(r"counts?\b"), "item"), (re.compile(r"\b([kcdm]?m)([23])\b"), r"\1^\2"))
#: What a unit may be written with. Powers are of one digit and not of one another, so that no text makes Pint work out
#: an endless number.
_PLAIN = re.compile(r"[\w\s.*/()%°^+-]{1,60}")
_POWER = re.compile(r"\*\*|\^")
_ENDLESS = re.compile(r"(?:\*\*|\^)(?!\s*-?[1-9](?![\d.*^eE]|\s*(?:\*\*|\^)))")



class UnitError(ValueError):
    """A unit that is unknown or of another kind; carries what is expected and a hint."""

    def __init__(self, expected: str, hint: str = "") -> None:
        self.expected, self.hint = expected, hint
        super().__init__(f"{expected} {hint}".strip())


@functools.cache
def registry() -> pint.UnitRegistry[Any]:
    """Pint's units and :data:`EXTRA_UNITS`."""
    import pint

    made: pint.UnitRegistry[Any] = pint.UnitRegistry(on_redefinition="ignore", cache_folder=None)
    for definition, _ in EXTRA_UNITS:
        made.define(definition)
    return made


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> pint.Quantity[Any]:
    """A unit's text as a quantity of Pint.

    Raises
    ------
    UnitError
        If Pint does not know it; with the nearest unit that it knows.
    """
    try:
        if not _PLAIN.fullmatch(text) or _ENDLESS.search(text) or len(_POWER.findall(text)) > 3:
            raise ValueError(text)
        plain = text
        for pattern, written in _REWRITTEN:
            plain = pattern.sub(written, plain)
        made = registry().parse_expression(plain)
        quantity: pint.Quantity[Any] = registry().Quantity(1, "dimensionless") * made
        if not np.isfinite(float(quantity.magnitude)) or float(quantity.magnitude) <= 0:
            raise ValueError(text)
        quantity.to_base_units()
    except Exception as error:  # Pint's parser answers nonsense with almost any error, assertions included
        hints = (nearest(word, sorted(WELL_KNOWN)) for word in _WORD.findall(text) if not _known(word))
        raise UnitError(Words("no such unit"), next((h for h in hints if h), "")) from error
    return quantity


def _known(word: str) -> bool:
    try:
        return word in registry()
    except ValueError:  # nan and inf are numbers to Pint
        return True


def ratio(given: str, wanted: str, rates: Mapping[str, float] | None = None, currency: str = "") -> float:
    """What a figure in one unit is multiplied by to be in another.

    Parameters
    ----------
    given : str
        ``"Mt/yr"``, ``"USD/kt"``; a time or a currency that the wanted unit has may be left out (``"Mt"`` for a yearly
        amount, ``"kt"`` or ``"1/kt"`` for money per unit).
    wanted : str
        ``"t/year"``, ``"money/t"``: ``money`` is the package's currency.
    rates : mapping of str to float
        Value of one unit of other currencies in the package's.
    currency : str
        The package's currency.

    Raises
    ------
    UnitError
        If the two don't fit.

    Examples
    --------
    >>> ratio("Mt/yr", "t/year"), ratio("kt", "money/t"), round(ratio("MW", "MWh/year"))
    (1000000.0, 0.001, 8760)
    """
    if given == wanted:
        return 1.0
    known = {currency: 1.0, **(rates or {})} if currency else dict(rates or {})
    money = given
    for word in set(_WORD.findall(given)):
        match = _CURRENCY.fullmatch(word)
        if match and match[2] in known:
            money = re.sub(rf"\b{word}\b", f"({_PREFIX[match[1]] * known[match[2]]!r}*money)", money)
    try:
        quantity = parse(money)
    except UnitError as error:
        code = next((m[2] for m in map(_CURRENCY.fullmatch, _WORD.findall(given)) if m
                     and m[2] not in known and not _known(m[0])), "")
        if code and wanted.startswith("money"):
            raise UnitError(error.expected,
                            Words("a currency? Then give {code} in the setting exchange_rates", code=code)) from error
        raise
    for shape, inverted in _shapes(wanted):
        target = parse(shape)
        if quantity.dimensionality == target.dimensionality:
            value = float((quantity / target).to_base_units().magnitude)
            return 1.0 / value if inverted else value
    raise UnitError(Words("expected a unit compatible with {wanted!r}",
                          wanted=wanted.replace("money", currency or "money")))


def _shapes(wanted: str) -> Iterator[tuple[str, bool]]:
    """The wanted unit, and the shorter ways in which it may be written; whether upside down."""
    parts = wanted.split("/")
    yield wanted, False
    if "year" in parts[1:]:
        parts.remove("year")
        yield "/".join(parts), False
    if parts[0] == "money" and len(parts) > 1:
        yield "/".join(["1", *parts[1:]]), False
        yield "*".join(parts[1:]), True


def unit_problem(text: str) -> UnitError | None:
    """Why a text is no unit, or None if it is one."""
    if text in WELL_KNOWN:
        return None
    try:
        parse(text)
    except UnitError as error:
        return error
    return None


class _Subjects:
    """What the words ``unit``, ``activity`` and ``load`` stand for in a row."""

    def __init__(self, region: Region) -> None:
        self._region = region
        goods, processes = region.table("commodities"), region.table("processes")
        self.goods = dict(zip(goods["commodity"].astype("str"), goods["unit"].astype("str"), strict=True))
        self.processes = dict(zip(processes["process"].astype("str"), processes["unit"].astype("str"), strict=True))

    def unit(self, commodity: Any) -> str | None:
        if commodity == ANY:  # one unit only, if all commodities share it
            units = set(self.goods.values())
            return units.pop() if len(units) == 1 else None
        return _text(self.goods.get(commodity))

    @functools.cached_property
    def loads(self) -> dict[str, str]:
        """Unit of the load of each mode that has a clear one: same unit and weight 1 in all that it carries."""
        rates = self._region.table("rates")
        made: dict[str, str] = {}
        for mode, rows in rates.groupby("mode"):
            carried = rows["commodity"].dropna()
            names = list(self.goods) if (carried == ANY).any() else [str(c) for c in carried]
            units = {self.goods.get(n) for n in names}
            if len(units) == 1 and bool((rows["weight"] == 1).all()) and (unit := _text(units.pop())):
                made[str(mode)] = unit
        return made

    def wanted(self, table: str, column: Column, row: Mapping[str, Any]) -> str | None:
        """The contract's unit of a cell in Pint's words, or None where it has none to convert to."""
        words = column.unit
        if words.startswith("as the column"):
            return self._of_effect(row)
        stands: dict[str, str | None] = {"size": "1", "degree": "degree"}
        if "unit" in words.split("/"):
            stands["unit"] = self.unit(row.get("commodity"))
        if "activity" in words.split("/"):
            stands["activity"] = _text(self.processes.get(row.get("process", "")))
        if "load" in words.split("/"):
            stands["load"] = self.loads.get(str(row.get("mode"))) if table == "links" else None
        parts = [stands.get(word, word) for word in words.split("/")]
        if any(p is None for p in parts):
            return None
        texts = [f"({p})" if p and re.search(r"[/*\s]", p) else p for p in parts]
        return "/".join(t for k, t in enumerate(texts) if t and (k == 0 or t != "1"))

    def _of_effect(self, row: Mapping[str, Any]) -> str | None:
        table, name = BY_NAME.get(str(row.get("table"))), str(row.get("column"))
        if table is None or name not in table.by_name:
            return None
        key = dict(zip(table.key, str(row.get("row")).split("/"), strict=False))
        if table.name == "links":
            links = self._region.table("links")
            hit = links.loc[(links["link"] == row.get("row")).to_numpy(dtype=bool), "mode"]
            key = {"mode": str(hit.iloc[0])} if len(hit) else {}
        return self.wanted(table.name, table.by_name[name], key)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def convert(region: Region, descriptor: Mapping[str, Any]) -> list[Problem]:
    """Bring a region's figures to the contract's units, in place.

    Parameters
    ----------
    region : Region
        As read; its ``tables`` are changed.
    descriptor : mapping
        Its ``datapackage.json``.

    Returns
    -------
    list of Problem
        Units that are unknown or don't fit, and currencies without a rate. Cells with a problem stay as they were.
    """
    problems: list[Problem] = []
    stated = _stated(descriptor)
    subjects: _Subjects | None = None
    for table in TABLES:
        frame = region.tables.get(table.name)
        if frame is None:
            continue
        columns = [
            c for c in table.columns
            if c.kind == "number" and c.name in frame.columns
            and (f"{c.name}_unit" in frame.columns or (table.name, c.name) in stated)
        ]
        foreign = "currency" in table.by_name and "currency" in frame.columns
        if not columns and not foreign:
            continue
        subjects = subjects or _Subjects(region)
        new = frame.copy()
        named: dict[str, np.ndarray[Any, Any]] = {}
        for column in columns:
            factors, explicit, found = _column(region, subjects, table, column, stated.get((table.name, column.name)))
            new[column.name] = new[column.name] * factors
            named[column.name] = explicit
            problems += found
        if foreign:
            rates, found = _rates(region, table)
            problems += found
            for column in table.columns:
                if "money" in column.unit and column.name in new.columns:
                    own = named.get(column.name, np.zeros(len(new), dtype=bool))
                    new[column.name] = new[column.name] * np.where(own, 1.0, rates)
        drop = [f"{c.name}_unit" for c in columns] + (["currency"] if foreign else [])
        region.tables[table.name] = new.drop(columns=[c for c in drop if c in new.columns])
        region.forget(table.name)
    return problems


def _stated(descriptor: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Units that ``datapackage.json`` states, by table and column."""
    found: dict[tuple[str, str], str] = {}
    resources = descriptor.get("resources")
    for resource in resources if isinstance(resources, list) else []:
        schema = resource.get("schema") if isinstance(resource, dict) else None
        fields = schema.get("fields") if isinstance(schema, dict) else None
        for item in fields if isinstance(fields, list) else []:
            if isinstance(item, dict) and isinstance(item.get("unit"), str) and item["unit"].strip():
                found[str(resource.get("name")), str(item.get("name"))] = item["unit"].strip()
    return found


def _column(
    region: Region, subjects: _Subjects, table: Table, column: Column, stated: str | None
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], list[Problem]]:
    """Factor of each row of a column, whether its unit names a currency, and what is wrong."""
    frame = region.tables[table.name]
    unit_column = f"{column.name}_unit"
    texts = frame[unit_column].astype("str") if unit_column in frame.columns else pd.Series(
        None, index=frame.index, dtype="str"
    )
    texts = texts.fillna(stated) if stated else texts
    factors, explicit = np.ones(len(frame)), np.zeros(len(frame), dtype=bool)
    rates, currency = region.settings.exchange_rates or {}, region.settings.currency
    problems: list[Problem] = []
    done: dict[tuple[Any, ...], float | UnitError] = {}
    context = [c for c in ("commodity", "process", "mode", "table", "row", "column") if c in frame.columns]
    cells = [frame[c].astype("str").to_numpy() for c in context]
    figures = frame[column.name].notna().to_numpy()
    for i, text in enumerate(texts.str.strip()):
        if not isinstance(text, str) or not text or not figures[i]:
            continue
        key = (text, *(c[i] for c in cells))
        if key not in done:
            row = dict(zip(context, key[1:], strict=True))
            done[key] = _factor(subjects, table, column, text, row, rates, currency)
        factor = done[key]
        if isinstance(factor, UnitError):
            by_row = unit_column in frame.columns and isinstance(frame[unit_column].iloc[i], str)
            problems.append(Problem(table.file, region.line(table.name, i), unit_column if by_row else column.name,
                                    text, factor.expected, factor.hint, "unit"))
        else:
            factors[i] = factor
            explicit[i] = any(m and m[2] in {currency, *rates} for m in map(_CURRENCY.fullmatch, _WORD.findall(text)))
    return factors, explicit, problems


def _factor(
    subjects: _Subjects, table: Table, column: Column, text: str, row: Mapping[str, Any], rates: Mapping[str, float],
    currency: str,
) -> float | UnitError:
    wanted = subjects.wanted(table.name, column, row)
    if wanted is None:
        return UnitError(*_without_unit(table, column))
    try:
        return ratio(text, wanted, rates, currency)
    except UnitError as error:
        return error


def _without_unit(table: Table, column: Column) -> tuple[str, str]:
    words = column.unit.split("/")
    if "load" in words and table.name == "links":
        return (
            Words("a link's capacity can be converted only if its mode carries commodities of one unit, each with "
                  "weight 1"), Words("state it in capacity units"),
        )  # fmt: skip
    if "load" in words:
        return Words("capacity units have no unit to convert to"), Words("leave the unit out")
    if "activity" in words:
        return Words("the process has no unit to convert to"), Words("state it in processes.csv, column unit")
    return Words("the row has no unit to convert to"), Words("is its commodity known, and has it a unit?")


def _rates(region: Region, table: Table) -> tuple[np.ndarray[Any, Any], list[Problem]]:
    """Exchange rate of each row of a table."""
    codes = region.tables[table.name]["currency"].astype("str")
    known = {**(region.settings.exchange_rates or {}), region.settings.currency: 1.0}
    rates = codes.map(known).to_numpy(dtype=float)
    problems = [
        Problem(table.file, region.line(table.name, int(i)), "currency", str(codes.iloc[i]),
                Words("no exchange rate: give its value in {currency} in the setting exchange_rates",
                      currency=region.settings.currency), nearest(str(codes.iloc[i]), known), "currency")
        for i in np.flatnonzero(codes.notna().to_numpy() & np.isnan(rates))
    ]
    return np.nan_to_num(rates, nan=1.0), problems
