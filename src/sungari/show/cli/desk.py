"""Commands on the committee's desk: ``sungari desk …``; those on cases here, the others in ``desk_meetings.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from sungari.show.cli.frame import DONE, Group, emit
from sungari.show.cli.registering import open_joint, shared, signed

if TYPE_CHECKING:
    from sungari.operate.register import Work


@click.group(cls=Group, name="desk", short_help="Settle matters between the parties: cases, deadlines, decisions.")
def desk() -> None:
    """Settle what stands between the parties: cases with deadlines, decisions that all sign, agenda and calendar.

    \b
    Examples:
      sungari desk raise border-closed link:suifenhe-grodekovo-rail --party CN --title "No trains since Monday"
      sungari desk list --late
      sungari desk propose 1 "Two trains a day from 1 March" --party CN
      sungari desk sign 1 --party RU --who boris
      sungari desk agenda
    """


@contextmanager
def looking(database: str | None) -> Iterator[Work]:
    """Look at the register that a command is on."""
    joint = open_joint(database)
    try:
        with joint.reading() as work:
            yield work
    finally:
        joint.close()


@contextmanager
def changing(database: str | None, who: str, why: str) -> Iterator[Work]:
    """Change the register that a command is on, whole or not at all."""
    joint = open_joint(database)
    try:
        with joint.writing(who, why) as work:
            yield work
    finally:
        joint.close()


def _after(number: int, database: str | None, as_json: bool) -> int:
    """Say how a case stands after it was changed."""
    from sungari.operate.desk import finding

    with looking(database) as work:
        made = finding.shown(work, number)
    if as_json:
        emit({"status": "ok", **made})
    else:
        click.echo(f"case {number} ({made['kind']}, {', '.join(made['parties'])}): {_standing(made)}")
    return DONE


def _standing(made: dict[str, Any]) -> str:
    return f"{made['state']}, with {made['level']}, due {made['due']}{' – late' if made['late'] else ''}"


def _case(name: str, short: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command that changes one case."""

    def made(function: Callable[..., Any]) -> click.Command:
        return desk.command(name, short_help=short)(click.argument("case", type=int)(signed(shared(function))))

    return made


PARTY = click.option("--party", required=True, metavar="NAME", help="For this party.")


@desk.command("list", short_help="List cases, late ones first.")
@click.option("--state", help="raised, in-hand, proposed, decided, closed, withdrawn; open or settled for several.")
@click.option("--kind", help="Only of this kind; `sungari desk kinds` lists them.")
@click.option("--party", help="Only cases that this party has a part in.")
@click.option("--about", metavar="WHAT:NAME", help="Only on this: project:NAME, link:NAME, place:NAME, party:NAME.")
@click.option("--late", is_flag=True, help="Only open ones that have missed their first deadline.")
@click.option("--find", "text", metavar="TEXT", help="Only those whose title, text or subject holds this.")
@click.option("--limit", type=click.IntRange(1), help="So many at most.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out so many first.")
@shared
def list_(
    state: str | None, kind: str | None, party: str | None, about: str | None, late: bool, text: str | None,
    limit: int | None, offset: int, database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """List cases: late ones first, then the highest level, then the nearest deadline.

    \b
    Examples:
      sungari desk list
      sungari desk list --state open --party RU
      sungari desk list --about project:heihe_cable_car --json
    """
    from sungari.operate.desk import finding

    on, subject = _about(about) if about else (None, None)
    asked: dict[str, Any] = {"state": state, "kind": kind, "party": party, "on": on, "subject": subject, "text": text,
                             "late": True if late else None}
    with looking(database) as work:
        rows = finding.rows(work, finding.listed(work, **asked, limit=limit, offset=offset))
        total = finding.counted(work, **asked)
    if as_json:
        emit({"status": "ok", "total": total, "cases": rows})
        return DONE
    put_table(f"{len(rows)} of {total} cases", ["#case", "title", "kind", "on", "parties", "state", "with", "due", ""],
              [(r["id"], r["title"], r["kind"], r["subject"], " ".join(r["parties"]), r["state"], r["level"], r["due"],
                "late" if r["late"] else "") for r in rows])
    return DONE


def put_table(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; a heading that begins with ``#`` is of numbers."""
    from sungari.show.terminal import Heading, console, table

    made = [Heading(h.lstrip("#"), "", "plain" if h.startswith("#") else "text") for h in heads]
    console().print(table(title, made, [["" if c is None else c for c in row] for row in rows]))


def _about(given: str) -> tuple[str, str]:
    from sungari.errors import UsageError

    on, colon, subject = given.partition(":")
    if not colon or not subject:
        raise UsageError(f"expected WHAT:NAME, project:NAME for one, not {given!r}")
    return on, subject


@desk.command(short_help="Print a case: history, decisions, documents.")
@click.argument("case", type=int)
@shared
def show(case: int, database: str | None, as_json: bool) -> int:
    """Print a case with its history, and its decisions with who has signed.

    \b
    Examples:
      sungari desk show 1
      sungari desk show 1 --json
    """
    from sungari.operate.desk import finding

    with looking(database) as work:
        made = finding.shown(work, case)
    if as_json:
        emit({"status": "ok", **made})
        return DONE
    click.echo(f"case {case}: {made['title']}\n{made['kind']} on {made['on']} {made['subject']}, raised by "
               f"{made['party']} ({made['who']}) on {made['raised']:%Y-%m-%d}, between {', '.join(made['parties'])}\n"
               f"{_standing(made)}\n")
    if made["text"]:
        click.echo(made["text"] + "\n")
    for d in made["decisions"]:
        waits = f", waits for {', '.join(d['missing'])}" if d["state"] == "proposed" else ""
        click.echo(f"decision {d['number']} ({d['state']}{waits}; {d['sha256'][:12]}): {d['text']}\n")
    for title, found in (("documents", made["documents"]), ("belongs together with", made["tied"]),
                         ("changed", made["changed_by_decision"])):
        if found:
            click.echo(f"{title}: " + "; ".join(f.get("text") or f"{f['id']} {f['title']}" for f in found) + "\n")
    put_table("History", ["when", "who", "for", "what", ""],
              [(f"{e['at']:%Y-%m-%d %H:%M}", e["who"], e["party"], e["what"], e["text"] or _facts(e["facts"]))
               for e in made["history"]])
    return DONE


def _facts(facts: dict[str, Any]) -> str:
    return ", ".join(f"{k} {' '.join(v) if isinstance(v, list) else v}" for k, v in facts.items() if k != "sha256")


@desk.command("raise", short_help="Raise a case on a project, link, place or party.")
@click.argument("kind")
@click.argument("about", metavar="WHAT:NAME")
@PARTY
@click.option("--title", required=True, help="In one line.")
@click.option("--text", default="", help="What has happened, and what is asked for.")
@click.option("--between", multiple=True, metavar="NAME", help="A party of it; default all that it concerns.")
@click.option("--confidential", is_flag=True, help="Only the party that raises it sees it for now.")
@signed
@shared
def raise_(
    kind: str, about: str, party: str, title: str, text: str, between: tuple[str, ...], confidential: bool, who: str,
    why: str, database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Raise a case of a KIND on a project, link, place or party; it is assigned to all parties that this concerns.

    \b
    Examples:
      sungari desk raise border-closed link:suifenhe-grodekovo-rail --party CN --title "No trains since Monday"
      sungari desk raise fund-claim project:heihe_cable_car --party RU --title "Ice damage" --who boris
    """
    from sungari.operate.desk import cases

    with changing(database, who, why) as work:
        number = cases.put(work, kind, *_about(about), party=party, title=title, text=text, parties=between or None,
                           confidential_to=party if confidential else None).id
    return _after(number, database, as_json)


@_case("comment", "Say something about a case; --answer takes it in hand.")
@click.argument("text")
@click.option("--party", metavar="NAME", help="For this party.")
@click.option("--answer", is_flag=True, help="It is the party's answer.")
def comment(
    case: int, text: str, party: str | None, answer: bool, who: str, why: str, database: str | None, as_json: bool
) -> int:
    """Say something about a case; a party's answer takes it in hand.

    \b
    Examples:
      sungari desk comment 1 "Forty trains wait"
      sungari desk comment 1 "A landslide; open on Friday" --party RU --answer --who boris
    """
    from sungari.errors import UsageError
    from sungari.operate.desk import cases

    if answer and not party:
        raise UsageError("say by --party whose answer it is")
    with changing(database, who, why) as work:
        if answer and party:
            cases.answer(work, case, text, party=party)
        else:
            cases.comment(work, case, text, party=party)
    return _after(case, database, as_json)


@_case("assign", "Say which parties a case is between.")
@click.argument("parties", nargs=-1, required=True)
def assign(case: int, parties: tuple[str, ...], who: str, why: str, database: str | None, as_json: bool) -> int:
    """Say which PARTIES a case is between; a running deadline moves to a day on which all of them work.

    \b
    Examples:
      sungari desk assign 1 CN RU MN
    """
    from sungari.operate.desk import cases

    with changing(database, who, why) as work:
        cases.assign(work, case, parties)
    return _after(case, database, as_json)


@_case("propose", "Propose a decision on a case, or put it in other words.")
@click.argument("text")
@PARTY
@click.option("--signs", multiple=True, metavar="NAME", help="A party that must sign; default all of the case.")
@click.option("--amend", is_flag=True, help="In place of the wording that waits; signatures of that are void.")
def propose(
    case: int, text: str, party: str, signs: tuple[str, ...], amend: bool, who: str, why: str, database: str | None,
    as_json: bool,
) -> int:  # fmt: skip
    """Propose a decision on a case. It takes effect once every party that it names has signed the same words.

    \b
    Examples:
      sungari desk propose 1 "Two trains a day from 1 March" --party CN
      sungari desk propose 1 "Three trains a day from 1 March" --party RU --amend --who boris
    """
    from sungari.operate.desk import decisions

    with changing(database, who, why) as work:
        put = decisions.amend if amend else decisions.propose
        put(work, case, text, party=party, parties=signs or None)
    return _after(case, database, as_json)


@_case("sign", "Sign the decision that waits, or refuse it.")
@PARTY
@click.option("--refuse", is_flag=True, help="Refuse it; --why says why.")
@click.option("--sha256", metavar="HASH", help="Of the wording that was read, as `desk show --json` gives it.")
def sign(
    case: int, party: str, refuse: bool, sha256: str | None, who: str, why: str, database: str | None, as_json: bool
) -> int:
    """Sign the decision that a case waits for, for a party. Nobody signs for two.

    \b
    Examples:
      sungari desk sign 1 --party RU --who boris
      sungari desk sign 1 --party RU --refuse --why "too early in the year"
    """
    from sungari.operate.desk import decisions

    with changing(database, who, why) as work:
        decisions.sign(work, case, party, agreed=not refuse, sha256=sha256)
    return _after(case, database, as_json)


@_case("close", "Put a decided case away; --withdraw or --reopen one, with a reason.")
@click.option("--withdraw", "how", flag_value="withdraw", help="Take an open case back, for the party that raised it.")
@click.option("--retract", "how", flag_value="retract", help="Take the decision back that waits for signatures.")
@click.option("--reopen", "how", flag_value="reopen", help="Take a settled case up again.")
def close(case: int, how: str | None, who: str, why: str, database: str | None, as_json: bool) -> int:
    """Put a decided case away: what was decided has been done. Or withdraw an open one, or take a settled one up again.

    \b
    Examples:
      sungari desk close 1
      sungari desk close 1 --reopen --why "closed again"
    """
    from sungari.operate.desk import cases, decisions

    does: dict[str | None, Callable[..., Any]] = {
        None: cases.close, "withdraw": cases.withdraw, "retract": decisions.retract, "reopen": cases.reopen,
    }  # fmt: skip
    with changing(database, who, why) as work:
        does[how](work, case)
    return _after(case, database, as_json)


@_case("link", "Note what belongs to a case: what its decision changed, a document, another case.")
@click.argument("record")
@click.argument("key")
def link(case: int, record: str, key: str, who: str, why: str, database: str | None, as_json: bool) -> int:
    """Note what the newest decision in force on a case changed: a RECORD of the register and its KEY. RECORD may also
    be `case` for a case that belongs together with this one, or `reference` for a document that it refers to.

    \b
    Examples:
      sungari desk link 1 version heihe_cable_car/2
      sungari desk link 1 permit 3
      sungari desk link 1 case 2
    """
    from sungari.errors import UsageError
    from sungari.operate.desk import cases, changes, decisions

    with changing(database, who, why) as work:
        if record in ("case", "reference"):
            if not key.isdecimal():
                raise UsageError(f"expected the number of a {record}, not {key!r}")
            (cases.tie if record == "case" else cases.refer)(work, case, int(key))
        else:
            cases.get(work, case)
            force = [d.decision for d in decisions.of(work, case) if d.decision.state == decisions.IN_FORCE]
            if not force:
                raise UsageError(f"no decision on case {case} is in force; only such a one has changed something")
            changes.link(work, force[-1].id, record, key)
    return _after(case, database, as_json)
