"""Texts that can be said again in another language."""

from __future__ import annotations

import ast
import copy
import pickle
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

from sungari.errors import Forbidden, GateClosed, UsageError, nearest
from sungari.show import i18n
from sungari.show.i18n import Translator
from sungari.words import Words, restored, several, stored

SOURCES = Path(i18n.__file__).resolve().parents[1]
HINT = Words("did you mean {name!r}?", name="RU")
TEXT = Words("no party {party!r}; {hint}", party="RUS", hint=HINT)


def test_words_are_the_english_text() -> None:
    assert TEXT == "no party 'RUS'; did you mean 'RU'?"
    assert str(UsageError(TEXT)) == TEXT
    assert nearest("RUS", ["RU", "CN"]) == HINT


@pytest.mark.parametrize("again", [copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text)),
                                   lambda text: restored(stored(text))])  # fmt: skip
def test_words_come_back_whole(again: object) -> None:
    made = again(TEXT)  # type: ignore[operator]
    assert (made, made.template, made.values["hint"].values) == (TEXT, TEXT.template, {"name": "RU"})


def test_other_texts_are_kept_as_they_are() -> None:
    for text in ("", "plain", "{braces}", '{"words": 3}', '{"words": "{gone}", "with": {}'):
        assert restored(stored(text)) == text
    assert restored(stored(Words("{n:,} rows", n=np.int64(1200)))) == "1,200 rows"


def test_a_refusal_from_another_process_keeps_its_words() -> None:
    error = pickle.loads(pickle.dumps(Forbidden("no grant of {party!r}", party="RU")))
    assert (str(error), error.words.values) == ("no grant of 'RU'", {"party": "RU"})


def test_what_is_missing_at_a_gate_is_said_line_by_line() -> None:
    error = GateClosed(Words("{code!r} waits", code="p"), [Words("a document"), "RU: signature"])
    assert str(error) == "'p' waits:\n  - a document\n  - RU: signature"
    assert error.words.values["part0"].values["headline"].template == "{code!r} waits"


def test_words_are_said_again_down_to_the_last() -> None:
    assert Translator("en").said(TEXT) == TEXT
    assert Translator("ru").said("data as it stands") == "data as it stands"
    said = Translator("zh").said(several([nearest("RUS", ["RU"]), "RU"]))
    assert "RU" in said
    assert "did you mean" not in said


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    text = Words("done in {seconds:,.1f} s", seconds=12_345.67)
    assert text == "done in 12,345.7 s"
    assert "12\u00a0345,7" in Translator("ru").said(text)
    assert "12,345.7" in Translator("zh").said(text)
    assert "7" in Translator("ru").said(Words("no job {number}", number=7))


def _called(call: ast.Call) -> str:
    return str(getattr(call.func, "id", "") or getattr(call.func, "attr", ""))


def _said() -> list[tuple[str, ast.Call]]:
    """All that makes words in the rooms whose words readers meet, and where."""
    found = []
    for place in i18n.SPEAKING:
        for file in i18n.sources(place):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and _called(node) in i18n.SAYING:
                    found.append((f"{file.relative_to(SOURCES)}:{node.lineno}", node))
    return found


def test_every_refusal_can_be_translated() -> None:
    """A text put together on the spot is none that a translator could find in the source."""
    wrong = [
        where
        for where, call in _said()
        if isinstance(call.args[0], ast.JoinedStr | ast.BinOp | ast.IfExp | ast.BoolOp)
        or (isinstance(call.args[0], ast.Call) and isinstance(call.args[0].func, ast.Attribute)
            and call.args[0].func.attr in ("format", "join", "rstrip"))
    ]  # fmt: skip
    assert not wrong, wrong


def test_every_field_of_a_refusal_is_filled() -> None:
    """Seen without raising it, for some refusals are rare."""
    for where, call in _said():
        text = call.args[0]
        given = {word.arg for word in call.keywords}
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and given and None not in given:
            fields = {name for _, name, _, _ in Formatter().parse(text.value) if name}
            assert fields == given, f"{where}: {fields ^ given}"
