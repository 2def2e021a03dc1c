"""The chapter of the compensation fund: how large, what it may have to pay, who pays in, what would break it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sungari.decide.study import Part, Study
from sungari.show import pictures
from sungari.show.chapters.section import Chapter, Section, picture
from sungari.show.charts import fund as charts
from sungari.show.charts.names import Names
from sungari.show.charts.welfare import money_scale
from sungari.show.headline import Figure
from sungari.show.i18n import Translator
from sungari.show.tables import ROWS, Head, Table, shown_of
from sungari.show.theme import TOKENS


def chapter(study: Study, tr: Translator) -> Chapter | None:
    """The chapter of a study's fund; None where it has none."""
    part = study.part("fund")
    if part is None:
        return None
    return Chapter(
        "fund", tr("The compensation fund"), tr("Fund"), tr("Fund report"), _figures(part, tr),
        [_capital(part, tr), charts.describe_claims(part, tr), charts.describe_breaking(part, tr),
         charts.describe_accounts(part, tr)],
        [_claims(part, tr), _exceedance(part, tr), _reserve(part, tr), _accounts(part, tr), _breaking(part, tr)],
    )  # fmt: skip


def _money(part: Part, tr: Translator, key: str) -> str:
    return tr.money(part.info[key] * part.info["money_scale"], part.info["currency"])


def _figures(part: Part, tr: Translator) -> list[Figure]:
    info = part.info
    last = max(int(y) for y in info["ruin"])
    return [
        Figure(_money(part, tr, "capital"), tr("Capital needed at the start"),
               tr("chance of {ruin} to run dry by {year}", ruin=tr.percent(info["accepted_ruin"], 2), year=last)),
        Figure(_money(part, tr, "aal"), tr("Claims of the first year"), tr("on average")),
        Figure(tr.whole(len(info["covered"])), tr("Projects covered"), ""),
    ]


def _capital(part: Part, tr: Translator) -> str:
    info = part.info
    text = tr(
        "To run dry by {year} with a chance of no more than {ruin}, the fund needs {capital} at the start.",
        year=max(int(y) for y in info["ruin"]), ruin=tr.percent(info["accepted_ruin"], 2),
        capital=_money(part, tr, "capital"),
    )  # fmt: skip
    if info["enough"] is None:
        return text
    more = tr("What the parties would put up is enough.") if info["enough"] else tr(
        "What the parties would put up is not enough.")
    return f"{text} {more}"


def _section(
    part: Part, tr: Translator, name: str, words: tuple[str, str, str], option: Callable[..., dict[str, Any]],
    figure: Callable[..., Any], label: str, **more: Any,
) -> Section:  # fmt: skip
    title, short, lead = words
    return Section(
        f"fund-{name}", title, short, lead, chart=f"fund-{name}", label=label,
        options={"": option(part, tr, theme=TOKENS)},
        picture=picture(f"fund-{name}", lambda: figure(part, tr), label), **more,
    )  # fmt: skip


def _claims(part: Part, tr: Translator) -> Section:
    how = str(part.info["method"]["var"])
    known = tr("worked out exactly") if how.startswith("exact") else tr("drawn on {n} courses",
                                                                        n=tr.whole(part.info["paths"]))
    captions = [
        tr("A year without any claim has a chance of {share}; it is not drawn.",
           share=tr.percent(charts.no_claim(part), 1)),
        tr("Claims are what the fund owes after deductibles, limits and coverage. The distribution is {how}.",
           how=known),
    ]  # fmt: skip
    return _section(
        part, tr, "claims", (tr("What the fund may have to pay in its first year"), tr("Claims"),
                             tr("Each bar is a range of the year's claims, as high as it is likely.")),
        charts.claims_option, pictures.claims_figure, charts.describe_claims(part, tr), captions=captions,
    )  # fmt: skip


def _exceedance(part: Part, tr: Translator) -> Section:
    return _section(
        part, tr, "exceedance",
        (tr("What is exceeded once in so many years"), tr("Rare years"),
         tr("The rarer the year, the more has to be paid: all claims of the year together, and the largest of them.")),
        charts.exceedance_option, pictures.exceedance_figure, charts.describe_exceedance(part, tr),
        tables=[_levels(part, tr)],
    )  # fmt: skip


def _levels(part: Part, tr: Translator) -> Table:
    frame, info = part.tables["levels"], part.info
    unit, cell = _cells(part, tr, [frame["tvar"]])
    rows = [
        [tr.percent(r["level"], 1), cell(r["var"]), cell(r["tvar"]), cell(r["var_drawn"]), cell(r["var_error"])]
        for r in frame.to_dict("records")
    ]  # fmt: skip
    heads = [Head(tr("Level"), True), Head(tr("Quantile, {unit}", unit=unit), True),
             Head(tr("Mean beyond it, {unit}", unit=unit), True), Head(tr("Quantile drawn, {unit}", unit=unit), True),
             Head(tr("Standard error, {unit}", unit=unit), True)]  # fmt: skip
    note = tr("Drawn: on {n} courses, as a check.", n=tr.whole(info["paths"]))
    return Table(tr("Tail of the first year's claims"), heads, rows, note)


def _cells(part: Part, tr: Translator, columns: list[Any]) -> tuple[str, Callable[[float], str]]:
    import pandas as pd

    scale = money_scale(part, pd.DataFrame({str(i): c for i, c in enumerate(columns)}))
    return tr.money_unit(part.region.settings.currency, scale), lambda value: tr.number(float(value) / scale)


def _reserve(part: Part, tr: Translator) -> Section:
    frame = part.tables["years"]
    unit, cell = _cells(part, tr, [frame["q95"]])
    rows = [
        [str(int(r["year"])), cell(r["premiums"]), cell(r["contributions"]), cell(r["claims"]), cell(r["q50"]),
         tr.percent(r["ruin"], 2)] for r in frame.to_dict("records")
    ]  # fmt: skip
    heads = [Head(tr("Year")), *(Head(text, True) for text in (
        tr("Premiums, {unit}", unit=unit), tr("Contributions, {unit}", unit=unit),
        tr("Claims on average, {unit}", unit=unit), tr("Reserve, middle course, {unit}", unit=unit),
        tr("Chance of having run dry"),
    ))]  # fmt: skip
    return _section(
        part, tr, "reserve", (tr("How the reserve goes"), tr("Reserve"),
                              tr("The reserve at the end of each year. A fund that has run dry stands at nought until "
                                 "money comes in again.")),
        charts.reserve_option, pictures.reserve_figure, charts.describe_reserve(part, tr),
        tables=[Table(tr("The fund year by year"), heads, rows)],
    )  # fmt: skip


def _accounts(part: Part, tr: Translator) -> Section:
    names = Names(part, tr)
    frame = part.tables["projects"].sort_values("capital", ascending=False, kind="stable")
    unit, cell = _cells(part, tr, [frame["claims"], frame["premium"]])
    large, wide = _cells(part, tr, [frame["exposed"], frame["capital"]])
    rows = [
        [names.project(str(r["project"])), wide(r["exposed"]), cell(r["claims"]), cell(r["premium"]),
         wide(r["capital"])] for r in frame.head(ROWS).to_dict("records")
    ]  # fmt: skip
    heads = [Head(tr("Project")), *(Head(text, True) for text in (
        tr("Exposed at most, {unit}", unit=large), tr("Claims a year, {unit}", unit=unit),
        tr("Premium a year, {unit}", unit=unit), tr("Part of the capital, {unit}", unit=large),
    ))]  # fmt: skip
    return _section(
        part, tr, "accounts", (tr("Who pays in, and who is covered"), tr("Who pays"),
                               tr("Paid in: contributions, premiums of the party's projects by its shares, and its "
                                  "opening capital spread over the years. Covered: what the fund pays for them on "
                                  "average.")),
        charts.accounts_option, pictures.accounts_figure, charts.describe_accounts(part, tr),
        captions=[tr("A project's part of the capital is what it takes out in the worst courses less what it pays in; "
                     "the parts sum to the capital needed.")],
        tables=[Table(tr("Projects covered"), heads, rows, shown_of(tr, len(rows), len(frame)))],
        heights={"": 110 + 40 * len(part.tables["parties"])},
    )  # fmt: skip


def _breaking(part: Part, tr: Translator) -> Section:
    names = charts.hazard_names(part, tr)
    frame = part.tables["stress"]
    unit, cell = _cells(part, tr, [frame["claims"], frame["left"]])
    kinds = {"hazard": tr("all its projects struck at once, hard"), "cause": tr("its 1-in-200 year")}
    rows = [
        [names.get(str(r["stress"]), str(r["stress"])), kinds[str(r["kind"])], str(int(r["year"])), cell(r["claims"]),
         cell(r["left"]), tr("yes") if r["ruin"] else tr("no")] for r in frame.head(ROWS).to_dict("records")
    ]  # fmt: skip
    heads = [Head(tr("Hazard or common cause")), Head(tr("Bad year")), Head(tr("Year")),
             Head(tr("Claims, {unit}", unit=unit), True),
             Head(tr("Left of the opening capital, {unit}", unit=unit), True), Head(tr("Ruins the fund"))]  # fmt: skip
    together = part.info["reverse_stress"]["together"][:3]
    ways = [
        f"{' + '.join(names.get(h, h) for h in way['hazards'].split(';'))} ({tr.percent(way['share'])})"
        for way in together
    ]  # fmt: skip
    captions = [tr("The likeliest ways to ruin, by hazards that bring a quarter or more of a course's claims: {list}.",
                   list=tr.joined(ways))] if ways else []  # fmt: skip
    return _section(
        part, tr, "breaking", (tr("What would break the fund"), tr("Stress"),
                               tr("The courses that need most capital, and which hazards bring their claims.")),
        charts.breaking_option, pictures.breaking_figure, charts.describe_breaking(part, tr), captions=captions,
        tables=[Table(tr("Named bad years"), heads, rows)],
        heights={"": 80 + 34 * len(charts.breaking_table(part, tr))},
    )  # fmt: skip
