"""What a chapter of the report is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from sungari.show.headline import Figure
from sungari.show.pictures.canvas import svg
from sungari.show.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


@dataclass(frozen=True)
class Control:
    """A list from which the reader chooses what a chart shows."""

    name: str
    label: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """One card of the report.

    Attributes
    ----------
    id, title, short, lead : str
        Anchor, heading, entry in the contents, and what there is to see.
    chart : str
        Name of its chart; empty for none.
    label : str
        The chart in words.
    options : dict
        Options of the chart by what the reader chooses.
    controls : list of Control
    keys : list of (str, str)
        Legend: name of a colour of the theme, and its meaning.
    captions : list of str
        Remarks under the chart.
    picture : Still or None
        The chart as an SVG element for those who block scripts.
    tables : list of Table
    heights : dict of str to int
        Height of the chart in pixels by option; the style sheet's where there is none.
    ground : bool
        Whether the chart is a map, which the reader can zoom.
    """

    id: str
    title: str
    short: str
    lead: str
    chart: str = ""
    label: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    controls: list[Control] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    picture: Still | None = None
    tables: list[Table] = field(default_factory=list)
    heights: dict[str, int] = field(default_factory=dict)
    ground: bool = False


@dataclass(frozen=True)
class Chapter:
    """One question of the report and its answers.

    Attributes
    ----------
    id, title, short : str
        Anchor, heading, entry in the contents.
    kind : str
        What a report of this chapter alone is called.
    figures : list of Figure
        What a reader takes away, in numbers.
    sentences : list of str
        The same in words; the first two stand at the head of a report of several chapters.
    sections : list of Section
    data : dict
        What the page's script needs beside the options of the charts.
    """

    id: str
    title: str
    short: str
    kind: str = ""
    figures: list[Figure] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Still:
    """A static picture, drawn when a page asks for it: its name, what draws it, and the picture in words."""

    name: str
    figure: Callable[[], Picture]
    label: str

    def __html__(self) -> str:
        """An SVG element, safe to put into the page."""
        return Markup(svg(self.figure(), f"still-{self.name}", self.label))


def picture(name: str, figure: Callable[[], Picture], label: str) -> Still:
    """A figure as an SVG element of the page."""
    return Still(name, figure, label)
