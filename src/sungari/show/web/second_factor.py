"""The page on which somebody sets up, renews or gives up the second factor of one's own account."""

from __future__ import annotations

from typing import Any

import segno
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from starlette.responses import Response

from sungari.errors import Forbidden
from sungari.operate.access import accounts, second, sessions, signing
from sungari.operate.register import Work
from sungari.show.i18n import N_
from sungari.show.web import shield
from sungari.show.web.given import Given, Sent
from sungari.show.web.signing_in import register_of, signed_in
from sungari.show.web.view import View
from sungari.words import Words

router = APIRouter(prefix=shield.SECOND, include_in_schema=False)
_WRONG = N_("The password or the code is wrong, or there were too many attempts; wait a little before you try again.")


@router.get("")
def show(request: Request) -> Response:
    """How it stands with one's own second factor."""
    return _page(request)


@router.get("/{_step}")
def back(_step: str) -> Response:
    """Whoever chooses a language after an answer to a form comes back to the page."""
    return RedirectResponse(shield.SECOND, 303)


@router.post("/begin")
def begin(request: Request, given: Sent) -> Response:
    """Make a secret for the app."""
    signed = _signed(request)
    try:
        signing.proven(register_of(request), signed.actor, _password(given), None,
                       Words("began to set up a second factor"), lambda work: second.begin(work, signed.account))
    except Forbidden:
        return _page(request, status=403, wrong=N_(
            "The password is wrong, or there were too many attempts; wait a little before you try again."))
    return RedirectResponse(shield.SECOND, 303)


@router.post("/confirm")
def confirm(request: Request, given: Sent) -> Response:
    """Have it asked for from now on, and show the recovery codes this once."""
    signed = _signed(request)
    try:
        with register_of(request).writing(why=Words("set up a second factor"), actor=signed.actor) as work:
            codes = second.confirm(work, signed.account, given.text("code"), keep=signed.login)
    except Forbidden:
        return _page(request, status=403, wrong=N_(
            "The code is not right. Take the one that the app shows now; the telephone's clock must be right."))
    return _codes(request, codes)


@router.post("/change")
def change(request: Request, given: Sent) -> Response:
    """New recovery codes, shown this once; or do without a second factor from now on."""
    signed, off = _signed(request), given.text("do") == "off"

    def then(work: Work) -> list[str]:
        if off:
            second.switch_off(work, signed.account, keep=signed.login)
            return []
        return second.renew(work, signed.account, keep=signed.login)

    why = Words("switched the second factor off") if off else Words("new recovery codes")
    try:
        codes = signing.proven(register_of(request), signed.actor, _password(given), given.text("code"), why, then)
    except Forbidden:
        return _page(request, status=403, wrong=_WRONG)
    return RedirectResponse(shield.SECOND, 303) if off else _codes(request, codes)


def _signed(request: Request) -> sessions.Signed:
    signed = signed_in(request)
    assert signed is not None  # the shield lets nobody else here
    return signed


def _password(given: Given) -> str:
    password = given.fields.get("password")  # as it is: blanks around it may belong to it
    return password if isinstance(password, str) else ""


def _page(request: Request, *, status: int = 200, wrong: str = "") -> Response:
    signed, view = _signed(request), View(request)
    shown: dict[str, Any] = {"picture": "", "secret": "", "left": 0}
    with register_of(request).reading(signed.actor) as work:
        account = accounts.get(work, signed.account)
        factor, waits = second.of(work, signed.account), second.begun(work, signed.account)
        if waits is not None:
            shown |= {"picture": _picture(second.address(waits)), "secret": _spaced(waits.secret)}
        shown["left"] = second.left(work, signed.account)
        return view.part(
            "signing_in/second_factor.html", status=status, title=view.tr("Second factor"), signed=signed,
            wrong=wrong and view.tr(wrong), has_password=account.password is not None, factor=factor,
            owed=shield.owes(request, signed), here=shield.SECOND, **shown,
        )  # fmt: skip


def _codes(request: Request, codes: list[str]) -> Response:
    view = View(request)
    return view.part("signing_in/recovery_codes.html", title=view.tr("Recovery codes"), codes=codes)


def _picture(text: str) -> Markup:
    """A QR code as SVG: dark on light in every light, else few telephones read it."""
    made = segno.make(text, error="m", micro=False)
    return Markup(made.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass=None, lineclass=None))


def _spaced(secret: str) -> str:
    return " ".join(secret[i:i + 4] for i in range(0, len(secret), 4))
