"""Commands on who may come in: ``sungari register account …``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sungari.show.cli.frame import DONE, Group, emit
from sungari.show.cli.registering import open_joint, shared, signed
from sungari.show.cli.registering_jobs import register

if TYPE_CHECKING:
    from sungari.operate.access.records import Account
    from sungari.operate.register import Work

__all__ = ["register"]

#: Options of an account's cells.
_CELLS = (
    click.option("--email", help="Address, by which an OIDC provider knows it the first time."),
    click.option("--language", type=click.Choice(["en", "zh", "ru"]), help="Of the pages that it sees first."),
    click.option("--organisation", metavar="CODE", help="The register's organisation that it belongs to."),
)


@register.group(cls=Group, name="account", short_help="Say who may come in, and what each may do.")
def account() -> None:
    """Say who may come in, and what each may do: accounts, grants by role and party, passwords, tokens.

    \b
    Examples:
      sungari register account add li --name "Li Na" --grant owner:hlj --grant viewer:*
      sungari register account list
      sungari register account token li --name script --scope export
    """


def cells(function: Any) -> Any:
    """The options of an account's cells."""
    for option in reversed(_CELLS):
        function = option(function)
    return function


@account.command("list", short_help="List accounts with what they are granted.")
@shared
def list_(database: str | None, as_json: bool) -> int:
    """List accounts with what they are granted.

    \b
    Examples:
      sungari register account list --json
    """
    from sungari.operate.access import accounts

    joint = open_joint(database)
    try:
        with joint.reading() as work:
            rows = [_row(work, each) for each in accounts.listed(work)]
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "accounts": rows})
        return DONE
    from sungari.show.terminal import Heading, console, table

    lines = [(r["account"], r["name"], r["email"] or "", "; ".join(r["grants"]), "" if r["active"] else "out")
             for r in rows]
    heads = [Heading("account"), Heading("name"), Heading("address"), Heading("grants"), Heading("")]
    console().print(table(f"{len(rows)} accounts", heads, lines))
    return DONE


def _row(work: Work, each: Account) -> dict[str, Any]:
    from sungari.operate.access import accounts, second

    return {"account": each.code, "name": each.name, "email": each.email, "language": each.language,
            "organisation": each.organisation, "active": each.active, "must_change": each.must_change,
            "second_factor": second.of(work, each.code) is not None, "issuer": each.issuer,
            "grants": [f"{g.role}:{g.party}" for g in accounts.grants_of(work, each.code)]}


@account.command(short_help="Add an account; its one-time password is shown this once.")
@click.argument("code")
@click.option("--name", required=True, help="As it stands in the audit trail.")
@cells
@click.option("--grant", "grants", multiple=True, metavar="ROLE:PARTY", help="May be repeated; * = all parties.")
@click.option("--no-password", is_flag=True, help="It comes in by an OIDC provider only.")
@signed
@shared
def add(
    code: str, name: str, email: str | None, language: str | None, organisation: str | None, grants: tuple[str, ...],
    no_password: bool, who: str, why: str, database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Add an account; its one-time password is shown this once.

    \b
    Examples:
      sungari register account add li --name "Li Na" --language zh --grant owner:hlj
      sungari register account add olga --name "Olga Petrova" --email olga@example.org --no-password
    """
    from sungari.operate.access import accounts

    joint = open_joint(database)
    try:
        with joint.writing(who, why) as work:
            accounts.create(work, code, name, email=email, language=language or "en", organisation=organisation)
            for role, party in map(_grant, grants):
                accounts.grant(work, code, role, party)
            password = None if no_password else accounts.one_time(work, code)
    finally:
        joint.close()
    return _told(as_json, {"account": code, "password": password}, f"account {code} added" + _once(password))


@account.command(short_help="Change an account's name, address, language or organisation.")
@click.argument("code")
@click.option("--name", help="As it stands in the audit trail from now on.")
@cells
@signed
@shared
def change(
    code: str, name: str | None, email: str | None, language: str | None, organisation: str | None, who: str, why: str,
    database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Change an account's name, address, language or organisation; an empty text takes one away.

    \b
    Examples:
      sungari register account change li --email li.na@example.org
    """
    from sungari.operate.access import accounts

    given: dict[str, Any] = {"name": name, "email": email, "language": language, "organisation": organisation}
    joint = open_joint(database)
    try:
        with joint.writing(who, why) as work:
            accounts.change(work, code, **{k: v for k, v in given.items() if v is not None})
    finally:
        joint.close()
    return _told(as_json, {"account": code}, f"account {code} changed")


@account.command(short_help="Give an account a new one-time password; its sessions end.")
@click.argument("code")
@signed
@shared
def password(code: str, who: str, why: str, database: str | None, as_json: bool) -> int:
    """Give an account a new one-time password; its sessions end.

    \b
    Examples:
      sungari register account password li
    """
    from sungari.operate.access import accounts

    joint = open_joint(database)
    try:
        with joint.writing(who, why) as work:
            made = accounts.one_time(work, code)
    finally:
        joint.close()
    return _told(as_json, {"account": code, "password": made}, f"account {code}" + _once(made))


@account.command("second-factor", short_help="Take an account's lost second factor away; its sessions end.")
@click.argument("code")
@signed
@shared
def second_factor(code: str, who: str, why: str, database: str | None, as_json: bool) -> int:
    """Take an account's lost second factor away; its sessions end, and its password alone signs in again.

    \b
    Examples:
      sungari register account second-factor li --why "telephone and recovery codes are lost"
    """
    from sungari.operate.access import second

    joint = open_joint(database)
    try:
        with joint.writing(who, why) as work:
            second.take_away(work, code)
    finally:
        joint.close()
    return _told(as_json, {"account": code, "second_factor": False}, f"account {code} has no second factor any more")


@account.command(short_help="Grant an account a role for a party, and all below it.")
@click.argument("code")
@click.argument("grants", nargs=-1, required=True, metavar="ROLE:PARTY...")
@signed
@shared
def grant(code: str, grants: tuple[str, ...], who: str, why: str, database: str | None, as_json: bool) -> int:
    """Grant an account roles, each for a party and all below it; * stands for all parties.

    \b
    Examples:
      sungari register account grant li reviewer:cn
      sungari register account grant li "viewer:*"
    """
    return _grants(code, grants, who, why, database, as_json, given=True)


@account.command(short_help="Take roles back; that counts from the very next request.")
@click.argument("code")
@click.argument("grants", nargs=-1, required=True, metavar="ROLE:PARTY...")
@signed
@shared
def revoke(code: str, grants: tuple[str, ...], who: str, why: str, database: str | None, as_json: bool) -> int:
    """Take roles back; that counts from the very next request.

    \b
    Examples:
      sungari register account revoke li reviewer:cn
    """
    return _grants(code, grants, who, why, database, as_json, given=False)


def _grants(code: str, grants: tuple[str, ...], who: str, why: str, database: str | None, as_json: bool, *,
            given: bool) -> int:  # fmt: skip
    from sungari.operate.access import accounts

    joint = open_joint(database)
    try:
        with joint.writing(who, why) as work:
            for role, party in map(_grant, grants):
                (accounts.grant if given else accounts.revoke)(work, code, role, party)
            held = [f"{g.role}:{g.party}" for g in accounts.grants_of(work, code)]
    finally:
        joint.close()
    return _told(as_json, {"account": code, "grants": held}, f"{code}: {', '.join(held) or 'nothing'}")


def _grant(text: str) -> tuple[str, str]:
    from sungari.errors import UsageError

    role, colon, party = text.partition(":")
    if not colon or not role or not party:
        raise UsageError(f"grant {text!r}: expected ROLE:PARTY, as in owner:hlj")
    return role, party


@account.command(short_help="Keep an account out: its sessions and tokens end at once; --back lets it in again.")
@click.argument("code")
@click.option("--back", is_flag=True, help="Let it in again.")
@signed
@shared
def deactivate(code: str, back: bool, who: str, why: str, database: str | None, as_json: bool) -> int:
    """Keep an account out: its sessions and tokens end at once. What it did keeps its name.

    \b
    Examples:
      sungari register account deactivate li --why "has left the ministry"
      sungari register account deactivate li --back
    """
    from sungari.operate.access import accounts

    joint = open_joint(database)
    try:
        with joint.writing(who, why) as work:
            (accounts.activate if back else accounts.deactivate)(work, code)
    finally:
        joint.close()
    return _told(as_json, {"account": code, "active": back}, f"account {code} {'is in again' if back else 'is out'}")


@account.command(short_help="Give out a token for the API, list an account's tokens, or revoke one.")
@click.argument("code")
@click.option("--name", help="What the new token is for.")
@click.option("--scope", "scopes", multiple=True, metavar="ACTION",
              help="What it may do beside reading; calendar.read alone: see the calendar only.")
@click.option("--days", type=int, default=90, show_default=True, help="How long it lasts.")
@click.option("--revoke", "number", type=int, metavar="ID", help="End a token.")
@signed
@shared
def token(
    code: str, name: str | None, scopes: tuple[str, ...], days: int, number: int | None, who: str, why: str,
    database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Give out a token for the API, which is shown this once; without --name list an account's tokens.

    \b
    Examples:
      sungari register account token li --name "monthly export" --scope export --days 30
      sungari register account token li
      sungari register account token li --revoke 3
    """
    from sungari.errors import Unknown
    from sungari.operate.access import accounts, tokens

    joint, made = open_joint(database), None
    try:
        with joint.writing(who, why) as work:
            accounts.get(work, code)
            if number is not None:
                if number not in [t.id for t in tokens.listed(work, code)]:
                    raise Unknown(f"account {code!r} has no token {number}")
                tokens.revoke(work, number)
            elif name is not None:
                made = tokens.issue(work, code, name, scopes, days=days)
            rows: list[dict[str, Any]] = [
                {"id": t.id, "name": t.name, "scopes": t.scopes, "expires": t.expires, "used": t.used}
                for t in tokens.listed(work, code)
            ]  # fmt: skip
    finally:
        joint.close()
    if as_json:
        emit({"status": "ok", "token": made, "tokens": rows})
        return DONE
    from sungari.show.terminal import Heading, console, table

    if made is not None:
        click.echo(f"token, shown this once: {made}")
    heads = [Heading("id", "", "plain"), Heading("for"), Heading("may"), Heading("until"), Heading("used")]
    lines = [(r["id"], r["name"], ", ".join(r["scopes"]), f"{r['expires']:%Y-%m-%d}",
              f"{r['used']:%Y-%m-%d %H:%M}" if r["used"] else "never") for r in rows]
    console().print(table(f"{len(rows)} tokens of {code}", heads, lines))
    return DONE


def _once(password: str | None) -> str:
    return f"; password, good for one sign-in and shown this once: {password}" if password else ""


def _told(as_json: bool, data: dict[str, Any], text: str) -> int:
    if as_json:
        emit({"status": "ok", **data})
    else:
        click.echo(text)
    return DONE
