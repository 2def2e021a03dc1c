"""Which results a reader is shown: the newest of each kind, of the register as it is if there is one, else an older one
that is marked as stale."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from sungari.operate import packages
from sungari.operate.records import Audit, Package
from sungari.operate.register import Work
from sungari.region.package import Region
from sungari.show.web.shelf import Found, in_folder, made_from

if TYPE_CHECKING:
    from sungari.show.web.view import View


def region(view: View, work: Work) -> Region | None:
    """The register's region as the reader may see it; None where it holds none. Kept until something changes."""
    held = work.session.get(Package, 1)
    if held is None or not held.name:
        return None
    mark = (work.session.scalar(select(func.max(Audit.id))), tuple(sorted(view.actor.parties)), view.actor.everything)
    return view.space.shelf.kept(("region", mark), lambda: packages.region(work))


def newest(view: View, work: Work) -> dict[str, Found]:
    """The result to show for each part of a study that there is one of."""
    here = region(view, work)
    if here is None or view.space.study is None:
        return {}
    found = in_folder(view.space.study)
    made = {}
    for name, each in found.items():
        of = view.space.shelf.kept(("made from", each.key), lambda each=each: made_from(each))  # type: ignore[misc]
        made[name] = replace(each, stale=of != here.sha256)
    return made
