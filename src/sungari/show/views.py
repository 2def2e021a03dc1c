"""What a plan looks like as tables: one view per question, largest rows first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from sungari.chain.compare import by_year, mean_prices, priced, typical_price, year_of, years
from sungari.errors import UsageError, hinted, nearest
from sungari.region.schema import BY_NAME
from sungari.show.terminal import Choice, Heading, View, quantity, quantity_scale
from sungari.words import Words

if TYPE_CHECKING:
    from sungari.chain.plan import Plan
    from sungari.region.package import Region

#: Model years that stand side by side.
MOST_YEARS = 5
#: Share of a table's largest figure below which a figure is the solver's rounding.
DUST = 1e-9
#: Tables whose rows are a place and what has a unit there: a commodity or a process.
_OF_GOODS = ("supply", "demand", "facilities", "stores")
#: Columns that name a place.
WHERE = ["place", "from", "to"]


def view(plan: Plan, what: str, choice: Choice | None = None) -> View:
    """A view of a plan.

    Parameters
    ----------
    plan : Plan
    what : str
        ``flows``, ``prices``, ``bottlenecks``, ``welfare``, ``projects``, ``activity``, ``supply``, ``sales`` or
        ``stocks``.
    choice : Choice, optional
        Which rows.

    Raises
    ------
    UsageError
        If there is no such view, place, commodity or period.
    """
    choice = choice or Choice()
    if what not in _VIEWS:
        raise UsageError(hinted(Words("no view {what!r} of a plan", what=what), what, _VIEWS, listed=True))
    known_names(plan.region, choice)
    return _VIEWS[what](plan, choice)


def known_names(region: Region, choice: Choice) -> None:
    """Refuse names that the region doesn't have."""
    for table, value in (("places", choice.place), ("commodities", choice.commodity)):
        names = region.table(table)[BY_NAME[table].key[0]].astype(str)
        if value is not None and value not in set(names):
            raise UsageError("no {key} {value!r} in {table}.csv; {hint}",
                             key=BY_NAME[table].key[0], value=value, table=table, hint=_hint(value, names))
    periods = region.table("periods")
    known = {*periods["period"].astype(str), *periods["year"].astype(str)}
    if choice.period is not None and choice.period not in known and len(periods):
        raise UsageError("no period or year {period!r} in periods.csv; {hint}",
                         period=choice.period, hint=_hint(choice.period, known))


def _hint(value: str, names: Any) -> str:
    found = nearest(value, [str(n) for n in names])
    return found or Words("known: {names}", names=", ".join(sorted(str(n) for n in names)[:8])
                          + (" …" if len(names) > 8 else ""))


def chosen(plan: Plan, frame: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Rows of a table at the place, of the commodity and in the period or model year that are asked for."""
    keep = pd.Series(True, index=frame.index)
    if choice.place is not None:
        where = [c for c in WHERE if c in frame.columns]
        if not where:
            raise UsageError("--place has no meaning here: these rows have no place")
        keep &= names_it(frame, where, choice.place)
    if choice.commodity is not None:
        if "commodity" not in frame.columns:
            raise UsageError("--commodity has no meaning here: these rows have no commodity")
        keep &= frame["commodity"].astype(str) == choice.commodity
    if choice.period is not None:
        if "period" not in frame.columns:
            raise UsageError("--period has no meaning here: these rows are of the whole horizon")
        period = frame["period"].astype(str)
        keep &= (period == choice.period) | (year_of(plan, period).astype(str) == choice.period)
    return frame[keep]


def names_it(frame: pd.DataFrame, columns: Sequence[str], value: str) -> pd.Series:
    """Whether any of the columns holds the name."""
    return (frame[list(columns)].astype(str) == value).any(axis=1)


def _spread(
    plan: Plan, frame: pd.DataFrame, keys: Sequence[str], value: str, choice: Choice,
    how: Literal["sum", "max", "mean"] = "sum",
) -> tuple[pd.DataFrame, list[str], str]:  # fmt: skip
    """Keys as rows and years (or the one period asked for) as columns; column names; a note on years left out."""
    frame = chosen(plan, frame, choice)
    if choice.period is not None and choice.period in set(frame["period"].astype(str)):
        long = frame.assign(year=choice.period)
    elif how == "sum":
        long = by_year(plan, frame, keys, value)
    else:
        long = frame.assign(year=year_of(plan, frame["period"]))
    if long.empty:
        return pd.DataFrame(columns=list(keys)), [], ""
    wide = long.pivot_table(index=list(keys), columns="year", values=value, aggfunc=how, observed=True)
    wide.columns = [str(c) for c in wide.columns]
    shown = _some(list(wide.columns))
    note = f"{len(shown)} of {len(wide.columns)} model years shown" if len(shown) < len(wide.columns) else ""
    return wide[shown].reset_index(), shown, note


def _some(names: list[str]) -> list[str]:
    if len(names) <= MOST_YEARS:
        return names
    step = (len(names) - 1) / (MOST_YEARS - 1)
    return [names[round(i * step)] for i in range(MOST_YEARS)]


def units(region: Region) -> dict[str, str]:
    """Unit of each commodity."""
    frame = region.table("commodities")
    return dict(zip(frame["commodity"].astype(str), frame["unit"].astype(str), strict=True))


def _process_units(region: Region) -> dict[str, str]:
    frame = region.table("processes")
    return dict(zip(frame["process"].astype(str), frame["unit"].fillna("").astype(str), strict=True))


def _quantities(
    plan: Plan, what: str, frame: pd.DataFrame, keys: Sequence[str], choice: Choice, value: str = "quantity",
    how: Literal["sum", "max", "mean"] = "sum",
) -> View:  # fmt: skip
    """Quantities of commodities, model year by model year, ranked by what they are worth."""
    wide, shown, note = _spread(plan, frame, keys, value, choice, how)
    size = wide[shown].abs().max(axis=1) if shown else pd.Series(dtype=float)
    worth = size * priced(wide["commodity"], typical_price(plan)) if "commodity" in keys else size
    wide = wide.loc[worth[size > 0].sort_values(ascending=False, kind="stable").index]
    wide = wide.assign(unit=wide["commodity"].map(units(plan.region)) if "commodity" in keys else "")
    return _yearly(what, wide, keys, shown, choice, note)


def _yearly(
    what: str, wide: pd.DataFrame, keys: Sequence[str], shown: Sequence[str], choice: Choice, note: str = ""
) -> View:
    """Rows with a unit each, and a column a year; where all have the same unit, it stands in the header."""
    data = records(wide)
    top = wide.head(choice.top)
    single = wide["unit"].nunique() == 1
    if single:
        divisor, word = quantity_scale(float(top[list(shown)].abs().max().max()))
        top = top.assign(**{c: top[c] / divisor for c in shown})
        unit = f"{word} {wide['unit'].iloc[0]}".strip()
    else:
        scales = [quantity_scale(v) for v in top[list(shown)].abs().max(axis=1)] if shown else []
        words = [f"{word} {u}".strip() for (_, word), u in zip(scales, top["unit"].fillna(""), strict=True)]
        divisors = pd.Series([s for s, _ in scales], index=top.index, dtype=float)
        top = top.assign(unit=words, **{c: top[c] / divisors for c in shown})
        unit = ""
    headings = [Heading(k) for k in keys] + ([] if single else [Heading("unit")])
    headings += [Heading(_year(c), unit, "number" if single else "mixed") for c in shown]
    made = made_of(what, top, [*keys, *([] if single else ["unit"]), *shown], headings, choice, note, len(wide))
    made.data = data
    return made


def _year(column: str) -> str:
    return "per year" if column == "year" else column


def made_of(
    title: str, frame: pd.DataFrame, columns: Sequence[str], headings: Sequence[Heading], choice: Choice,
    note: str = "", of: int | None = None,
) -> View:  # fmt: skip
    top = frame.head(choice.top)
    of = len(frame) if of is None else of
    if of > len(top):
        note = f"{len(top)} of {of:,} rows shown (--top)" + (f"; {note}" if note else "")
    if frame.empty:
        note = "nothing here"
    rows = list(top[list(columns)].itertuples(index=False, name=None))
    return View(title, headings, rows, records(frame), note)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain data."""
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


# -- the views of a plan ----------------------------------------------------------------------------------------------


def _flows(plan: Plan, choice: Choice) -> View:
    return _quantities(plan, "Flows", plan.flows, ["link", "from", "to", "commodity"], choice)


def _supply(plan: Plan, choice: Choice) -> View:
    return _quantities(plan, "Supply", plan.supply, ["place", "commodity"], choice)


def _sales(plan: Plan, choice: Choice) -> View:
    return _quantities(plan, "Sales", plan.sales, ["place", "commodity"], choice)


def _stocks(plan: Plan, choice: Choice) -> View:
    return _quantities(plan, "Highest stock of the year", plan.stocks, ["place", "commodity"], choice, "stock", "max")


def _activity(plan: Plan, choice: Choice) -> View:
    wide, shown, note = _spread(plan, plan.activity, ["place", "process"], "quantity", choice)
    unit = _process_units(plan.region)
    if shown:
        size = wide[shown].abs().max(axis=1)
        wide = wide.loc[size[size > 0].sort_values(ascending=False, kind="stable").index]
    wide = wide.assign(unit=wide["process"].map(unit).fillna(""))
    return _yearly("Activity of facilities", wide, ["place", "process"], shown, choice, note)


def _prices(plan: Plan, choice: Choice) -> View:
    if choice.place is None and choice.commodity is None and choice.period is None:
        return _price_ranges(plan, choice)
    currency, unit = plan.region.settings.currency, units(plan.region)
    wide, shown, note = _spread(plan, plan.prices(), ["place", "commodity"], "price", choice, "mean")
    if shown:
        wide = wide.assign(unit=[f"{currency}/{unit.get(c, '')}" for c in wide["commodity"]])
        wide = wide.assign(_mean=wide[shown].mean(axis=1)).sort_values(["commodity", "_mean"], ascending=[True, False])
        wide = wide.drop(columns="_mean")
    single = bool(shown) and wide["unit"].nunique() == 1
    columns = ["place", "commodity", *([] if single else ["unit"]), *shown] if shown else []
    headings = [Heading(c) for c in columns if c not in shown]
    headings += [Heading(_year(c), str(wide["unit"].iloc[0]) if single else "", "number" if single else "mixed")
                 for c in shown]  # fmt: skip
    return made_of("Prices, mean of the year", wide, columns, headings, choice, note)


def _price_ranges(plan: Plan, choice: Choice) -> View:
    """By commodity: mean, lowest and highest place."""
    prices = mean_prices(plan).dropna()
    rows = []
    unit, currency = units(plan.region), plan.region.settings.currency
    sold = plan.sales["quantity"].groupby(plan.sales["commodity"].astype(str)).sum()
    mean = prices["price"].groupby(prices["commodity"]).mean()
    value = (sold * mean).fillna(0.0)
    goods = plan.region.table("commodities")["commodity"].astype(str)
    for commodity in sorted(goods, key=lambda c: -float(value.get(c, 0.0))):
        here = prices[prices["commodity"] == commodity].sort_values("price")
        if here.empty:
            continue
        low, high = here.iloc[0], here.iloc[-1]
        rows.append({
            "commodity": commodity, "unit": f"{currency}/{unit[commodity]}", "mean": float(here["price"].mean()),
            "lowest": float(low["price"]), "lowest_at": low["place"],
            "highest": float(high["price"]), "highest_at": high["place"],
        })  # fmt: skip
    columns = ["commodity", "unit", "mean", "lowest", "lowest_at", "highest", "highest_at"]
    headings = [
        Heading("commodity"), Heading("unit"), Heading("mean", kind="mixed"), Heading("lowest", kind="mixed"),
        Heading("at"), Heading("highest", kind="mixed"), Heading("at"),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return made_of("What a unit is worth: prices over places, mean of the horizon", frame, columns, headings, choice,
                 "" if len(frame) > choice.top else "--commodity NAME or --place NAME shows them one by one")


def _bottlenecks(plan: Plan, choice: Choice) -> View:
    """Capacities that bind: over the whole horizon a row each, or those of one model year."""
    frame = plan.bottlenecks()
    calendar = years(plan)
    if choice.period is not None:
        year = calendar.get(choice.period, choice.period)
        frame = frame[frame["year"].astype(str) == str(year)]
    n = 1 if choice.period is not None else max(1, len(set(calendar.values())))
    if choice.place is not None or choice.commodity is not None:
        words = [w for w in (choice.place, choice.commodity) if w is not None]
        parts = frame["row"].astype(str).str.split("/")
        frame = frame[[_about(plan, t, p, words) for t, p in zip(frame["table"], parts, strict=True)]]
    data = records(frame)
    rows = frame.groupby(["table", "row"], sort=False, as_index=False).agg(
        capacity=("capacity", "mean"), utilisation=("utilisation", "mean"), periods=("periods", "sum"),
        of=("of", "sum"), worth=("worth", "mean"), rent=("rent", "sum"),
    )  # fmt: skip
    if choice.period is None:  # years in which a row never binds are not in the frame
        rows = rows.assign(rent=rows["rent"] / n, of=max(1, len(calendar)))
    rows = rows.assign(binds=[f"{p:.0f}/{o:.0f}" for p, o in zip(rows["periods"], rows["of"], strict=True)])
    rows = rows.sort_values("rent", ascending=False, kind="stable")
    unit = {**units(plan.region), **_process_units(plan.region)}
    goods = [str(r).split("/")[1] if t in _OF_GOODS else "" for t, r in zip(rows["table"], rows["row"], strict=True)]
    rows = rows.assign(capacity=[quantity(c, unit.get(g, "")) for c, g in zip(rows["capacity"], goods, strict=True)])
    currency = plan.region.settings.currency
    headings = [
        Heading("table"), Heading("row"), Heading("capacity", "per year", "right"), Heading("used", kind="share"),
        Heading("binds", "periods", "plain"), Heading("one more", f"{currency}/year", "mixed"),
        Heading("all of it", f"{currency}/year", "money"),
    ]  # fmt: skip
    columns = ["table", "row", "capacity", "utilisation", "binds", "worth", "rent"]
    made = made_of("Where it chokes: what one more unit of capacity is worth, and all that is there", rows, columns,
                 headings, choice)  # fmt: skip
    made.data = data
    return made


def _about(plan: Plan, table: str, parts: list[str], words: list[str]) -> bool:
    """Whether a row's key names the place or commodity; a link's ends count as its places."""
    names = set(parts)
    if table == "links":
        links = plan.region.table("links")
        ends = links.loc[links["link"] == parts[0], ["from", "to"]]
        names |= set(ends.astype(str).to_numpy().ravel())
    return all(word in names for word in words)


def _welfare(plan: Plan, choice: Choice) -> View:
    if choice.place or choice.commodity or choice.period:
        raise UsageError("welfare is by party over the whole horizon: --place, --commodity and --period don't apply")
    frame = plan.welfare()
    wide = frame.pivot_table(index="party", columns="component", values="amount", aggfunc="sum", observed=True)
    wide = wide.fillna(0.0)
    wide = wide.where(wide.abs() > DUST * wide.abs().max().max(), 0.0)
    wide = wide.loc[:, (wide != 0).any()]
    order = wide.abs().sum().sort_values(ascending=False).index
    wide = wide[order].assign(total=wide.sum(axis=1)).sort_values("total", ascending=False).reset_index()
    names = plan.region.names("parties")
    wide = wide.assign(party=[names.get(str(p), str(p)) for p in wide["party"]])
    divisor, word = _money_scale(wide)
    unit = f"{word} {plan.region.settings.currency}".strip()
    shown = ["total", *order]
    scaled = wide.assign(**{c: wide[c] / divisor for c in shown})
    titles = [str(c).replace("_", " ").replace(" ", "\n", 1) for c in shown]
    headings = [Heading("party"), *(Heading(t, "", "number") for t in titles)]
    made = made_of(f"Who gains: welfare by party, {unit}, present value", scaled, ["party", *shown], headings, choice)
    made.data = records(frame)
    return made


def _money_scale(frame: pd.DataFrame) -> tuple[float, str]:
    from sungari.show.terminal import scale

    return scale(float(frame.select_dtypes("number").abs().max().max()) if len(frame) else 0.0)


def _projects(plan: Plan, choice: Choice) -> View:
    if choice.place or choice.commodity:
        raise UsageError("projects have neither place nor commodity: --place and --commodity don't apply")
    frame = plan.projects
    frame = frame[frame["size"] > 1e-9]
    if choice.period is not None:
        frame = frame[frame["year"].astype(str) == choice.period]
    names = plan.region.names("projects")
    frame = frame.assign(name=[names.get(str(p), "") for p in frame["project"]])
    frame = frame.sort_values(["capex", "project"], ascending=[False, True])
    currency = plan.region.settings.currency
    columns = ["project", "name", "year", "size", "capex", "annuity"]
    headings = [
        Heading("project"), Heading("name"), Heading("decided", kind="plain"), Heading("size", kind="mixed"),
        Heading("capex", currency, "money"), Heading("annuity", f"{currency}/year", "money"),
    ]  # fmt: skip
    return made_of(f"Projects to build ({len(frame)} of {len(names)})", frame, columns, headings, choice)


_VIEWS: dict[str, Callable[[Plan, Choice], View]] = {
    "flows": _flows,
    "prices": _prices,
    "bottlenecks": _bottlenecks,
    "welfare": _welfare,
    "projects": _projects,
    "activity": _activity,
    "supply": _supply,
    "sales": _sales,
    "stocks": _stocks,
}
