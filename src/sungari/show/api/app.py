"""The API as an application: mounted by the workspace at ``/api/v1``, or called in this process."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.middleware import Middleware

from sungari import __version__
from sungari.operate.access.actor import Actor
from sungari.operate.register import Register
from sungari.show.api import (
    accounts,
    cases,
    decisions,
    documents,
    evaluations,
    exchange,
    flags,
    identity,
    jobs,
    life,
    meetings,
    problems,
    projects,
    records,
    region,
    tables,
    trail,
    versions,
)
from sungari.show.api.asking import Guard, Identify, known_query
from sungari.show.api.limits import Limit
from sungari.show.api.models.common import Problem

#: Where the workspace mounts it.
PATH = "/api/v1"
ROUTERS = (
    projects, versions, life, flags, records, documents, exchange, evaluations, jobs, cases, decisions, meetings,
    region, tables, accounts, trail,
)  # fmt: skip
_ABOUT = """
The joint project register, the committee's desk and the model's jobs.

* **Who asks**: `Authorization: Bearer TOKEN`. What a token may not see is as if it were not there (404).
* **Lists** come in parts: `limit`, `offset`, `total`, links to the other parts in the header `Link`.
* **Edits are safe**: a thing says by its `ETag` which edition it is; an edit says by `If-Match` which it was made from.
* **Problems** are `application/problem+json` (RFC 9457); what is wrong with the data is listed, all of it.
* **Reasons** for the audit trail stand in the header `Why`, percent-encoded where they are not ASCII.
* **Units**: money of the package (`GET /region`), moments in UTC, the rest as described at each field.
"""


def create(register: Register, *, identify: Identify | None = None) -> FastAPI:
    """The API of a register.

    Parameters
    ----------
    register : Register
    identify : callable or None
        Says who a request is from; default: by its token, or its session.
    """
    app = FastAPI(
        title="Sungari", version=__version__, description=_ABOUT, docs_url=None, redoc_url=None,
        dependencies=[Depends(known_query)],
        middleware=[Middleware(Guard, identify=identify or identity.known(register)), Middleware(Limit)],
    )  # fmt: skip
    app.state.register = register
    problems.handle(app)
    for each in ROUTERS:
        app.include_router(each.router)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def local(register: Register, who: str = "") -> FastAPI:
    """The API for a caller in this process, who has the database itself in hand; never served.

    Parameters
    ----------
    register : Register
    who : str
        In whose name; default the user of this machine.
    """
    actor = Actor("", who, frozenset())
    return create(register, identify=lambda _request: actor)


def _described(app: FastAPI) -> dict[str, Any]:
    """The description of the API, with the model of problems that all operations refer to."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes,
                           servers=[{"url": PATH}])
        made["components"]["schemas"]["Problem"] = Problem.model_json_schema(
            ref_template="#/components/schemas/{model}", mode="serialization")
        made["components"]["schemas"] |= made["components"]["schemas"]["Problem"].pop("$defs", {})
        app.openapi_schema = made
    return app.openapi_schema
