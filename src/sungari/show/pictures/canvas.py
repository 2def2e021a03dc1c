"""Paper for static pictures: fonts that hold all three languages, quiet axes, and SVG that a page can take in."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING

from sungari.show.theme import LIGHT, TOKENS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FONTS = (
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "SimHei",
    "WenQuanYi Zen Hei", "Noto Sans CJK JP",
)  # fmt: skip
_VARIABLE = {colour: getattr(TOKENS, name) for name, colour in LIGHT.as_dict().items()}
_IDENTIFIER = re.compile(r'\bid="([^"]+)"')
_REFERENCE = re.compile(r'(xlink:href="#|url\(#)')
_LONG = re.compile(r"(\d\.\d{2})\d+")
_FONT = re.compile(r"font: ?([^;\"]*?)(\d+(?:\.\d+)?)px [^;\"]*")


@contextmanager
def paper() -> Iterator[None]:
    """Draw with Sungari's settings; nothing outside is changed.

    Fonts are those of the list that the machine has. Letters that none of them holds are left to the reader's browser
    (an SVG keeps its text), so that Matplotlib's warning about them would say nothing of use.
    """
    import matplotlib as mpl
    from matplotlib import font_manager

    known = set(font_manager.get_font_names())
    settings = {
        "font.family": [f for f in _FONTS if f in known] or ["DejaVu Sans"],
        "font.size": 9.0,
        "svg.fonttype": "none",
        "svg.hashsalt": "sungari",
        "axes.unicode_minus": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": LIGHT.line,
        "axes.labelcolor": LIGHT.muted,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "text.color": LIGHT.ink,
        "axes.titlecolor": LIGHT.ink,
        "xtick.color": LIGHT.muted,
        "ytick.color": LIGHT.muted,
        "grid.color": LIGHT.line,
        "legend.frameon": False,
        "figure.facecolor": LIGHT.card,
        "axes.facecolor": LIGHT.card,
        "savefig.facecolor": LIGHT.card,
    }
    with mpl.rc_context(settings), warnings.catch_warnings():  # type: ignore[arg-type]
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")
        yield


def sheet(wide: float, high: float, *, arranged: bool = True) -> Figure:
    """A figure of its own, `wide` × `high` inches, that no window knows of; `arranged` makes room for its texts."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(wide, high), layout="constrained" if arranged else None)
    FigureCanvasAgg(figure)
    return figure


def quiet(axes: Axes, *, grid: str = "x") -> None:
    """Take the noise off some axes: no ticks, faint grid lines across `grid`."""
    axes.tick_params(length=0)
    axes.grid(axis=grid, linewidth=0.6)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def bar_names(axes: Axes, names: list[str]) -> None:
    """Names of rows, top down; long ones are cut."""
    axes.set_yticks(range(len(names)), [n if len(n) <= 48 else n[:47] + "…" for n in names], color=LIGHT.ink,
                    parse_math=False)  # fmt: skip
    axes.invert_yaxis()


def svg(figure: Figure, name: str, label: str) -> str:
    """A figure as an SVG element for a page.

    Parameters
    ----------
    figure : Figure
    name : str
        Prefix of all identifiers in it, so that several pictures fit on a page.
    label : str
        What it shows, for those who can't see it.

    Returns
    -------
    str
        ``<svg …>``: texts are texts in the page's font, colours are the page's variables, nothing tells when it was
        drawn.
    """
    from html import escape

    from matplotlib.text import Text

    ringed = [(t, t.get_path_effects()) for t in figure.findobj(Text) if isinstance(t, Text) and t.get_path_effects()]
    for i, (ring, _) in enumerate(ringed):  # an effect would turn the text into outlines; the page has its own ring
        ring.set_path_effects([])
        ring.set_gid(f"halo{i}")
    buffer = StringIO()
    with paper():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    for ring, effects in ringed:
        ring.set_path_effects(effects)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = _IDENTIFIER.sub(lambda m: f'id="{name}-{m[1]}"', text)
    text = _REFERENCE.sub(lambda m: f"{m[1]}{name}-", text)
    text = re.sub(r"#[0-9a-f]{6}\b", lambda m: _VARIABLE.get(m[0], m[0]), text)
    text = _FONT.sub(lambda m: f"font: {m[1]}{m[2]}px var(--font)", text)
    text = re.sub(r"\n\s*", "\n", text)
    text = _LONG.sub(r"\1", text)
    return re.sub(r"<svg ", f'<svg role="img" aria-label="{escape(label, quote=True)}" ', text, count=1)
