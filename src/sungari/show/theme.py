"""Colours, light and dark, in one place.

A chart is coloured by a :class:`Theme`. ``TOKENS`` is a theme whose colours are CSS variables (``var(--land)``): the
report writes its charts with it once, and real colours take their places when the reader turns the light on or off.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Theme:
    """Colours of a page and its charts, each a CSS colour."""

    page: str
    card: str
    ink: str
    muted: str
    line: str
    accent: str
    water: str
    land: str
    border: str
    coast: str
    idle: str
    use0: str
    use1: str
    use2: str
    use3: str
    free: str
    resource: str
    process: str
    product: str
    market: str
    c0: str
    c1: str
    c2: str
    c3: str
    c4: str
    c5: str
    c6: str
    c7: str

    @property
    def use(self) -> tuple[str, ...]:
        """Utilisation from low to high, then: no limit."""
        return self.use0, self.use1, self.use2, self.use3, self.free

    @property
    def series(self) -> tuple[str, ...]:
        """Colours that tell series apart, also for readers who see few colours."""
        return self.c0, self.c1, self.c2, self.c3, self.c4, self.c5, self.c6, self.c7

    def as_dict(self) -> dict[str, str]:
        """Colours by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


LIGHT = Theme(
    page="#f4f6f8", card="#ffffff", ink="#1b2733", muted="#566573", line="#dbe2e8", accent="#0b6e75",
    water="#dde9f1", land="#f6f2ea", border="#a99f92", coast="#b9c6cf", idle="#b4bdc5",
    use0="#3c86bf", use1="#d9a514", use2="#e0702a", use3="#b11f2c", free="#7a8894",
    resource="#4f7f9c", process="#8a6f9e", product="#4f9a84", market="#c08a3e",
    c0="#2f7fb5", c1="#e0902f", c2="#4a9b7f", c3="#b5507b", c4="#8a74bd", c5="#a3812a", c6="#5fb3c4", c7="#7b8794",
)  # fmt: skip
DARK = Theme(
    page="#10161c", card="#18212a", ink="#e6ecf1", muted="#9fb0be", line="#2c3945", accent="#4fc3c7",
    water="#121b24", land="#26323c", border="#65747f", coast="#41525f", idle="#5c6a76",
    use0="#5aa5df", use1="#e3b93c", use2="#f0893f", use3="#ef5661", free="#8c9aa6",
    resource="#6fa6c6", process="#ab91c2", product="#67b79f", market="#d9a75c",
    c0="#5aa9dd", c1="#efa650", c2="#64bf9f", c3="#db7ba2", c4="#ab98dc", c5="#cbab55", c6="#80d0df", c7="#9dabb8",
)  # fmt: skip
TOKENS = Theme(**{f.name: f"var(--{f.name})" for f in fields(Theme)})
_BY_TOKEN = {getattr(TOKENS, f.name): f.name for f in fields(Theme)}


def paint(option: Any, theme: Theme) -> Any:
    """A copy of an option with the theme's colours in place of the tokens."""
    if isinstance(option, str):
        return getattr(theme, _BY_TOKEN[option]) if option in _BY_TOKEN else option
    if isinstance(option, dict):
        return {key: paint(value, theme) for key, value in option.items()}
    if isinstance(option, list):
        return [paint(value, theme) for value in option]
    return option


def css(theme: Theme) -> str:
    """The theme as declarations of CSS variables."""
    return "".join(f"--{name}:{colour};" for name, colour in theme.as_dict().items())


def sheet(text: str) -> str:
    """A style sheet with the colours of both themes before it: the reader's system decides between them, until the page
    says ``data-theme``; ``.f-name`` fills a shape with a colour."""
    light, dark = css(LIGHT), css(DARK)
    return (
        f":root{{{light}}}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}"
        f":root[data-theme=dark]{{{dark}}}"
        + "".join(f".f-{name}{{fill:var(--{name})}}" for name in LIGHT.as_dict())
        + text
        + ":root[data-theme=dark]{color-scheme:dark}"
        "@media (prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark}}"
        f"@media print{{:root,:root[data-theme=dark]{{{light}}}}}"
    )
