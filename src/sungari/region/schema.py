"""The data contract as data: every table and every column of a region package.

One place says what a column is called, what it holds, in which unit, whether it must be there and what it means
when it is blank. Reading, checking, error texts, the workbook and the format reference are all made from here.

Units are written with these words: ``unit`` (the unit of the row's commodity), ``activity`` (the unit of the row's
process), ``size`` (the unit of the row's project), ``load`` (capacity units of a link, see ``rates.weight``), ``money``
(the row's or the package's currency), and ``year``, ``day``, ``km``, ``1``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sungari.words import Words

Kind = Literal["name", "text", "number", "integer", "boolean", "choice", "names"]

QUALITIES = ("reported", "derived", "estimated", "assumed")
EFFECT_COLUMNS = ("capacity", "quantity", "cost", "loss", "days")
ANY = "*"
#: Figures of the appraisal that a criterion may take its scores from.
MEASURES = ("first_in", "last_in", "npv", "bcr", "irr", "compensation", "enpv", "cvar")
#: What can be set in fund.csv, and what it means.
FUND_KEYS: dict[str, str] = {
    "opening_capital": "money that a party puts in at the start; without it, the least that keeps ruin within `ruin`",
    "contribution": "money that a party pays in at the start of each year of the row",
    "premium_rule": "expected_value, standard_deviation, wang or tvar; default expected_value",
    "premium_loading": "what the rule adds: a share of the mean, a number of standard deviations, Wang's shift, or a "
    "share of the tail's mean above the mean; default 0",
    "premium_level": "level of the tail (tvar); default 0.99",
    "return": "return on capital per year, 0.02 = 2 %; default 0",
    "annual_limit": "most that the fund pays in a year, money",
    "payment_order": "projects paid first when money is short, joined by ;; the others share what is left",
    "replenishment_trigger": "reserve, money, below which the contributing parties are called at the start of a year",
    "replenishment_target": "reserve that a call restores; default the trigger",
    "replenishment_limit": "most that is called in a year, money",
    "reinsurance_retention": "what the fund pays itself in a year before the layer pays, money",
    "reinsurance_limit": "most that the layer pays in a year, money",
    "reinsurance_price": "price of the layer, money a year; default what it is expected to pay, with its loading",
    "reinsurance_loading": "share that the default price adds; default 0",
    "capital_limit": "most capital that the parties would put up, money: the answer says whether it suffices",
    "ruin": "chance of running dry within the horizon that is accepted; default 0.005",
    "level": "level of the tail that is shown first; default 0.995",
    "horizon": "years; default 10",
    "start": "first year of the fund; default the first model year",
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    name : str
        Header in the CSV file.
    kind : str
        ``name`` (an identifier), ``names`` (several, joined by ``;``), ``text``, ``number``, ``integer``,
        ``boolean`` or ``choice``.
    description : str
        Meaning, one sentence.
    required : bool
        Whether the column must be there and no cell of it blank.
    default : str or float or bool or None
        What a blank stands for; None = not given.
    unit : str
        Unit of a number, in the words of the module's docstring; empty for other kinds.
    refers_to : tuple of str
        Tables whose identifiers the value must be among.
    wildcard : bool
        Whether ``*`` is allowed as well.
    choices : tuple of str
        Allowed values of a ``choice``.
    minimum, maximum : float or None
        Closed bounds of a number.
    """

    name: str
    kind: Kind
    description: str
    required: bool = False
    default: str | float | bool | None = None
    unit: str = ""
    refers_to: tuple[str, ...] = ()
    wildcard: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in ("number", "integer")

    def expected(self) -> Words:
        """What a cell of this column should hold, for error texts."""
        if self.kind == "choice":
            return Words("one of {names}", names=", ".join(self.choices))
        if self.kind == "boolean":
            return Words("true or false")
        if self.kind in ("name", "names"):
            files = ", ".join(f"{t}.csv" for t in self.refers_to)
            if self.kind == "names":
                return Words("names from {files}, joined by ';'", files=files)
            if self.wildcard:
                return Words("a name from {files} or *", files=files)
            return Words("a name from {files}", files=files) if files else Words("a name")
        return self._expected_number() if self.is_number else Words("a text")

    def _expected_number(self) -> Words:
        low, high, whole = self.minimum, self.maximum, self.kind == "integer"
        if low is not None and high is not None:
            if whole:
                return Words("a whole number from {low:g} to {high:g}", low=low, high=high)
            return Words("a number from {low:g} to {high:g}", low=low, high=high)
        if low is not None:
            if whole:
                return Words("a whole number of at least {low:g}", low=low)
            return Words("a number of at least {low:g}", low=low)
        if high is not None:
            if whole:
                return Words("a whole number of at most {high:g}", high=high)
            return Words("a number of at most {high:g}", high=high)
        return Words("a whole number") if whole else Words("a number")


@dataclass(frozen=True)
class Table:
    """One table of a region package.

    Attributes
    ----------
    name : str
        File name without ``.csv``.
    title : str
        What its rows are, one line.
    group : str
        Heading it stands under in the format reference.
    columns : tuple of Column
        All columns of the contract, those of provenance included.
    key : tuple of str
        Columns that together tell its rows apart.
    dated : bool
        Whether rows carry ``year_from`` and ``year_to``, so that a key may recur in other years.
    required : bool
        Whether a package must have it.
    """

    name: str
    title: str
    group: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    dated: bool = False
    required: bool = False
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.by_name.update({c.name: c for c in self.columns})

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    def __getitem__(self, column: str) -> Column:
        return self.by_name[column]


def _name(name: str, description: str, required: bool = True) -> Column:
    return Column(name, "name", description, required=required)


def _ref(name: str, description: str, *tables: str, required: bool = False, wildcard: bool = False) -> Column:
    return Column(name, "name", description, required=required, refers_to=tables, wildcard=wildcard)


def _text(name: str, description: str, required: bool = False) -> Column:
    return Column(name, "text", description, required=required)


def _num(
    name: str,
    unit: str,
    description: str,
    *,
    required: bool = False,
    default: float | None = None,
    low: float | None = None,
    high: float | None = None,
) -> Column:
    return Column(name, "number", description, required, default, unit, minimum=low, maximum=high)


def _year(name: str, description: str) -> Column:
    return Column(name, "integer", description, unit="calendar year", minimum=0, maximum=9999)


def _flag(name: str, description: str) -> Column:
    return Column(name, "boolean", description, default=False)


def _choice(
    name: str, description: str, *choices: str, required: bool = False, default: str | None = None
) -> Column:
    return Column(name, "choice", description, required, default, choices=choices)


_NAMES = (_text("name_zh", "name in Chinese"), _text("name_ru", "name in Russian"))
_YEARS = (
    _year("year_from", "first year in which the row holds; blank = open"),
    _year("year_to", "last year in which the row holds; blank = open"),
)
_PROVENANCE = (
    _ref("source", "where the row's figures come from", "sources"),
    _choice("quality", "how sure the row's figures are", *QUALITIES),
    _text("note", "remark; the reason for an assumed figure"),
)
_CURRENCY = (_text("currency", "ISO 4217 code of the row's money columns; blank = the package's currency"),)
_PROFILE = (_ref("profile", "profile whose factors multiply the yearly figures, period by period", "profiles"),)


def _table(
    name: str,
    title: str,
    group: str,
    key: str,
    *columns: Column,
    required: bool = False,
) -> Table:
    names = {c.name for c in columns}
    money = any("money" in c.unit for c in columns)
    extra = (_CURRENCY if money else ()) + (() if name == "sources" else _PROVENANCE)
    return Table(name, title, group, columns + extra, tuple(key.split()), "year_from" in names, required)


_WHERE = "What is where"
_RESOURCES = "Resources"
_PRODUCTION = "Production capacity"
_CORRIDORS = "Corridors"
_MARKETS = "Markets"
_PROJECTS = "Projects"
_DECISIONS = "Scenarios and criteria"
_RISK = "Risk and provenance"

#: Tables whose figures scenarios and drawn uncertainties may change; see :func:`figures`.
CHANGEABLE = (
    "commodities", "profiles", "supply", "processes", "recipes", "facilities", "units", "unit_use", "stores", "links",
    "rates", "duties", "demand", "projects",
)  # fmt: skip
_ROW = (
    "key of the row, its parts joined by /, as in effects.csv; * stands for any part, parts left out at the end for any"
)

TABLES: tuple[Table, ...] = (
    _table(
        "parties", "who gains, pays and decides", _WHERE, "party",
        _name("party", "identifier"),
        _text("name", "name", required=True),
        _choice("kind", "kind of party", "country", "province", "company", "external", required=True),
        _ref("parent", "party it belongs to; a province's country", "parties"),
        *_NAMES,
        required=True,
    ),
    _table(
        "places", "where things are", _WHERE, "place",
        _name("place", "identifier"),
        _text("name", "name", required=True),
        _ref("party", "party on whose ground it lies", "parties", required=True),
        _num("lat", "degree", "latitude, WGS 84", low=-90, high=90),
        _num("lon", "degree", "longitude, WGS 84", low=-180, high=180),
        _choice("kind", "kind of place", "city", "field", "mine", "plant", "port", "crossing", "market", "hub"),
        *_NAMES,
        required=True,
    ),
    _table(
        "commodities", "what is made, carried and sold", _WHERE, "commodity",
        _name("commodity", "identifier"),
        _text("name", "name", required=True),
        Column("unit", "text", "unit of all its quantities (a Pint unit: t, kt, m^3, MWh, person, count …)",
               required=True),
        _text("sector", "sector"),
        _text("hs", "code in the Harmonised System"),
        _num("value", "money/unit", "what an ad-valorem duty and the value of time are taken on", low=0),
        _choice("disposal", "whether a surplus may be left where it is; blank = as the setting free_disposal says",
                "free", "none"),
        *_NAMES,
        required=True,
    ),
    _table(
        "periods", "the model's time; rows in time order", _WHERE, "period",
        _name("period", "identifier, YYYY-MM where month profiles are used"),
        Column("year", "integer", "model year", required=True, unit="calendar year", minimum=0, maximum=9999),
        _num("days", "day", "length", required=True, low=0),
        _num("years", "year", "calendar years that this model year stands for; the same in all periods of a year",
             default=1, low=0),
        _num("discount", "1", "replaces the computed discount factor of its year; the same in all periods of a year",
             low=0),
    ),
    _table(
        "profiles", "seasons: factors on yearly figures, period by period", _WHERE, "profile period",
        _name("profile", "identifier; its rows share it"),
        Column("period", "name", "period, or 01..12: that month of every year", required=True, refers_to=("periods",)),
        _num("factor", "1", "availability of a capacity (0 = closed), or shape of a demand; a period left out has 1",
             required=True, low=0),
    ),
    _table(
        "supply", "resources and other sources, as steps of a cost curve", _RESOURCES, "place commodity step",
        _ref("place", "where", "places", required=True),
        _ref("commodity", "what", "commodities", required=True),
        _num("capacity", "unit/year", "most that can be had; blank = unlimited", low=0),
        _num("cost", "money/unit", "cost at the place", default=0),
        Column("step", "text", "step of the cost curve of this place and commodity", default="1"),
        _num("min", "unit/year", "least that must be taken", low=0),
        _num("reserve", "unit", "most that may be taken over the whole horizon; a model year counts `years` times",
             low=0),
        *_PROFILE,
        _ref("party", "owner; blank = the place's party", "parties"),
        *_YEARS,
    ),
    _table(
        "processes", "ways to make one commodity from others", _PRODUCTION, "process",
        _name("process", "identifier"),
        _text("name", "name", required=True),
        _num("cost", "money/activity", "cost per unit of activity", default=0),
        _text("unit", "unit of activity"),
        _text("sector", "sector"),
        *_NAMES,
    ),
    _table(
        "recipes", "what a unit of activity uses (negative) and makes (positive)", _PRODUCTION,
        "process commodity place",
        _ref("process", "process", "processes", required=True),
        _ref("commodity", "commodity", "commodities", required=True),
        _num("amount", "unit/activity", "units per unit of activity; negative = used, positive = made", required=True),
        _ref("place", "replaces the general row at this place", "places"),
    ),
    _table(
        "facilities", "where a process can run", _PRODUCTION, "place process",
        _ref("place", "where", "places", required=True),
        _ref("process", "process", "processes", required=True),
        _num("capacity", "activity/year", "most activity; blank = limited by units only", low=0),
        _num("min", "activity/year", "least activity", low=0),
        _num("cost", "money/activity", "replaces the process's cost"),
        *_PROFILE,
        _ref("party", "owner; blank = the place's party", "parties"),
        *_YEARS,
    ),
    _table(
        "units", "equipment shared by several processes", _PRODUCTION, "place unit",
        _ref("place", "where", "places", required=True),
        _name("unit", "identifier of the kind of equipment"),
        _num("capacity", "load/year", "most use; blank = unlimited", low=0),
        *_PROFILE,
        _ref("party", "owner; blank = the place's party", "parties"),
    ),
    _table(
        "unit_use", "how much of a unit a process takes", _PRODUCTION, "process unit",
        _ref("process", "process", "processes", required=True),
        _name("unit", "identifier of the kind of equipment"),
        _num("use", "load/activity", "capacity taken per unit of activity", required=True, low=0),
    ),
    _table(
        "stores", "what can be kept from one period to the next", _PRODUCTION, "place commodity",
        _ref("place", "where", "places", required=True),
        _ref("commodity", "what", "commodities", required=True),
        _num("capacity", "unit", "most that can be held; blank = unlimited", low=0),
        _num("cost", "money/unit/year", "cost of holding a unit for a year", default=0),
        _num("loss", "1/year", "share lost in a year", default=0, low=0, high=1),
        _choice("cycle", "year: a year ends with the stock it began with; horizon: only the last period equals the "
                "start; none: starts at `initial`, ends free", "year", "horizon", "none", default="year"),
        _num("initial", "unit", "stock at the start (cycle = none)", default=0, low=0),
        _num("charge", "unit/year", "most that can be put in; blank = unlimited", low=0),
        _num("discharge", "unit/year", "most that can be taken out; blank = unlimited", low=0),
        _ref("party", "owner; blank = the place's party", "parties"),
    ),
    _table(
        "links", "corridors", _CORRIDORS, "link",
        _name("link", "identifier"),
        _ref("from", "where it starts", "places", required=True),
        _ref("to", "where it ends", "places", required=True),
        _ref("mode", "mode of transport", "rates", required=True),
        _num("distance", "km", "length", default=0, low=0),
        _num("capacity", "load/year", "most load, both directions and all commodities together; blank = unlimited",
             low=0),
        _flag("both_ways", "whether it carries from `to` to `from` as well"),
        _num("cost", "money/unit", "cost per unit of any commodity, on top of the rates", default=0),
        _num("days", "day", "transit time", default=0, low=0),
        _num("loss", "1", "share lost on the way", default=0, low=0, high=1),
        *_PROFILE,
        _ref("party", "operator; blank = the party of the `from` place", "parties"),
        _ref("congestion", "congestion curve", "congestion"),
        *_YEARS,
    ),
    _table(
        "rates", "what a mode carries, and at what cost", _CORRIDORS, "mode commodity link",
        _name("mode", "mode of transport"),
        _ref("commodity", "commodity, or * = all", "commodities", required=True, wildcard=True),
        _num("per_km", "money/unit/km", "cost per unit and km", default=0),
        _num("per_unit", "money/unit", "cost per unit", default=0),
        _num("per_day", "money/unit/day", "cost per unit and day in transit", default=0),
        _num("weight", "load/unit", "capacity units that a unit takes", default=1, low=0),
        _ref("link", "replaces the mode's row on this link", "links"),
    ),
    _table(
        "congestion", "days lost as a link fills", _CORRIDORS, "curve utilisation",
        _name("curve", "identifier; its rows share it"),
        _num("utilisation", "1", "where a band of utilisation begins", required=True, low=0, high=1),
        _num("days", "day", "extra transit days of a unit in the band that begins here", required=True, low=0),
    ),
    _table(
        "duties", "duties, quotas and bans between parties", _CORRIDORS, "from_party to_party commodity",
        _ref("from_party", "party or parent that the goods leave; * = any of another country", "parties",
             required=True, wildcard=True),
        _ref("to_party", "party or parent that they enter; * = any of another country", "parties",
             required=True, wildcard=True),
        _ref("commodity", "commodity, or * = all", "commodities", required=True, wildcard=True),
        _num("ad_valorem", "1", "share of the commodity's `value`", default=0),
        _num("specific", "money/unit", "money per unit", default=0),
        _num("quota", "unit/year", "most over all links of the pair; blank = none", low=0),
        _flag("banned", "whether the flow is forbidden"),
        _ref("collected_by", "party that gets the money; blank = to_party", "parties"),
        *_YEARS,
    ),
    _table(
        "demand", "markets, as steps or as linear demand curves", _MARKETS, "place commodity step",
        _ref("place", "where", "places", required=True),
        _ref("commodity", "what", "commodities", required=True),
        _num("quantity", "unit/year", "most that is bought; with elasticity: what is bought at `price`",
             required=True, low=0),
        _num("price", "money/unit", "what buyers would pay; blank = must be met"),
        _num("elasticity", "1", "negative: a linear demand curve through (quantity, price) with this point elasticity",
             high=0),
        Column("step", "text", "step of the demand of this place and commodity", default="1"),
        _num("min", "unit/year", "least that must be sold", low=0),
        _num("penalty", "money/unit", "money per unit short: makes a demand that must be met a soft one", low=0),
        *_PROFILE,
        _ref("party", "buyers' party; blank = the place's party", "parties"),
        *_YEARS,
    ),
    _table(
        "projects", "what could be built", _PROJECTS, "project",
        _name("project", "identifier"),
        _text("name", "name", required=True),
        _text("sector", "sector"),
        _text("stage", "stage"),
        _num("capex", "money", "investment if built at all", default=0, low=0),
        _num("capex_per_size", "money/size", "investment per unit of size", default=0, low=0),
        _num("size_min", "size", "least size once built", default=0, low=0),
        _num("size_max", "size", "largest size", default=1, low=0),
        _choice("lumpy", "true: all of size_max or nothing; false: any size from size_min to size_max once capex is "
                "paid; whole: a whole number of units", "true", "false", "whole", default="false"),
        _num("life", "year", "years in operation", default=30, low=0),
        _num("opex", "money/year", "yearly cost if built at all", default=0),
        _num("opex_per_size", "money/size/year", "yearly cost per unit of size", default=0),
        _ref("host", "party on whose ground it stands", "parties"),
        _num("lead", "year", "years from decision to operation: review plus construction", default=0, low=0),
        _num("review_months", "month", "months of the review, within lead", low=0),
        _year("year_from", "first year of the decision; blank = open"),
        _year("year_to", "last year of the decision; blank = open"),
        _flag("committed", "whether it must be built within its window"),
        Column("requires", "names", "projects that must be decided no later", refers_to=("projects",)),
        Column("excludes", "names", "projects of which at most one may be built", refers_to=("projects",)),
        _num("lat", "degree", "latitude, WGS 84", low=-90, high=90),
        _num("lon", "degree", "longitude, WGS 84", low=-180, high=180),
        _text("description", "what it is"),
        *_NAMES,
    ),
    _table(
        "effects", "what a project changes", _PROJECTS, "project table row column",
        _ref("project", "project", "projects", required=True),
        _choice("table", "table that it changes", "supply", "facilities", "units", "links", "stores", "demand",
                required=True),
        _name("row", "key of the row, its parts joined by /: place/commodity, place/commodity/step, place/process, "
              "place/unit, or the link"),
        _choice("column", "column that it changes", *EFFECT_COLUMNS, required=True),
        _num("change", "as the column/size", "added per unit of size", required=True),
    ),
    _table(
        "shares", "who pays for and gains from a project", _PROJECTS, "project party",
        _ref("project", "project", "projects", required=True),
        _ref("party", "party", "parties", required=True),
        _num("share", "1", "share of cost and of gain; a project's shares sum to 1", required=True, low=0, high=1),
    ),
    _table(
        "ownership_caps", "most that foreigners may own", _PROJECTS, "party sector",
        _ref("party", "host country", "parties", required=True),
        Column("sector", "text", "sector, or * = all", default=ANY),
        _num("max_foreign_share", "1", "most that parties outside the host may hold", required=True, low=0, high=1),
    ),
    _table(
        "budgets", "most that may be invested", _PROJECTS, "party year sector new_only",
        _ref("party", "party, or * = all together", "parties", required=True, wildcard=True),
        _year("year", "year of decision; blank = whole horizon"),
        _num("amount", "money", "most capex", required=True, low=0),
        Column("sector", "text", "sector, blank or * = all", default=ANY),
        _flag("new_only", "whether committed projects count beside it, not within it"),
    ),
    _table(
        "scenarios", "other courses that things may take; rows of one scenario hold together", _DECISIONS,
        "scenario table row column",
        _name("scenario", "identifier; its rows share it"),
        _text("name", "name; one row of the scenario may state it for all"),
        _choice("table", "table that it changes", *CHANGEABLE, required=True),
        _name("row", _ROW),
        _name("column", "number column that it changes; review_months of projects moves their lead as well"),
        _num("factor", "1", "what the figure is multiplied by; a blank capacity or quota (unlimited) only by 0",
             default=1, low=0),
        _num("change", "as the column", "what is then added", default=0),
        _num("probability", "1", "chance of the scenario, stated in one of its rows; what all leave of 1 is the base "
             "case; blank = a stress case without a chance", low=0, high=1),
        *_NAMES,
    ),
    _table(
        "uncertainties", "figures that may turn out otherwise, drawn from distributions; rows of one uncertainty share "
        "each draw", _DECISIONS, "uncertainty table row column",
        _name("uncertainty", "identifier; its rows share it, and one of them states the distribution"),
        _text("name", "name; one row may state it for all"),
        _choice("table", "table that it changes", *CHANGEABLE, required=True),
        _name("row", _ROW),
        _name("column", "number column that it changes; review_months of projects moves their lead as well"),
        _choice("acts", "factor: the draw multiplies the figure; change: it is added", "factor", "change",
                default="factor"),
        _choice("distribution", "distribution of the draw", "normal", "lognormal", "uniform", "triangular", "pert",
                "discrete"),
        _num("mean", "as the draw", "mean (normal, lognormal)"),
        _num("sd", "as the draw", "standard deviation (normal, lognormal)", low=0),
        _num("low", "as the draw", "least (uniform, triangular, pert)"),
        _num("mode", "as the draw", "likeliest (triangular, pert)"),
        _num("high", "as the draw", "greatest (uniform, triangular, pert)"),
        _text("values", "values (discrete), joined by ;"),
        _text("chances", "their chances, joined by ;, summing to 1; blank = all alike"),
        _text("common", "common cause that it loads on"),
        _num("loading", "1", "correlation with that cause (Gaussian copula)", low=-1, high=1),
        *_NAMES,
    ),
    _table(
        "criteria", "what projects are judged by", _DECISIONS, "criterion",
        _name("criterion", "identifier"),
        _text("name", "name", required=True),
        _text("unit", "unit of its scores"),
        _choice("direction", "whether more or less of it is better", "more", "less", default="more"),
        _choice("measure", "figure of the appraisal that is its score; blank = as criteria_scores.csv says",
                *MEASURES),
        _choice("index", "index of the quadrant view that it belongs to; blank = financial for a figure of the "
                "appraisal, else social", "financial", "social"),
        _choice("preference", "preference function of PROMETHEE: usual (any difference counts), or linear between "
                "indifference and strict", "usual", "linear", default="usual"),
        _num("indifference", "as the scores", "difference that does not count yet (linear)", default=0, low=0),
        _num("strict", "as the scores", "difference from which on preference is full (linear)", low=0),
        *_NAMES,
    ),
    _table(
        "criteria_scores", "scores of projects by criteria", _DECISIONS, "project criterion",
        _ref("project", "project", "projects", required=True),
        _ref("criterion", "criterion", "criteria", required=True),
        _num("value", "as the criterion", "score", required=True),
    ),
    _table(
        "criteria_weights", "how much the criteria count with each party", _DECISIONS, "party criterion",
        _ref("party", "party", "parties", required=True),
        _ref("criterion", "criterion", "criteria", required=True),
        _num("weight", "1", "weight; a party's weights are divided by their sum", required=True, low=0),
    ),
    _table(
        "criteria_judgements", "criteria compared two by two, in place of weights (AHP)", _DECISIONS,
        "party criterion other",
        _ref("party", "party", "parties", required=True),
        _ref("criterion", "criterion", "criteria", required=True),
        _ref("other", "criterion that it is compared with", "criteria", required=True),
        _num("ratio", "1", "how many times as important it is, 1/9 to 9", required=True, low=1 / 9, high=9),
    ),
    _table(
        "hazards", "what can go wrong", _RISK, "hazard",
        _name("hazard", "identifier"),
        _text("name", "name", required=True),
        _choice("kind", "event: happens or not; drift: moves all the time", "event", "drift", required=True),
        _num("frequency", "1/year", "events per year and exposure (Poisson); blank with probability", low=0),
        _num("probability", "1/year", "chance per year and exposure (Bernoulli); blank with frequency", low=0, high=1),
        _choice("severity", "distribution of the loss; blank = normal for a drift, the whole loss for a hazard that "
                "acts on the network", "lognormal", "beta", "pareto", "gamma", "constant", "empirical"),
        _num("mean", "1", "mean of the share of the exposed amount lost, or of money with per = money"),
        _num("sd", "1", "standard deviation of the same", low=0),
        _text("values", "losses observed, joined by ; (empirical)"),
        _num("cap", "1", "most that one event can take", low=0),
        _choice("per", "what the severity is a share of", "share", "money", default="share"),
        _text("factor", "common cause that it loads on"),
        _num("loading", "1", "correlation with that factor", low=0, high=1),
        _choice("copula", "copula of the common cause", "gaussian", "t", default="gaussian"),
        _num("df", "1", "degrees of freedom of a t copula", low=0),
        _choice("table", "table of the network that an event changes; its loss is then the drop of the plan's welfare",
                *CHANGEABLE),
        _name("row", "key of the row that it changes, as in effects.csv", required=False),
        _name("column", "column that it changes", required=False),
        _num("change", "as the column", "what is added for the year of the event; -60/365 of a capacity: closed for "
             "60 days"),
        _ref("scenario", "scenario that an event brings about, in place of table, row, column and change",
             "scenarios"),
        *_YEARS,
        *_NAMES,
    ),
    _table(
        "correlations", "how common causes move together; what is left out is independent", _RISK, "factor other",
        _name("factor", "common cause, as hazards.csv names it"),
        _name("other", "another"),
        _num("correlation", "1", "correlation of the two", required=True, low=-1, high=1),
    ),
    _table(
        "exposures", "which project stands in the way of which hazard", _RISK, "project hazard",
        _ref("project", "project", "projects", required=True),
        _ref("hazard", "hazard", "hazards", required=True),
        _num("amount", "money", "money exposed; blank = capex to date less depreciation, plus one year's net gain",
             low=0),
        _num("deductible", "1", "share of the amount that the exposed party bears; blank = 0", low=0, high=1),
        _num("limit", "1", "share of the amount above which nothing is paid; blank = none", low=0, high=1),
        _num("coverage", "1", "share of the loss above the deductible that the fund pays; blank = 1", low=0, high=1),
        _num("premium", "money/year", "premium; blank = by the fund's premium rule", low=0),
    ),
    _table(
        "fund", "how the fund is set up", _RISK, "key party layer",
        _choice("key", "what is set", *FUND_KEYS, required=True),
        _text("value", "a number, a rule's name, or names joined by ;", required=True),
        _ref("party", "party that pays it in (opening_capital, contribution)", "parties"),
        _text("layer", "name of the reinsurance layer that it belongs to"),
        *_YEARS,
    ),
    _table(
        "sources", "where figures come from", _RISK, "source",
        _name("source", "identifier"),
        _text("title", "title"),
        _text("address", "where it is found"),
        _text("licence", "licence"),
        _text("date", "date of the source or of the look at it"),
    ),
)

BY_NAME: dict[str, Table] = {t.name: t for t in TABLES}


@dataclass(frozen=True)
class Setting:
    """One setting under the key ``sungari`` of ``datapackage.json``."""

    name: str
    kind: Literal["text", "number", "integer", "boolean", "mapping"]
    default: str | float | bool | None
    description: str
    minimum: float | None = None
    choices: tuple[float, ...] = ()


SETTINGS: tuple[Setting, ...] = (
    Setting("currency", "text", "USD", "ISO 4217 code of every money column without a `currency` column beside it"),
    Setting("price_year", "integer", None, "year of the prices"),
    Setting("discount_rate", "number", 0.0, "real rate per year, 0.05 = 5 %", minimum=0),
    Setting("base_year", "integer", None, "year to which money is discounted; default: first year in periods"),
    Setting("free_disposal", "boolean", True, "whether a surplus of a commodity at a place may be left there for free"),
    Setting("money_scale", "number", 1.0, "1, 1000 or 1000000: what money in results is divided by",
            choices=(1.0, 1e3, 1e6)),
    Setting("exchange_rates", "mapping", None, "value of one unit of another currency in `currency`, by ISO 4217 code; "
            "needed only for rows that carry another currency"),
)

#: Other names under which a reference may be found: a table whose key column is called differently.
KEY_COLUMN: dict[str, str] = {"congestion": "curve", "rates": "mode"}


def key_column(table: str) -> str:
    """Column of `table` that holds the identifiers which other tables refer to."""
    return KEY_COLUMN.get(table, BY_NAME[table].key[0])


def figures(table: str) -> tuple[str, ...]:
    """Number columns of a table that scenarios and uncertainties may change."""
    if table not in CHANGEABLE:
        return ()
    return tuple(c.name for c in BY_NAME[table].columns if c.kind == "number" and c.name not in ("lat", "lon"))
