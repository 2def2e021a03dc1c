"""What is done with a project at its gate: signing, moving on, justifying a flag, keeping it to a party."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from sungari.errors import GateClosed, UsageError
from sungari.operate import flags, life, projects
from sungari.operate.findings import Flag
from sungari.show.web.given import Sent, address, done
from sungari.show.web.view import Seen
from sungari.words import Words

router = APIRouter(prefix="/projects", include_in_schema=False)


@router.post("/{code:path}/sign")
def sign(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """A party's word on the project's next stage."""
    agreed = given.text("agreed") == "true"
    with view.writing(given.text("why")) as work:
        life.sign(work, code, given.text("party"), agreed=agreed, expected=given.whole("expected"))
    return done(address("projects", code) + "#gate", "signed" if agreed else "refused")


@router.post("/{code:path}/move")
def move(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """Bring the project into another stage."""
    try:
        with view.writing(given.text("why")) as work:
            life.enter(work, code, given.text("stage"), expected=given.whole("expected"))
    except GateClosed:  # the page lists what is missing, in the reader's language
        return done(address("projects", code) + "#gate", "shut")
    return done(address("projects", code), "moved")


@router.post("/{code:path}/flags/{number}")
def justify(view: Seen, code: str, number: int, given: Sent) -> RedirectResponse:
    """Say why a red flag is no reason to stop."""
    with view.writing(given.text("why")) as work:
        if work.get(Flag, number).project != code:
            raise UsageError("flag {number} is not of {code!r}", number=number, code=code)
        flags.justify(work, number, expected=given.whole("expected"))
    return done(address("projects", code) + f"#flag-{number}", "justified")


@router.post("/{code:path}/confidential")
def keep_to(view: Seen, code: str, given: Sent) -> RedirectResponse:
    """Keep the project to a party, or open it to all."""
    party = given.maybe("party")
    why = Words("kept to one party") if party else Words("opened to all parties")
    with view.writing(why) as work:
        projects.keep_to(work, code, party, expected=given.whole("expected"))
    return done(address("projects", code), "saved")
