"""Problems of the data in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from web_people import Visitor, add_people, shielded
from web_server import joint

import sungari
from sungari.errors import Problem
from sungari.operate.register import Register
from sungari.show.i18n import Translator
from sungari.show.web.problems import SENTENCES, said

#: Where the name of a check stands in a call.
PLACES = {"Problem": 6, "problems_at": 5, "wrong": 1}
#: Found by the command that restores a backup, which has no page.
ELSEWHERE = {"backup"}


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Register]:
    made = joint(tmp_path, studied=False)
    add_people(made)
    yield made
    made.close()


def checks() -> set[str]:
    """Names of all checks in the source."""
    found = set()
    for path in Path(sungari.__file__).parent.rglob("*.py"):
        for call in (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            if name not in PLACES or (name == "wrong" and path.name != "cells.py"):
                continue
            named = [k.value for k in call.keywords if k.arg == "check"]
            given = call.args[PLACES[name]:PLACES[name] + 1] + named
            found |= {n.value for each in given for n in ast.walk(each)
                      if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value}
    return found


def test_every_check_has_a_sentence_and_no_sentence_is_idle() -> None:
    found = checks() - ELSEWHERE
    assert len(found) > 100
    assert found - SENTENCES.keys() == set()
    assert SENTENCES.keys() - found == set()


def test_english_readers_see_what_the_check_says_and_others_a_sentence_before_it() -> None:
    problem = Problem("links.csv", 3, "from", "mien", "expected a name of places.csv", "did you mean 'mine'?",
                      "unknown-name")  # fmt: skip
    assert said(problem, Translator("en")).sentence == ""
    for lang, place in (("zh", "links.csv，第3行，列from"), ("ru", "links.csv, строка 3, столбец from")):
        told = said(problem, Translator(lang))
        assert (told.place, told.value) == (place, "mien")
        assert told.sentence not in ("", SENTENCES["unknown-name"])
        assert told.detail == "expected a name of places.csv (did you mean 'mine'?)"
    unknown = Problem("links.csv", None, None, "", "expected", check="of somebody else")
    assert said(unknown, Translator("zh")).sentence == ""


@pytest.mark.parametrize(("lang", "cell", "rate"), [
    ("zh", "应为不小于 0 的数", "应为数字"), ("ru", "ожидается число не меньше 0", "ожидается число"),
    ("en", "expected a number of at least 0", "expected a number"),
])  # fmt: skip
def test_a_wrong_cell_is_told_in_the_readers_language(register: Register, lang: str, cell: str, rate: str) -> None:
    anna = Visitor(shielded(register), register, "anna")
    anna.client.cookies.set("sungari-language", lang)
    fields = {"rows:projects": "1", "projects:0:name": "X", "projects:0:life": "x", "projects:0:capex": "-5"}
    project = anna.post("/projects/-/new/check", fields, 200)
    setting = anna.post("/region/settings/check", {"discount_rate": "x"}, 200)
    assert cell in project
    assert rate in setting
    assert 'lang="en"' not in project + setting
