"""What the tests of the chain model share: tiny regions in a few lines, and what any plan of them must be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from tiny import table

import sungari

#: Countries a and b, province a1 of a, and the world outside.
PARTIES = """
party,name,kind,parent
a,A,country,
a1,A1,province,a
b,B,country,
w,World,external,
"""


def region(places: str = "A a, B b", commodities: str = "x", settings: dict[str, Any] | None = None, /,
           **tables: str) -> sungari.Region:
    """A region from CSV text.

    Parameters
    ----------
    places : str
        ``"A a, B b"``: places with their parties.
    commodities : str
        ``"x, y 10"``: commodities, with their value where one is stated.
    settings : dict
        Settings of the package.
    **tables : str
        Tables as CSV text; columns that the format needs but no model (names) may be left out.
    """
    texts = {
        "parties": PARTIES,
        "places": "place,party\n" + "\n".join(p.strip().replace(" ", ",") for p in places.split(",")),
        "commodities": "commodity,value,unit\n" + "\n".join(
            ",".join([*c.split(), ""][:2]) + ",t" for c in commodities.split(",")
        ),
    } | tables
    frames = {name: table(text) for name, text in texts.items()}
    for name, frame in frames.items():
        key = {"parties": "party", "places": "place", "commodities": "commodity", "processes": "process",
               "projects": "project"}.get(name)
        if key and "name" not in frame.columns:
            frame["name"] = frame[key]
    return sungari.Region.from_tables("tiny", frames, **(settings or {}))


def same_tables(one: sungari.Plan, other: sungari.Plan) -> None:
    """Assert that two plans say the same, to the last bit."""
    assert one.tables.keys() == other.tables.keys()
    for name, frame in one.tables.items():
        pd.testing.assert_frame_equal(frame, other.tables[name], check_exact=True)


def check_plan(plan: sungari.Plan) -> None:
    """Assert that a plan stands up to verification and that its welfare adds up."""
    checked = plan.verify()
    assert checked.ok, str(checked)
    scale = plan.region.settings.money_scale
    welfare = plan.welfare()
    size = max(abs(plan.info["welfare"]), abs(plan.objective), 1e-3 / scale)
    assert welfare["amount"].sum() / scale == pytest.approx(plan.info["welfare"], abs=1e-6 * size)
    rest = welfare.loc[welfare["component"] != "duties", "amount"].sum() / scale
    assert rest == pytest.approx(plan.objective, abs=1e-6 * size)


Solve = Callable[..., sungari.Plan]
