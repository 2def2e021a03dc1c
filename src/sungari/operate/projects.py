"""Projects and their versions: every change of a project's figures is a new version of it, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.attributes import flag_modified

from sungari.decide.store import BESIDE
from sungari.errors import InputError, Problem, Unknown, UsageError, hinted
from sungari.operate import content as contents
from sungari.operate import conversion
from sungari.operate.access import sight
from sungari.operate.content import PROJECTS, Content, Normal
from sungari.operate.findings import Flag
from sungari.operate.records import PackageTable, Party, Project, Stage, Version, Visit
from sungari.operate.register import Work
from sungari.region.check.common import chain_of
from sungari.words import Words

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: Tables of a project that plans depend on.
OF_PLANS = frozenset(contents.PROJECT_TABLES) - BESIDE
#: Projects that are asked for by their codes at a time.
_BATCH = 500
#: Where a project begins when nothing says otherwise.
FIRST = "idea"


def create(work: Work, code: str, content: Mapping[str, Any], *, origin: str | None = None) -> Project:
    """Take up a new project.

    Parameters
    ----------
    work : Work
    code : str
        Its identifier, for good.
    content : mapping
        Rows by table, as :mod:`sungari.operate.content` says; ``{"projects": [{"name": …}]}`` at least.
    origin : str or None
        File that it was read from.

    Raises
    ------
    InputError
        With every cell that does not fit its column.
    UsageError
        If there is a project of this name.
    Forbidden
    """
    made = conversion.converted(work, contents.normal(content))
    work.actor.demand("project.create", named_in(work, made) or None)
    return take_up(work, code, made, origin=origin)


def take_up(work: Work, code: str, content: Mapping[str, Any], *, origin: str | None = None) -> Project:
    """Take up a new project, for whom that has been asked already; see :func:`create`."""
    if not code or _CONTROL.search(code) or code != code.strip():
        expected = Words("expected a name without control characters and without blanks around it")
        raise InputError([Problem("projects.csv", None, "project", code, expected, "", "kind")], "project")
    if work.session.get(Project, code) is not None:
        raise UsageError("there is a project {code!r} already", code=code)
    if code in sight.hidden_projects(work):
        raise UsageError("the code {code!r} can't be used; choose another one", code=code)
    made = conversion.converted(work, contents.normal(content))
    stage = stage_named(work, made[PROJECTS][0].get("stage"))
    project = Project(
        code=code, **found_by(code, made), stage=stage or FIRST, sha256="", created=work.now, created_by=work.who,
        changed=work.now, changed_by=work.who,
    )  # fmt: skip
    work.session.add(project)
    _keep(work, project, made, origin)
    # A project that is further on when it comes was there before the register's clock began to run.
    work.session.add(Visit(project=code, stage=project.stage, entered=work.now, due=None, left=None, who=work.who,
                           why=work.why, known=project.stage == FIRST))
    return project


def change(
    work: Work, code: str, content: Mapping[str, Any], *, expected: int | None = None, origin: str | None = None
) -> Project:
    """Put a new content in a project's place, as its next version; the stage stays what it is.

    Parameters
    ----------
    work : Work
    code : str
    content : mapping
    expected : int or None
        Version that the edit was made from; None where it was read in this work.
    origin : str or None
        File that it was read from.

    Raises
    ------
    InputError
        With every cell that does not fit its column.
    Conflict
        If the project has been changed since the expected version.
    Forbidden
    """
    work.actor.demand("project.edit", concerned(work, code))
    return rewrite(work, code, content, expected=expected, origin=origin)


def rewrite(
    work: Work, code: str, content: Mapping[str, Any], *, expected: int | None = None, origin: str | None = None
) -> Project:
    """Put a new content in a project's place, for whom that has been asked already; see :func:`change`."""
    project = work.get(Project, code, expected=expected)
    now = current(work, code)
    made = _staged(conversion.converted(work, contents.normal(content)), now.content[PROJECTS][0].get("stage"))
    if made == now.content:
        return project
    for name, value in found_by(code, made).items():
        setattr(project, name, value)
    _keep(work, project, made, origin)
    return project


def move(work: Work, project: Project, stage: str) -> None:
    """Note a project's new stage; :func:`sungari.operate.life.enter` says whether it may move."""
    content = _staged(current(work, project.code).content, stage)
    project.stage = stage
    _keep(work, project, content, None)


def _staged(content: Content, stage: str | None) -> Normal:
    """A content with another word for its stage."""
    rows = [{k: v for k, v in row.items() if k != "stage"} for row in content[PROJECTS]]
    if stage is not None:
        rows[0]["stage"] = stage
    return Normal({**content, PROJECTS: rows})


def restore(work: Work, code: str, number: int, *, expected: int | None = None) -> Project:
    """Make an older version the newest again; the stage stays what it is."""
    return change(work, code, version(work, code, number).content, expected=expected)


def found_by(code: str, content: Content) -> dict[str, Any]:
    """The columns that projects are found by, from their content."""
    row = content[PROJECTS][0]
    clean = {k: _CONTROL.sub("", str(row[k])) if k in row else None for k in ("name", "sector", "host")}
    names = (code, *(str(row[k]) for k in ("name", "name_zh", "name_ru") if k in row))
    return {
        **clean, "name": clean["name"] or "", "words": "\n".join(_CONTROL.sub("", n) for n in names).casefold(),
        "cost": contents.cost_of(content), "figures": contents.figures_sha256(content, OF_PLANS),
        "beside": contents.figures_sha256(content, BESIDE),
    }  # fmt: skip


def _keep(work: Work, project: Project, content: Content, origin: str | None) -> None:
    """Write a version, and count it on the project: the only place where either happens."""
    project.sha256 = contents.fingerprint(content)
    project.changed, project.changed_by = work.now, work.who
    if inspect(project).persistent:
        flag_modified(project, "changed")  # a second change at the same moment counts as well
    work.session.flush()
    work.session.add(Version(
        project=project.code, number=project.version, content=content, sha256=project.sha256, stage=project.stage,
        who=work.who, account=work.actor.account or None, at=work.now, why=work.why, origin=origin,
    ))  # fmt: skip
    work.session.flush()
    work.touched.add(project.code)


def get(work: Work, code: str) -> Project:
    """A project by its code; the nearest name is offered where there is none."""
    return work.get(Project, code)


class Page(NamedTuple):
    """Some of the projects that were asked for, and how many there are in all."""

    rows: Sequence[Project]
    total: int


def unsortable(by: str) -> Words:
    """What is said of an order that there is none of."""
    return hinted(Words("projects can't be sorted by {by!r}", by=by), by, SORTS, listed=True)


#: What projects can be sorted by; ``entered`` and ``due`` are of the stage that they are in.
SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "created": Project.created, "project": Project.code, "name": Project.name, "sector": Project.sector,
    "host": Project.host, "stage": Stage.position, "cost": Project.cost, "changed": Project.changed,
    "entered": Visit.entered, "due": Visit.due,
}  # fmt: skip


def listed(
    work: Work, *, text: str | None = None, stage: str | None = None, party: str | None = None,
    sector: str | None = None, flag: str | None = None, sort: str = "created", limit: int | None = None,
    offset: int = 0,
) -> Page:  # fmt: skip
    """Projects, found and sorted by the database.

    Parameters
    ----------
    work : Work
    text : str or None
        Only those whose code or name, in any language, holds this text.
    stage, sector, party : str or None
        Only those in this stage, of this sector, hosted by this party.
    flag : str or None
        Only those with a flag in this state, ``red`` or ``amber``.
    sort : str
        One of :data:`SORTS`, with ``-`` before it for the greatest first; what has none comes last.
    limit, offset : int
        How many at most, after how many.

    Raises
    ------
    UsageError
        If they can't be sorted by that.
    """
    by = sort.removeprefix("-")
    if by not in SORTS:
        raise UsageError(unsortable(by))
    asked = select(Project)
    for column, wanted in ((Project.stage, stage), (Project.sector, sector), (Project.host, party)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    if flag is not None:
        asked = asked.where(Project.code.in_(select(Flag.project).where(Flag.state == flag)))
    if text is not None:
        asked = asked.where(Project.words.contains(text.casefold(), autoescape=True))
    total = None
    if limit is not None or offset:
        total = work.session.scalar(asked.with_only_columns(func.count(), maintain_column_froms=True)) or 0
        asked = asked.limit(limit).offset(offset)
    if by == "stage":
        asked = asked.join(Stage, Stage.code == Project.stage)
    elif by in ("entered", "due"):
        asked = asked.outerjoin(Visit, (Visit.project == Project.code) & Visit.left.is_(None))
    order = SORTS[by].desc() if sort.startswith("-") else SORTS[by].asc()
    rows = work.session.scalars(asked.order_by(order.nulls_last(), Project.code)).all()
    return Page(rows, len(rows) if total is None else total)


def current(work: Work, code: str) -> Version:
    """The newest version of a project."""
    found = work.session.scalar(
        select(Version).where(Version.project == code).order_by(Version.number.desc()).limit(1)
    )
    if found is None:
        get(work, code)
        raise AssertionError(f"project {code!r} has no version")
    return found


def contents_now(work: Work) -> dict[str, Content]:
    """The newest content of every project, in the order in which they came."""
    newest = (
        select(Project.code, Version.content)
        .join(Version, (Version.project == Project.code) & (Version.number == Project.version))
        .order_by(Project.created, Project.code)
    )
    return dict(iter(work.session.execute(newest)))


def contents_of(work: Work, codes: Iterable[str]) -> dict[str, Content]:
    """The newest content of some projects."""
    wanted, made = sorted(set(codes)), dict[str, Content]()
    newest = select(Project.code, Version.content).join(
        Version, (Version.project == Project.code) & (Version.number == Project.version)
    )
    for begin in range(0, len(wanted), _BATCH):
        made |= dict(iter(work.session.execute(newest.where(Project.code.in_(wanted[begin : begin + _BATCH])))))
    for code in wanted:
        if code not in made:
            made[code] = current(work, code).content
    return made


def version(work: Work, code: str, number: int) -> Version:
    """A version of a project.

    Raises
    ------
    Unknown
        If the project has no such version.
    """
    found = work.session.scalar(select(Version).where(Version.project == code, Version.number == number))
    if found is None:
        get(work, code)
        numbers = work.session.scalars(select(Version.number).where(Version.project == code).order_by(Version.number))
        raise Unknown("project {code!r} has no version {number}; it has {numbers}",
                      code=code, number=number, numbers=", ".join(map(str, numbers)))
    return found


def history(work: Work, code: str) -> list[tuple[Version, list[contents.CellChange]]]:
    """All versions of a project, oldest first, each with the cells that it changed."""
    get(work, code)
    versions = work.session.scalars(select(Version).where(Version.project == code).order_by(Version.number)).all()
    before: Content = {}
    made = []
    for each in versions:
        made.append((each, contents.changes(before, each.content)))
        before = each.content
    return made


def keep_to(work: Work, code: str, party: str | None, *, expected: int | None = None) -> Project:
    """Have one party keep a project to itself, with all that belongs to it, or open it (None) to all.

    Only the party whose ground it stands on, or one above it, may: nobody hides a project from its host.

    Raises
    ------
    UsageError
        If the project stands on another party's ground.
    Forbidden
        If the actor has no grant of the party.
    Conflict
        If the project has been changed since the expected version.
    """
    project = work.get(Project, code, expected=expected)
    work.actor.demand("project.edit", concerned(work, code))
    sight.demand_party(work, party)
    sight.demand_mark(work.actor, project.confidential_to, party)
    content = current(work, code).content
    host = named_in(work, {PROJECTS: content[PROJECTS]})
    if party is not None and host and party not in host:
        raise UsageError("{code!r} stands on the ground of {host!r}; {party!r} can't keep it to itself",
                         code=code, host=host[0], party=party)
    if project.confidential_to != party:
        project.confidential_to = party
        _keep(work, project, content, None)
        _forget_place(work, code)
    return project


def _forget_place(work: Work, code: str) -> None:
    """Take a project's name out of the order in which the package had its rows, which all see."""
    for table in work.session.scalars(select(PackageTable)):
        if code in table.order:
            table.order = [whose for whose in table.order if whose != code]
    work.session.flush()


def named_in(work: Work, content: Content) -> list[str]:
    """The parties whose ground or money is in a project, and all above them: who acts for one of them works on it."""
    parent = {code: above for code, above in work.session.execute(select(Party.code, Party.parent)) if above}
    named = [row.get("host") for row in content[PROJECTS]] + [s.get("party") for s in content.get("shares", [])]
    return list(dict.fromkeys(above for name in named if name for above in chain_of(str(name), parent)))


def concerned(work: Work, code: str) -> list[str] | None:
    """The parties that a project is of, for :meth:`Actor.demand`; None where it names none: anybody's then."""
    return named_in(work, current(work, code).content) or None


def writer_of(work: Work, code: str) -> str | None:
    """Account that last wrote a project's content as it is; steps between stages don't count. None: none of ours."""
    newest = work.session.execute(
        select(Version.sha256, Version.account).where(Version.project == code).order_by(Version.number.desc())
    )
    account, sha = None, None
    for each, who in newest:
        if sha is not None and each != sha:
            break
        sha, account = each, who
    return account


def parties_of(work: Work, content: Content) -> list[str]:
    """The parties whose gates a project passes: the highest above its host and owners; no companies, no outsiders."""
    rows = {p.code: p for p in work.session.scalars(select(Party))}
    parent = {code: p.parent for code, p in rows.items() if p.parent}
    named = [row.get("host") for row in content["projects"]] + [s.get("party") for s in content.get("shares", [])]
    top = dict.fromkeys(chain_of(str(name), parent)[-1] for name in named if name)
    return [code for code in top if code in rows and rows[code].kind not in ("company", "external")]


def stage_named(work: Work, word: str | None) -> str | None:
    """The register's stage that a package's word means; None where it means none."""
    wanted = (word or "").strip().lower()
    for stage in work.session.scalars(select(Stage)):
        if wanted and wanted in (stage.code.lower(), stage.name.lower(), *(str(w).lower() for w in stage.also)):
            return stage.code
    return None


def stage_known(work: Work, code: str) -> Stage:
    """A stage by its code; the nearest name is offered where there is none."""
    found = work.session.get(Stage, code)
    if found is None:
        names = work.session.scalars(select(Stage.code).order_by(Stage.position)).all()
        raise UsageError(hinted(Words("no stage {code!r}", code=code), code, names, listed=True))
    return found
