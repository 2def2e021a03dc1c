"""Regions that hypothesis makes up: texts and numbers that files and spreadsheets like to spoil."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from sungari.region.package import Region

#: Texts that look like numbers, formulas, dates, flags or codes, or that hold signs of CSV and XML.
LOOK_ALIKES = (
    "1", "007", "1e5", "1.50", "-3", "+4", "TRUE", "false", "NA", "NaN", "nan", "None", "null", "#N/A", "#REF!",
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(A1)", "-A1", "'quoted", '"', 'a"b', "a,b", "a;b", "a/b", "line\nbreak", "<tag>",
    "&amp;", "_x0041_", "_x005F_", "2024-01-05", "10:30", "哈尔滨", "Благовещенск", "é", "e\u0301", "😀", "\\",
    "%", "a  b", "a\rb", "a\r\nb", "tab\tbed",
)
names = st.one_of(
    st.sampled_from(LOOK_ALIKES),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8),
).map(str.strip).filter(bool)
blank_or_text = st.one_of(st.none(), names)
amounts = st.one_of(
    st.sampled_from([0.0, 0.1, 1 / 3, 1e-300, 1e300, 123456789.123456789, 2.0**53 + 2, 1e15, 5e-324]),
    st.floats(min_value=0, allow_nan=False, allow_infinity=False),
)
years = st.integers(0, 9999)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    """A region with nasty cells; its tables need not fit together."""
    rows = draw(st.lists(st.tuples(
        names, names, blank_or_text, st.one_of(st.none(), amounts), st.one_of(st.none(), years),
        st.one_of(st.none(), st.booleans()), blank_or_text,
    ), min_size=1, max_size=5))
    n = len(rows)
    columns = list(zip(*rows, strict=True))
    links = pd.DataFrame({
        "link": pd.Series(columns[0], dtype="str"),
        "from": pd.Series(columns[1], dtype="str"),
        "to": pd.Series(columns[1], dtype="str"),
        "extra": pd.Series(columns[6], dtype="str"),
        "mode": pd.Series(columns[0], dtype="str"),
        "note": pd.Series(columns[2], dtype="str"),
        "capacity": pd.Series(columns[3], dtype=float),
        "year_from": pd.Series(columns[4], dtype="Int64"),
        "both_ways": pd.Series(columns[5], dtype="boolean"),
    })
    links = links[draw(st.permutations(links.columns.tolist()))]
    places = pd.DataFrame({"place": columns[0], "name": columns[1], "party": ["a"] * n}, dtype="str")
    weather = pd.DataFrame({"place": columns[0], "rain": ["" if v is None else v for v in columns[2]]}, dtype="str")
    return Region.from_tables(
        draw(st.sampled_from(["nasty", "1", "哈尔滨"])),
        {
            "parties": pd.DataFrame({"party": ["a"], "name": ["A"], "kind": ["country"]}, dtype="str"),
            "places": places,
            "commodities": pd.DataFrame({"commodity": columns[0], "name": columns[1], "unit": ["t"] * n}, dtype="str"),
            "links": links,
            "stores": pd.DataFrame({"place": [], "commodity": []}, dtype="str"),
            "weather": weather,
        },
        title=draw(names),
        discount_rate=draw(st.sampled_from([0.0, 0.05, 1 / 3])),
        base_year=draw(st.one_of(st.none(), years)),
        free_disposal=draw(st.booleans()),
        exchange_rates=draw(st.one_of(st.none(), st.just({"CNY": 0.14, "RUB": 0.011}))),
        house_style=draw(st.one_of(names, st.integers(), st.lists(names, max_size=2))),
    )
