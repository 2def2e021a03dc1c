"""What the package's tables, columns and words are called where readers see and fill them."""

from __future__ import annotations

from sungari.region.schema import Column
from sungari.show.charts.names import TABLES
from sungari.show.i18n import N_, Translator
from sungari.show.web.words import COLUMNS, VALUES

#: Columns of the contract that tables of projects have not; with their table where others mean something else by it.
LABELS: dict[str, str] = {
    "parent": N_("Belongs to"), "commodity": N_("Commodity"), "hs": N_("Customs code (HS)"),
    "disposal": N_("Surplus"), "year": N_("Year"), "periods.year": N_("Model year"),
    "years": N_("Calendar years it stands for"), "days": N_("Days"), "periods.days": N_("Length"),
    "discount": N_("Discount factor"), "profile": N_("Profile"), "factor": N_("Factor"), "capacity": N_("Capacity"),
    "cost": N_("Cost"), "step": N_("Step"), "min": N_("Least"), "reserve": N_("Reserve"), "process": N_("Process"),
    "use": N_("Capacity taken"), "loss": N_("Loss"), "cycle": N_("Cycle of the stock"),
    "initial": N_("Initial stock"), "charge": N_("Most put in"), "discharge": N_("Most taken out"),
    "link": N_("Corridor"), "from": N_("From"), "to": N_("To"), "mode": N_("Mode of transport"),
    "distance": N_("Distance"), "both_ways": N_("Both ways"), "links.days": N_("Transit time"),
    "congestion": N_("Congestion curve"), "congestion.days": N_("Extra transit time"), "per_km": N_("Cost per km"),
    "per_unit": N_("Cost per unit"), "per_day": N_("Cost per day"), "weight": N_("Weight"),
    "rates.weight": N_("Capacity taken"), "recipes.amount": N_("Units per activity"), "curve": N_("Congestion curve"),
    "utilisation": N_("Utilisation, from"),
    "from_party": N_("Leaves"), "to_party": N_("Enters"), "ad_valorem": N_("Duty on the value"),
    "specific": N_("Duty per unit"), "quota": N_("Quota"), "banned": N_("Banned"),
    "collected_by": N_("Collected by"), "quantity": N_("Quantity"), "price": N_("Price"),
    "elasticity": N_("Elasticity"), "penalty": N_("Penalty for what is short"),
    "max_foreign_share": N_("Largest foreign share"), "budgets.amount": N_("Most investment"),
    "new_only": N_("New projects only"), "scenario": N_("Scenario"), "probability": N_("Probability"),
    "uncertainty": N_("Uncertainty"), "acts": N_("How it acts"), "distribution": N_("Distribution"),
    "mean": N_("Mean"), "sd": N_("Standard deviation"), "low": N_("Least value"),
    "uncertainties.mode": N_("Likeliest value"), "high": N_("Greatest value"), "values": N_("Values"),
    "chances": N_("Chances of the values"), "common": N_("Common cause"),
    "loading": N_("Correlation with the cause"), "direction": N_("What is better"),
    "criteria.measure": N_("Figure of the appraisal"), "index": N_("Index"), "preference": N_("Preference function"),
    "indifference": N_("Threshold of indifference"), "strict": N_("Threshold of full preference"),
    "criteria_scores.value": N_("Score"), "other": N_("Compared with"), "correlations.other": N_("Other cause"),
    "ratio": N_("Times as important"), "frequency": N_("Events a year"), "severity": N_("Distribution of the loss"),
    "hazards.mean": N_("Mean loss"), "hazards.values": N_("Losses observed"), "cap": N_("Most per event"),
    "per": N_("Loss measured as"), "hazards.factor": N_("Common cause"), "correlations.factor": N_("Common cause"),
    "copula": N_("Copula"), "df": N_("Degrees of freedom"), "correlation": N_("Correlation"), "key": N_("Entry"),
    "layer": N_("Layer of reinsurance"), "address": N_("Address"), "licence": N_("Licence"), "date": N_("Date"),
    "units.unit": N_("Equipment"), "unit_use.unit": N_("Equipment"),
}  # fmt: skip

#: Words that cells may hold and records of projects don't; with their column where others mean something else by it.
CHOICES: dict[str, str] = {
    "country": N_("country"), "province": N_("province"), "external": N_("outside the region"), "city": N_("city"),
    "field": N_("field of oil or gas"), "mine": N_("mine"), "plant": N_("plant"), "port": N_("port"),
    "crossing": N_("border crossing"), "market": N_("market"), "hub": N_("hub"),
    "disposal.free": N_("may be left for free"), "disposal.none": N_("may not be left"),
    "cycle.year": N_("each year"), "cycle.horizon": N_("over the whole horizon"), "cycle.none": N_("free at the end"),
    "whole": N_("whole units"), "acts.factor": N_("multiplies"), "acts.change": N_("is added"),
    "normal": N_("normal"), "lognormal": N_("lognormal"), "uniform": N_("uniform"), "triangular": N_("triangular"),
    "pert": "PERT", "discrete": N_("discrete values"), "more": N_("more"), "less": N_("less"),
    "first_in": N_("gain as the first project built"), "last_in": N_("gain as the last project built"),
    "npv": N_("net present value"), "bcr": N_("benefit-cost ratio"), "irr": N_("internal rate of return"),
    "compensation": N_("compensation due"), "enpv": N_("expected net present value"),
    "cvar": N_("mean of the worst outcomes"), "financial": N_("financial"), "social": N_("social"),
    "usual": N_("any difference counts"), "linear": N_("linear"), "kind.event": N_("event"),
    "kind.drift": N_("drift"), "beta": N_("beta distribution"), "pareto": N_("Pareto distribution"),
    "gamma": N_("gamma distribution"), "constant": N_("always the same"), "empirical": N_("losses observed"),
    "per.share": N_("share of the amount"), "per.money": N_("money"), "gaussian": N_("Gaussian copula"),
    "copula.t": N_("t copula"),
    "opening_capital": N_("opening capital"), "contribution": N_("contribution"),
    "premium_rule": N_("premium rule"), "premium_loading": N_("loading of the premium"),
    "premium_level": N_("level of the premium's tail"), "return": N_("return on capital"),
    "annual_limit": N_("limit of payments in a year"), "payment_order": N_("order of payment"),
    "replenishment_trigger": N_("trigger of replenishment"), "replenishment_target": N_("target of replenishment"),
    "replenishment_limit": N_("limit of replenishment"), "reinsurance_retention": N_("retention before reinsurance"),
    "reinsurance_limit": N_("limit of reinsurance"), "reinsurance_price": N_("price of reinsurance"),
    "reinsurance_loading": N_("loading of reinsurance"), "capital_limit": N_("limit of capital"),
    "ruin": N_("accepted chance of ruin"), "level": N_("level of the tail shown"), "horizon": N_("horizon"),
    "start": N_("first year"),
}  # fmt: skip

_WORDS = {**VALUES, **CHOICES}


def heading(table: str, column: str, tr: Translator) -> str:
    """What a column is called; its own name where the contract does not know it."""
    for found in (LABELS.get(f"{table}.{column}"), LABELS.get(column), COLUMNS.get(column)):
        if found:
            return tr(found)
    return column


def word(column: Column, value: str, tr: Translator) -> str:
    """What a word in a cell means; the word itself where it is none of those that the column may hold."""
    if column.kind == "boolean" and value in ("true", "false"):
        return tr("yes") if value == "true" else tr("no")
    if value not in column.choices:
        return value
    known = TABLES if column.name == "table" else _WORDS
    found = known.get(f"{column.name}.{value}") or known.get(value)
    return tr(found) if found else value


def chosen(column: Column, value: str, tr: Translator) -> str:
    """The same with the word itself beside it, for whoever chooses."""
    said = word(column, value, tr)
    return said if said.casefold() == value.replace("_", " ") else f"{said} ({value})"
