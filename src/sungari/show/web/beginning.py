"""The first start: whoever opens an empty workspace finds a region in it, and results where somebody has made them."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from sungari.errors import SungariError
from sungari.operate import desk, exchange
from sungari.operate.access import accounts
from sungari.operate.access.actor import ALL
from sungari.operate.access.records import Account
from sungari.operate.jobs.adopt import adopt, fits
from sungari.operate.jobs.record import Job
from sungari.operate.records import Package
from sungari.operate.register import Register
from sungari.show.i18n import LANGUAGES, Translator
from sungari.show.web import results
from sungari.show.web.space import Space
from sungari.words import Words


def begin(register: Register, *, demo: str | None, study: Path | None, tell: Callable[[str], None]) -> None:
    """Put what a workspace needs into a register that has none of it.

    Parameters
    ----------
    register : Register
    demo : str or None
        Region to take in where the register holds none.
    study : Path or None
        Folder of a study to take in where the register has no result, if it is of the register's region.
    tell : callable
        Told what was done, a line each.
    """
    with register.reading() as work:
        held = work.session.get(Package, 1)
        empty = held is None or not held.name
        unstudied = not work.session.scalar(select(func.count()).select_from(Job))
    if demo is not None and empty:
        exchange.take_in(register, exchange.read_package(demo), why=Words("a region to begin with"))
        tell(f"Took in the region {demo}")
    with register.writing(why=Words("the first start")) as work:
        if work.session.scalar(select(Account.code).limit(1)) is None:
            account, password = accounts.first(work)
            if demo is not None:  # whoever tries it out alone can run the model as well
                accounts.grant(work, account.code, "analyst", ALL)
            tell(f"Sign in as {account.code} with the password {password} (good for one sign-in; then choose your own)")
    if study is not None and unstudied and (demo is not None or not empty):
        if fits(register, study):
            adopt(register, study)
            tell(f"Took in the study in {study}")
        else:
            tell(f"{study} holds no study of this region as it is now; it is left out")


class Round:
    """Goes round as long as the workspace is open: looks at the desk's deadlines, and opens the newest plan in the
    background, so that its first reader need not wait for it.

    Parameters
    ----------
    app : FastAPI
        The workspace.
    """

    #: Seconds between two rounds, and rounds between two looks at the desk.
    SECONDS, DESK = 3.0, 20

    def __init__(self, app: FastAPI) -> None:
        self._space: Space = app.state.space
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go, name="round", daemon=True)

    def __enter__(self) -> Round:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _go(self) -> None:
        for n in itertools.count():
            with contextlib.suppress(SungariError, SQLAlchemyError, OSError):  # the next round may find it in order
                if n % self.DESK == 0:
                    self._look()
                self._warm()
            if self._over.wait(self.SECONDS):
                return

    def _look(self) -> None:
        with self._space.register.writing(why=Words("deadlines of the desk")) as work:
            desk.tick(work)

    def _warm(self) -> None:
        with self._space.register.reading() as work:
            parts = results.newest(self._space, work, ("plan", "today"))
        for lang in LANGUAGES:
            if "plan" in parts and not self._over.is_set():
                self._space.shelf.chapter("plan", parts, Translator(lang))
