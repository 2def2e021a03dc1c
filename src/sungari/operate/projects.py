"""Projects and their versions: every change of a project's figures is a new version of it, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm.attributes import flag_modified

from sungari.errors import InputError, Problem, UsageError, nearest
from sungari.operate import content as contents
from sungari.operate.content import PROJECTS, Content, Normal
from sungari.operate.records import Party, Project, Stage, Version, Visit
from sungari.operate.register import Work
from sungari.region.check.common import chain_of

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
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
    """
    if not code or _CONTROL.search(code) or code != code.strip():
        raise InputError([Problem("projects.csv", None, "project", code, "expected a name without control characters "
                                  "and without blanks around it", "", "kind")], "project")
    if work.session.get(Project, code) is not None:
        raise UsageError(f"there is a project {code!r} already")
    made = contents.normal(content)
    stage = stage_named(work, made[PROJECTS][0].get("stage"))
    project = Project(
        code=code, **_columns(made), stage=stage or FIRST, sha256="", created=work.now, created_by=work.who,
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
    """
    project = work.get(Project, code, expected=expected)
    now = current(work, code)
    made = _staged(contents.normal(content), now.content[PROJECTS][0].get("stage"))
    if made == now.content:
        return project
    for name, value in _columns(made).items():
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


def _columns(content: Content) -> dict[str, Any]:
    """The columns that projects are found by, from their content."""
    row = content[PROJECTS][0]
    clean = {k: _CONTROL.sub("", str(row[k])) if k in row else None for k in ("name", "sector", "host")}
    return {**clean, "name": clean["name"] or ""}


def _keep(work: Work, project: Project, content: Content, origin: str | None) -> None:
    """Write a version, and count it on the project: the only place where either happens."""
    project.sha256 = contents.fingerprint(content)
    project.changed, project.changed_by = work.now, work.who
    if inspect(project).persistent:
        flag_modified(project, "changed")  # a second change at the same moment counts as well
    work.session.flush()
    work.session.add(Version(
        project=project.code, number=project.version, content=content, sha256=project.sha256, stage=project.stage,
        who=work.who, at=work.now, why=work.why, origin=origin,
    ))  # fmt: skip
    work.session.flush()
    work.touched.add(project.code)


def get(work: Work, code: str) -> Project:
    """A project by its code; the nearest name is offered where there is none."""
    return work.get(Project, code)


def listed(work: Work, *, stage: str | None = None, party: str | None = None, sector: str | None = None,
           text: str | None = None) -> Sequence[Project]:  # fmt: skip
    """Projects in the order in which they came.

    Parameters
    ----------
    work : Work
    stage, sector, party : str or None
        Only those in this stage, of this sector, hosted by this party.
    text : str or None
        Only those whose code or name holds this text.
    """
    asked = select(Project).order_by(Project.created, Project.code)
    for column, wanted in ((Project.stage, stage), (Project.sector, sector), (Project.host, party)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    if text is not None:
        asked = asked.where(Project.name.icontains(text, autoescape=True)
                            | Project.code.icontains(text, autoescape=True))  # fmt: skip
    return work.session.scalars(asked).all()


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


def version(work: Work, code: str, number: int) -> Version:
    """A version of a project.

    Raises
    ------
    UsageError
        If the project has no such version.
    """
    found = work.session.scalar(select(Version).where(Version.project == code, Version.number == number))
    if found is None:
        get(work, code)
        numbers = work.session.scalars(select(Version.number).where(Version.project == code).order_by(Version.number))
        raise UsageError(f"project {code!r} has no version {number}; it has " + ", ".join(map(str, numbers)))
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
        raise UsageError(f"no stage {code!r}; {nearest(code, names) or 'one of ' + ', '.join(names)}")
    return found
