"""Words of the register in the reader's language: stages, parties, states, kinds, columns of projects' tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_time
from sqlalchemy import select

from sungari.operate.records import Package, Party, Stage
from sungari.operate.register import Work
from sungari.show.charts.names import TABLES
from sungari.show.i18n import N_, Translator

#: The column of a record that holds its name, by language.
NAME = {"en": "name", "zh": "name_zh", "ru": "name_ru"}

#: Columns of the tables of projects, of its records, and of what is shown beside.
COLUMNS: dict[str, str] = {
    "name": N_("Name"), "sector": N_("Sector"), "stage": N_("Stage"), "capex": N_("Building cost"),
    "capex_per_size": N_("Building cost per size"), "size_min": N_("Smallest size"), "size_max": N_("Largest size"),
    "lumpy": N_("In steps"), "life": N_("Life, years"), "opex": N_("Running cost a year"),
    "opex_per_size": N_("Running cost per size and year"), "host": N_("Host"), "lead": N_("Lead time, years"),
    "review_months": N_("Review, months"), "year_from": N_("Earliest year"), "year_to": N_("Latest year"),
    "committed": N_("Committed"), "requires": N_("Needs projects"), "excludes": N_("Excludes projects"),
    "lat": N_("Latitude"), "lon": N_("Longitude"), "description": N_("Description"),
    "name_zh": N_("Name in Chinese"), "name_ru": N_("Name in Russian"), "currency": N_("Currency"),
    "source": N_("Source"), "quality": N_("Quality"), "note": N_("Note"), "table": N_("Table"), "row": N_("Row"),
    "column": N_("Column"), "change": N_("Change"), "party": N_("Party"), "share": N_("Share"),
    "criterion": N_("Criterion"), "value": N_("Value"), "hazard": N_("Hazard"), "amount": N_("Amount"),
    "deductible": N_("Deductible"), "limit": N_("Limit"), "coverage": N_("Coverage"),
    "premium": N_("Premium a year"), "project": N_("Project"), "code": N_("Code"), "kind": N_("Kind"),
    "title": N_("Title"), "category": N_("Category"), "likelihood": N_("Likelihood, 0 to 1"), "impact": N_("Impact"),
    "owner": N_("Owner"), "response": N_("Response"), "status": N_("State"), "authority": N_("Authority"),
    "applied": N_("Applied on"), "decided": N_("Decided on"), "expires": N_("Expires on"), "role": N_("Role"),
    "organisation": N_("Organisation"), "email": N_("Email"), "phone": N_("Telephone"), "rate": N_("Rate"),
    "value_date": N_("Day of the rate"), "measure": N_("Measure"), "unit": N_("Unit"), "period": N_("Period"),
    "target": N_("Target"), "actual": N_("Actual"), "parties": N_("Parties"), "begins": N_("Begins"),
    "ends": N_("Ends"), "place": N_("Place"), "programme": N_("Programme"), "event": N_("Event"),
    "identifier": N_("Identifier"), "reason": N_("Reason"), "language": N_("Language"),
    "confidential_to": N_("Confidential to"), "needs": N_("Asks for"), "signs": N_("Signs"), "months": N_("Months"),
    "limits": N_("Limits"), "on": N_("On"), "asked": N_("Who is asked"), "days": N_("Working days by level"),
    "remind": N_("Remind before, days"),
}  # fmt: skip

#: Words that records hold for what they are, and how it stands with them.
VALUES: dict[str, str] = {
    "needed": N_("needed"), "applied": N_("applied for"), "granted": N_("granted"), "refused": N_("refused"),
    "expired": N_("expired"), "open": N_("open"), "mitigated": N_("mitigated"), "closed": N_("closed"),
    "budget": N_("budget"), "equity": N_("equity"), "loan": N_("loan"), "bond": N_("bond"), "grant": N_("grant"),
    "guarantee": N_("guarantee"), "sought": N_("sought"), "committed": N_("pledged"), "paid": N_("paid"),
    "culture": N_("culture"), "education": N_("education"), "youth": N_("youth"), "sport": N_("sport"),
    "science": N_("science"), "media": N_("media"), "health": N_("health"), "other": N_("other"),
    "government": N_("government"), "agency": N_("agency"), "bank": N_("bank"), "company": N_("company"),
    "university": N_("university"), "association": N_("association"), "commodity": N_("commodity"),
    "hs": N_("customs code (HS)"), "party": N_("party"), "organisation": N_("organisation"),
    "true": N_("yes"), "false": N_("no"), "reported": N_("reported"), "derived": N_("derived"),
    "estimated": N_("estimated"), "assumed": N_("assumed"), "integer": N_("whole numbers"),
    "red": N_("red"), "amber": N_("amber, justified"), "resolved": N_("resolved"),
    "add": N_("added"), "edit": N_("changed"), "remove": N_("removed"), "sign-in": N_("signed in"),
    "created": N_("created"), "changed": N_("changed"), "unchanged": N_("unchanged"),
    "viewer": N_("viewer"), "analyst": N_("analyst"), "owner": N_("project owner"), "reviewer": N_("reviewer"),
    "committee": N_("committee member"), "compliance": N_("compliance officer"),
    "administrator": N_("administrator"), "project": N_("project"), "link": N_("corridor"), "place": N_("place"),
    "transport": N_("transport"), "energy": N_("energy"), "industry": N_("industry"), "trade": N_("trade"),
    "agriculture": N_("agriculture"), "tourism": N_("tourism"), "logistics": N_("logistics"),
    "mining": N_("mining"), "forestry": N_("forestry"), "food": N_("food"), "water": N_("water"),
    "services": N_("services"), "chemicals": N_("chemicals"), "timber": N_("timber"), "metals": N_("metals"),
    "capacity": N_("capacity"), "quantity": N_("quantity"), "cost": N_("cost"), "loss": N_("loss"),
    "days": N_("days"), "progress": N_("progress of the work"), "digital": N_("digital"),
    "communications": N_("communications"),
}  # fmt: skip

#: What somebody may do, and a token be held to.
SCOPES: dict[str, str] = {
    "read": N_("read"), "calendar.read": N_("see the calendar"), "export": N_("export"),
    "import": N_("import"), "project.create": N_("take up projects"), "project.edit": N_("edit projects"),
    "project.move": N_("move projects"), "project.sign": N_("sign at gates"),
    "record.edit": N_("edit records"), "document.add": N_("add documents"), "flag.justify": N_("justify flags"),
    "restriction.edit": N_("edit restrictions"), "job.run": N_("run the model"), "case.raise": N_("raise cases"),
    "case.handle": N_("handle cases"), "case.sign": N_("sign decisions"), "accounts": N_("administer accounts"),
    "rules": N_("edit rules"), "gates": N_("edit gates"), "settings": N_("edit settings"),
    "audit.read": N_("read the audit trail"), "backup": N_("make backups"), "region.edit": N_("edit the region"),
}  # fmt: skip

#: Kinds of records of a project, in the order in which its page shows them: one of them, and all of them.
RECORDS: dict[str, tuple[str, str]] = {
    "risk": (N_("Risk"), N_("Risks")), "permit": (N_("Permit"), N_("Permits")),
    "finance": (N_("Source of finance"), N_("Finance")), "contact": (N_("Contact"), N_("Contacts")),
    "measure": (N_("Target or actual"), N_("Targets and actuals")),
    "programme": (N_("Programme"), N_("Programmes")), "event": (N_("Event"), N_("Events")),
    "indicator": (N_("Indicator"), N_("Indicators")), "organisation": (N_("Organisation"), N_("Organisations")),
    "restriction": (N_("Restriction"), N_("Restrictions")),
}  # fmt: skip

#: All that the register keeps, as the audit trail names it.
KEPT: dict[str, str] = {
    "account": N_("account"), "audit": N_("audit trail"), "calendar_day": N_("day of a calendar"),
    "case_document": N_("document of a case"), "case_event": N_("event of a case"), "case_kind": N_("kind of cases"),
    "case_party": N_("party of a case"), "case_tie": N_("tie of cases"), "contact": N_("contact"),
    "decision": N_("decision"), "decision_change": N_("change by a decision"),
    "decision_signature": N_("signature of a decision"), "desk_case": N_("case"), "desk_level": N_("level of the desk"),
    "document": N_("document"), "evaluation": N_("result of the model"), "event": N_("event"),
    "finance": N_("source of finance"), "flag": N_("flag"), "gate": N_("gate"), "grant": N_("role given"),
    "halfway": N_("sign-in halfway"), "indicator": N_("indicator"), "job": N_("job"), "job_line": N_("line of a job"),
    "login": N_("session"), "mark": N_("mark"), "measure": N_("target or actual"), "meeting": N_("meeting"),
    "meeting_item": N_("item of a meeting"), "organisation": N_("organisation"), "package": N_("region"),
    "package_table": N_("table of the region"), "party": N_("party"), "party_calendar": N_("calendar of a party"),
    "permit": N_("permit"), "programme": N_("programme"), "project": N_("project"),
    "recovery_code": N_("recovery code"), "restriction": N_("restriction"), "risk": N_("risk"), "rule": N_("rule"),
    "saved_view": N_("saved view"), "second_factor": N_("second factor"), "signature": N_("signature"),
    "stage": N_("stage"), "token": N_("token"), "version": N_("version"), "visit": N_("stay in a stage"),
    "wording": N_("wording of a decision"),
}  # fmt: skip


class Words:
    """What the register's own data is called in one language; looked up once for a page.

    Parameters
    ----------
    work : Work
    tr : Translator
    """

    def __init__(self, work: Work, tr: Translator) -> None:
        self.tr = tr
        column = NAME[tr.lang]
        self.order = list(work.session.scalars(select(Stage).order_by(Stage.position)))
        self.stages: dict[str, str] = {s.code: getattr(s, column) or s.name for s in self.order}
        found = work.session.scalars(select(Party).order_by(Party.code)).all()
        self.parties: dict[str, str] = {p.code: str(p.content.get(column) or p.name) for p in found}
        self.parents: dict[str, str] = {p.code: p.parent for p in found if p.parent}
        self.party_kinds: dict[str, str] = {p.code: p.kind for p in found}
        held = work.session.get(Package, 1)
        settings: Mapping[str, Any] = held.settings if held is not None else {}
        self.currency = str(settings.get("currency", "USD"))
        self.scale = float(settings.get("money_scale", 1))
        self.region = held.name if held is not None else ""

    def stage(self, code: str) -> str:
        return self.stages.get(code, code)

    def party(self, code: str | None) -> str:
        if code == "*":
            return self.tr("all parties")
        return self.parties.get(code or "", code or "")

    def project(self, row: Mapping[str, Any], code: str) -> str:
        """A project's name from its row of ``projects``."""
        return str(row.get(NAME[self.tr.lang]) or row.get("name") or code)

    def value(self, text: Any) -> str:
        """A word of the register's, translated if it is one that it knows."""
        if isinstance(text, bool):
            return self.tr("yes") if text else self.tr("no")
        return self.tr(VALUES[text]) if text in VALUES else str(text)

    def column(self, name: str) -> str:
        """A column's heading."""
        return self.tr(COLUMNS[name]) if name in COLUMNS else name

    def record(self, kind: str, *, many: bool = False) -> str:
        """A kind of record."""
        return self.tr(RECORDS[kind][many]) if kind in RECORDS else kind

    def kept(self, record: str) -> str:
        """What kind of thing a row of the audit trail is about."""
        return self.tr(KEPT[record]) if record in KEPT else record

    def day(self, at: date | datetime | None) -> str:
        """A day, short."""
        if at is None:
            return ""
        return str(format_date(at.date() if isinstance(at, datetime) else at, "medium", locale=self.tr.locale))

    def moment(self, at: datetime | None) -> str:
        """A moment, UTC."""
        return "" if at is None else f"{self.day(at)}, {format_time(at, 'HH:mm', locale=self.tr.locale)} UTC"

    def months(self, value: float) -> str:
        """A number of months."""
        return self.tr.number(round(value, 1) if value < 10 else round(value))

    def scope(self, action: str) -> str:
        """What somebody may do."""
        return self.tr(SCOPES[action]) if action in SCOPES else action

    def money(self, value: float | None, currency: str = "") -> str:
        """Money, rounded; of the package's currency unless another is named."""
        return "" if value is None else self.tr.money(value, currency or self.currency)

    def countries(self) -> list[tuple[str, str]]:
        """Parties that stand alone, with their names; no companies, no outsiders."""
        return [(code, name) for code, name in self.parties.items()
                if code not in self.parents and self.party_kinds[code] not in ("company", "external")]

    def party_choices(self) -> list[tuple[str, str]]:
        """All parties with their names."""
        return [(code, f"{name} ({code})" if name != code else code) for code, name in self.parties.items()]

    def stage_choices(self) -> list[tuple[str, str]]:
        return list(self.stages.items())

    def cell(self, column: str, value: Any) -> str:
        """A cell of a table as a reader reads it."""
        if value is None or value == "":
            return ""
        if column in ("party", "host", "confidential_to"):
            return self.party(str(value))
        if column == "stage":
            return self.stage(str(value))
        if column == "table" and value in TABLES:
            return self.tr(TABLES[value])
        if isinstance(value, bool):
            return self.value(value)
        if isinstance(value, int) or (isinstance(value, float) and column in ("year_from", "year_to")):
            return str(int(value)) if "year" in column else self.tr.whole(value)
        if isinstance(value, float):
            return self.tr.number(value, 6)
        return self.value(value) if isinstance(value, str) else str(value)
