"""Projects on the map, coloured by how far they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sungari.show.charts.map import ground
from sungari.show.charts.names import Names
from sungari.show.i18n import N_, Translator
from sungari.show.theme import LIGHT, Theme

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

#: How far a project is: what it is called, colour of the theme, stages of the register.
GROUPS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "studied": (N_("being studied"), "c4", ("idea", "screening", "prefeasibility", "pre-feasibility", "appraisal")),
    "decided": (N_("being decided"), "c3", ("negotiation", "approval", "financing")),
    "built": (N_("being built"), "market", ("construction",)),
    "works": (N_("in operation"), "product", ("operation",)),
}
_PIN = "path://M0,-24C-7,-24 -11,-19 -11,-13.5C-11,-6 0,0 0,0C0,0 11,-6 11,-13.5C11,-19 7,-24 0,-24Z"


def group_of(stage: str) -> str:
    """How far a project in a stage is; empty for one that has ended."""
    return next((name for name, (_, _, stages) in GROUPS.items() if stage in stages), "")


def stages_series(
    plan: Plan, tr: Translator, stages: Mapping[str, tuple[str, str]], *, theme: Theme = LIGHT
) -> dict[str, Any]:
    """ECharts series of a pin for each project with coordinates, to lay over the map.

    Parameters
    ----------
    plan : Plan
    tr : Translator
    stages : mapping of str to (str, str)
        By project: code of its stage, and the stage's name in the reader's language. Others are left out.
    theme : Theme
    """
    names, base = Names(plan, tr), ground(plan)
    table = plan.region.table("projects")
    table = table[table["lat"].notna() & table["lon"].notna() & table["project"].isin(list(stages))]
    x, y = base.place(table["lat"].to_numpy(dtype=float), table["lon"].to_numpy(dtype=float))
    data = []
    for code, across, up in zip(table["project"].astype(str), x, y, strict=True):
        stage, word = stages[code]
        group = group_of(stage)
        if group:
            data.append({
                "name": f"{names.project(code)}\n{word}", "project": code, "value": [round(float(across)),
                                                                                   round(float(up))],
                "itemStyle": {"color": getattr(theme, GROUPS[group][1])},
            })  # fmt: skip
    return {
        "id": "projects", "type": "scatter", "coordinateSystem": "geo", "z": 4, "data": data, "symbol": _PIN,
        "symbolSize": [15, 17], "symbolOffset": [0, "-50%"], "cursor": "pointer",
        "itemStyle": {"borderColor": theme.card, "borderWidth": 1.2, "opacity": 1},
    }  # fmt: skip
