"""Where the names of places go on a map, so that none lies on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Sides of a dot on which its name may stand, best first (ECharts' words), with the direction from the dot.
SIDES = {
    "right": (1.0, 0.0), "left": (-1.0, 0.0), "top": (0.0, 1.0), "bottom": (0.0, -1.0),
}  # fmt: skip


@dataclass(frozen=True)
class Dot:
    """A place to be named.

    Attributes
    ----------
    x, y : float
        Position in pixels, y up.
    radius : float
        Pixels.
    name : str
    weight : float
        The heavier, the sooner it gets its name.
    """

    x: float
    y: float
    radius: float
    name: str
    weight: float


def text_width(text: str, size: float) -> float:
    """Width of a text in pixels, guessed from its letters: Chinese ones are square, the rest narrower."""
    return sum(size * (1.02 if ord(letter) > 0x2E7F else 0.34 if letter in " .,-ijlt" else 0.6) for letter in text)


def arrange(dots: Sequence[Dot], size: float, frame: tuple[float, float, float, float]) -> list[str | None]:
    """Side of each dot on which its name stands, or None where there is no room.

    Parameters
    ----------
    dots : sequence of Dot
    size : float
        Size of the letters in pixels.
    frame : tuple of float
        Left, bottom, right and top of the picture in pixels.

    Returns
    -------
    list of str or None
        In the order of `dots`.
    """
    taken = [(d.x - d.radius, d.y - d.radius, d.x + d.radius, d.y + d.radius) for d in dots]
    sides: list[str | None] = [None] * len(dots)
    for i in sorted(range(len(dots)), key=lambda i: (-dots[i].weight, dots[i].name)):
        for side in SIDES:
            box = _box(dots[i], side, size)
            inside = box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]
            others = (b for j, b in enumerate(taken) if j != i)
            if inside and not any(_meet(box, other) for other in others):
                sides[i] = side
                taken.append(box)
                break
    return sides


def _box(dot: Dot, side: str, size: float) -> tuple[float, float, float, float]:
    wide, high, gap = text_width(dot.name, size), size * 1.25, dot.radius + 4.0
    along, up = SIDES[side]
    middle_x = dot.x + along * (gap + wide / 2)
    middle_y = dot.y + up * (gap + high / 2)
    return middle_x - wide / 2, middle_y - high / 2, middle_x + wide / 2, middle_y + high / 2


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
