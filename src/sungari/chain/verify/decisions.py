"""Projects: what may be built, when, how large, and who pays."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sungari.chain.verify.facts import Facts
from sungari.chain.verify.ledger import Ledger

ANY = "*"


def check_decisions(facts: Facts, ledger: Ledger) -> None:
    """Every rule on projects."""
    projects = facts.table("projects").astype({"project": object}).set_index("project")
    made = facts.plan("projects").reset_index(drop=True)
    if projects.empty and made.empty:
        return
    known = made["project"].isin(projects.index).to_numpy()
    ledger.holds("rows known", "projects", made["project"], "", known, "projects.csv has no such project")
    made = made[known].reset_index(drop=True)
    own = projects.loc[made["project"]].reset_index(drop=True)
    _windows(facts, ledger, made, own)
    _sizes(ledger, made, own, projects)
    _money(facts, ledger, made, own)
    _relations(ledger, made, projects)
    _budgets(facts, ledger, made, own)
    _caps(facts, ledger, made, own)


def _windows(facts: Facts, ledger: Ledger, made: pd.DataFrame, own: pd.DataFrame) -> None:
    calendar = facts.calendar.drop_duplicates("year")
    span = calendar.set_index("year")["span"].reindex(made["year"].to_numpy()).to_numpy(dtype=float)
    ledger.holds("window", "projects", made["project"], "", ~np.isnan(span), "decided in no model year",
                 value=made["year"])
    last = made["year"].to_numpy(dtype=float) + np.maximum(np.nan_to_num(span), 1.0) - 1
    low = own["year_from"].astype("Float64").to_numpy(dtype=float, na_value=-np.inf)
    high = own["year_to"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    ledger.holds("window", "projects", made["project"], "", last >= low,
                 "decided before its window", value=made["year"], limit=low)
    ledger.holds("window", "projects", made["project"], "", made["year"].to_numpy(dtype=float) <= high,
                 "decided after its window", value=made["year"], limit=high)
    first = facts.running.groupby("decision")["year"].min().reindex(np.arange(len(made))).fillna(-1)
    ledger.equal("operation", "projects", made["project"], "", made["operates_from"], first,
                 "does not operate from decision plus lead")


def _sizes(ledger: Ledger, made: pd.DataFrame, own: pd.DataFrame, projects: pd.DataFrame) -> None:
    name, size = made["project"], made["size"].to_numpy(dtype=float)
    most, least = own["size_max"].to_numpy(dtype=float), own["size_min"].to_numpy(dtype=float)
    kind = own["lumpy"].to_numpy(dtype=object)
    lumpy, whole = kind == "true", kind == "whole"
    ledger.at_most("size", "projects", name, "", size, most, "larger than size_max", floor=1e-3)
    ledger.at_least("size", "projects", name, "", size, np.where(lumpy, most, least), "smaller than it may be",
                    floor=1e-3)
    ledger.equal("size", "projects", name[whole], "", size[whole], np.round(size[whole]), "not a whole number")
    total = made.groupby("project")["size"].sum()
    ledger.at_most("size", "projects", total.index, "", total, projects.loc[total.index, "size_max"],
                   "larger than size_max over all years", floor=1e-3)
    once = set(_once(projects))
    times = made[made["project"].isin(once)].groupby("project").size()
    ledger.at_most("once", "projects", times.index, "", times, 1.0, "decided more than once")
    committed = projects.index[projects["committed"].fillna(False).to_numpy(dtype=bool)]
    ledger.holds("committed", "projects", committed, "", np.asarray(committed.isin(made["project"])),
                 "committed, but not built", limit=1.0, value=0.0)


def _once(projects: pd.DataFrame) -> list[str]:
    """Projects that are a decision of yes or no: decided at most once."""
    related = {str(p) for p in projects.index[projects["requires"].notna() | projects["excludes"].notna()]}
    for column in ("requires", "excludes"):
        related |= {name for text in projects[column].dropna() for name in _names(text)}
    yes = (projects["lumpy"] == "true") | (projects["capex"] > 0) | (projects["opex"] != 0) | (projects["size_min"] > 0)
    return [str(p) for p in projects.index if bool(yes[p]) or p in related]


def _names(text: object) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()] if isinstance(text, str) else []


def _money(facts: Facts, ledger: Ledger, made: pd.DataFrame, own: pd.DataFrame) -> None:
    rate, name = facts.region.settings.discount_rate, made["project"]
    size, built = made["size"].to_numpy(dtype=float), made["built"].to_numpy(dtype=float)
    capex = own["capex"].to_numpy(dtype=float) * built + own["capex_per_size"].to_numpy(dtype=float) * size
    opex = own["opex"].to_numpy(dtype=float) * built + own["opex_per_size"].to_numpy(dtype=float) * size
    life = own["life"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        recovery = 1.0 / life if rate == 0 else rate / (1.0 - (1.0 + rate) ** -life)
    ledger.equal("capex", "projects", name, "", made["capex"], capex, "not that of its size", floor=1e-3)
    ledger.equal("opex", "projects", name, "", made["opex"], opex, "not that of its size", floor=1e-3)
    ledger.equal("annuity", "projects", name, "", made["annuity"], capex * recovery,
                 "not capital recovery factor times capex", floor=1e-3)


def _relations(ledger: Ledger, made: pd.DataFrame, projects: pd.DataFrame) -> None:
    when = made.groupby("project")["year"].min()
    for column, what in (("requires", "a project that it requires is not decided by then"),
                         ("excludes", "a project that it excludes is built as well")):
        pairs = [(p, other) for p in when.index for other in _names(projects.at[p, column])]
        if column == "requires":
            good = [other in when.index and when[other] <= when[p] for p, other in pairs]
        else:
            good = [other == p or other not in when.index for p, other in pairs]
        labels = [f"{p} {column} {other}" for p, other in pairs]
        ledger.holds(column, "projects", labels, "", np.array(good, dtype=bool), what, value=0.0, limit=1.0)


def _chains(facts: Facts) -> dict[str, list[str]]:
    """Each party and those above it."""
    parties = facts.table("parties")
    parent = {str(p): None if pd.isna(q) else str(q) for p, q in zip(parties["party"], parties["parent"], strict=True)}
    chains = {}
    for party in parent:
        chain, up = [party], parent[party]
        while up is not None and up not in chain:
            chain.append(up)
            up = parent.get(up)
        chains[party] = chain
    return chains


def _shares(facts: Facts, own: pd.DataFrame, made: pd.DataFrame) -> list[dict[str, float]]:
    """Shares of the parties of each decided project; the host's where none are stated."""
    table = facts.table("shares")
    stated: dict[str, dict[str, float]] = {}
    for project, party, share in zip(table["project"], table["party"], table["share"], strict=True):
        stated.setdefault(str(project), {})[str(party)] = float(share)
    first = str(facts.table("parties")["party"].iloc[0])
    result = []
    for project, host in zip(made["project"], own["host"], strict=True):
        shares = stated.get(str(project), {first if pd.isna(host) else str(host): 1.0})
        whole = sum(shares.values())
        result.append({p: s / whole for p, s in shares.items()})
    return result


def _budgets(facts: Facts, ledger: Ledger, made: pd.DataFrame, own: pd.DataFrame) -> None:
    budgets = facts.table("budgets")
    if budgets.empty:
        return
    chains, shares = _chains(facts), _shares(facts, own, made)
    calendar = facts.calendar.drop_duplicates("year")
    amounts: dict[tuple[str, int | None, str, bool], float] = {}
    columns = ["party", "year", "amount", "sector", "new_only"]
    for party, year, amount, sector, new in budgets[columns].itertuples(index=False):
        model_year: int | None = None
        if not pd.isna(year):
            span = np.maximum(calendar["span"], 1.0)
            inside = calendar["year"][(calendar["year"] <= year) & (year <= calendar["year"] + span - 1)]
            if inside.empty:
                continue
            model_year = int(inside.iloc[0])
        key = (str(party), model_year, str(sector), bool(new))
        amounts[key] = amounts.get(key, 0.0) + float(amount)
    sectors, years, capex = own["sector"].astype(str), made["year"].to_numpy(), made["capex"].to_numpy(dtype=float)
    labels, spent = [], []
    committed = own["committed"].fillna(False).to_numpy(dtype=bool)
    for party, model_year, sector, new in amounts:
        part = np.array([
            1.0 if party == ANY else sum(s for p, s in mine.items() if party in chains[p]) for mine in shares
        ])
        mine = np.ones(len(made), dtype=bool)
        if model_year is not None:
            mine &= years == model_year
        if sector != ANY:
            mine &= (sectors == sector).to_numpy()
        if new:
            mine &= ~committed
        spent.append(float((part * capex)[mine].sum()) if len(made) else 0.0)
        labels.append(f"{party}/{'' if model_year is None else model_year}/{sector}")
    ledger.at_most("budgets", "budgets", labels, "", spent, list(amounts.values()), "more is invested than allowed",
                   floor=1e-3)


def _caps(facts: Facts, ledger: Ledger, made: pd.DataFrame, own: pd.DataFrame) -> None:
    """Foreign shares: of parties that are neither under the host country nor above it."""
    caps = facts.table("ownership_caps")
    if caps.empty or made.empty:
        return
    most = {(str(p), str(s)): float(m) for p, s, m in
            caps[["party", "sector", "max_foreign_share"]].itertuples(index=False)}
    chains = _chains(facts)
    labels, held, allowed = [], [], []
    for project, host, sector, shares in zip(
        made["project"], own["host"], own["sector"].astype(str), _shares(facts, own, made), strict=True
    ):
        for country in [] if pd.isna(host) else chains[str(host)]:
            cap = most.get((country, sector), most.get((country, ANY)))
            if cap is not None:
                outside = (s for p, s in shares.items() if country not in chains[p] and p not in chains[country])
                labels.append(f"{project} in {country}")
                held.append(sum(outside))
                allowed.append(cap)
    ledger.at_most("ownership", "projects", labels, "", held, allowed, "foreign share above the cap")
