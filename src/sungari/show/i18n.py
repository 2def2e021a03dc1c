"""Words, numbers, dates, money and units in the reader's language.

English texts in the source are the keys; ``locale/<language>/LC_MESSAGES/sungari.po`` holds the translations, read as
they are (nothing to compile). After a change of texts, ``python -m sungari.show.i18n`` brings the catalogues up to
date and says what is still to be translated.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Literal

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.numbers import format_compact_decimal, format_decimal, format_percent, get_currency_name
from babel.support import Translations
from jinja2.ext import babel_extract

from sungari.errors import UsageError, nearest
from sungari.region.schema import FUND_KEYS, TABLES
from sungari.words import Named, Words

#: Languages of the show room: their own names, and the locale whose numbers and dates they follow.
LANGUAGES = {"en": ("English", "en"), "zh": ("中文", "zh_Hans_CN"), "ru": ("Русский", "ru")}
#: The same as HTML names them.
HTML = {"en": "en", "zh": "zh-Hans", "ru": "ru"}
_HERE = Path(__file__).resolve().parent
_PAGES = ("templates/**.html", "web/templates/**.html")
#: What readers meet of the library's own words on a page: where it is said, and what it is made with.
SPEAKING = ("errors.py", "region", "chain", "decide", "cover", "operate", "show/charts", "show/web", "show/views.py",
            "show/region_views.py")  # fmt: skip
SAYING: dict[str, Any] = dict.fromkeys(
    ("Words", "UsageError", "Unknown", "Conflict", "Forbidden", "GateClosed", "Wrong")
)
_KEYWORDS: dict[str, Any] = {"tr": None, "self": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

#: Units and currencies that have a translation; others stand as they are, powers raised.
UNITS = (
    "kg", "t", "kt", "Mt", "m^3", "kcm", "km", "kWh", "MWh", "GWh", "TWh", "MW", "GW", "GJ", "TJ", "person", "count",
    "TEU", "vehicle", "wagon", "head", "day",
)  # fmt: skip
CURRENCIES = ("USD", "CNY", "RUB", "EUR", "JPY", "KRW", "MNT", "KPW")
_COUNTED = {"person": "persons", "vehicle": "vehicles", "wagon": "wagons", "day": "days"}
_SAME = {
    "tonne": "t", "metric_ton": "t", "m**3": "m^3", "MW*h": "MWh", "GW*h": "GWh", "people": "person",
    "persons": "person", "teu": "TEU", "item": "count",
}  # fmt: skip


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Mark a text for translation that is looked up later."""
    return text


class Translator:
    """One language: its texts, and how it writes numbers, money, dates and units.

    Parameters
    ----------
    lang : str
        ``en``, ``zh`` or ``ru``.

    Examples
    --------
    >>> tr = Translator("en")
    >>> tr.quantity(12_340_000, "t")
    '12.3 million t'
    >>> tr.money(1.5e9, "USD")
    '1.5 billion USD'
    """

    def __init__(self, lang: str = "en") -> None:
        if lang not in LANGUAGES:
            raise UsageError(f"no language {lang!r}; {nearest(lang, LANGUAGES) or 'choose en, zh or ru'}")
        self.lang = lang
        self.locale = Locale.parse(LANGUAGES[lang][1])
        self._texts = _translations(lang)

    # -- texts --------------------------------------------------------------------------------------------------

    def __call__(self, text: str, /, **values: Any) -> str:
        """The text in this language, its ``{name}`` fields filled in."""
        found = str(self._texts.gettext(text))
        return found.format(**values) if values else found

    def said(self, text: str) -> str:
        """A text of the library in this language: words are said again, any other text stands as it is."""
        if isinstance(text, Named):
            return text.others.get(self.lang, text)
        if not isinstance(text, Words) or self.lang == "en":
            return text
        return self(text.template, **{k: self._value(v) for k, v in text.values.items()})

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.said(value)
        return _Written(value) if self.lang == "ru" and isinstance(value, int | float) else value

    def ngettext(self, one: str, many: str, n: int, /, **values: Any) -> str:
        """The form that goes with the number `n`; ``{n}`` in it is `n` as this language writes it."""
        return str(self._texts.ngettext(one, many, n)).format(n=self.whole(n), **values)

    def pgettext(self, context: str, text: str) -> str:
        """The text in this language, in a context that tells it from its namesakes."""
        return str(self._texts.pgettext(context, text))

    def joined(self, items: list[str]) -> str:
        """The items as a list within a sentence, ``a, b and c``."""
        return str(format_list(items, locale=self.locale))

    # -- numbers ------------------------------------------------------------------------------------------------

    def number(self, value: float, digits: int = 3) -> str:
        """A number to so many significant digits, no fewer than its whole ones."""
        rounded = significant(value, digits)
        return _minus(format_decimal(rounded, format="#,##0.######", locale=self.locale))

    def whole(self, value: float) -> str:
        """A whole number."""
        return _minus(format_decimal(round(value), format="#,##0", locale=self.locale))

    def fixed(self, value: float, places: int) -> str:
        """A number with so many decimal places, for columns."""
        shown = round(value, places) + 0.0
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return _minus(format_decimal(shown, format=pattern, locale=self.locale))

    def compact(self, value: float) -> str:
        """A number in words where it is large: ``12.3 million``, ``1230万``, ``12,3 млн``."""
        size = abs(value)
        if size < (1e4 if self.lang == "zh" else 1e6):
            return self.number(value) if size < 1e3 else self.whole(significant(value, 3))
        if size >= 1e15:
            return self.number(value)
        kind: Literal["long", "short"] = "long" if self.lang == "en" else "short"
        text = format_compact_decimal(significant(value, 3), format_type=kind, locale=self.locale, fraction_digits=2)
        return _minus(text)

    def percent(self, share: float, digits: int = 0) -> str:
        """A share of one as percent."""
        pattern = "#,##0" + ("." + "#" * digits if digits else "")
        pattern += "\u00a0%" if self.lang == "ru" else "%"
        return _minus(format_percent(share, format=pattern, locale=self.locale))

    def quantity(self, value: float, unit: str) -> str:
        """A quantity with its unit."""
        return self._with_unit(self.compact(value), self.unit(unit, plural=value != 1))

    def money(self, value: float, currency: str) -> str:
        """Money, rounded and with the currency: ``12.3 million USD``."""
        return self._with_unit(self.compact(value), self.currency(currency))

    def price(self, value: float, currency: str, unit: str) -> str:
        """Money per unit, to four digits."""
        return self._with_unit(self.number(value, 4), f"{self.currency(currency)}/{self.unit(unit)}")

    def _with_unit(self, number: str, unit: str) -> str:
        if not unit:
            return number
        glue = "" if self.lang == "zh" and ord(unit[0]) > 0x2E7F else "\u00a0" if self.lang == "ru" else " "
        return f"{number}{glue}{unit}"

    # -- units --------------------------------------------------------------------------------------------------

    def unit(self, unit: str, *, plural: bool = False) -> str:
        """A unit's symbol: ``m^3`` → ``m³``, in Russian ``м³``; `plural` for those that English writes out."""
        plain = _SAME.get(unit, unit)
        if self.lang == "en" and plural and plain in _COUNTED:
            return _COUNTED[plain]
        found = self.pgettext("unit", plain)
        if found != plain:
            return found
        return "" if plain == "count" else re.sub(r"(?:\^|\*\*)(-?\d+)", lambda m: m[1].translate(_SUPERSCRIPT), plain)

    def currency(self, currency: str) -> str:
        """A currency as readers write it beside a number: ``USD``, ``美元``, ``долл. США``."""
        found = self.pgettext("currency", currency)
        if found == currency and self.lang == "zh":
            return str(get_currency_name(currency, locale=self.locale))
        return found

    def money_unit(self, currency: str, scale: float) -> str:
        """A currency scaled: ``million USD``."""
        unit = self.currency(currency)
        if scale >= 1e9:
            return self("billion {unit}", unit=unit)
        if scale >= 1e6:
            return self("million {unit}", unit=unit)
        return self("thousand {unit}", unit=unit) if scale >= 1e3 else unit

    def per_year(self, unit: str) -> str:
        """A unit (already in this language) per year."""
        return self("{unit} per year", unit=unit) if unit else self("per year")

    # -- time ---------------------------------------------------------------------------------------------------

    def period(self, period: str, *, year: bool = True) -> str:
        """A period's name: ``2030-01`` → ``Jan 2030``; without its year ``Jan``; other names as they are."""
        found = _MONTH.fullmatch(str(period))
        if not found:
            return str(period)
        pattern = "M月" if self.lang == "zh" else "LLL"
        if year:
            pattern = f"y年{pattern}" if self.lang == "zh" else f"{pattern} y"
        return str(format_date(date(int(found[1]), int(found[2]), 1), pattern, locale=self.locale))


class _Written:
    """A number in a Russian sentence: with a comma, thousands set apart."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __format__(self, spec: str) -> str:
        return format(self.value, spec).translate({ord(","): "\u00a0", ord("."): ","})


def significant(value: float, digits: int) -> float:
    """Round to so many significant digits, but never inside the whole part of a number under a million."""
    if value == 0 or value != value or value in (float("inf"), float("-inf")):
        return value
    from math import floor, log10

    places = digits - 1 - floor(log10(abs(value)))
    return round(value, max(places, 0) if abs(value) < 1e6 else places)


def _minus(text: str) -> str:
    return text.replace("-", "−")


# -- catalogues -------------------------------------------------------------------------------------------------------


def catalogue_path(lang: str) -> Path:
    """File of a language's catalogue."""
    return _HERE / "locale" / lang / "LC_MESSAGES" / "sungari.po"


def catalogue(lang: str) -> Catalog:
    """A language's catalogue as it is committed."""
    with catalogue_path(lang).open("rb") as file:
        return read_po(file, locale=lang)


@cache
def _translations(lang: str) -> Translations:
    if lang == "en":
        return Translations()
    buffer = BytesIO()
    write_mo(buffer, catalogue(lang))
    buffer.seek(0)
    return Translations(buffer)


def messages() -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """Every translatable text of the show room with its context."""
    for _, _, text, _, context in extract_from_dir(
        str(_HERE),
        method_map=[("**.py", "python"), *((p, "sungari.show.i18n:from_template") for p in _PAGES)],
        options_map={p: {"silent": "false"} for p in _PAGES},
        keywords=_KEYWORDS,
    ):
        yield text, context
    for place in SPEAKING:
        for file in sources(place):
            yield from ((text, None) for _, text, _, _ in extract_from_file("python", file, keywords=SAYING))
    for table in TABLES:
        yield table.title, None
        yield from ((text, None) for column in table.columns for text in (column.description, column.unit)
                    if text not in ("", "1"))
    yield from ((text, None) for text in FUND_KEYS.values())
    yield from ((unit, "unit") for unit in UNITS)
    yield from ((currency, "currency") for currency in CURRENCIES)


def sources(place: str) -> list[Path]:
    """Python files of one of the places that speak."""
    found = _HERE.parent / place
    return sorted(found.rglob("*.py")) if found.is_dir() else [found]


def from_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: dict[str, Any]) -> Iterator[Any]:
    """Texts of a page's template, those of ``tr.ngettext`` and ``tr.pgettext`` included."""
    text = re.sub(rb"\btr\.(ngettext|pgettext)\(", rb"\1(", file.read())
    yield from babel_extract(BytesIO(text), keywords, comment_tags, options)


def untranslated(known: Catalog) -> list[Any]:
    """Texts of a catalogue that have no translation, or one that nobody has confirmed."""
    made: list[Any] = []
    for message in known:
        forms = [message.string] if isinstance(message.string, str) else list(message.string or [""])
        if message.id and (message.fuzzy or not all(forms)):
            made.append(message.id)
    return made


def update() -> int:
    """Bring the catalogues up to date with the source; return how many texts still need a translator."""
    wanted = Catalog()
    for text, context in messages():
        wanted.add(text, context=context)
    missing = 0
    for lang in LANGUAGES:
        if lang == "en":
            continue
        path = catalogue_path(lang)
        current = catalogue(lang) if path.is_file() else Catalog(locale=lang, project="Sungari", fuzzy=False)
        made = current.creation_date
        current.update(wanted, no_fuzzy_matching=True)
        current.creation_date = made
        current.header_comment = "# What Sungari shows, in other words."
        current.msgid_bugs_address = current.last_translator = current.language_team = "Sungari"
        current.obsolete.clear()
        todo = untranslated(current)
        missing += len(todo)
        for text in todo:
            print(f"{lang}: {text!r}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, current, width=120, omit_header=False, sort_output=True)
    return missing


if __name__ == "__main__":
    sys.exit(1 if update() else 0)
