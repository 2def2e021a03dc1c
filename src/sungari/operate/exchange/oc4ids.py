"""Projects in the Open Contracting for Infrastructure Data Standard, OC4IDS 0.9.5: out, and in again.

What the standard has a field for is written from the register; what an imported project said beyond that is kept as it
came, under ``other``, and written again. Source: https://standard.open-contracting.org/infrastructure/0.9.5/
"""

from __future__ import annotations

import calendar
import copy
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select

from sungari.errors import InputError, Problem, UsageError
from sungari.operate import content as contents
from sungari.operate import keeping, packages, projects
from sungari.operate.access import sight
from sungari.operate.content import OTHER, PROJECTS, Content, Normal, cost_of
from sungari.operate.exchange import Incoming
from sungari.operate.exchange.shares import rounded
from sungari.operate.records import Party, Project, Stage, Visit
from sungari.operate.register import Register, Work
from sungari.words import Words

VERSION = "0.9"
KEY = "oc4ids"
#: Scheme of the identifier that brings a project back to itself.
SCHEME = "sungari"
#: Begins identifiers; a publisher asks the Open Contracting Partnership for one of its own.
PREFIX = "oc4ids-sungari"
STATUSES = ("identification", "preparation", "implementation", "completion", "maintenance", "decommissioning",
            "decommissioned", "cancelled")  # fmt: skip
_SECTORS = {"tourism": "cultureSportsAndRecreation", "culture": "cultureSportsAndRecreation", "food": "economy",
            "agriculture": "economy", "water": "waterAndWaste", "forestry": "naturalResources"}  # fmt: skip
_DOCUMENTS = {"environmental-assessment": "environmentalImpact", "agreement": "financialAgreement",
              "completion-certificate": "completionCertificate", "evaluation": "projectEvaluation",
              "feasibility-study": "feasibilityStudy"}  # fmt: skip
_FINANCE = ("loan", "bond", "grant", "guarantee")
_CLASSES = {"equity": "equity", "loan": "debt", "bond": "debt"}
#: Fields of a project that the register writes itself; lists among them keep what others put into them.
_OURS = ("id", "updated", "title", "description", "status", "sector", "publicAuthority")
_LISTS = {"locations": "sungari", "parties": "party:", "milestones": "stage:", "documents": "document:",
          "forecasts": "target:", "metrics": "actual:"}  # fmt: skip
#: What is kept of an amount in another currency.
MONEY = ("budget_amount", "budget_currency", "budget_rate", "budget_date")
CLOSE = 1e-9


# -- out --------------------------------------------------------------------------------------------------------------


def package(
    work: Work, names: Iterable[str] | None = None, *, publisher: str = "", uri: str = "", prefix: str = PREFIX
) -> dict[str, Any]:
    """Projects as an OC4IDS project package. It is for publication: what one party keeps to itself is never in it.

    Parameters
    ----------
    work : Work
    names : iterable of str or None
        Projects; default all.
    publisher, uri : str
        Who publishes it, and where; default the region's title and an identifier of the register.
    prefix : str
        What the projects' identifiers begin with.

    Raises
    ------
    UsageError
        If there are no projects.
    Forbidden
    """
    work.actor.demand("export")
    with sight.audience(work, None):
        return _package(work, names, publisher, uri, prefix)


def _package(work: Work, names: Iterable[str] | None, publisher: str, uri: str, prefix: str) -> dict[str, Any]:
    held = packages.package(work)
    chosen = [projects.get(work, n) for n in names] if names is not None else list(projects.listed(work).rows)
    if not chosen:
        raise UsageError("no projects to export")
    return {
        "uri": uri or f"urn:uuid:{held.register}", "version": VERSION,
        "publishedDate": _moment(max(p.changed for p in chosen)),
        "publisher": {"name": publisher or held.title or held.name},
        "projects": [_project(work, p, prefix) for p in chosen],
    }  # fmt: skip


def _project(work: Work, project: Project, prefix: str) -> dict[str, Any]:
    content = projects.current(work, project.code).content
    row = content[PROJECTS][0]
    made: dict[str, Any] = copy.deepcopy(content.get(OTHER, {}).get(KEY, {}))
    stage = work.session.get_one(Stage, project.stage)
    names = {p.code: p.name for p in work.session.scalars(select(Party))}
    host = row.get("host")
    made |= {
        "id": project.code if project.code.startswith("oc4ids-") else f"{prefix}-{project.code}",
        "updated": _moment(project.changed), "title": row.get("name"), "description": row.get("description"),
        "status": stage.oc4ids,
    }  # fmt: skip
    if row.get("sector"):
        ours = _sector(str(row["sector"]))
        made["sector"] = made["sector"] if _base(made.get("sector")) == ours else [ours]
    if host:
        made.setdefault("publicAuthority", {"id": f"party:{host}", "name": names.get(host, host)})
    _extend(made, "identifiers", [{"scheme": SCHEME, "id": project.code}])
    if "lat" in row and "lon" in row and _point(made) != (row["lon"], row["lat"]):
        point = {"type": "Point", "coordinates": [row["lon"], row["lat"]]}
        _extend(made, "locations", [{"id": "sungari", "geometry": point}])
    budget = made.setdefault("budget", {})
    budget.update(_budget(work, project, content, names))
    shares = {str(s["party"]) for s in content.get("shares", [])}
    _extend(made, "parties", [
        {"id": f"party:{p}", "name": names.get(p, p),
         "roles": ["publicAuthority"] * (p == host) + ["funder"] * (p in shares)}
        for p in sorted(shares | ({host} if host else set()))
    ])  # fmt: skip
    _periods(work, project, made)
    _extend(made, "documents", [
        {"id": f"document:{d.id}", "documentType": _DOCUMENTS.get(d.kind, d.kind), "title": d.title,
         "format": d.media_type, "datePublished": _moment(d.added), "description": f"{d.name}, SHA-256 {d.sha256}"}
        for d in keeping.listed(work, "document", project=project.code)
    ])  # fmt: skip
    measures = keeping.listed(work, "measure", project=project.code)
    for field, kind in (("forecasts", "target"), ("metrics", "actual")):
        found: dict[str, list[dict[str, Any]]] = {}
        for m in measures:
            if (value := getattr(m, kind)) is not None:
                found.setdefault(m.measure, []).append({
                    "id": f"{m.period}/{m.unit}", "period": _period(m.period), "measure": value,
                    "unit": {"name": m.unit},
                })  # fmt: skip
        _extend(made, field, [{"id": f"{kind}:{k}", "title": k, "observations": v} for k, v in found.items()])
    return {k: v for k, v in made.items() if v not in (None, [], {}, "")}


def stated_cost(content: Content, currency: str) -> dict[str, Any]:
    """A project's cost as it was stated: in its own currency, as long as the package's figure comes from that."""
    row, cost = content[PROJECTS][0], cost_of(content)
    if all(k in row for k in MONEY) and abs(row["budget_amount"] * row["budget_rate"] - cost) <= CLOSE * cost:
        return {"amount": row["budget_amount"], "currency": row["budget_currency"]}
    return {"amount": cost, "currency": currency}


def _budget(work: Work, project: Project, content: Content, names: Mapping[str, str]) -> dict[str, Any]:
    cost = cost_of(content)
    currency = str(packages.package(work).settings.get("currency", "USD"))
    made: dict[str, Any] = {}
    if cost:
        made["amount"] = value = stated_cost(content, currency)
        parts = rounded({str(s["party"]): s["share"] for s in content.get("shares", [])}, value["amount"])
        if parts:
            entries = [{"id": p, "amount": {"amount": v, "currency": value["currency"]},
                        "sourceParty": {"id": f"party:{p}", "name": names.get(p, p)}} for p, v in parts.items()]
            made["budgetBreakdowns"] = [{"id": "parties", "description": "By party, as its share",
                                         "budgetBreakdown": entries}]
    finance = []
    for f in keeping.listed(work, "finance", project=project.code):
        entry = {"id": f"finance:{f.id}", "title": f.source, "source": f.source, "description": f.status,
                 "value": {"amount": f.amount, "currency": f.currency}}
        if f.kind in _FINANCE:
            entry["type"] = f.kind
        if f.kind in _CLASSES:
            entry["assetClass"] = [_CLASSES[f.kind]]
        finance.append(entry)
    theirs = content.get(OTHER, {}).get(KEY, {}).get("budget", {}).get("finance", [])
    if finance or theirs:
        made["finance"] = [*theirs, *finance]
    return made


def _periods(work: Work, project: Project, made: dict[str, Any]) -> None:
    """Periods and milestones, from the stages that the project has been in under the register's clock."""
    stages = {s.code: s for s in work.session.scalars(select(Stage))}
    asked = select(Visit).where(Visit.project == project.code, Visit.known).order_by(Visit.id)
    milestones, spans = [], dict[str, dict[str, Any]]()
    for visit in work.session.scalars(asked):
        stage = stages[visit.stage]
        milestones.append({"id": f"stage:{visit.id}", "title": stage.name, "type": "approval", "status": "met",
                           "dateMet": _moment(visit.entered)})
        span = spans.setdefault(f"{stage.oc4ids}Period", {"startDate": _moment(visit.entered)})
        span.pop("endDate", None)
        if visit.left:
            span["endDate"] = _moment(visit.left)
    made |= {k: v for k, v in spans.items() if k not in ("decommissionedPeriod", "cancelledPeriod")}
    _extend(made, "milestones", milestones)


def _extend(made: dict[str, Any], field: str, ours: list[dict[str, Any]]) -> None:
    """Put the register's entries after what others have put into a list."""
    if ours:
        made[field] = [*made.get(field, []), *ours]


def _sector(word: str) -> str:
    return _SECTORS.get(word, word)


def _base(sectors: Any) -> str | None:
    """The sector that the first code of a list belongs to: ``transport`` of ``transport.road``."""
    return str(sectors[0]).split(".")[0] if isinstance(sectors, list) and sectors else None


def _point(raw: Mapping[str, Any]) -> tuple[float, float] | None:
    """Longitude and latitude of a project's first location that is a point."""
    for location in raw.get("locations") or []:
        geometry = location.get("geometry") if isinstance(location, dict) else None
        at = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
        if isinstance(at, list) and len(at) >= 2 and all(isinstance(x, int | float) for x in at[:2]):
            return float(at[0]), float(at[1])
    return None


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _period(text: str) -> dict[str, str]:
    """First and last moment of a year, quarter or month."""
    year, _, part = text.partition("-")
    first, last = (1, 12) if not part else (
        (3 * int(part[1]) - 2, 3 * int(part[1])) if part.startswith("Q") else (int(part), int(part)))  # fmt: skip
    end = date(int(year), last, calendar.monthrange(int(year), last)[1])
    return {"startDate": f"{year}-{first:02d}-01T00:00:00Z",
            "endDate": _moment(datetime.combine(end, time(23, 59, 59), UTC))}


# -- in ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What the register's words mean in a standard's."""

    status: Mapping[str, str]  # by stage, and by every other word for it
    first: Mapping[str, str]  # the first stage of each status
    currency: str
    rates: Mapping[str, float]

    def of(self, stage: str | None) -> str:
        """The status of a package's word for a stage; a word that means none is taken for the first."""
        return self.status.get((stage or projects.FIRST).strip().lower(), self.status[projects.FIRST])


def terms_of(work: Work, standard: str) -> Terms:
    """The words of a standard, by the column of :class:`sungari.operate.records.Stage` that holds them."""
    settings = packages.package(work).settings
    status, first = dict[str, str](), dict[str, str]()
    for stage in work.session.scalars(select(Stage).order_by(Stage.position)):
        theirs = str(getattr(stage, standard))
        status |= dict.fromkeys((stage.code, stage.name.lower(), *map(str, stage.also)), theirs)
        first.setdefault(theirs, stage.code)
    return Terms(status, first, str(settings.get("currency", "USD")), settings.get("exchange_rates", {}))


def read(register: Register, path: str | os.PathLike[str]) -> Incoming:
    """A project package, ready to be compared with the register.

    Raises
    ------
    InputError
        If it is no project package; what is wrong with single projects refuses these.
    """
    file = Path(path)
    try:
        raw = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        problem = Problem(file.name, None, None, "", Words("not valid JSON: {error}", error=error), "", "json")
        raise InputError([problem], "file") from error
    listed = raw.get("projects") if isinstance(raw, dict) else None
    if not isinstance(listed, list) or not all(isinstance(p, dict) for p in listed):
        problem = Problem(file.name, "/projects", None, "", Words("expected a list of projects"), "", "json")
        raise InputError([problem], "file")
    with register.reading() as work:
        terms = terms_of(work, KEY)
    publisher = raw.get("publisher")
    name = publisher.get("name") if isinstance(publisher, dict) else None
    incoming = Incoming(f"oc4ids:{name or raw.get('uri') or file.name}", {})
    day = str(raw.get("publishedDate") or "")[:10]
    for i, project in enumerate(listed):
        code = _code(project)
        where = f"/projects/{i}"
        if not code or code in incoming.projects:
            expected = Words("expected an identifier of its own")
            problem = Problem(file.name, f"{where}/id", None, code, expected, "", "json")
            incoming.problems.setdefault(code or where, []).append(problem)
            incoming.projects.setdefault(code or where, lambda _there: Normal())
            continue
        incoming.projects[code] = partial(_content, project, terms=terms, file=file.name, where=where, day=day)
    return incoming


def _code(project: Mapping[str, Any]) -> str:
    for each in project.get("identifiers") or []:
        if isinstance(each, dict) and each.get("scheme") == SCHEME and each.get("id"):
            return str(each["id"])
    return str(project.get("id") or "")


def _content(
    raw: Mapping[str, Any], there: Content | None, *, terms: Terms, file: str, where: str, day: str
) -> Normal:
    """A project's content: what the package says put over what is there."""
    old = there or {PROJECTS: [{}]}
    row, problems = dict(old[PROJECTS][0]), list[Problem]()

    def wrong(field: str, value: Any, expected: str) -> None:
        problems.append(Problem(file, f"{where}/{field}", None, str(value), expected, "", "oc4ids"))

    for column, field in (("name", "title"), ("description", "description")):
        if isinstance(raw.get(field), str):
            row[column] = raw[field]
        elif raw.get(field) is not None:
            wrong(field, raw[field], Words("expected a text"))
    row.setdefault("name", _code(raw))
    status = raw.get("status")
    if status is not None and status not in STATUSES:
        wrong("status", status, Words("expected one of {names}", names=", ".join(STATUSES)))
    elif status is not None and (there is None or terms.of(row.get("stage")) != status):
        row["stage"] = terms.first.get(status, status)
    sectors = raw.get("sector")
    if sectors is not None and (not isinstance(sectors, list) or not all(isinstance(s, str) for s in sectors)):
        wrong("sector", sectors, Words("expected a list of texts"))
    elif sectors and _base(sectors) != _sector(str(row.get("sector"))):
        row["sector"] = _base(sectors)
    if point := _point(raw):
        row["lon"], row["lat"] = point
    budget = raw.get("budget")
    budget = budget if isinstance(budget, dict) else {}
    take_cost(budget, row, old, terms, wrong, str(budget.get("approvalDate") or day)[:10])
    made: Content = {**old, PROJECTS: [row]}
    _shares(budget, made)
    rest = {k: v for k, v in old.get(OTHER, {}).items() if k != KEY}
    if unknown := _unknown(raw):
        rest[KEY] = unknown
    made.pop(OTHER, None)
    if rest:
        made[OTHER] = rest
    if problems:
        raise InputError(problems, "project")
    return contents.normal(dict(made))


def take_cost(
    budget: Mapping[str, Any], row: dict[str, Any], old: Content, terms: Terms, wrong: Any, day: str
) -> None:
    """Take a budget as the cost, in the package's money; the amount, its currency, rate and day are kept beside it."""
    value = budget.get("amount")
    if not isinstance(value, dict) or value.get("amount") is None:
        return
    amount, currency = value["amount"], str(value.get("currency") or terms.currency)
    if not isinstance(amount, int | float) or isinstance(amount, bool) or not amount >= 0:
        wrong("budget/amount/amount", amount, Words("expected a number of at least 0"))
        return
    before = cost_of(old)
    if currency == terms.currency and abs(amount - before) <= CLOSE * max(before, 1.0):
        return
    if currency == row.get("budget_currency") and amount == row.get("budget_amount"):
        return
    if row.get("capex_per_size"):
        wrong("budget/amount/amount", amount, Words("the project's cost depends on its size; change it in "
                                                    "projects.csv"))
        return
    rate = 1.0 if currency == terms.currency else terms.rates.get(currency)
    if rate is None:
        wrong("budget/amount/currency", currency, Words("no exchange rate: give its value in {currency} in the "
                                                        "setting exchange_rates", currency=terms.currency))
        return
    row["capex"] = amount * rate
    for name in MONEY:
        row.pop(name, None)
    if currency != terms.currency:
        row |= dict(zip(MONEY, (float(amount), currency, float(rate), day), strict=True))


def _shares(budget: Mapping[str, Any], made: Content) -> None:
    """Take a breakdown by party as the shares, unless it says what the shares that are there say."""
    breakdowns = budget.get("budgetBreakdowns")
    entries = next((b.get("budgetBreakdown") for b in breakdowns if isinstance(b, dict) and b.get("id") == "parties"),
                   None) if isinstance(breakdowns, list) else None  # fmt: skip
    parts = {str(e.get("id")): e["amount"]["amount"] for e in entries or [] if isinstance(e, dict)
             and isinstance(e.get("amount"), dict) and isinstance(e["amount"].get("amount"), int | float)}  # fmt: skip
    total = sum(parts.values())
    if not total > 0:
        return
    there = {str(s["party"]): s for s in made.get("shares", [])}
    if parts == rounded({k: s["share"] for k, s in there.items()}, total):
        return
    made["shares"] = [{**there.get(p, {"party": p}), "share": v / total} for p, v in parts.items()]


def _unknown(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What the register does not write itself, to be kept as it came."""
    made = {k: copy.deepcopy(v) for k, v in raw.items() if k not in _OURS}
    made["identifiers"] = [i for i in raw.get("identifiers") or [] if not (isinstance(i, dict)
                                                                          and i.get("scheme") == SCHEME)]
    for field, mark in _LISTS.items():
        if isinstance(raw.get(field), list):
            made[field] = [e for e in raw[field] if not (isinstance(e, dict) and str(e.get("id")).startswith(mark))]
    sectors, authority = raw.get("sector"), raw.get("publicAuthority")
    if isinstance(sectors, list) and sectors != [_base(sectors)]:  # one sector alone is the register's own
        made["sector"] = sectors
    if isinstance(authority, dict) and not str(authority.get("id")).startswith("party:"):
        made["publicAuthority"] = authority
    budget = raw.get("budget")
    if isinstance(budget, dict):
        kept = {k: v for k, v in budget.items() if k != "amount"}
        kept["budgetBreakdowns"] = [b for b in budget.get("budgetBreakdowns") or []
                                    if not (isinstance(b, dict) and b.get("id") == "parties")]
        kept["finance"] = [f for f in budget.get("finance") or []
                           if not (isinstance(f, dict) and str(f.get("id")).startswith("finance:"))]
        made["budget"] = {k: v for k, v in kept.items() if v}
    periods = {f"{s}Period" for s in STATUSES}
    return {k: v for k, v in made.items() if v not in (None, [], {}) and not (k in periods and _by_clock(raw))}


def _by_clock(raw: Mapping[str, Any]) -> bool:
    """Whether a project's periods are the register's own."""
    return any(isinstance(m, dict) and str(m.get("id")).startswith("stage:") for m in raw.get("milestones") or [])
