"""Texts that can be said again in another language: a template, and what fills it in.

The library speaks English. What it says to people, it says in :class:`Words`: an English text that remembers how it was
made, so that the show room can say the same in the reader's language without the library knowing of languages.
"""

from __future__ import annotations

import json
import numbers
from collections.abc import Sequence
from typing import Any, cast


class Words(str):
    """An English text that remembers its template and the values in it.

    Parameters
    ----------
    template : str
        The text, with fields as :meth:`str.format` has them; a constant, for translators find it in the source.
    **values
        What stands in the fields; words among them are said in the reader's language as well.

    Examples
    --------
    >>> text = Words("no party {party!r}; {hint}", party="RUS", hint=Words("did you mean {name!r}?", name="RU"))
    >>> text
    "no party 'RUS'; did you mean 'RU'?"
    >>> text.values["hint"].template
    'did you mean {name!r}?'
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: Any) -> Words:
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template, made.values = template, values
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.template, self.values)

    def __repr__(self) -> str:
        return repr(str(self))

    def __str__(self) -> str:
        return str.__str__(self)


class Named(str):
    """A name from the data, which has it in other languages as well.

    Parameters
    ----------
    name : str
        In English.
    others : dict of str to str
        By language; blanks count as none.
    """

    __slots__ = ("others",)
    others: dict[str, str]

    def __new__(cls, name: str, others: dict[str, str]) -> Named:
        made = super().__new__(cls, name)
        made.others = {language: other for language, other in others.items() if other}
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Named, (str(self), self.others)

    def __str__(self) -> str:
        return str.__str__(self)


def _again(template: str, values: dict[str, Any]) -> Words:
    return Words(template, **values)


def several(parts: Sequence[str], separator: str = "; ") -> Words:
    """Texts one after the other, empty ones left out; each stays what it is.

    Examples
    --------
    >>> several(["no such party", "", "one of CN, RU"])
    'no such party; one of CN, RU'
    """
    kept = [part for part in parts if part]
    fields = {f"part{i}": part for i, part in enumerate(kept)}
    return Words(separator.join(f"{{{name}}}" for name in fields), **fields)


# -- to be kept in a file or a database -------------------------------------------------------------------------------


def stored(text: str) -> str:
    """A text as it is kept: words as JSON with template and values, any other text as it is."""
    return json.dumps(_plain(text), ensure_ascii=False) if isinstance(text, Words) else text


def restored(kept: str) -> str:
    """The text that :func:`stored` was given."""
    if not kept.startswith('{"words":'):
        return kept
    try:
        return cast("str", _words(json.loads(kept)))
    except (ValueError, KeyError, IndexError, TypeError):  # somebody's own text that merely begins alike
        return kept


def _plain(value: Any) -> Any:
    if isinstance(value, Words):
        return {"words": value.template, "with": {key: _plain(v) for key, v in value.values.items()}}
    if isinstance(value, Named):
        return {"name": str(value), "others": value.others}
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    if isinstance(value, numbers.Real):  # NumPy's
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    return str(value)


def _words(value: Any) -> Any:
    if isinstance(value, dict) and "name" in value:
        return Named(value["name"], value["others"])
    if isinstance(value, dict):
        return Words(value["words"], **{key: _words(v) for key, v in value["with"].items()})
    return value
