"""Problems of the data in the reader's language."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from web_people import Visitor, shielded
from web_server import region

import sungari
from sungari.errors import Problem, nearest
from sungari.operate.register import Register
from sungari.region.package import Region
from sungari.show.i18n import Translator
from sungari.show.web.problems import said
from sungari.words import Words

#: Where what is expected, and a hint, stand in a call.
PLACES = {"Problem": (4, 5), "problems_at": (4,), "UnitError": (0, 1)}
#: What no page shows: the command that restores a backup, and the API, which speaks English.
ELSEWHERE = {"backup.py", "asking.py"}


def plain() -> list[str]:
    """Where a problem is worded by a text that can be said in English only."""
    found = []
    for path in Path(sungari.__file__).parent.rglob("*.py"):
        if path.name in ELSEWHERE:
            continue
        for call in (n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            given = [call.args[at] for at in PLACES.get(name, ()) if at < len(call.args)]
            given += [k.value for k in call.keywords if name in PLACES and k.arg in ("expected", "hint")]
            for text in given:
                text = text.body if isinstance(text, ast.Lambda) else text
                if isinstance(text, ast.JoinedStr | ast.BinOp) or (
                    isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value
                ):
                    found.append(f"{path}:{text.lineno}")
    return found


def test_every_problem_can_be_said_in_other_languages() -> None:
    assert plain() == []


def test_a_problem_is_said_in_the_readers_language_place_and_hint_included() -> None:
    problem = Problem("links.csv", 3, "from", "mien", Words("expected a name of up to 100 signs"),
                      nearest("mien", ["mine"]), "unknown-name")  # fmt: skip
    assert str(problem) == ("links.csv, row 3, column from: 'mien': expected a name of up to 100 signs "
                            "(did you mean 'mine'?)")
    for lang, place, detail in (
        ("zh", "links.csv，第 3 行，from 列", "应为不超过 100 个字符的名称（您是指“mine”吗？）"),
        ("ru", "links.csv, строка 3, столбец from",
         "ожидается название до 100 знаков (возможно, имелось в виду «mine»?)"),
    ):
        told = said(problem, Translator(lang))
        assert (told.place, told.value, told.detail, told.english) == (place, "mien", detail, False)
    foreign = said(Problem("links.csv", None, None, "", "expected", check="of somebody else"), Translator("zh"))
    assert (foreign.detail, foreign.english) == ("expected", True)


@pytest.mark.parametrize("lang", ["zh", "ru"])
def test_all_that_the_checks_find_is_said_in_the_readers_language(lang: str) -> None:
    """A region with a mistake of almost every kind; what is a name of its own stands in quotes or is no sentence."""
    tr = Translator(lang)
    spoiled = region().with_settings(discount_rate=2.0)
    for name, column, value in (
        ("links", "to", "nowhere-at-all"), ("links", "capacity", -1.0), ("demand", "quantity", 1e15),
        ("projects", "requires", "itself"), ("projects", "life", -3.0), ("shares", "share", 0.2),
        ("hazards", "severity", None), ("fund", "value", "many"), ("supply", "source", None),
    ):
        frame = spoiled.tables[name].copy()
        frame.loc[0, column] = value
        spoiled = Region(spoiled.name, {**spoiled.tables, name: frame}, spoiled.settings)
    found = spoiled.check()
    assert len({p.check for p in found}) > 6
    for problem in found:
        told = said(problem, tr)
        assert not told.english
        assert not re.search(r"\b(?:expected|the|is|are|no|not|of)\b", told.detail), told.detail


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
