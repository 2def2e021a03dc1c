"""What the register holds, as mapped classes: one class per table.

Figures of the model stand in :class:`Version` and :class:`PackageTable` as plain data, in the words of the region
package; all else that a committee keeps about a project has a table of its own. Every record that can be edited counts
its edits in ``version``, and an edit made from an older one is refused by the database layer itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, ForeignKey, Index, MetaData, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

from sungari.words import restored, stored

#: Stable names for constraints, so that migrations can name them on every database.
NAMING = {
    "ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s",
}  # fmt: skip


class Moment(TypeDecorator[datetime]):
    """A moment in UTC: SQLite keeps no time zones, so none is stored and all are given back with theirs."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None else None


class Saying(TypeDecorator[str]):
    """What the library says, kept so that it can be said in other languages as well (:mod:`sungari.words`)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return stored(value) if value is not None else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return restored(value) if value is not None else None


class SayingChanges(TypeDecorator[dict[str, Any]]):
    """Columns, each with what stood and what stands in it, kept as :class:`Saying` keeps a text."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
        return value and {k: [stored(v) if isinstance(v, str) else v for v in pair] for k, pair in value.items()}

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
        return value and {k: [restored(v) if isinstance(v, str) else v for v in pair] for k, pair in value.items()}


class Base(DeclarativeBase):
    """Base of all records."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - as SQLAlchemy wants it
        str: Text, datetime: Moment, dict[str, Any]: JSON(none_as_null=True), list[Any]: JSON(none_as_null=True),
    }


def attribute(column: Any) -> Any:
    """A table's column as its class has it: what is asked for by it, and not by the table, is what the actor sees."""
    mapper = next(m for m in Base.registry.mappers if m.local_table is column.table)
    return mapper.get_property_by_column(column).class_attribute


class Edited:
    """A record that can be edited: it counts its edits."""

    version: Mapped[int] = mapped_column()

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


class Confidential:
    """A record that one party may keep to itself: to all others it is as if it were not there.

    Who sees what is said in one place, :mod:`sungari.operate.access.sight`.
    """

    confidential_to: Mapped[str | None] = mapped_column()  # a party's code; none: everybody's


class Belonging:
    """A record of a project, in its column ``project``: whoever may not see the project does not see it either."""


class Under:
    """A record of another one: whoever may not see that one does not see it either."""

    #: The column that names the other record, that record's table, and its column that is named.
    above: ClassVar[tuple[str, str, str]]


# -- the package ------------------------------------------------------------------------------------------------------


class Package(Edited, Base):
    """The region package that the register's projects belong to: one row."""

    __tablename__ = "package"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    register: Mapped[str]  # an identifier of this register, so that a file says where its versions count
    name: Mapped[str]
    title: Mapped[str]
    settings: Mapped[dict[str, Any]]
    descriptor: Mapped[dict[str, Any]]
    origin: Mapped[str]  # the file that it was read from


class PackageTable(Edited, Base):
    """A table of the package: its columns, and the rows that belong to no project."""

    __tablename__ = "package_table"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    columns: Mapped[list[Any]]
    types: Mapped[list[Any]]
    rows: Mapped[list[Any]] = mapped_column(info={"bulky": True})
    order: Mapped[list[Any]] = mapped_column(info={"bulky": True})  # whose row comes when; null: the package's own
    figures: Mapped[str] = mapped_column(server_default="", info={"derived": True})  # SHA-256 of its rows' figures


class Party(Edited, Base):
    """Who gains, pays and decides: a row of ``parties.csv``."""

    __tablename__ = "party"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    parent: Mapped[str | None]
    content: Mapped[dict[str, Any]]


# -- projects ---------------------------------------------------------------------------------------------------------


class Project(Confidential, Edited, Base):
    """A project as it stands; its figures are in the newest of its versions."""

    __tablename__ = "project"
    __table_args__ = (Index("ix_project_confidential_to", "confidential_to"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    sector: Mapped[str | None] = mapped_column(index=True)
    host: Mapped[str | None] = mapped_column(index=True)
    stage: Mapped[str] = mapped_column(ForeignKey("stage.code"), index=True)
    sha256: Mapped[str]  # of its content
    created: Mapped[datetime]
    created_by: Mapped[str]
    changed: Mapped[datetime]
    changed_by: Mapped[str]
    # What it is found, sorted and compared by without a look into its content:
    words: Mapped[str] = mapped_column(server_default="", info={"derived": True})  # code and names, in small letters
    cost: Mapped[float] = mapped_column(server_default="0", info={"derived": True})
    figures: Mapped[str] = mapped_column(server_default="", info={"derived": True})  # SHA-256 of what plans depend on
    beside: Mapped[str] = mapped_column(server_default="", info={"derived": True})  # and of its figures beside these


class Version(Belonging, Base):
    """What a project's tables held, who wrote it, when and why; never changed."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("project", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("project.code"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    stage: Mapped[str]
    who: Mapped[str]
    account: Mapped[str | None]  # of whom, where it was not the command line
    at: Mapped[datetime]
    why: Mapped[str] = mapped_column(Saying)
    origin: Mapped[str | None]  # the file that it was read from; none: written in the register


# -- a project's life -------------------------------------------------------------------------------------------------


class Stage(Edited, Base):
    """A stage of a project's life, in order."""

    __tablename__ = "stage"

    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    name_zh: Mapped[str]
    name_ru: Mapped[str]
    review: Mapped[bool]  # whether its time counts as the review's
    ends: Mapped[bool]  # whether a project stays in it for good
    oc4ids: Mapped[str]
    iati: Mapped[str]
    also: Mapped[list[Any]]  # other words that packages use for it


class Gate(Edited, Base):
    """What a party asks for before a project enters a stage; ``*`` stands for every party without a row of its own."""

    __tablename__ = "gate"
    __table_args__ = (UniqueConstraint("stage", "party"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(ForeignKey("stage.code"))
    party: Mapped[str]
    needs: Mapped[list[Any]]
    signs: Mapped[bool]
    role: Mapped[str]
    months: Mapped[float | None]  # that the stage before it may take


class Visit(Belonging, Edited, Base):
    """A project's time in a stage."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("project.code"), index=True)
    stage: Mapped[str] = mapped_column(ForeignKey("stage.code"))
    entered: Mapped[datetime]
    due: Mapped[datetime | None]
    left: Mapped[datetime | None]
    who: Mapped[str]
    why: Mapped[str] = mapped_column(Saying)
    known: Mapped[bool]  # whether the project entered it here, under the clock; else it was in it when it came


class Signature(Belonging, Base):
    """What a party said to a project's entering a stage; never changed, the last one counts."""

    __tablename__ = "signature"

    id: Mapped[int] = mapped_column(primary_key=True)
    project: Mapped[str] = mapped_column(ForeignKey("project.code"), index=True)
    stage: Mapped[str] = mapped_column(ForeignKey("stage.code"))
    party: Mapped[str]
    agreed: Mapped[bool]
    role: Mapped[str]
    who: Mapped[str]
    account: Mapped[str | None]
    at: Mapped[datetime]
    note: Mapped[str]
    sha256: Mapped[str]  # of the content that was signed: a later change of it needs a new signature


class Audit(Base):
    """One change of one record; never changed."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_record", "record", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    who: Mapped[str]
    account: Mapped[str | None]
    confidential_to: Mapped[str | None]  # the party that kept the record to itself when it was changed
    head: Mapped[str | None]  # kind and key of the confidential record that it was, or that it belongs to
    why: Mapped[str] = mapped_column(Saying)
    action: Mapped[str]  # add, edit, remove; of accounts also sign-in and refused
    record: Mapped[str]
    key: Mapped[str]
    project: Mapped[str | None] = mapped_column(index=True)
    changes: Mapped[dict[str, Any]] = mapped_column(SayingChanges)  # column: [before, after]


class Mark(Base):
    """Which party keeps a record to itself, or kept it when it was removed: what the audit trail is shown by."""

    __tablename__ = "mark"

    head: Mapped[str] = mapped_column(primary_key=True)  # kind and key, as in the audit trail
    party: Mapped[str]
