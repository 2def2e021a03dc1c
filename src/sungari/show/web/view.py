"""Who looks, in which language and light: what every page needs of a request, and how a page is put together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from babel.dates import format_date, format_datetime
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sungari.decide.study import PARTS
from sungari.errors import Unknown
from sungari.operate.access.actor import Actor
from sungari.operate.register import Work
from sungari.region.package import Region
from sungari.show.charts.map import use_legend
from sungari.show.i18n import HTML, LANGUAGES, Translator
from sungari.show.report import as_json
from sungari.show.web import given, results, shield, statics
from sungari.show.web.problems import said
from sungari.show.web.shelf import Found, Shown
from sungari.show.web.space import Space

#: Cookies in which the browser keeps what a reader has chosen.
LANGUAGE, LIGHT = "sungari-language", "sungari-light"
_HERE = Path(__file__).resolve().parent


class View:
    """One request, as pages see it.

    Attributes
    ----------
    request : Request
    space : Space
    actor : Actor
        Whoever has signed in.
    tr : Translator
        In the reader's language.
    light : str
        ``light``, ``dark``, or empty for what the reader's system says.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.space: Space = request.app.state.space
        self.actor: Actor = self.space.identify(request)
        self.tr = Translator(language(request))
        self.light = request.cookies.get(LIGHT, "") if request.cookies.get(LIGHT) in ("light", "dark") else ""

    @property
    def lang(self) -> str:
        return self.tr.lang

    @property
    def partial(self) -> bool:
        """Whether the page asks for a part of itself."""
        return "hx-request" in self.request.headers

    def region_shown(self) -> Region:
        """The register's region as the reader may see it, for pages that have nothing to show without one."""
        with self.reading() as work:
            found = self.region(work)
        if found is None:
            raise Unknown(self.tr("The register has no region yet"))
        return found

    def region(self, work: Work) -> Region | None:
        """The register's region as the reader may see it; None where it holds none."""
        return results.region(self.space, self.actor, work)

    def results(self, work: Work, *wanted: str) -> dict[str, Found]:
        """The newest result of each kind that is wanted (all, if none is named)."""
        return results.newest(self.space, work, wanted or PARTS)

    def chapter(self, name: str, parts: dict[str, Found]) -> Shown | None:
        """A chapter of the report on some results, in the reader's language."""
        return self.space.shelf.chapter(name, parts, self.tr)

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """The register as the reader may see it."""
        with self.space.register.reading(self.actor) as work:
            yield work

    @contextmanager
    def writing(self, why: str) -> Iterator[Work]:
        """Change the register in the reader's name."""
        with self.space.register.writing(self.actor.name, why, actor=self.actor) as work:
            yield work

    def day(self, at: datetime) -> str:
        """A day as the reader's language writes it."""
        return format_date(at.date(), "long", locale=self.tr.locale)

    def moment(self, at: datetime) -> str:
        """A moment (UTC) as the reader's language writes it."""
        return format_datetime(at, "medium", locale=self.tr.locale)

    def json(self, data: Any) -> Markup:
        """Data for the page's script, within an element of its own."""
        return Markup(as_json(data))

    @property
    def back(self) -> str:
        """The page of the workspace that the reader comes from; empty for none."""
        before = self.request.headers.get("referer", "")
        home = f"{self.request.url.scheme}://{self.request.headers.get('host', '')}"
        return given.inside(before.removeprefix(home), "") if before.startswith(f"{home}/") else ""

    @property
    def said(self) -> str:
        """What there is to say on a page on which something has just been done."""
        text = given.said(self.request)
        return self.tr(text) if text else ""

    def token(self) -> Markup:
        """What a form carries so that it can only have come from here."""
        return shield.form_field(self.request)

    def page(self, template: str, title: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A whole page: `template` extends ``base.html``."""
        from sungari.show.web.pages import PAGES

        pages = [p for p in PAGES if p.action is None or self.actor.may(p.action)]
        return self.part(
            template, status=status, title=title, navigation=pages, here=self.request.url.path, **context,
        )  # fmt: skip

    def part(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A part of a page, put in place by HTMX."""
        text = templates().get_template(template).render(
            view=self, tr=self.tr, actor=self.actor, html_lang=HTML[self.lang],
            languages={code: name for code, (name, _) in LANGUAGES.items()}, stills=False,
            use_legend=use_legend(self.tr), **context,
        )  # fmt: skip
        return HTMLResponse(text, status, headers={"Cache-Control": "no-store", "Vary": "HX-Request"})


def language(request: Request) -> str:
    """The reader's language: as chosen, else the first of the browser's that there is."""
    chosen = request.cookies.get(LANGUAGE, "")
    if chosen in LANGUAGES:
        return chosen
    for wanted in request.headers.get("accept-language", "").split(","):
        code = wanted.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "en"


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The pages' templates, and those that they share with the report."""
    made = Environment(
        loader=FileSystemLoader([_HERE / "templates", _HERE.parent / "templates"]), autoescape=True,
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals["static"] = statics.address
    made.globals["Markup"] = Markup
    made.globals["said"] = said
    return made


def _view(request: Request) -> View:
    if "\x00" in request.scope["path"] or "%00" in request.url.query:  # a sign that no database takes
        raise Unknown("no page has such an address")
    view = View(request)
    view.actor.demand("read")
    return view


#: What a page's function takes: ``def show(view: Seen) -> Response``.
Seen = Annotated[View, Depends(_view)]
