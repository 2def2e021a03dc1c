"""The report: a plan, or all that a study holds, as one page that needs no network, no server and, for those who block
them, no scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sungari import __version__
from sungari.chain.plan import Plan
from sungari.decide.study import Part, Study
from sungari.errors import UsageError
from sungari.show import assets, charts
from sungari.show.chapters import CHAPTERS
from sungari.show.charts.corridors import THINNEST, WIDEST
from sungari.show.charts.map import located, use_legend
from sungari.show.i18n import HTML, Translator
from sungari.show.theme import DARK, LIGHT, sheet

if TYPE_CHECKING:
    from sungari.show.chapters.section import Chapter, Section

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_LOCALE = {"en": "en-US", "zh": "zh-CN", "ru": "ru-RU"}
#: Sentences of each chapter that stand at the head of a report of several.
_FIRST = 2


def write_report(source: Plan | Part | Study, path: str | os.PathLike[str], lang: str = "en") -> Path:
    """Write a report, whole or not at all.

    Parameters
    ----------
    source : Plan, Part or Study
        What it is about: the report has a chapter for each part that is there.
    path : path-like
        HTML file to make or replace.
    lang : str
        ``en``, ``zh`` or ``ru``.

    Returns
    -------
    Path
        The file. The same results make the same bytes.
    """
    target = Path(path)
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file, such as {target / 'report.html'}")
    text = report(source, lang)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return target


def report(source: Plan | Part | Study, lang: str = "en") -> str:
    """A report as the text of one HTML page; see :func:`write_report`."""
    tr = Translator(lang)
    study = as_study(source)
    chapters = [c for make in CHAPTERS if (c := make(study, tr)) is not None]
    # A report of one part is one chapter: what it stands on follows as its last sections.
    several = len(chapters) > 2
    script = "".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in ("charts.js", "report.js"))
    echarts = assets.echarts()
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals["tr"] = tr
    return environment.get_template("report.html").render(
        html_lang=HTML[lang],
        policy=_policy(echarts, script),
        version=__version__,
        kind=tr("Study") if several else chapters[0].kind,
        title=_title(study, tr),
        subtitle=_subtitle(study, tr),
        chapters=chapters,
        several=several,
        stills=True,
        figures=[] if several else chapters[0].figures,
        sentences=[s for c in chapters for s in c.sentences[:_FIRST]] if several else chapters[0].sentences,
        use_legend=use_legend(tr),
        css=Markup(sheet((_TEMPLATES / "report.css").read_text(encoding="utf-8"))),
        data=Markup(as_json(page_data(study, chapters, tr))),
        echarts=Markup(echarts),
        script=Markup(script),
    )


def as_study(source: Plan | Part | Study) -> Study:
    """A plan or a part as a study that holds nothing else."""
    if isinstance(source, Study):
        return source
    return Study({"plan" if isinstance(source, Plan) else source.kind: source})


def _title(study: Study, tr: Translator) -> str:
    region = study.region
    descriptor = getattr(region, "descriptor", {})
    return str(descriptor.get(f"title_{tr.lang}") or region.title)


def _subtitle(study: Study, tr: Translator) -> str:
    settings = study.region.settings
    years = study.region.table("periods")["year"].dropna().astype(int).tolist()
    span = [str(y) for y in sorted({min(years), max(years)})] if years else []
    parts = ["–".join(span)] if span else []
    parts.append(tr("money in {currency}", currency=tr.currency(settings.currency)))
    if settings.price_year is not None:
        parts.append(tr("prices of {year}", year=settings.price_year))
    parts.append(tr("discount rate {rate} a year", rate=tr.percent(settings.discount_rate, 1)))
    if study.plan is not None and study.plan.status != "optimal":
        parts.append(tr("best plan found; not proven optimal"))
    return " · ".join(parts)


def page_data(study: Study, chapters: list[Chapter], tr: Translator) -> dict[str, Any]:
    """What the script that draws the charts reads (``templates/charts.js``)."""
    sections: list[Section] = [s for c in chapters for s in c.sections if s.chart]
    data: dict[str, Any] = {
        "lang": tr.lang,
        "locale": _LOCALE[tr.lang],
        "themes": {"light": LIGHT.as_dict(), "dark": DARK.as_dict()},
        "texts": {
            "use": tr("utilisation: {share}", share="").strip(),
            "unlimited": tr("no limit"),
            "year": tr("per year"),
            "period": tr("per period"),
        },
        "widths": [THINNEST, WIDEST],
        "charts": {s.chart: s.options for s in sections},
        "heights": {s.chart: s.heights for s in sections},
    }
    plan = study.plan or study.today
    if plan is not None and any(s.ground for s in sections) and len(located(plan)):
        data["ground"] = {"name": charts.map_name(plan), "land": charts.map_ground(plan)}
    for chapter in chapters:
        data |= chapter.data
    return data


def _policy(*scripts: str) -> str:
    """Content security policy: these scripts and nothing else; no request to anywhere."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts
    )
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"


def as_json(data: Any) -> str:
    """Compact JSON that can't end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
