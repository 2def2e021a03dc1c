"""What a gate may ask for: each kind of need is one function.

A need is written ``kind`` or ``kind:what``; ``a|b`` asks for one of several.

=================  ====================================================================================
``column:NAME``    a filled cell of ``projects.csv`` (a number: one above zero)
``table:NAME``     a row of the project in this table
``source``         every row with figures names its source
``document:KIND``  a document of this kind
``permit:KIND``    a permit of this kind that is granted and has not expired
``finance``        committed or paid sources of finance that cover the project's cost
``contact``        somebody to ask
``appraisal``      an appraisal of the project by the model, of the register as it is
=================  ====================================================================================
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from sungari.errors import either
from sungari.operate import evaluations
from sungari.operate.content import PROJECT_TABLES, PROJECTS, Content, cost_of
from sungari.operate.holdings import Contact, Document, Finance, Permit
from sungari.operate.records import Project
from sungari.operate.register import Work
from sungari.region.schema import BY_NAME
from sungari.words import Words

Answer = tuple[bool, str]
#: Finance may fall short of the cost by this share of it: currencies are rounded.
CLOSE = 1e-6


def met(work: Work, project: Project, content: Content, need: str) -> Answer:
    """Whether a project has what a need asks for, and what there is or is missing, in words."""
    kind, _, what = need.partition(":")
    return KINDS[kind](work, project, content, what)


def wrong(need: str) -> str:
    """What is wrong with a need as it is written; empty where nothing is."""
    kind, _, what = need.partition(":")
    if kind not in KINDS:
        return Words("expected one of {names}", names=", ".join(KINDS))
    if kind in _WITH and not what:
        return Words("expected {kind}:…", kind=kind)
    if kind not in _WITH and what:
        return Words("expected {kind} alone", kind=kind)
    known = {"column": list(BY_NAME[PROJECTS].by_name), "table": list(PROJECT_TABLES)}.get(kind)
    strange = [w for w in what.split("|") if known is not None and w not in known]
    return Words("no {kind} {name!r} of projects", kind=kind, name=strange[0]) if strange else ""


def _column(work: Work, project: Project, content: Content, what: str) -> Answer:
    row = content[PROJECTS][0]
    for name in what.split("|"):
        value = row.get(name)
        if value is not None and (isinstance(value, str | bool) or value > 0):
            return True, Words("{name} is {value}", name=name, value=value)
    return False, Words("{names} is blank", names=either(what.split("|")))


def _table(work: Work, project: Project, content: Content, what: str) -> Answer:
    found = [name for name in what.split("|") if content.get(name)]
    if found:
        return True, Words("{n} rows", n=len(content[found[0]]))
    return False, Words("no row in {names}", names=either([f"{name}.csv" for name in what.split("|")]))


def unsourced(content: Content) -> list[str]:
    """Tables and numbers of a content's rows that name no source."""
    return [f"{name} {i}" for name in PROJECT_TABLES for i, row in enumerate(content.get(name, []), start=1)
            if not row.get("source")]


def _source(work: Work, project: Project, content: Content, what: str) -> Answer:
    bare = unsourced(content)
    if bare:
        return False, Words("no source: {rows}", rows=", ".join(bare[:5]))
    return True, Words("all rows name their source")


def _document(work: Work, project: Project, content: Content, what: str) -> Answer:
    wanted = what.split("|")
    found = work.session.scalar(
        select(Document).where(Document.project == project.code, Document.kind.in_(wanted)).order_by(Document.id.desc())
    )
    return (True, found.title) if found is not None else (False, Words("no document {names}", names=either(wanted)))


def _permit(work: Work, project: Project, content: Content, what: str) -> Answer:
    wanted = what.split("|")
    found = work.session.scalars(select(Permit).where(Permit.project == project.code, Permit.kind.in_(wanted))).all()
    for permit in found:
        if permit.status == "granted" and (permit.expires is None or permit.expires >= work.now.date()):
            return True, Words("granted by {who}", who=permit.authority) if permit.authority else Words("granted")
    state = Words("none") if not found else Words(found[-1].status)
    if any(p.status == "granted" for p in found):
        state = Words("has expired")
    return False, Words("permit {names}: {state}", names=either(what.split("|")), state=state)


def _finance(work: Work, project: Project, content: Content, what: str) -> Answer:
    rows = work.session.scalars(
        select(Finance).where(Finance.project == project.code, Finance.status != "sought", Finance.kind != "guarantee")
    )
    there, cost = sum(f.amount * f.rate for f in rows), cost_of(content)
    return there >= cost * (1 - CLOSE), Words("{there:,.0f} of {cost:,.0f} committed", there=there, cost=cost)


def _contact(work: Work, project: Project, content: Content, what: str) -> Answer:
    found = work.session.scalar(select(Contact).where(Contact.project == project.code))
    return (True, found.name) if found is not None else (False, Words("nobody to ask"))


def _appraisal(work: Work, project: Project, content: Content, what: str) -> Answer:
    return evaluations.appraised(work, project.code)


_WITH = ("column", "table", "document", "permit")
#: The kinds of needs, each with the function that answers it.
KINDS: dict[str, Callable[[Work, Project, Content, str], Answer]] = {
    "column": _column, "table": _table, "source": _source, "document": _document, "permit": _permit,
    "finance": _finance, "contact": _contact, "appraisal": _appraisal,
}  # fmt: skip
