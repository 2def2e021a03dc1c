"""Projects as activities of the International Aid Transparency Initiative, IATI 2.03: out, and in again.

Elements that the register has no place for are kept as they came and written again. Source:
https://iatistandard.org/en/iati-standard/203/activity-standard/
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

from sqlalchemy import select

from sungari.errors import InputError, Problem, UsageError
from sungari.operate import content as contents
from sungari.operate import packages, projects
from sungari.operate.access import sight
from sungari.operate.content import OTHER, PROJECTS, Content, Normal
from sungari.operate.exchange import Incoming
from sungari.operate.exchange.oc4ids import Terms, stated_cost, take_cost, terms_of
from sungari.operate.exchange.shares import rounded
from sungari.operate.records import Party, Project, Stage, Visit
from sungari.operate.register import Register, Work
from sungari.region.check.common import chain_of
from sungari.words import Words

KEY = "iati"
VERSION = "2.03"
#: Owner of the identifier that brings an activity back to its project.
OWNER = "Sungari register"
STATUSES = ("1", "2", "3", "4", "5", "6")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: The elements of an activity, in the standard's order.
ORDER = (
    "iati-identifier", "reporting-org", "title", "description", "participating-org", "other-identifier",
    "activity-status", "activity-date", "contact-info", "activity-scope", "recipient-country", "recipient-region",
    "location", "sector", "tag", "country-budget-items", "humanitarian-scope", "policy-marker", "collaboration-type",
    "default-flow-type", "default-finance-type", "default-aid-type", "default-tied-status", "budget",
    "planned-disbursement", "capital-spend", "transaction", "document-link", "related-activity", "legacy-data",
    "conditions", "result", "crs-add", "fss",
)  # fmt: skip
#: Elements that the register reads into its own figures.
_READ = ("iati-identifier", "title", "description", "activity-status", "location", "sector", "budget")
#: Elements that the register makes itself, unless a project came with its own.
_MADE = ("reporting-org", "participating-org", "activity-date", "recipient-country")


# -- out --------------------------------------------------------------------------------------------------------------


def activities(
    work: Work, names: Iterable[str] | None = None, *, publisher: str = "", prefix: str = "XI-SUNGARI"
) -> bytes:
    """Projects as an IATI activity file. It is for publication: what one party keeps to itself is never in it.

    Parameters
    ----------
    work : Work
    names : iterable of str or None
        Projects; default all.
    publisher : str
        Reporting organisation; default the region's title.
    prefix : str
        Identifier of the reporting organisation, with which the activities' identifiers begin.

    Returns
    -------
    bytes
        XML, UTF-8.

    Raises
    ------
    UsageError
        If there are no projects.
    Forbidden
    """
    work.actor.demand("export")
    with sight.audience(work, None):
        return _file(work, names, publisher, prefix)


def _file(work: Work, names: Iterable[str] | None, publisher: str, prefix: str) -> bytes:
    held = packages.package(work)
    chosen = [projects.get(work, n) for n in names] if names is not None else list(projects.listed(work).rows)
    if not chosen:
        raise UsageError("no projects to export")
    newest = max(p.changed for p in chosen).strftime("%Y-%m-%dT%H:%M:%SZ")
    root = ET.Element("iati-activities", {"version": VERSION, "generated-datetime": newest})
    for project in chosen:
        made = _activity(work, project, publisher or held.title or held.name, prefix)
        made.tail = "\n"
        root.append(made)
    root.text = "\n"
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data


def _activity(work: Work, project: Project, publisher: str, prefix: str) -> ET.Element:
    content = projects.current(work, project.code).content
    row, kept = content[PROJECTS][0], content.get(OTHER, {}).get(KEY, {})
    currency = str(packages.package(work).settings.get("currency", "USD"))
    stage = work.session.get_one(Stage, project.stage)
    ours: list[ET.Element] = [_element("iati-identifier", text=kept.get("identifier") or f"{prefix}-{project.code}")]
    ours.append(_told("reporting-org", {"": publisher}, ref=prefix, type="10"))
    ours.append(_told("title", {"": row.get("name"), "zh": row.get("name_zh"), "ru": row.get("name_ru")}))
    ours.append(_told("description", {"": row.get("description") or row.get("name")}, type="1"))
    names = {p.code: p.name for p in work.session.scalars(select(Party))}
    funding = [str(s["party"]) for s in content.get("shares", [])] or [str(row.get("host") or publisher)]
    ours += [_told("participating-org", {"": names.get(p, p)}, type="10", role="1") for p in dict.fromkeys(funding)]
    mark = _element("other-identifier", ref=project.code, type="B9")
    mark.append(_told("owner-org", {"": OWNER}))
    ours += [mark, _element("activity-status", code=stage.iati), *_dates(work, project, row)]
    countries = _countries(work, content)
    ours += [_element("recipient-country", code=c, percentage=f"{v:g}") for c, v in countries.items()]
    if "lat" in row and "lon" in row:
        location = _element("location")
        point = ET.SubElement(location, "point", srsName="http://www.opengis.net/def/crs/EPSG/0/4326")
        ET.SubElement(point, "pos").text = f"{row['lat']!r} {row['lon']!r}"
        ours.append(location)
    if row.get("sector"):
        sector = _told("sector", {"": row["sector"]}, vocabulary="99", code=str(row["sector"]))
        ours.append(sector)
    cost = stated_cost(content, currency)
    if cost["amount"]:
        year = row.get("year_from") or project.created.year
        budget = _element("budget", type="1", status="1")
        ET.SubElement(budget, "period-start", {"iso-date": f"{year:04d}-01-01"})
        ET.SubElement(budget, "period-end", {"iso-date": f"{year:04d}-12-31"})
        day = row.get("budget_date") if cost["currency"] != currency else None
        value = {"currency": cost["currency"], "value-date": str(day or f"{project.changed:%Y-%m-%d}")}
        ET.SubElement(budget, "value", value).text = repr(cost["amount"])
        ours.append(budget)
    theirs = [ET.fromstring(text) for text in kept.get("elements", [])]
    own = {e.tag for e in theirs} & set(_MADE)
    made = _element("iati-activity", **{"default-currency": currency, "hierarchy": "1",
                                        "last-updated-datetime": project.changed.strftime("%Y-%m-%dT%H:%M:%SZ")})
    made.set(_LANG, "en")
    both = [e for e in ours if e.tag not in own] + theirs
    made.extend(sorted(both, key=_place))
    return made


def _place(element: ET.Element) -> int:
    """Where the standard puts an element; those of other namespaces come last."""
    return ORDER.index(element.tag) if element.tag in ORDER else len(ORDER)


def _element(tag: str, /, text: str | None = None, **attributes: str) -> ET.Element:
    made = ET.Element(tag, attributes)
    made.text = text
    return made


_UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _told(tag: str, texts: Mapping[str, Any], **attributes: str) -> ET.Element:
    """An element with its narratives, by language; XML can't hold control characters."""
    made = _element(tag, **{k: _UNSAFE.sub("", v) for k, v in attributes.items()})
    for language, text in texts.items():
        if text:
            narrative = ET.SubElement(made, "narrative", {_LANG: language} if language else {})
            narrative.text = _UNSAFE.sub("", str(text))
    return made


def _dates(work: Work, project: Project, row: Mapping[str, Any]) -> list[ET.Element]:
    """Planned start, and the actual days on which building began and operation began or ended."""
    begin = f"{row['year_from']:04d}-01-01" if row.get("year_from") else f"{project.created:%Y-%m-%d}"
    found = {"1": begin}
    asked = select(Visit).where(Visit.project == project.code, Visit.known).order_by(Visit.id)
    for visit in work.session.scalars(asked):
        if kind := {"construction": "2", "closed": "4", "cancelled": "4"}.get(visit.stage):
            found[kind] = f"{visit.entered:%Y-%m-%d}"
    return [_element("activity-date", **{"type": kind, "iso-date": day}) for kind, day in sorted(found.items())]


def _countries(work: Work, content: Content) -> dict[str, float]:
    """Shares by country in per cent, which sum to 100; empty where a party is of no country with an ISO code."""
    parent = {p.code: p.parent for p in work.session.scalars(select(Party)) if p.parent}
    made: dict[str, float] = {}
    for share in content.get("shares", []):
        country = chain_of(str(share["party"]), parent)[-1].upper()
        if not re.fullmatch("[A-Z]{2}", country):
            return {}
        made[country] = made.get(country, 0.0) + share["share"]
    return {k: v for k, v in rounded(made).items() if v} if made else {}


# -- in ---------------------------------------------------------------------------------------------------------------


def read(register: Register, path: str | os.PathLike[str]) -> Incoming:
    """An activity file, ready to be compared with the register.

    Raises
    ------
    InputError
        If it is no activity file; what is wrong with single activities refuses these.
    """
    file = Path(path)
    try:
        data = file.read_bytes()
        _no_doctype(data)
        root = ET.fromstring(data)
    except (ET.ParseError, expat.ExpatError, ValueError) as error:
        expected = Words("not XML that is taken: {error}", error=error.args[0])
        raise InputError([Problem(file.name, None, None, "", expected, "", "xml")], "file") from error
    if root.tag != "iati-activities":
        problem = Problem(file.name, None, None, root.tag, Words("expected iati-activities"), "", "xml")
        raise InputError([problem], "file")
    with register.reading() as work:
        terms = terms_of(work, KEY)
    incoming = Incoming(f"iati:{file.name}", {})
    for i, activity in enumerate(root.findall("iati-activity"), start=1):
        code, ours = _code(activity)
        where = f"iati-activity[{i}]"
        if not code or code in incoming.projects:
            expected = Words("expected an identifier of its own")
            problem = Problem(file.name, f"{where}/iati-identifier", None, code, expected, "", "iati")
            incoming.problems.setdefault(code or where, []).append(problem)
            incoming.projects.setdefault(code or where, lambda _there: Normal())
            continue
        incoming.projects[code] = partial(_content, activity, terms=terms, ours=ours, file=file.name, where=where)
    return incoming


def _no_doctype(data: bytes) -> None:
    """Refuse document types: entities can make a small file endless."""
    def refuse(*_: Any) -> None:
        raise ValueError(Words("a document type is not allowed"))

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(data, True)


def _code(activity: ET.Element) -> tuple[str, bool]:
    """The project that an activity is, and whether the register wrote it."""
    for each in activity.findall("other-identifier"):
        if (each.findtext("owner-org/narrative") or "").strip() == OWNER and each.get("ref"):
            return str(each.get("ref")), True
    return (activity.findtext("iati-identifier") or "").strip(), False


def _content(
    activity: ET.Element, there: Content | None, *, terms: Terms, ours: bool, file: str, where: str
) -> Normal:
    """A project's content: what an activity says put over what is there."""
    old = there or {PROJECTS: [{}]}
    row, problems = dict(old[PROJECTS][0]), list[Problem]()

    def wrong(field: str, value: Any, expected: str) -> None:
        problems.append(Problem(file, f"{where}/{field}", None, str(value), expected, "", "iati"))

    for narrative in activity.findall("title/narrative"):
        column = {"zh": "name_zh", "ru": "name_ru"}.get((narrative.get(_LANG) or "").lower(), "name")
        if narrative.text:
            row[column] = narrative.text
    row.setdefault("name", _code(activity)[0])
    text = activity.findtext("description/narrative")
    if text and text not in (row.get("description"), row["name"]):
        row["description"] = text
    element = activity.find("activity-status")
    status = element.get("code") if element is not None else None
    if status is not None and status not in STATUSES:
        wrong("activity-status", status, Words("expected a code from 1 to 6"))
    elif status is not None and (there is None or terms.of(row.get("stage")) != status):
        row["stage"] = terms.first.get(status, row.get("stage", "idea"))
    position = (activity.findtext("location/point/pos") or "").split()
    if position:
        try:
            row["lat"], row["lon"] = (float(x) for x in position)
        except ValueError:
            wrong("location/point/pos", " ".join(position), Words("expected latitude and longitude"))
    for sector in activity.findall("sector"):
        if sector.get("vocabulary") == "99" and sector.get("code"):
            row["sector"] = sector.get("code")
    _budget(activity, row, old, terms, wrong)
    made: Content = {**old, PROJECTS: [row]}
    rest = {k: v for k, v in old.get(OTHER, {}).items() if k != KEY}
    if kept := _kept(activity, old.get(OTHER, {}).get(KEY, {}), ours):
        rest[KEY] = kept
    made.pop(OTHER, None)
    if rest:
        made[OTHER] = rest
    if problems:
        raise InputError(problems, "project")
    return contents.normal(dict(made))


def _budget(activity: ET.Element, row: dict[str, Any], old: Content, terms: Terms, wrong: Any) -> None:
    """Take the budgets of all periods together as the cost."""
    amounts: list[float] = []
    currencies, day = set(), ""
    for value in activity.findall("budget/value"):
        try:
            amounts.append(float((value.text or "").strip()))
        except ValueError:
            wrong("budget/value", value.text, Words("expected a number"))
            return
        currencies.add(value.get("currency") or activity.get("default-currency") or terms.currency)
        day = max(day, value.get("value-date") or "")
    if len(currencies) > 1:
        wrong("budget/value", ", ".join(sorted(currencies)), Words("expected one currency in all budgets"))
    elif amounts:
        take_cost({"amount": {"amount": sum(amounts), "currency": currencies.pop()}}, row, old, terms,
                  lambda _field, value, expected: wrong("budget/value", value, expected), day)


def _kept(activity: ET.Element, before: Mapping[str, Any], ours: bool) -> dict[str, Any]:
    """Elements that the register has no place for, as texts; and the identifier, where it is another's."""
    elements = []
    for each in activity:
        mine = each.tag == "other-identifier" and (each.findtext("owner-org/narrative") or "").strip() == OWNER
        held = each.tag in _READ and (each.tag != "sector" or each.get("vocabulary") == "99")
        if mine or held or (ours and each.tag in _MADE) or not isinstance(each.tag, str):
            continue
        elements.append(_as_text(each))
    if ours:
        elements += [t for t in before.get("elements", []) if ET.fromstring(t).tag in _MADE]
    elements.sort(key=lambda text: _place(ET.fromstring(text)))
    kept: dict[str, Any] = {"elements": elements} if elements else {}
    identifier = before.get("identifier") if ours else (activity.findtext("iati-identifier") or "").strip()
    return {**kept, **({"identifier": identifier} if identifier else {})}


def _as_text(element: ET.Element) -> str:
    tail, element.tail = element.tail, None
    text = ET.tostring(element, encoding="unicode")
    element.tail = tail
    return text


