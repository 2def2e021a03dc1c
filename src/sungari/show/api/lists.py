"""Parts of long lists: limit and offset, the whole length, and links to the parts around."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request, Response
from sqlalchemy import Select, func, select

from sungari.operate.register import Work
from sungari.show.api.models.common import LARGEST, Page

MOST = 500
Kept = TypeVar("Kept")
Shown = TypeVar("Shown")


class Part:
    """The part of a list that is asked for."""

    def __init__(
        self, request: Request, response: Response,
        limit: Annotated[int, Query(ge=1, le=MOST, description="Most items of the answer")] = 50,
        offset: Annotated[int, Query(ge=0, le=LARGEST, description="Items to leave out before it")] = 0,
    ) -> None:  # fmt: skip
        self.request, self.response = request, response
        self.limit, self.offset = limit, offset

    def of(self, work: Work, asked: Select[Any], show: Callable[[Any], Shown]) -> Page[Shown]:
        """This part of a query's records."""
        total = work.session.scalar(select(func.count()).select_from(asked.order_by(None).subquery())) or 0
        found = work.session.scalars(asked.limit(self.limit).offset(self.offset))
        return self.page([show(each) for each in found], total)

    def cut(self, rows: Sequence[Kept], show: Callable[[Kept], Shown]) -> Page[Shown]:
        """This part of rows that are all at hand."""
        return self.page([show(row) for row in rows[self.offset: self.offset + self.limit]], len(rows))

    def page(self, items: list[Shown], total: int) -> Page[Shown]:
        """The answer, with its links in the header."""
        last = max((total - 1) // self.limit * self.limit, 0)
        there = {"first": 0, "last": last}
        if self.offset > 0:
            there["prev"] = max(min(self.offset, last + self.limit) - self.limit, 0)
        if self.offset + self.limit < total:
            there["next"] = self.offset + self.limit
        url = self.request.url
        links = [f'<{url.include_query_params(limit=self.limit, offset=n)}>; rel="{rel}"' for rel, n in there.items()]
        self.response.headers["Link"] = ", ".join(links)
        self.response.headers["X-Total-Count"] = str(total)
        return Page(items=items, total=total, limit=self.limit, offset=self.offset)


Wanted = Annotated[Part, Depends(Part)]
