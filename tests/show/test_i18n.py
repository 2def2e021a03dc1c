"""Texts, numbers and units in three languages."""

from __future__ import annotations

import re

import pytest

from sungari.errors import UsageError
from sungari.operate.records import Base
from sungari.region import schema
from sungari.show import i18n
from sungari.show.charts import names
from sungari.show.i18n import Translator
from sungari.show.web import contract, words

LANGUAGES = [lang for lang in i18n.LANGUAGES if lang != "en"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_is_translated_and_none_is_doubtful(lang: str) -> None:
    catalogue = i18n.catalogue(lang)
    assert i18n.untranslated(catalogue) == []
    known = {(m.id if isinstance(m.id, str) else tuple(m.id), m.context) for m in catalogue if m.id}
    assert {(text, context) for text, context in i18n.messages()} == known


@pytest.mark.parametrize("lang", LANGUAGES)
def test_translations_keep_the_fields_of_the_text(lang: str) -> None:
    for message in i18n.catalogue(lang):
        if not message.id:
            continue
        texts = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = _fields(texts[-1])
        for form in [message.string] if isinstance(message.string, str) else message.string:
            assert _fields(form) == wanted, message.id


def _fields(text: str) -> set[str]:
    """Fields of a text; whether they stand in quotes, and with how many digits, is the language's own affair."""
    return set(re.findall(r"{(\w+)(?:![rs])?(?::[^{}]*)?}", text))


def test_chinese_is_set_in_its_own_punctuation() -> None:
    for message in i18n.catalogue("zh"):
        for form in [message.string] if isinstance(message.string, str) else message.string or []:
            if message.id:
                assert not re.search(r"[\u4e00-\u9fff][,:;]", form), form


def test_russian_counts_in_three_forms() -> None:
    tr = Translator("ru")
    one, many = (
        "{n} place has no coordinates and is not on the map.",
        "{n} places have no coordinates and are not on the map.",
    )
    words = [tr.ngettext(one, many, n).split()[1] for n in (1, 2, 5, 11, 21, 22, 112)]
    assert words == ["место", "места", "мест", "мест", "место", "места", "мест"]


def test_large_numbers_are_written_as_each_language_does() -> None:
    written = {lang: Translator(lang).quantity(12_340_000, "t") for lang in i18n.LANGUAGES}
    assert written["en"] == "12.3 million t"
    assert written["zh"] == "1230万吨"
    assert written["ru"].replace("\xa0", " ") == "12,3 млн т"


def test_money_names_its_currency() -> None:
    assert Translator("en").money(1.5e9, "USD") == "1.5 billion USD"
    assert Translator("zh").money(1.5e9, "USD") == "15亿美元"
    assert Translator("ru").money(-1.5e9, "USD").replace("\xa0", " ") == "−1,5 млрд долл. США"
    assert Translator("zh").money(2, "CHF").endswith("瑞士法郎"), "a currency without a translation has its usual name"


@pytest.mark.parametrize(
    ("unit", "en", "ru"),
    [("m^3", "m³", "м³"), ("tonne", "t", "т"), ("GWh", "GWh", "ГВт·ч"), ("kW/m^2", "kW/m²", "kW/m²")],
)
def test_units_are_written_as_symbols(unit: str, en: str, ru: str) -> None:
    assert (Translator("en").unit(unit), Translator("ru").unit(unit)) == (en, ru)


def test_english_counts_persons() -> None:
    assert Translator("en").quantity(2, "person") == "2 persons"
    assert Translator("en").price(2, "USD", "person") == "2 USD/person"


def test_months_are_dates_and_other_periods_are_names() -> None:
    assert Translator("en").period("2030-01") == "Jan 2030"
    assert Translator("zh").period("2030-01") == "2030年1月"
    assert Translator("en").period("winter") == "winter"


def test_an_unknown_language_is_refused_with_a_hint() -> None:
    with pytest.raises(UsageError, match="choose en, zh or ru"):
        Translator("tlh")


def test_every_table_of_the_contract_has_a_name_for_readers() -> None:
    assert set(names.TABLES) == {table.name for table in schema.TABLES}


def test_every_column_and_word_of_the_contract_has_a_name_for_readers() -> None:
    tr = Translator("zh")
    for table in schema.TABLES:
        for column in table.columns:
            assert contract.heading(table.name, column.name, tr) != column.name, f"{table.name}.{column.name}"
            for choice in column.choices:
                assert contract.word(column, choice, tr) != choice, f"{table.name}.{column.name}: {choice}"


def test_all_that_the_register_keeps_has_a_name_for_readers() -> None:
    assert set(words.KEPT) >= {mapper.local_table.name for mapper in Base.registry.mappers}  # type: ignore[attr-defined]
