"""The chapter of a sharing: what cooperation is worth, and how the parties may split it."""

from __future__ import annotations

from sungari.decide.study import Part, Study
from sungari.show import charts, pictures
from sungari.show.chapters.section import Chapter, Section, picture
from sungari.show.charts.names import Names
from sungari.show.charts.split import describe, describe_payments
from sungari.show.decision_tables import split_rows, stability_rows
from sungari.show.headline import Figure
from sungari.show.i18n import Translator
from sungari.show.theme import TOKENS


def chapter(study: Study, tr: Translator) -> Chapter | None:
    """The chapter of a study's sharing; None where it has none."""
    part = study.sharing
    if part is None:
        return None
    return Chapter(
        "sharing", tr("Who gets what"), tr("Sharing"), tr("Sharing report"), _figures(part, tr),
        [_gain(part, tr), describe(part, tr), describe_payments(part, tr), *_core(part, tr)],
        [_split(part, tr), _payments(part, tr)],
    )  # fmt: skip


def _figures(part: Part, tr: Translator) -> list[Figure]:
    info = part.info
    scale, currency = info["money_scale"], info["currency"]
    made = [
        Figure(tr.money(info["gain"] * scale, currency), tr("Worth of cooperation"),
               tr("more than all reach alone, present value")),
        Figure(tr.whole(len(info["players"])), tr("Players"),
               tr("countries") if info["by"] == "country" else tr("countries and provinces")),
    ]  # fmt: skip
    if info["core_empty"] is not None:
        text = tr("empty") if info["core_empty"] else tr("not empty")
        made.append(Figure(text, tr("The core"), tr("splits that leave no coalition better off by itself")))
    return made


def _gain(part: Part, tr: Translator) -> str:
    info = part.info
    money = tr.money(info["gain"] * info["money_scale"], info["currency"])
    return tr("Cooperation is worth {money} more than what the parties reach each alone.", money=money)


def _core(part: Part, tr: Translator) -> list[str]:
    info = part.info
    names = Names(part, tr)
    if info["core_empty"] is None:
        return [tr("There are too many players to look at every coalition; the Shapley value is sampled.")]
    if not info["core_empty"]:
        made = [tr("The nucleolus leaves no coalition with less than it reaches by itself.")]
    else:
        groups = [" + ".join(names.party(p) for p in c) for c in info["blocking"][:4]]
        excess = tr.money(info["excess"] * info["money_scale"], info["currency"])
        made = [tr("No split contents every coalition: at best one of these lacks {excess}: {list}.", excess=excess,
                   list=tr.joined(groups))]  # fmt: skip
    stable = info.get("stability")
    if stable:
        made.append(tr("The core stays not empty in {n} of {total} scenarios.", n=tr.whole(stable["core_not_empty"]),
                       total=tr.whole(stable["scenarios"])))  # fmt: skip
    return made


def _split(part: Part, tr: Translator) -> Section:
    label = describe(part, tr)
    players = len(charts.split_table(part, tr))
    stable = stability_rows(part, tr)
    captions = [
        tr("Own plan: what the best plan of all leaves with a party if nothing is paid. Owen point: what it owns, "
           "valued at the prices of that plan. Shapley value: the average of what it adds, over all orders of joining. "
           "Nucleolus: the split whose most discontented coalition is as content as can be."),
    ]  # fmt: skip
    if stable:
        captions.append(tr("Small bars beside a mark: its lowest and highest place in the scenarios."))
    return Section(
        "split",
        tr("What each party gains by cooperating, by four rules"),
        tr("Split"),
        tr("A coalition is worth what its members reach with their own places, links and projects and the outside "
           "world. Shown is what each rule leaves a party above what it reaches alone, present value."),
        chart="split",
        label=label,
        options={"": charts.split_option(part, tr, theme=TOKENS)},
        captions=captions,
        picture=picture("split", lambda: pictures.split_figure(part, tr), label),
        tables=[split_rows(part, tr), *([stable] if stable else [])],
        heights={"": 120 + 56 * players},
    )  # fmt: skip


def _payments(part: Part, tr: Translator) -> Section:
    label = describe_payments(part, tr)
    return Section(
        "payments",
        tr("Side payments"),
        tr("Payments"),
        tr("What each party has to be paid, or has to pay, so that what the plan leaves it becomes its Shapley value."),
        chart="payments",
        label=label,
        options={"": charts.payments_option(part, tr, theme=TOKENS)},
        picture=picture("payments", lambda: pictures.payments_figure(part, tr), label),
        heights={"": 120 + 34 * len(charts.split_table(part, tr))},
    )
