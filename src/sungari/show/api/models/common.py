"""What all models share: texts without control characters, finite numbers, pages, problems."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictBool

#: The largest number that every database takes for a whole number.
LARGEST = 2**31 - 1
_SIGN = r"[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]"
#: Texts that no database and no terminal stumbles over, with controls only where a line ends or a tab stands; of any
#: length, short, and names. Lengths stand in the patterns: what makes examples of both apart is slow.
CLEAN, SHORT, NAMED = f"^{_SIGN}*$", f"^{_SIGN}{{0,500}}$", f"^{_SIGN}{{1,200}}$"
#: What these patterns ask for, in words.
WORDS = {
    CLEAN: "expected a text without control characters",
    SHORT: "expected a text of at most 500 signs without control characters",
    NAMED: "expected a name of 1 to 200 signs without control characters",
}

#: A text of one or several lines.
Text = Annotated[str, Field(pattern=CLEAN)]
#: A name: of a project, party, commodity …
Name = Annotated[str, Field(pattern=NAMED)]
#: A number of a record.
Number = Annotated[int, Field(ge=1, le=LARGEST)]
#: A cell of a table.
Cell = StrictBool | Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)] | FiniteFloat | Text | None
#: A row of a table: cells by column.
Row = dict[Name, Cell]

Item = TypeVar("Item")


class Model(BaseModel):
    """What comes in: nothing that has no name here is taken."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What goes out."""

    model_config = ConfigDict(from_attributes=True)


class KeptTo(Model):
    """Which party keeps something to itself."""

    party: Name | None = Field(description="null: nobody, all see it")


class Page(Out, Generic[Item]):
    """A part of a list, and how long all of it is."""

    items: list[Item]
    total: int = Field(description="Length of the whole list")
    limit: int = Field(description="Most items of this part")
    offset: int = Field(description="Items before this part")


class Place(Out):
    """One thing that is wrong, and where."""

    file: str = Field(description="File, or part of the request: body, query, path, header")
    row: int | str | None = Field(default=None, description="Line of the file (its header is 1) or a cell's address")
    column: str | None = Field(default=None, description="Column or field")
    value: str = Field(default="", description="What stands there")
    expected: str = Field(description="What should stand there")
    hint: str = Field(default="", description="The nearest valid name, or other help")
    check: str = Field(default="", description="Short name of the check that found it")
    severity: str = "error"


class Problem(Out):
    """Why a request was not done (RFC 9457)."""

    type: str = Field(description="What kind of problem: urn:sungari:problem:…, or about:blank")
    title: str
    status: int
    detail: str
    problems: list[Place] | None = Field(default=None, description="All that is wrong with what was sent")
    missing: list[str] | None = Field(default=None, description="All that is missing before a stage")
