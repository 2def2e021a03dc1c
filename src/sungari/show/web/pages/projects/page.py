"""A project's page: where it stands, what its gate asks for, who pays, what the model says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from sungari.operate import clock, evaluations, flags, keeping, life, projects
from sungari.operate.content import PROJECTS, cost_of
from sungari.operate.desk import changes, finding
from sungari.operate.exchange.shares import rounded
from sungari.operate.records import Audit, Project, Signature, Visit
from sungari.operate.register import Work
from sungari.show.web.given import address
from sungari.show.web.pages.committee.told import Told
from sungari.show.web.pages.projects.told import flag_text, need_text, role_text
from sungari.show.web.view import Seen, View
from sungari.show.web.words import Words

router = APIRouter(prefix="/projects", include_in_schema=False)
#: Rows of a project's history, and cases, on its page.
HISTORY, CASES = 100, 8


def about(view: View, work: Work, words: Words, code: str, here: str = "") -> dict[str, Any]:
    """What the head of every page of a project shows: the project, its newest content, its tabs.

    Parameters
    ----------
    view : View
    work : Work
    words : Words
    code : str
    here : str
        Last part of the page's address.
    """
    project = projects.get(work, code)
    newest = projects.current(work, code)
    row = newest.content[PROJECTS][0]
    own = projects.concerned(work, code)

    def may(action: str) -> bool:
        return view.actor.may(action, own)

    tabs = [("", view.tr("Overview")), ("figures", view.tr("Figures and versions")),
            ("records", view.tr("Risks, permits, finance …")), ("documents", view.tr("Documents")),
            ("history", view.tr("History"))]  # fmt: skip
    return {
        "project": project, "row": row, "content": newest.content, "newest": newest, "words": words, "may": may,
        "name": words.project(row, code), "tabs": [(_under(code, part), text) for part, text in tabs],
        "tab": _under(code, here),
        "own_party": [p for p in (own or []) if view.actor.sees(p)],
    }  # fmt: skip


def _under(code: str, part: str) -> str:
    return address("projects", code, part) if part else address("projects", code)


@router.get("/{code:path}/history")
def history(view: Seen, code: str) -> HTMLResponse:
    """Who changed what of a project, when and why."""
    with view.reading() as work:
        shown = about(view, work, Words(work, view.tr), code, "history")
        rows = work.session.scalars(
            select(Audit).where(Audit.project == code).order_by(Audit.id.desc()).limit(HISTORY)
        ).all() if view.actor.may("audit.read") else None
        visits = work.session.scalars(select(Visit).where(Visit.project == code).order_by(Visit.id.desc())).all()
        signed = select(Signature).where(Signature.project == code).order_by(Signature.id.desc())
        return view.page("projects/history.html", shown["name"], rows=rows, visits=visits,
                         versions=list(reversed(projects.history(work, code)))[:HISTORY],
                         signatures=work.session.scalars(signed).all(), **shown)


@router.get("/{code:path}")
def show(view: Seen, code: str) -> HTMLResponse:
    """The overview."""
    with view.reading() as work:
        words = Words(work, view.tr)
        shown = about(view, work, words, code)
        project: Project = shown["project"]
        ahead = life.next_stage(work, project)
        standing = clock.standings(work, [code])[0]
        found = flags.listed(work, project=code, resolved=True)
        asked = [a for a in life.asked(work, project, ahead.code) if a.what != "flag"] if ahead else []
        return view.page(
            "projects/page.html", shown["name"], ahead=ahead, standing=standing, stages=_track(work, words, project),
            asked=_asked(view, words, asked),
            signing=_signing(view, work, project, ahead.code) if ahead else [],
            flags=[(f, flag_text(view.tr, words, f)) for f in found], cost=cost_of(shown["content"]),
            money=_money(work, words, code, shown["content"]), result=_result(work, words, code),
            role=lambda role: role_text(view.tr, role), red=sum(f.state == flags.RED for f in found),
            back=_back(words, project), review=_review(work, words, project),
            cases=finding.listed(work, on="project", subject=code, limit=CASES),
            decided=changes.decisions_on(work, "project", code), told=Told(work, view.tr, words), **shown,
        )  # fmt: skip


def _asked(view: View, words: Words, asked: list[life.Asked]) -> list[dict[str, Any]]:
    """What the gate asks for, the same of several parties once."""
    made: dict[tuple[str, bool], dict[str, Any]] = {}
    for each in asked:
        told = need_text(view.tr, words, each)
        line = made.setdefault((told, each.met), {"told": told, "met": each.met, "parties": []})
        line["parties"].append(words.party(each.party))
    return list(made.values())


def _track(work: Work, words: Words, project: Project) -> list[dict[str, Any]]:
    """All stages in order: when the project came to each, how long it stayed, what is still to come."""
    last: dict[str, Visit] = {}
    for each in work.session.scalars(select(Visit).where(Visit.project == project.code).order_by(Visit.id)):
        last[each.stage] = each
    here = next(s.position for s in words.order if s.code == project.stage)
    made = []
    for stage in words.order:
        visit = last.get(stage.code)
        now = stage.code == project.stage
        if stage.code == life.CANCELLED and not now:
            continue
        passed = stage.position < here
        until = (visit.left or work.now) if visit else None
        made.append({
            "code": stage.code, "state": "now" if now else "done" if passed and visit else "skipped" if passed
            else "ahead", "entered": visit.entered if visit and (passed or now) else None,
            "left": visit.left if visit else None, "due": visit.due if visit else None, "review": stage.review,
            "days": (until - visit.entered).days if visit and until and (passed or now) else None,
            "late": bool(visit and visit.due and until and until > visit.due),
        })  # fmt: skip
    return made


def _review(work: Work, words: Words, project: Project) -> float | None:
    """Months that the project's review has taken so far; None where it has not begun, or began before it came here."""
    stages = [s.code for s in words.order if s.review]
    visits = work.session.scalars(select(Visit).where(Visit.project == project.code, Visit.stage.in_(stages))).all()
    if not visits or not all(visit.known for visit in visits):
        return None
    spans = [((visit.left or work.now) - visit.entered).total_seconds() for visit in visits]
    return sum(spans) / 86400 / clock.DAYS_PER_MONTH


def _signing(view: View, work: Work, project: Project, stage: str) -> list[dict[str, Any]]:
    """Who signs at the gate ahead, what they said, and whether the reader signs for them."""
    content = projects.current(work, project.code).content
    made = []
    for party, gate in life.gates_before(work, content, stage):
        if gate.signs:
            signature = life.signature_of(work, project, stage, party)
            made.append({
                "party": party, "role": gate.role, "signature": signature,
                "void": signature is not None and signature.sha256 != project.sha256,
                "may": view.actor.may("project.sign", [party]),
            })  # fmt: skip
    return made


def _back(words: Words, project: Project) -> list[tuple[str, str]]:
    """Stages that a project may be sent back to, and cancelled."""
    here = next(s for s in words.order if s.code == project.stage)
    if here.ends:
        return []
    return [(s.code, words.stage(s.code)) for s in words.order
            if s.position < here.position or s.code == life.CANCELLED]  # fmt: skip


def _money(work: Work, words: Words, code: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Who pays how much of the cost, and which finance there is for it."""
    cost = cost_of(content)
    shares: dict[str, float] = {}
    for row in content.get("shares", []):
        shares[str(row["party"])] = shares.get(str(row["party"]), 0.0) + float(row["share"])
    amounts = rounded(shares, whole=cost, digits=0) if cost and shares else {}
    percent = rounded(shares, digits=1) if shares else {}
    finance = list(keeping.listed(work, "finance", project=code))
    counted = [f for f in finance if f.kind != "guarantee"]
    there: dict[str, float] = {}
    for row in counted:
        if row.status != "sought":
            there[row.party or ""] = there.get(row.party or "", 0.0) + row.amount * row.rate
    parties = [{"party": p, "share": percent[p], "amount": amounts.get(p, 0.0), "there": there.pop(p, 0.0)}
               for p in sorted(shares, key=lambda p: -shares[p])]  # fmt: skip
    parties += [{"party": p, "share": None, "amount": None, "there": v} for p, v in there.items()]
    return {"parties": parties, "finance": finance,
            "committed": sum(r.amount * r.rate for r in counted if r.status != "sought"),
            "sought": sum(r.amount * r.rate for r in counted if r.status == "sought"),
            "elsewhere": any(r.currency != words.currency for r in finance)}  # fmt: skip


def _result(work: Work, words: Words, code: str) -> dict[str, Any] | None:
    """What the newest appraisal says: worth with and without the project, and who gains."""
    found = evaluations.appraisal_of(work, code)
    if found is None:
        return None
    fresh, _ = evaluations.appraised(work, code)

    def money(value: float | None) -> float | None:
        return None if value is None else value * words.scale

    parties: dict[str, float] = {}
    for row in (found.get("first") or {}).get("parties") or []:
        if row.get("change"):
            parties[str(row["party"])] = parties.get(str(row["party"]), 0.0) + row["change"] * words.scale
    most = max((abs(v) for v in parties.values()), default=0.0)
    gains = sorted(((p, v) for p, v in parties.items() if abs(v) > 1e-6 * most), key=lambda pair: -pair[1])
    irr = found.get("irr")
    return {
        "stale": not fresh, "first": money(found.get("first_in")), "last": money(found.get("last_in")),
        "synergy": money(found.get("synergy")), "npv": money(found.get("npv")), "bcr": found.get("bcr"),
        "irr": irr[0] if isinstance(irr, list) and len(irr) == 1 else irr if isinstance(irr, float) else None,
        "gains": gains, "most": most, "chosen": found.get("chosen"),
    }  # fmt: skip


