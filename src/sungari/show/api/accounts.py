"""Accounts, what they are granted, their sessions and tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy import select

from sungari.errors import Forbidden
from sungari.operate.access import accounts, second, sessions, tokens
from sungari.operate.access.records import Account
from sungari.operate.register import Work
from sungari.show.api import editions
from sungari.show.api.asking import Reader, Reading, Writer, reads, writes
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import people as models
from sungari.show.api.models.common import LARGEST, NAMED, Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS

router = APIRouter(tags=["accounts"])
Code = Annotated[str, Path(pattern=NAMED, description="The account's code")]
Id = Annotated[int, Path(ge=1, le=LARGEST)]
Role = Annotated[str, Path(pattern=NAMED, description="viewer, analyst, owner …")]
Party = Annotated[str, Path(pattern=NAMED, description="A party, or * for all")]
Lets = Annotated[Writer, writes("accounts")]
Own = Annotated[Writer, writes("read")]


def _shown(request: Request, response: Response, account: Account) -> models.Account:
    return editions.show(request, response, models.Account.model_validate(account), editions.tag_of(account))


@router.get("/accounts", operation_id="list_accounts", responses=responses())
def listed(asked: Annotated[Reader, reads("accounts")], part: Wanted) -> Page[models.Account]:
    """All accounts, by code."""
    with asked.reading() as work:
        return part.of(work, select(Account).order_by(Account.code), models.Account.model_validate)


@router.post("/accounts", operation_id="create_account", status_code=201, responses=responses(409))
def create(request: Request, response: Response, asked: Lets, body: models.NewAccount) -> models.Account:
    """Add an account; it comes in once it has a one-time password, or a provider knows its address."""
    with asked.writing() as work:
        made = accounts.create(work, **body.model_dump())
        response.headers["Location"] = str(request.url_for("get_account", code=made.code))
        return _shown(request, response, made)


@router.get("/accounts/{code}", name="get_account", operation_id="get_account", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, code: Code) -> models.Account:
    """An account: one's own, or for administrators any."""
    with asked.reading() as work:
        return _shown(request, response, accounts.get(work, code))


@router.patch("/accounts/{code}", operation_id="edit_account", responses=EDITS)
def edit(
    request: Request, response: Response, asked: Own, code: Code, body: models.AccountCells, if_match: IfMatch = None
) -> models.Account:
    """Change an account; everybody may change the language of his own."""
    with asked.writing() as work:
        accounts.get(work, code)
        account = editions.held(work, Account, code, if_match)
        accounts.change(work, code, expected=account.version, **body.model_dump(exclude_unset=True))
        return _shown(request, response, account)


@router.put("/accounts/{code}/active", operation_id="let_account_in", responses=EDITS)
def let_in(
    request: Request, response: Response, asked: Lets, code: Code, body: models.Active, if_match: IfMatch = None
) -> models.Account:
    """Keep an account out, its sessions and tokens ended at once; or let it in again."""
    with asked.writing() as work:
        editions.held(work, Account, code, if_match)
        account = (accounts.activate if body.active else accounts.deactivate)(work, code)
        return _shown(request, response, account)


@router.post("/accounts/{code}/one-time-password", operation_id="give_one_time_password", responses=responses(404, 409))
def one_time(asked: Lets, code: Code) -> models.OneTime:
    """Give an account a password that is good for choosing another; its sessions end."""
    with asked.writing() as work:
        return models.OneTime(password=accounts.one_time(work, code))


@router.delete("/accounts/{code}/second-factor", operation_id="take_second_factor_away", status_code=204,
               responses=responses(404, 409))  # fmt: skip
def take_away(asked: Lets, code: Code) -> None:
    """Take an account's lost second factor away, never one's own; its sessions end. One is set up in a browser only."""
    with asked.writing() as work:
        second.take_away(work, code)


# -- grants -----------------------------------------------------------------------------------------------------------


def _grants(work: Work, code: str) -> list[models.Granted]:
    return [models.Granted.model_validate(g) for g in accounts.grants_of(work, code)]


@router.get("/accounts/{code}/grants", operation_id="list_grants", responses=responses(404))
def grants(asked: Reading, code: Code) -> list[models.Granted]:
    """What an account is granted, as it was granted."""
    with asked.reading() as work:
        accounts.get(work, code)
        return _grants(work, code)


@router.put("/accounts/{code}/grants/{role}/{party}", operation_id="grant_role", responses=responses(404, 409))
def grant(asked: Lets, code: Code, role: Role, party: Party) -> list[models.Granted]:
    """Grant a role for a party and all below it, or for all."""
    with asked.writing() as work:
        accounts.get(work, code)
        accounts.grant(work, code, role, party)
        return _grants(work, code)


@router.delete("/accounts/{code}/grants/{role}/{party}", operation_id="revoke_role", responses=responses(404, 409))
def revoke(asked: Lets, code: Code, role: Role, party: Party) -> list[models.Granted]:
    """Take a grant back; it counts from the account's very next request."""
    with asked.writing() as work:
        accounts.get(work, code)
        accounts.revoke(work, code, role, party)
        return _grants(work, code)


# -- sessions and tokens ----------------------------------------------------------------------------------------------


@router.get("/accounts/{code}/sessions", operation_id="list_sessions", responses=responses(404))
def logins(asked: Reading, part: Wanted, code: Code) -> Page[models.Login]:
    """An account's open sessions in browsers, the newest first."""
    with asked.reading() as work:
        accounts.get(work, code)
        return part.cut(sessions.listed(work, code), models.Login.model_validate)


@router.delete("/sessions/{number}", operation_id="end_session", status_code=204, responses=responses(404, 409))
def end(asked: Own, number: Id) -> None:
    """End a session, one's own or as administrator another's."""
    with asked.writing() as work:
        sessions.end(work, number)


@router.get("/accounts/{code}/tokens", operation_id="list_tokens", responses=responses(404))
def of_account(asked: Reading, part: Wanted, code: Code) -> Page[models.Token]:
    """An account's tokens that are good, the newest first."""
    with asked.reading() as work:
        accounts.get(work, code)
        return part.cut(tokens.listed(work, code), models.Token.model_validate)


@router.post("/accounts/{code}/tokens", operation_id="issue_token", status_code=201, responses=responses(404, 409))
def issue(asked: Own, code: Code, body: models.NewToken) -> models.Secret:
    """Give out a token of one's own account; by a session only: a token gives out no tokens."""
    if asked.actor.scopes is not None:
        raise Forbidden("a token gives out no tokens; sign in, or use the command line")
    with asked.writing() as work:
        accounts.get(work, code)
        return models.Secret(token=tokens.issue(work, code, body.name, body.scopes, days=body.days))


@router.delete("/tokens/{number}", operation_id="revoke_token", status_code=204, responses=responses(404, 409))
def revoke_token(asked: Own, number: Id) -> None:
    """End a token, one's own or as administrator another's; the very next request by it is refused."""
    with asked.writing() as work:
        tokens.revoke(work, number)
