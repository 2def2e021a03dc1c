"""Records beside the figures: the same five operations for each kind."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import inspect, select

from sungari.operate import keeping, projects
from sungari.operate.holdings import KINDS
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import records as models
from sungari.show.api.models.common import LARGEST, Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS, Chosen

Id = Annotated[int, Path(ge=1, le=LARGEST, description="The record's number")]

_VERBS = {"POST": "add", "PATCH": "edit", "DELETE": "remove"}


def _action(name: str) -> str:
    return "restriction.edit" if name == "restriction" else "record.edit"


def _shown(request: Request, response: Response, name: str, record: Any) -> Any:
    body = models.KEPT[name].model_validate(record)
    return editions.show(request, response, body, editions.tag_of(record))


def _list(name: str) -> Callable[..., Any]:
    kind, kept = KINDS[name], models.KEPT[name]
    if "project" not in inspect(kind).columns:

        def every(asked: Reading, part: Wanted) -> Any:
            with asked.reading() as work:
                return part.of(work, select(kind).order_by(kind.id), kept.model_validate)

        return every

    def listed(asked: Reading, part: Wanted, project: Chosen = None) -> Any:
        wanted = select(kind).order_by(kind.id)
        with asked.reading() as work:
            if project is not None:
                projects.get(work, project)
                wanted = wanted.where(kind.project == project)  # type: ignore[attr-defined]
            return part.of(work, wanted, kept.model_validate)

    return listed


def _get(name: str) -> Callable[..., Any]:
    def get(request: Request, response: Response, asked: Reading, number: Id) -> Any:
        with asked.reading() as work:
            return _shown(request, response, name, work.get(KINDS[name], number))

    return get


def _add(name: str) -> Callable[..., Any]:
    def add(
        request: Request, response: Response, asked: Annotated[Writer, writes(_action(name))],
        body: models.NEW[name],  # type: ignore[valid-type]
    ) -> Any:  # fmt: skip
        with asked.writing() as work:
            made = keeping.add(work, name, body.model_dump(exclude_unset=True))  # type: ignore[attr-defined]
            response.headers["Location"] = str(request.url_for(f"get_{name}", number=made.id))
            return _shown(request, response, name, made)

    return add


def _edit(name: str) -> Callable[..., Any]:
    def edit(
        request: Request, response: Response, asked: Annotated[Writer, writes(_action(name))], number: Id,
        body: models.EDIT[name],  # type: ignore[valid-type]
        if_match: IfMatch = None,
    ) -> Any:  # fmt: skip
        with asked.writing() as work:
            record = editions.held(work, KINDS[name], number, if_match)
            cells = body.model_dump(exclude_unset=True)  # type: ignore[attr-defined]
            keeping.edit(work, name, number, cells, expected=record.version)
            return _shown(request, response, name, record)

    return edit


def _remove(name: str) -> Callable[..., Any]:
    def remove(asked: Annotated[Writer, writes(_action(name))], number: Id, if_match: IfMatch = None) -> None:
        with asked.writing() as work:
            record = editions.held(work, KINDS[name], number, if_match)
            keeping.remove(work, name, number, expected=record.version)

    return remove


def _router() -> APIRouter:
    made = APIRouter(tags=["records"])
    for name, kind in KINDS.items():
        many, kept, what = models.plural(name), models.KEPT[name], (kind.__doc__ or "").splitlines()[0]
        page: Any = Page[kept]  # type: ignore[valid-type]
        for method, path, function, shown, status, words, others in (
            ("GET", f"/{many}", _list(name), page, 200, f"{what} All of them, as they came.", responses(404)),
            ("POST", f"/{many}", _add(name), kept, 201, f"{what} A new one.", responses(409)),
            ("GET", f"/{many}/{{number}}", _get(name), kept, 200, what, responses(304, 404)),
            ("PATCH", f"/{many}/{{number}}", _edit(name), kept, 200, f"{what} Change cells of one.", EDITS),
            ("DELETE", f"/{many}/{{number}}", _remove(name), None, 204,
             f"{what} Remove one; the audit trail keeps what it held.", EDITS),
        ):  # fmt: skip
            verb = _VERBS.get(method, "list" if path[1:] == many else "get")
            operation = f"{verb}_{many if verb == 'list' else name}"
            made.add_api_route(path, function, methods=[method], name=operation, operation_id=operation,
                               response_model=shown, status_code=status, description=words, responses=others)
    return made


router = _router()
