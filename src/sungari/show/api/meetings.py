"""Meetings, their agenda and minutes; the desk's calendar and the working days behind it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime

from sungari.operate.desk import calendars, feed, meetings
from sungari.operate.desk.records import Meeting
from sungari.operate.register import Work
from sungari.show.api import editions
from sungari.show.api.asking import Reader, Reading, Writer, reads, writes
from sungari.show.api.cases import Handles
from sungari.show.api.editions import IfMatch
from sungari.show.api.lists import Wanted
from sungari.show.api.models import desk as models
from sungari.show.api.models.common import LARGEST, NAMED, Page
from sungari.show.api.problems import responses
from sungari.show.api.projects import EDITS, Chosen

router = APIRouter(tags=["meetings"])
Id = Annotated[int, Path(ge=1, le=LARGEST, description="The meeting's number")]
Settings = Annotated[Writer, writes("settings")]
OfParty = Annotated[str, Path(pattern=NAMED, description="A party")]


def _shown(request: Request, response: Response, work: Work, number: int) -> models.WholeMeeting:
    body = models.WholeMeeting.model_validate(meetings.plain(work, meetings.get(work, number)))
    return editions.show(request, response, body, f'"{body.version}"')


def _version(work: Work, number: int, if_match: str | None) -> int:
    return editions.held(work, Meeting, number, if_match).version


@router.get("/meetings", operation_id="list_meetings", responses=responses())
def listed(
    asked: Reading, part: Wanted, party: Annotated[Chosen, Query(description="Only those of this party")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Only those that are not over before")] = None,
) -> Page[models.Meeting]:  # fmt: skip
    """Meetings in the order of their time."""
    with asked.reading() as work:
        return part.cut(meetings.listed(work, party=party, since=since), models.Meeting.model_validate)


@router.post("/meetings", operation_id="call_meeting", status_code=201, responses=responses(409))
def call(request: Request, response: Response, asked: Handles, body: models.NewMeeting) -> models.WholeMeeting:
    """Call a meeting of parties."""
    with asked.writing() as work:
        made = meetings.call(work, **body.model_dump())
        response.headers["Location"] = str(request.url_for("get_meeting", number=made.id))
        return _shown(request, response, work, made.id)


@router.get("/meetings/{number}", name="get_meeting", operation_id="get_meeting", responses=responses(304, 404))
def get(request: Request, response: Response, asked: Reading, number: Id) -> models.WholeMeeting:
    """A meeting with its agenda: as it was set, else the open cases between its parties."""
    with asked.reading() as work:
        return _shown(request, response, work, number)


@router.patch("/meetings/{number}", operation_id="edit_meeting", responses=EDITS)
def edit(
    request: Request, response: Response, asked: Handles, number: Id, body: models.MeetingCells,
    if_match: IfMatch = None,
) -> models.WholeMeeting:  # fmt: skip
    """Change when and where a meeting is, who meets, or call it off."""
    with asked.writing() as work:
        meetings.edit(work, number, body.model_dump(exclude_unset=True), expected=_version(work, number, if_match))
        return _shown(request, response, work, number)


@router.put("/meetings/{number}/agenda", operation_id="set_agenda", responses=EDITS)
def set_agenda(
    request: Request, response: Response, asked: Handles, number: Id, body: models.Agenda, if_match: IfMatch = None
) -> models.WholeMeeting:
    """Fix what a meeting has before it; nothing: the open cases again."""
    with asked.writing() as work:
        meetings.set_agenda(work, number, body.items, expected=_version(work, number, if_match))
        return _shown(request, response, work, number)


@router.put("/meetings/{number}/minutes", operation_id="write_minutes", responses=EDITS)
def minutes(
    request: Request, response: Response, asked: Handles, number: Id, body: models.Minutes, if_match: IfMatch = None
) -> models.WholeMeeting:
    """Write down what was said; what is said on a case goes into its history as well."""
    with asked.writing() as work:
        expected = _version(work, number, if_match)
        meetings.minute(work, number, body.text, body.by_item, expected=expected)
        return _shown(request, response, work, number)


@router.get("/agenda", operation_id="get_waiting_cases", responses=responses())
def waiting(
    asked: Reading, part: Wanted,
    party: Annotated[list[str], Query(description="Only cases between parties that are all among these")] = [],  # noqa: B006
) -> Page[models.Item]:  # fmt: skip
    """The open cases that parties have before them: what presses most first."""
    with asked.reading() as work:
        return part.cut(meetings.waiting(work, party or None), lambda i: models.Item.model_validate(i.as_dict()))


@router.get("/calendar.ics", operation_id="get_calendar_feed", response_class=Response, responses={
    200: {"description": "iCalendar (RFC 5545)", "content": {"text/calendar": {"schema": {"type": "string"}}}},
    **responses(304),
})  # fmt: skip
def calendar(
    request: Request, asked: Annotated[Reader, reads(feed.ACTION)],
    party: Annotated[list[str], Query(description="Only what concerns one of these")] = [],  # noqa: B006
    lang: Annotated[Literal["en", "zh", "ru"], Query(description="In whose words")] = "en",
) -> Response:  # fmt: skip
    """Deadlines, meetings, and the days when stages should be over, for a calendar program."""
    with asked.reading(feed.ACTION) as work:
        data = feed.calendar(work, parties=party or None, lang=lang)
    answer = Response(data, media_type="text/calendar; charset=utf-8")
    editions.show(request, answer, None, editions.tag_of(data.decode()))
    return answer


@router.get("/calendars", operation_id="get_calendars", tags=["calendars"], responses=responses())
def countries(asked: Reading) -> models.Calendars:
    """Whose holidays each party keeps, and the days that it has otherwise."""
    with asked.reading() as work:
        days = [models.OwnDay.model_validate(d) for d in calendars.own_days(work)]
        return models.Calendars(countries=calendars.countries(work), days=days)


@router.put("/calendars/{party}", operation_id="set_calendar_country", tags=["calendars"], status_code=204,
            responses=responses(409))
def set_country(asked: Settings, party: OfParty, body: models.Country) -> None:
    """Say whose public holidays a party keeps."""
    with asked.writing() as work:
        calendars.set_country(work, party, body.country)


@router.put("/calendars/{party}/{day}", operation_id="set_calendar_day", tags=["calendars"], status_code=204,
            responses=responses(409))
def set_day(asked: Settings, party: OfParty, day: date, body: models.Day) -> None:
    """Say that a party works on a day, or does not; running deadlines stay."""
    with asked.writing() as work:
        calendars.set_day(work, party, day, body.works, body.name)
