"""The kinds of rules that raise red flags: each is one function from a project to what it finds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from sungari.operate import evaluations, needs, packages, projects
from sungari.operate.access import sight
from sungari.operate.content import PROJECTS, Content, cost_of
from sungari.operate.holdings import Contact, Finance, Organisation, Restriction
from sungari.operate.records import Package, PackageTable, Party, Project, Version
from sungari.operate.register import Work
from sungari.region.check import ownership_breaches
from sungari.region.check.common import chain_of
from sungari.words import Words

Limits = Mapping[str, Any]


#: A loss below this share of the money that moves is rounding.
NOISE = 1e-6


@dataclass(frozen=True)
class Finding:
    """What a rule finds: about what, in words, and the facts that a justification is of."""

    subject: str
    text: str
    facts: dict[str, Any] = field(default_factory=dict)


class Screening:
    """What several projects that are held against the rules together have in common: looked up once for all of them.

    Attributes
    ----------
    contents : dict of str to Content
        What they are now.
    """

    def __init__(self, work: Work, codes: Iterable[str]) -> None:
        self._work = work
        self.contents = projects.contents_of(work, codes)
        self._breaches: dict[str, list[dict[str, Any]]] | None = None
        self._unit_costs: dict[str, dict[str, dict[str, float]]] = {}

    def breaches(self, code: str) -> list[dict[str, Any]]:
        """Caps of jurisdictions that a project's owners are above."""
        if self._breaches is None:
            self._breaches = {}
            tables = ("parties", "ownership_caps", PROJECTS, "shares")
            if self._work.session.get_one(Package, 1).name and table_rows(self._work, "ownership_caps"):
                region = packages.region_of(self._work, self.contents, tables)
                for row in ownership_breaches(region).to_dict("records"):
                    self._breaches.setdefault(str(row["project"]), []).append({str(k): v for k, v in row.items()})
        return self._breaches.get(code, [])

    def unit_costs(self, sector: str) -> dict[str, dict[str, float]]:
        """Costs per unit of capacity of all projects of a sector."""
        if sector not in self._unit_costs:
            modes = {str(r.get("link")): str(r.get("mode")) for r in table_rows(self._work, "links")}
            newest = select(Version.project, Version.content).join(
                Project, (Version.project == Project.code) & (Version.number == Project.version)
            )
            found = self._work.session.execute(newest.where(Project.sector == sector))
            self._unit_costs[sector] = {code: unit_costs(content, modes) for code, content in found}
        return self._unit_costs[sector]


def _screening(work: Work) -> Screening:
    found: Screening = work.session.info["screening"]
    return found


def missing_source(work: Work, code: str, content: Content, limits: Limits) -> Iterator[Finding]:
    """Rows that name no source, in the tables of ``tables`` (joined by ``+``)."""
    tables = str(limits.get("tables", PROJECTS)).split("+")
    bare = [row for row in needs.unsourced(content) if row.rsplit(" ", 1)[0] in tables]
    if bare:
        text, rows = Words("no source: {rows}", rows=", ".join(bare)), ", ".join(bare[:5])
        if len(bare) > 5:
            text = Words("no source: {rows} and {n} more", rows=rows, n=len(bare) - 5)
        yield Finding("", text, {"rows": bare})


def ownership_cap(work: Work, code: str, content: Content, limits: Limits) -> Iterator[Finding]:
    """Foreign shares above the cap of a jurisdiction that the project stands in."""
    for row in _screening(work).breaches(code):
        foreign, most = float(row["foreign"]), float(row["most"])
        text = Words("foreign parties hold {foreign:.1%}, {party} allows {most:.1%}", foreign=foreign, most=most,
                     party=str(row["party"]))  # fmt: skip
        yield Finding(str(row["party"]), text, {"foreign": round(foreign, 9), "most": most})


def peer_cost(work: Work, code: str, content: Content, limits: Limits) -> Iterator[Finding]:
    """Cost per unit of capacity more than ``factor`` times, or less than 1/``factor`` of, the median of at least
    ``least`` projects of the same sector that add capacity of the same kind."""
    sector = content[PROJECTS][0].get("sector")
    if sector is None or not content.get("effects"):
        return
    found = _screening(work).unit_costs(sector)
    own, peers = found.get(code, {}), [costs for other, costs in found.items() if other != code]
    factor, least = float(limits.get("factor", 5)), int(limits.get("least", 3))
    for kind, cost in own.items():
        others = [p[kind] for p in peers if kind in p]
        if len(others) < least:
            continue
        middle = statistics.median(others)
        if not middle / factor <= cost <= middle * factor:
            text = Words("{cost:,.4g} per unit of {kind}, the median of {n} peers is {middle:,.4g}", cost=cost,
                         kind=kind, n=len(others), middle=middle)  # fmt: skip
            yield Finding(kind, text, {"cost": float(f"{cost:.6g}"), "factor": factor})


def unit_costs(content: Content, modes: Mapping[str, str]) -> dict[str, float]:
    """Cost per unit of capacity that a project adds, by what it is capacity of: a link's mode, a process, a commodity.

    Of several rows of one kind the largest counts: a railway's capacity stands on each of its links.
    """
    size, cost = content[PROJECTS][0].get("size_max", 1.0), cost_of(content)
    added: dict[str, float] = {}
    for row in content.get("effects", []):
        if row.get("column") == "capacity" and row.get("change", 0) > 0:
            key = str(row.get("row", ""))
            what = modes.get(key, "") if row["table"] == "links" else "/".join(key.split("/")[1:2])
            kind = f"{row['table']} {what}".strip()
            added[kind] = max(added.get(kind, 0.0), row["change"] * size)
    return {kind: cost / capacity for kind, capacity in added.items() if capacity > 0 and cost > 0}


def fund_limit(work: Work, code: str, content: Content, limits: Limits) -> Iterator[Finding]:
    """Exposure of one project above ``share`` of the fund's capital: its limit, else what the parties open it with."""
    rows = table_rows(work, "fund")

    def money(key: str) -> float:
        return sum(float(r["value"]) for r in rows if r.get("key") == key)

    capital = money("capital_limit") or money("opening_capital")
    exposed = sum(float(r.get("amount", cost_of(content))) for r in content.get("exposures", []))
    most = float(limits.get("share", 0.25)) * capital
    if capital and exposed > most:
        text = Words("exposed with {exposed:,.4g}, the fund bears {most:,.4g} of one project", exposed=exposed,
                     most=most)  # fmt: skip
        yield Finding("", text, {"exposed": exposed, "most": most})


def restricted(work: Work, code: str, content: Content, limits: Limits) -> Iterator[Finding]:
    """Goods, parties or organisations on the register's list of restrictions that hold today."""
    today = work.now.date()
    listed = [r for r in work.session.scalars(select(Restriction))
              if (r.begins is None or r.begins <= today) and (r.ends is None or r.ends >= today)]
    if not listed:
        return
    touched = {"party": _parties(work, code, content), "organisation": _organisations(work, code),
               "commodity": _goods(work, content), "hs": set[str]()}
    touched["hs"] = {str(r["hs"]) for r in table_rows(work, "commodities")
                     if r.get("hs") and r.get("commodity") in touched["commodity"]}
    for row in listed:
        hits = touched[row.kind]
        if row.name in hits or (row.kind == "hs" and any(h.startswith(row.name) for h in hits)):
            text = Words("{kind} {name} is restricted by {authority}: {reason}", kind=row.kind, name=row.name,
                         authority=row.authority, reason=row.reason)  # fmt: skip
            yield Finding(f"{row.kind}:{row.name}", text, {"authority": row.authority, "reason": row.reason})


def _parties(work: Work, code: str, content: Content) -> set[str]:
    parent = {p.code: p.parent for p in work.session.scalars(select(Party)) if p.parent}
    named = [content[PROJECTS][0].get("host"), *(r.get("party") for r in content.get("shares", []))]
    named += work.session.scalars(select(Finance.party).where(Finance.project == code)).all()
    return {above for name in named if name for above in chain_of(str(name), parent)}


def _organisations(work: Work, code: str) -> set[str]:
    asked = select(Contact.organisation).where(Contact.project == code)
    named = {n for n in work.session.scalars(asked) if n} | set(
        work.session.scalars(select(Finance.source).where(Finance.project == code))
    )
    found = work.session.scalars(select(Organisation)).all()
    return {o.code for o in found if o.code in named or o.name in named} | named


def _goods(work: Work, content: Content) -> set[str]:
    """Commodities that a project makes, stores or sells more of, and those that its processes use."""
    effects = content.get("effects", [])
    rows = [(r.get("table"), str(r.get("row", "")).split("/")) for r in effects]
    goods = {key[1] for table, key in rows if table in ("supply", "stores", "demand") and len(key) > 1}
    processes = {key[1] for table, key in rows if table == "facilities" and len(key) > 1}
    if processes:
        goods |= {str(r["commodity"]) for r in table_rows(work, "recipes") if r.get("process") in processes}
    return goods


def loser(work: Work, code: str, content: Content, limits: Limits) -> Iterator[Finding]:
    """Countries whose ground or money is in the project and that lose by it, with all that belongs to them: first in,
    in the newest appraisal that holds it. What appraisals differ by is no other fact."""
    change: dict[str, float] = {}
    rows = (evaluations.appraisal_of(work, code) or {}).get("first", {}).get("parties", [])
    parent = {p.code: p.parent for p in work.session.scalars(select(Party)) if p.parent} if rows else {}
    for row in rows:
        country = chain_of(str(row["party"]), parent)[-1]
        change[country] = change.get(country, 0.0) + (row.get("change") or 0.0)
    if not change:
        return
    settings = work.session.get_one(Package, 1).settings
    scale, currency = float(settings.get("money_scale", 1)), settings.get("currency", "USD")
    least = NOISE * max((abs(v) for v in change.values()), default=0.0)
    for country in projects.parties_of(work, content):
        if change.get(country, 0.0) < -least:
            loss = float(f"{-change[country] * scale:.3g}")
            text = Words("{party} loses {loss:,.10g} {currency} by it", party=country, loss=loss, currency=currency)
            yield Finding(country, text, {"loss": loss})


def table_rows(work: Work, name: str) -> list[dict[str, Any]]:
    """The package's own rows of a table."""
    found = work.session.get(PackageTable, name)
    return list(found.rows) if found is not None else []


#: The kinds of rules, each with its function.
KINDS: dict[str, Callable[[Work, str, Content, Limits], Iterator[Finding]]] = {
    f.__name__: f for f in (missing_source, ownership_cap, peer_cost, fund_limit, restricted, loser)
}
#: Kinds that must always be on.
ALWAYS = ("restricted",)
#: The limits that each kind knows.
LIMITS: dict[str, tuple[str, ...]] = {"missing_source": ("tables",), "peer_cost": ("factor", "least"),
                                      "fund_limit": ("share",)}


def screened(work: Work, code: str, kind: str, limits: Limits) -> list[Finding]:
    """What a kind of rule finds about a project as it is now; the work's screening holds it."""
    content = _screening(work).contents[code]
    if kind not in ALWAYS:
        return list(KINDS[kind](work, code, content, limits))
    with sight.everything(work):  # nobody evades it by keeping a record to himself; it says what is restricted only
        return list(KINDS[kind](work, code, content, limits))
