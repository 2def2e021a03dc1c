"""Commands on what the desk does over time: deadlines, meetings, calendar, statistics, and the data it works by."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sungari.show.cli.desk import changing, desk, looking, put_table
from sungari.show.cli.frame import DONE, emit
from sungari.show.cli.registering import shared, signed, write_csv

if TYPE_CHECKING:
    from sungari.operate.desk.records import Meeting
    from sungari.operate.register import Work

__all__ = ["desk"]


@desk.command(short_help="Remind of deadlines that are near; hand on what has passed.")
@signed
@shared
def tick(who: str, why: str, database: str | None, as_json: bool) -> int:
    """Remind of deadlines that are near, and hand cases whose deadline has passed to the next level. Once a day does;
    more often does nothing more.

    \b
    Examples:
      sungari desk tick
    """
    from sungari.operate import desk as room

    with changing(database, who, why) as work:
        made = [{"case": e.case, "what": e.what, **e.facts} for e in room.tick(work)]
    if as_json:
        emit({"status": "ok", "events": made})
        return DONE
    for event in made:
        click.echo(f"case {event['case']}: {event['what']}, with {event['level']}, "
                   + (f"due {event['due']}" if "due" in event else f"was due {event['passed']}"))
    click.echo(f"{len(made)} events")
    return DONE


@desk.command(short_help="Print what the next meeting has before it; call meetings, write minutes.")
@click.option("--meeting", type=int, metavar="ID", help="This meeting; default the next one.")
@click.option("--call", "title", metavar="TITLE", help="Call a meeting; --begins and --party say when and who.")
@click.option("--begins", metavar="MOMENT", help="With its time zone: 2026-03-12T10:00+08:00.")
@click.option("--ends", metavar="MOMENT", help="Default two hours later.")
@click.option("--place", help="Where it is.")
@click.option("--party", "parties", multiple=True, metavar="NAME", help="Who meets; may be repeated.")
@click.option("--cancel", is_flag=True, help="Cancel it.")
@click.option("--item", "items", multiple=True, metavar="ITEM", help="Fix the agenda: a case's number or a title.")
@click.option("--minutes", metavar="TEXT", help="What was said; on one item: 3=TEXT.", multiple=True)
@signed
@shared
def agenda(
    meeting: int | None, title: str | None, begins: str | None, ends: str | None, place: str | None,
    parties: tuple[str, ...], cancel: bool, items: tuple[str, ...], minutes: tuple[str, ...], who: str, why: str,
    database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Print what a meeting has before it: the items that were set, else the open cases between its parties, late ones
    first. Without any meeting: all open cases.

    \b
    Examples:
      sungari desk agenda
      sungari desk agenda --call "Working group" --begins 2026-03-12T10:00+08:00 --place Heihe --party CN --party RU
      sungari desk agenda --meeting 1 --item Opening --item 3
      sungari desk agenda --meeting 1 --minutes "All were there." --minutes "2=Both send engineers."
    """
    from sungari.operate.desk import meetings

    cells = {"begins": _moment(begins), "ends": _moment(ends), "place": place, "parties": list(parties) or None,
             "cancelled": cancel or None}
    cells = {k: v for k, v in cells.items() if v is not None}
    if title is not None or items or minutes or cells:
        with changing(database, who, why) as work:
            meeting = _change(work, meeting, title, cells, items, minutes)
    with looking(database) as work:
        found = meetings.get(work, meeting) if meeting is not None else meetings.next_one(work)
        shown = meetings.plain(work, found) if found is not None else None
        before = shown["agenda"] if shown else [i.as_dict() for i in meetings.waiting(work)]
    if as_json:
        emit({"status": "ok", "meeting": shown, "agenda": before})
        return DONE
    if shown:
        click.echo(f"meeting {shown['id']}: {shown['title']}, {shown['begins']:%Y-%m-%d %H:%M} UTC"
                   + (f", {shown['place']}" if shown["place"] else "") + f", {', '.join(shown['parties'])}"
                   + (" – cancelled" if shown["cancelled"] else ""))
        if shown["minutes"]:
            click.echo(shown["minutes"])
    put_table("Agenda", ["#", "#case", "title", "state", "with", "due", "", "minutes"],
              [(n, i["case"], i["title"], i.get("state"), i.get("level"), i.get("due"), "late" if i["late"] else "",
                i["minutes"]) for n, i in enumerate(before, start=1)])
    return DONE


def _change(
    work: Work, meeting: int | None, title: str | None, cells: dict[str, Any], items: tuple[str, ...],
    minutes: tuple[str, ...],
) -> int:  # fmt: skip
    from sungari.errors import UsageError
    from sungari.operate.desk import meetings

    found: Meeting | None
    if meeting is None and title is not None:
        if "begins" not in cells:
            raise UsageError("say by --begins when the meeting is")
        found = meetings.call(work, title, cells["begins"], parties=cells.get("parties", ()), ends=cells.get("ends"),
                              place=cells.get("place", ""))
    else:
        found = meetings.get(work, meeting) if meeting is not None else meetings.next_one(work)
        if found is None:
            raise UsageError("no meeting is called; --call calls one")
        if cells or title is not None:
            meetings.edit(work, found.id, {**cells, **({"title": title} if title is not None else {})})
    if items:
        meetings.set_agenda(work, found.id, [int(i) if i.isdecimal() else i for i in items])
    if minutes:
        split = [(m.partition("=")[0], m.partition("=")[2]) if m.partition("=")[0].isdecimal() else ("", m)
                 for m in minutes]
        whole = [text for place, text in split if not place]
        by_item = {int(place): text for place, text in split if place}
        meetings.minute(work, found.id, "\n".join(whole) if whole else found.minutes, by_item)
    return found.id


def _moment(text: str | None) -> datetime | None:
    from sungari.errors import UsageError

    if text is None:
        return None
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        made = datetime.min
    if made.tzinfo is None:
        raise UsageError(f"expected a moment with its time zone, 2026-03-12T10:00+08:00, not {text!r}")
    return made


@desk.command(short_help="Write the calendar: deadlines, meetings, days when stages should be over.")
@click.option("-o", "--out", "target", required=True, type=click.Path(path_type=Path), help="An .ics file.")
@click.option("--party", "parties", multiple=True, metavar="NAME", help="Only what concerns it; may be repeated.")
@click.option("--lang", type=click.Choice(["en", "zh", "ru"]), default="en", help="Language of kinds and stages.")
@shared
def calendar(target: Path, parties: tuple[str, ...], lang: str, database: str | None, as_json: bool) -> int:
    """Write deadlines, meetings and the days when stages should be over as an iCalendar file.

    \b
    Examples:
      sungari desk calendar -o desk.ics
      sungari desk calendar -o desk.ics --party RU --lang ru
    """
    from sungari.operate.desk import feed

    with looking(database) as work:
        text = feed.calendar(work, parties=parties or None, lang=lang)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text)
    if as_json:
        emit({"status": "ok", "out": str(target), "events": text.count(b"BEGIN:VEVENT")})
    else:
        click.echo(f"wrote {target}: {text.count(b'BEGIN:VEVENT')} events")
    return DONE


@desk.command(short_help="Print what is open and late, and median days, by kind and party.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only cases raised from this day on.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only cases raised up to this day.")
@shared
def stats(since: datetime | None, until: datetime | None, database: str | None, as_json: bool) -> int:
    """Print what is open and late, and the median days from raising to decision: all, and in working days.

    \b
    Examples:
      sungari desk stats
      sungari desk stats --since 2026-01-01 --json
    """
    from sungari.operate.desk import statistics

    with looking(database) as work:
        found = statistics.figures(work, since=since.date() if since else None, until=until.date() if until else None)
    if as_json:
        emit({"status": "ok", "figures": [f.as_dict() for f in found]})
        return DONE
    heads = ["", "", "#cases", "#open", "#late", "#decided", "#in time", "#withdrawn", "#days", "#working days"]
    put_table("Cases", heads, [tuple(f.as_dict().values()) for f in found])
    return DONE


@desk.command(short_help="Print the kinds of cases; --read puts others in their place.")
@click.option("--read", "file", type=click.Path(path_type=Path), help="CSV file of kinds, as --write makes it.")
@click.option("--write", "target", type=click.Path(path_type=Path), help="Write the kinds to a CSV file, to edit.")
@signed
@shared
def kinds(
    file: Path | None, target: Path | None, who: str, why: str, database: str | None, as_json: bool
) -> int:
    """Print the kinds of cases with the working days that each level has, or put others in their place.

    \b
    Examples:
      sungari desk kinds --write kinds.csv
      sungari desk kinds --read kinds.csv --why "decided on the 14th"
    """
    from sungari.operate.desk import kinds as room

    if file is not None:
        with file.open(encoding="utf-8-sig", newline="") as lines, changing(database, who, why) as work:
            room.set_kinds(work, list(csv.DictReader(lines)))
    with looking(database) as work:
        rows = room.rows(work)
        levels = [{"code": level.code, "name": level.name} for level in room.levels(work)]
    if target is not None:
        write_csv(target, [{**r, "on": str(r["on"]).lower()} for r in rows])
    if as_json:
        emit({"status": "ok", "levels": levels, "kinds": rows})
        return DONE
    put_table("Kinds of cases", ["kind", "name", "who is asked", "working days", "#reminder", ""],
              [(r["code"], r["name"], r["asked"], r["days"].replace(";", "\n"), r["remind"], "" if r["on"] else "off")
               for r in rows])
    return DONE


@desk.command(short_help="Print whose holidays each party keeps; change them.")
@click.option("--party", metavar="NAME", help="Change the calendar of this party, and of those that belong to it.")
@click.option("--country", metavar="CODE", help="Keep the holidays of this country; none: weekends only; "
              "auto: as its code says.")
@click.option("--closed", type=click.DateTime(["%Y-%m-%d"]), help="A day on which it does not work.")
@click.option("--worked", type=click.DateTime(["%Y-%m-%d"]), help="A day on which it does, a Saturday for one.")
@click.option("--name", default="", help="Why that day.")
@signed
@shared
def days(
    party: str | None, country: str | None, closed: datetime | None, worked: datetime | None, name: str, who: str,
    why: str, database: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Print whose public holidays each party keeps, and what days it has otherwise; or change that.

    \b
    Examples:
      sungari desk days
      sungari desk days --party RU-SA --closed 2026-06-22 --name Ysyakh
      sungari desk days --party CN --worked 2027-02-13 --why "notice of the State Council"
    """
    from sungari.errors import UsageError
    from sungari.operate.desk import calendars

    if party is None and (country or closed or worked):
        raise UsageError("say by --party whose calendar it is")
    if party is not None:
        with changing(database, who, why) as work:
            if country is not None:
                said = {"none": "", "auto": None}
                calendars.set_country(work, party, said.get(country.lower(), country.upper()))
            for day, works in ((closed, False), (worked, True)):
                if day is not None:
                    calendars.set_day(work, party, day.date(), works, name)
    with looking(database) as work:
        countries = calendars.countries(work)
        own = [{"party": d.party, "day": d.day, "works": d.works, "name": d.name} for d in calendars.own_days(work)]
    if as_json:
        emit({"status": "ok", "countries": countries, "days": own})
        return DONE
    put_table("Holidays", ["party", "of"], [(p, c or "none known, weekends only") for p, c in countries.items()])
    if own:
        put_table("Days otherwise", ["party", "day", "", "name"],
                  [(d["party"], d["day"], "worked" if d["works"] else "closed", d["name"]) for d in own])
    return DONE
