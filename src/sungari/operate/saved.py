"""Views of lists that an account has saved for itself: a name, and what the list was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from sungari.errors import Forbidden, InputError, Problem, UsageError
from sungari.operate.records import Base, Edited
from sungari.operate.register import Work
from sungari.words import Words

LONGEST = 80
#: Views of one list that an account may keep.
MOST = 50


class SavedView(Edited, Base):
    """A view of a list, of one account; nobody else sees it."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account", "list", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str]  # empty: of whoever has the database itself in hand
    list: Mapped[str]  # which list
    name: Mapped[str] = mapped_column(info={"bulky": True})  # nobody else's business, in the audit trail neither
    query: Mapped[str] = mapped_column(info={"bulky": True})  # what was asked for, as in an address


def listed(work: Work, of: str) -> Sequence[SavedView]:
    """The actor's own views of a list, by name."""
    asked = select(SavedView).where(SavedView.account == work.actor.account, SavedView.list == of)
    return work.session.scalars(asked.order_by(SavedView.name)).all()


def put(work: Work, of: str, name: str, query: str) -> SavedView:
    """Save a view of a list for the actor; one of the same name is replaced.

    Raises
    ------
    InputError
        If the name is blank or too long.
    UsageError
        If there are too many.
    """
    work.actor.demand("read")
    name = name.strip()
    if not 0 < len(name) <= LONGEST or not name.isprintable():
        wrong = Problem("view", None, "name", name[:40], Words("expected a name of up to {longest} signs",
                                                               longest=LONGEST))
        raise InputError([wrong], "view")
    there = {view.name: view for view in listed(work, of)}
    if name not in there and len(there) >= MOST:
        raise UsageError("there are {most} views of this list already; remove one first", most=MOST)
    made = there.get(name)
    if made is None:
        made = SavedView(account=work.actor.account, list=of, name=name, query=query)
        work.session.add(made)
    elif made.query != query:
        made.query = query
    work.session.flush()
    return made


def remove(work: Work, number: int) -> None:
    """Remove a view of one's own."""
    found = work.get(SavedView, number, what="view")
    if found.account != work.actor.account:
        raise Forbidden("a view belongs to who saved it")
    work.session.delete(found)
    work.session.flush()
