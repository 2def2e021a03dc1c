"""Axes, legends and tooltips that charts have in common."""

from __future__ import annotations

from typing import Any

from sungari.show.theme import Theme


def money_axis(theme: Theme, name: str) -> dict[str, Any]:
    """A horizontal axis of values with its unit."""
    return {
        "type": "value", "name": name, "nameLocation": "middle", "nameGap": 28, "nameTextStyle": {"color": theme.muted},
        "axisLabel": {"color": theme.muted, "hideOverlap": True}, "splitLine": {"lineStyle": {"color": theme.line}},
        "scale": False,
    }  # fmt: skip


def category_axis(theme: Theme, names: list[str], *, width: int = 300, lines: bool = False) -> dict[str, Any]:
    """A vertical axis of names, top down; long ones are cut, or broken into lines where there is room for two."""
    fit = {"overflow": "break", "lineHeight": 14} if lines else {"overflow": "truncate"}
    return {
        "type": "category", "data": names, "inverse": True, "axisTick": {"show": False},
        "axisLine": {"onZero": True, "lineStyle": {"color": theme.muted}},
        "axisLabel": {"color": theme.ink, "width": width, "interval": 0, "margin": 10, **fit},
        "splitLine": {"show": True, "lineStyle": {"color": theme.line, "type": [2, 4]}},
    }  # fmt: skip


def legend(theme: Theme, names: list[str]) -> dict[str, Any]:
    """A legend at the top that tells some series apart."""
    return {"top": 0, "left": 0, "data": names, "textStyle": {"color": theme.ink}, "itemHeight": 10, "itemWidth": 14,
            "pageTextStyle": {"color": theme.ink}}  # fmt: skip


def item_tooltip() -> dict[str, Any]:
    """A tooltip that shows the text of the item under the pointer."""
    return {"trigger": "item", "formatter": "{b}", "extraCssText": "white-space:pre-line", "confine": True}


def rounded(value: float) -> float:
    """A figure with as many digits as a picture can show."""
    return float(f"{value:.6g}") + 0.0
