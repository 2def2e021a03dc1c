"""What rows of a plan are called in the reader's language, and in which unit they are measured."""

from __future__ import annotations

import re
from typing import ClassVar, Protocol
from weakref import WeakKeyDictionary

import pandas as pd

from sungari.region.package import Region
from sungari.show.i18n import N_, Translator


class Regional(Protocol):
    """What was made from a region: a plan, a part of a study, a study."""

    @property
    def region(self) -> Region: ...


#: Words for modes of transport. Packages name modes as they like (``rail_coal``): the first word known here counts.
MODES = {
    "rail": N_("rail"), "railway": N_("rail"), "road": N_("road"), "truck": N_("road"), "sea": N_("sea"),
    "ship": N_("sea"), "tanker": N_("sea"), "river": N_("river"), "barge": N_("river"), "pontoon": N_("river"),
    "pipeline": N_("pipeline"), "pipe": N_("pipeline"), "air": N_("air"), "ferry": N_("ferry"),
    "power": N_("power line"), "grid": N_("power line"), "wire": N_("power line"), "line": N_("power line"),
    "fibre": N_("data line"), "trip": N_("passengers"), "passenger": N_("passengers"), "border": N_("border crossing"),
    "gauge": N_("change of gauge"), "transfer": N_("transfer"), "port": N_("port"), "box": N_("containers"),
    "container": N_("containers"), "multimodal": N_("multimodal"),
}  # fmt: skip

#: Tables of the contract as readers know them.
TABLES = {
    "parties": N_("Parties"), "places": N_("Places"), "commodities": N_("Commodities"), "periods": N_("Periods"),
    "profiles": N_("Profiles through the year"), "supply": N_("Resources"), "processes": N_("Processes"),
    "recipes": N_("Inputs and outputs"), "facilities": N_("Facilities"), "units": N_("Shared equipment"),
    "unit_use": N_("Use of equipment"), "stores": N_("Stores"), "links": N_("Corridors"),
    "rates": N_("Transport rates"), "congestion": N_("Congestion"), "duties": N_("Duties and quotas"),
    "demand": N_("Markets"), "projects": N_("Projects"), "effects": N_("Effects of projects"),
    "shares": N_("Shares in projects"), "ownership_caps": N_("Ownership caps"), "budgets": N_("Budgets"),
    "scenarios": N_("Scenarios"), "uncertainties": N_("Uncertainties"), "criteria": N_("Criteria"),
    "criteria_scores": N_("Scores by criterion"), "criteria_weights": N_("Weights of criteria"),
    "criteria_judgements": N_("Judgements of criteria"), "hazards": N_("Hazards"),
    "correlations": N_("Correlations of common causes"),
    "exposures": N_("Exposures"), "fund": N_("The compensation fund"), "sources": N_("Sources"),
}  # fmt: skip

#: Components of welfare.
COMPONENTS = {
    "consumer surplus": N_("Consumer surplus"), "resource rent": N_("Resource rents"),
    "facility rent": N_("Facility rents"), "unit rent": N_("Equipment rents"), "store rent": N_("Storage rents"),
    "link rent": N_("Corridor rents"), "quota rent": N_("Quota rents"), "duties": N_("Duties collected"),
    "project cost": N_("Project costs"), "project rent": N_("Project rents"), "total": N_("Total"),
}  # fmt: skip


class Names:
    """Names of a region's rows in one language; made once for a region and language.

    Parameters
    ----------
    made : Plan, Part or Study
        What was made from the region.
    tr : Translator
    """

    _made: ClassVar[WeakKeyDictionary[Region, dict[str, Names]]] = WeakKeyDictionary()

    def __new__(cls, made: Regional, tr: Translator) -> Names:
        known = cls._made.setdefault(made.region, {})
        if tr.lang not in known:
            names = super().__new__(cls)
            names._read(made.region, tr)
            known[tr.lang] = names  # only now: another thread may be waiting for it
        return known[tr.lang]

    def _read(self, region: Region, tr: Translator) -> None:
        self.tr = tr
        self.currency = region.settings.currency
        self._names = {
            table: region.names(table, tr.lang)
            for table in ("places", "parties", "commodities", "processes", "projects")
        }
        commodities = region.table("commodities")
        self.units: dict[str, str] = dict(
            zip(commodities["commodity"].astype(str), commodities["unit"].fillna("").astype(str), strict=True)
        )
        places = region.table("places")
        self.party_of: dict[str, str] = dict(
            zip(places["place"].astype(str), places["party"].fillna("").astype(str), strict=True)
        )
        parties = region.table("parties").dropna(subset="parent")
        self._parents: dict[str, str] = dict(
            zip(parties["party"].astype(str), parties["parent"].astype(str), strict=True)
        )
        links = region.table("links").drop_duplicates("link")
        ends = (links[c].astype(str) for c in ("link", "from", "to", "mode"))
        self._links = {link: (start, end, mode) for link, start, end, mode in zip(*ends, strict=True)}
        processes = region.table("processes")
        units = processes["unit"].fillna("").astype(str)
        self._activity: dict[str, str] = dict(zip(processes["process"].astype(str), units, strict=True))
        rates = region.table("rates")
        self._carried: dict[str, set[str]] = {}
        for mode, commodity in zip(rates["mode"].astype(str), rates["commodity"].astype(str), strict=True):
            self._carried.setdefault(mode, set()).add(commodity)
        self._load = _load_units(region.table("rates"), self.units)

    def place(self, place: str) -> str:
        return self._names["places"].get(place, place)

    def party(self, party: str) -> str:
        return self._names["parties"].get(party, party)

    def commodity(self, commodity: str) -> str:
        return self._names["commodities"].get(commodity, commodity)

    def process(self, process: str) -> str:
        return self._names["processes"].get(process, process)

    def project(self, project: str) -> str:
        return self._names["projects"].get(project, project)

    def country(self, party: str) -> str:
        """Topmost parent of a party, an identifier."""
        seen = set()
        while party in self._parents and party not in seen:
            seen.add(party)
            party = self._parents[party]
        return party

    def mode(self, mode: str) -> str:
        known = (MODES[word] for word in re.split(r"[\W_]+", mode.lower()) if word in MODES)
        text = next(known, None)
        if text:
            return self.tr(text)
        # A word that nobody knows says less than what is carried.
        goods = self._carried.get(mode, set())
        if not goods:
            return mode.replace("_", " ")
        return self.commodity(next(iter(goods))) if len(goods) == 1 and "*" not in goods else self.tr("all goods")

    def ends(self, link: str) -> tuple[str, str]:
        """Places at a link's ends, identifiers."""
        found = self._links.get(link)
        return (found[0], found[1]) if found else ("", "")

    def link(self, link: str) -> str:
        """``Harbin – Dalian, rail``."""
        if link not in self._links:
            return link
        start, end, mode = self._links[link]
        return self.tr("{start} – {end}, {mode}", start=self.place(start), end=self.place(end), mode=self.mode(mode))

    def table(self, table: str) -> str:
        return self.tr(TABLES[table]) if table in TABLES else table

    def component(self, component: str) -> str:
        return self.tr(COMPONENTS[component]) if component in COMPONENTS else component

    def row(self, table: str, row: str) -> str:
        """A row of a capacity table: the link, ``Coal at Chita``, ``Coking at Jixi`` …"""
        if table == "links":
            return self.link(row)
        if table == "duties":
            start, end, what = [*row.split("/"), "", ""][:3]
            name = self.tr("all goods") if what == "*" else self.commodity(what)
            return self.tr("{what}: {start} → {end}", what=name, start=self.party(start), end=self.party(end))
        place, _, rest = row.partition("/")
        what, _, step = rest.partition("/")
        if not what:
            return row
        name = self.process(what) if table == "facilities" else self.commodity(what)
        text = self.tr("{what} at {place}", what=name, place=self.place(place))
        return self.tr("{text} (step {step})", text=text, step=step) if step not in ("", "1") else text

    def capacity_unit(self, table: str, row: str) -> str:
        """Unit of a row's capacity in the reader's language (without ``per year``), never empty."""
        what = row.split("/")[1] if "/" in row else ""
        if table == "links":
            unit = self._load.get(self._links.get(row, ("", "", ""))[2], "")
        elif table == "facilities":
            unit = self._activity.get(what, "")
        else:
            unit = self.units.get(row.split("/")[-1] if table == "duties" else what, "")
        return self.tr.unit(unit) or self.tr("unit")

    @staticmethod
    def kind(table: str) -> str:
        """What a row of a capacity table is, one word (a text to translate)."""
        return {
            "links": N_("Corridor"), "supply": N_("Resource"), "facilities": N_("Facility"), "units": N_("Equipment"),
            "stores": N_("Store"), "demand": N_("Market"), "duties": N_("Quota"), "budgets": N_("Budget"),
        }.get(table, table)  # fmt: skip


def _load_units(rates: pd.DataFrame, units: dict[str, str]) -> dict[str, str]:
    """Unit of a mode's capacity: that of the commodities of weight 1, where they agree on one."""
    found: dict[str, set[str]] = {}
    for mode, commodity, weight in zip(rates["mode"], rates["commodity"], rates["weight"], strict=True):
        if weight == 1:
            own = set(units.values()) if commodity == "*" else {units.get(str(commodity), "")}
            found.setdefault(str(mode), set()).update(own)
    return {mode: next(iter(own)) for mode, own in found.items() if len(own) == 1 and "" not in own}
