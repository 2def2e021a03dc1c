"""Records beside projects' figures: cells are checked, unknown ones kept, edits counted."""

from __future__ import annotations

from datetime import date

import pytest
from helping import take_in

from sungari.errors import Conflict, InputError, UsageError
from sungari.operate import keeping
from sungari.operate.register import Register
from sungari.region.package import Region

RECORDS = {
    "organisation": {"code": "bank", "name": "Bank", "party": "cn", "kind": "bank", "identifier": "CN-1"},
    "contact": {"project": "bridge", "name": "Li", "email": "li@example.org", "organisation": "bank"},
    "permit": {"project": "bridge", "kind": "land", "status": "granted", "decided": "2026-01-01", "party": "ru"},
    "risk": {"project": "bridge", "title": "Ice", "likelihood": 0.2, "impact": 1e6, "status": "open"},
    "finance": {"project": "bridge", "source": "Bank", "kind": "loan", "status": "committed", "amount": 700.0,
                "currency": "CNY", "rate": 0.14, "value_date": "2026-01-10"},
    "measure": {"project": "bridge", "measure": "cost", "unit": "USD", "period": "2030-Q1", "target": 5.0},
    "programme": {"code": "youth", "name": "Youth exchange", "kind": "youth", "parties": "cn;ru"},
    "event": {"programme": "youth", "name": "Camp", "place": "Heihe", "begins": "2026-07-01", "ends": "2026-07-10"},
    "restriction": {"kind": "hs", "name": "8486", "authority": "EU", "reason": "list 1", "begins": "2026-01-01"},
    "indicator": {"programme": "youth", "name": "people", "unit": "person", "target": 100, "actual": 90},
}


def test_every_kind_of_record_is_kept_with_what_has_no_column(register: Register, small: Region) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        for name, cells in RECORDS.items():
            keeping.add(work, name, {**cells, "unknown": {"x": [1]}})
    assert set(RECORDS) == set(keeping.KINDS)
    with register.reading() as work:
        for name, cells in RECORDS.items():
            row = {k: v.isoformat() if isinstance(v, date) else v for k, v in
                   keeping.as_row(keeping.listed(work, name)[0]).items()}  # fmt: skip
            assert row == {**cells, "unknown": {"x": [1]}}
        assert len(keeping.listed(work, "permit", project="bridge")) == 1
        assert not keeping.listed(work, "permit", project="ferry")


def test_wrong_cells_are_told_all_at_once(register: Register, small: Region) -> None:
    take_in(register, small)
    with pytest.raises(InputError) as caught, register.writing("anna") as work:
        keeping.add(work, "finance", {"project": "brigde", "kind": "lone", "amount": "-3", "currency": "rubel",
                                      "rate": "2", "status": "paid", "party": "cm"})
    told = {p.column: (p.expected, p.hint) for p in caught.value.problems}
    assert set(told) == {"project", "kind", "amount", "currency", "party", "source", "value_date"}
    assert told["project"] == ("expected one of the register's projects", "did you mean 'bridge'?")
    assert told["kind"][1] == "did you mean 'loan'?"
    assert told["amount"][0] == "expected a number of at least 0"


@pytest.mark.parametrize(("name", "cells", "column"), [
    ("contact", {"email": "nobody"}, "email"), ("permit", {"expires": "2025-01-01"}, "expires"),
    ("measure", {"period": "2030-13"}, "period"), ("risk", {"likelihood": 1.2}, "likelihood"),
    ("risk", {"impact": float("nan")}, "impact"), ("event", {"begins": "soon"}, "begins"),
    ("event", {"ends": "2026-06-01"}, "ends"), ("risk", {"title": "a\x00b"}, "title"),
])  # fmt: skip
def test_cells_that_make_no_sense_are_refused(
    register: Register, small: Region, name: str, cells: dict[str, object], column: str
) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        for kind in ("organisation", "programme"):
            keeping.add(work, kind, RECORDS[kind])
    with pytest.raises(InputError) as caught, register.writing("anna") as work:
        keeping.add(work, name, {**RECORDS[name], **cells})
    assert [p.column for p in caught.value.problems] == [column]


def test_an_edit_changes_its_cells_and_counts(register: Register, small: Region) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        number = keeping.add(work, "permit", {**RECORDS["permit"], "file": "14/2"}).id
    with register.writing("li") as work:
        record = keeping.edit(work, "permit", number, {"status": "expired", "party": None}, expected=1)
        row = keeping.as_row(record)
        assert (record.version, row["file"], row.get("party")) == (2, "14/2", None)
    with pytest.raises(Conflict), register.writing("anna") as work:
        keeping.edit(work, "permit", number, {"status": "granted"}, expected=1)
    with register.writing("anna") as work:
        keeping.remove(work, "permit", number)
        assert not keeping.listed(work, "permit")
        with pytest.raises(UsageError, match="no records 'permitt'; did you mean 'permit'"):
            keeping.listed(work, "permitt")


def test_money_of_the_package_needs_no_rate(register: Register, small: Region) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        cells = {k: v for k, v in RECORDS["finance"].items() if k not in ("currency", "rate", "value_date")}
        row = keeping.as_row(keeping.add(work, "finance", cells))
    assert (row["currency"], row["rate"]) == ("USD", 1.0)
