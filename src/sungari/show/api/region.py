"""The region that the projects belong to: its settings, parties and tables; and who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import select

from sungari.errors import Unknown, UsageError
from sungari.operate import packages, settings
from sungari.operate.records import Package, PackageTable, Party
from sungari.operate.register import Work
from sungari.show.api import editions
from sungari.show.api.asking import Reading, Writer, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import records as models
from sungari.show.api.models.common import NAMED, Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS

router = APIRouter(tags=["region"])
Table = Annotated[str, Path(pattern=NAMED, description="A table: links, demand …")]


def _package(work: Work) -> Package:
    try:
        return packages.package(work)
    except UsageError as error:
        raise Unknown(str(error)) from error


@router.get("/region", operation_id="get_region", responses=responses(304, 404))
def region(request: Request, response: Response, asked: Reading) -> models.Region:
    """The region package's name, money and settings."""
    with asked.reading() as work:
        held = _package(work)
        body = models.Region(
            name=held.name, title=held.title, register_id=held.register,
            currency=str(held.settings.get("currency", "USD")), settings=held.settings,
            origin=held.origin, version=held.version,
        )  # fmt: skip
        return editions.show(request, response, body, editions.tag_of(held))


def _settings(request: Request, response: Response, held: Package) -> models.Settings:
    body = models.Settings.model_validate({"cells": settings.values(held), "entries": list(settings.ENTRIES.values()),
                                           "version": held.version})  # fmt: skip
    return editions.show(request, response, body, editions.tag_of(held))


@router.get("/region/settings", operation_id="get_settings", responses=responses(304, 404))
def read_settings(request: Request, response: Response, asked: Reading) -> models.Settings:
    """The region's title and settings, and what each may be."""
    with asked.reading() as work:
        return _settings(request, response, _package(work))


@router.post("/region/settings/check", operation_id="try_settings", responses=responses(404))
def try_settings(asked: Reading, body: models.SettingsCells) -> models.Tried:
    """What would be wrong or odd with other settings, and what they would bring about; nothing is written."""
    with asked.reading() as work:
        _package(work)
        _, found = settings.tried(packages.region(work), body.cells)
        return models.Tried.model_validate({"problems": found})


@router.patch("/region/settings", operation_id="edit_settings", responses=EDITS)
def edit_settings(
    request: Request, response: Response, asked: Annotated[Writer, writes("region.edit")], body: models.SettingsCells,
    if_match: IfMatch = None,
) -> models.Settings:  # fmt: skip
    """Change settings, as an administrator of all parties. No figure is converted to another currency."""
    with asked.writing() as work:
        _package(work)
        held = work.get(Package, 1)
        editions.demand(if_match, editions.tag_of(held), "the package")
        settings.save(work, packages.region(work), body.cells, expected=held.version)
        return _settings(request, response, held)


@router.get("/region/tables", operation_id="list_tables", responses=responses())
def tables(asked: Reading, part: Wanted) -> Page[models.TableHead]:
    """The region's tables, with how many of their rows belong to no project."""
    with asked.reading() as work:
        return part.of(work, select(PackageTable).order_by(PackageTable.position),
                       lambda t: models.TableHead(name=t.name, columns=t.columns, rows=len(t.rows), version=t.version))


@router.get("/region/tables/{name}", operation_id="get_table", responses=responses(304, 404))
def table(request: Request, response: Response, asked: Reading, name: Table) -> models.Table:
    """A table's rows that belong to no project; cells by column, blank ones left out."""
    with asked.reading() as work:
        found = work.get(PackageTable, name, what="table")
        body = models.Table(name=found.name, columns=found.columns, rows=found.rows, version=found.version)
        return editions.show(request, response, body, editions.tag_of(found))


@router.get("/parties", operation_id="list_parties", responses=responses())
def parties(asked: Reading, part: Wanted) -> Page[models.Party]:
    """Parties, by code."""
    with asked.reading() as work:
        return part.of(work, select(Party).order_by(Party.code), models.Party.model_validate)


@router.get("/me", operation_id="get_me", tags=["accounts"], responses=responses())
def me(asked: Reading) -> models.Me:
    """Whoever asks, and what for."""
    actor = asked.actor
    grants = [models.Grant(role=role, party=party) for role, party in sorted(actor.grants)]
    return models.Me(account=actor.account, name=actor.name, grants=grants,
                     scopes=sorted(actor.scopes) if actor.scopes is not None else None)
