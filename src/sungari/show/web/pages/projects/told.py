"""What gates and red flags say, put into the reader's words from the facts that they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sungari.operate.findings import Flag
from sungari.show.i18n import N_, Translator

if TYPE_CHECKING:
    from sungari.operate.life import Asked
    from sungari.show.web.words import Words

#: Kinds of documents and permits that gates ask for, as they come with Sungari.
KINDS: dict[str, str] = {
    "environmental-assessment": N_("environmental assessment"), "agreement": N_("agreement"),
    "completion-certificate": N_("completion certificate"), "evaluation": N_("evaluation"),
    "feasibility-study": N_("feasibility study"), "construction": N_("permit to build"),
    "operation": N_("permit to operate"), "map": N_("map"), "minutes": N_("minutes"), "photo": N_("photograph"),
    "other": N_("other"),
}  # fmt: skip
#: What each kind of rule looks for.
RULES: dict[str, str] = {
    "missing_source": N_("Figures without a source"), "ownership_cap": N_("Foreign shares above a cap"),
    "peer_cost": N_("Cost far from that of its peers"), "fund_limit": N_("Exposure above what the fund bears"),
    "restricted": N_("Restricted goods or parties"), "loser": N_("A party that loses"),
}  # fmt: skip
#: Who signs, as it comes with Sungari.
ROLES: dict[str, str] = {
    "authority that approves projects": N_("authority that approves projects"),
    "authority that releases funds": N_("authority that releases funds"),
    "authority that takes works over": N_("authority that takes works over"),
}  # fmt: skip


def kind_text(tr: Translator, kind: str) -> str:
    """A kind of document or permit."""
    return tr(KINDS[kind]) if kind in KINDS else kind


def role_text(tr: Translator, role: str) -> str:
    """Who signs."""
    return tr(ROLES[role]) if role in ROLES else role


def need_text(tr: Translator, words: Words, asked: Asked) -> str:
    """What a gate asks for."""
    kind, _, what = asked.what.partition(":")
    either = what.split("|")
    if kind == "column":
        return tr("filled in: {what}", what=tr(" or ").join(words.column(w) for w in either))
    if kind == "table":
        return tr("a row in: {what}", what=tr(" or ").join(_table(tr, w) for w in either))
    if kind == "document":
        return tr("document: {what}", what=tr(" or ").join(kind_text(tr, w) for w in either))
    if kind == "permit":
        return tr("permit granted: {what}", what=tr(" or ").join(kind_text(tr, w) for w in either))
    if kind == "signature":
        return tr("signature")
    plain = {
        "source": tr("a source for every row of figures"), "finance": tr("finance that covers the cost"),
        "contact": tr("somebody to ask"), "appraisal": tr("the model's appraisal of the register as it is"),
    }  # fmt: skip
    return plain.get(kind, asked.what)


def _table(tr: Translator, name: str) -> str:
    from sungari.show.charts.names import TABLES

    return tr(TABLES[name]) if name in TABLES else name


def flag_text(tr: Translator, words: Words, flag: Flag) -> tuple[str, str]:
    """What a flag is about, and what was found; the register's own words where the facts are not known."""
    rule, facts = flag.rule.replace("-", "_"), flag.facts
    title = tr(RULES[rule]) if rule in RULES else flag.rule
    try:
        if rule == "missing_source":
            rows = [f"{_table(tr, r.rsplit(' ', 1)[0])} {r.rsplit(' ', 1)[1]}" for r in facts["rows"]]
            more = f" … (+{len(rows) - 5})" if len(rows) > 5 else ""
            return title, tr("no source in row: {rows}", rows=", ".join(rows[:5]) + more)
        if rule == "ownership_cap":
            return title, tr("foreign parties hold {share}, {party} allows {most}", party=words.party(flag.subject),
                             share=tr.percent(facts["foreign"], 1), most=tr.percent(facts["most"], 1))
        if rule == "peer_cost":
            return title, tr("{cost} for a unit of capacity, more than {n} times away from the median of its peers",
                             cost=words.money(facts["cost"]), n=tr.number(facts["factor"]))
        if rule == "fund_limit":
            return title, tr("exposed with {amount}, the fund bears {most} of one project",
                             amount=words.money(facts["exposed"]), most=words.money(facts["most"]))
        if rule == "restricted":
            kind, _, name = flag.subject.partition(":")
            return title, tr("{kind} {name} is restricted by {authority}: {reason}", kind=words.value(kind), name=name,
                             authority=facts["authority"], reason=facts["reason"])
        if rule == "loser":
            return title, tr("{party} loses {amount} by it", party=words.party(flag.subject),
                             amount=words.money(facts["loss"]))
    except (KeyError, TypeError, ValueError, IndexError):
        pass  # a rule of another version of Sungari: what it wrote stands
    return title, flag.text
