"""IATI activities: in the standard's order, countries that sum to the whole, and back without loss."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from helping import bare, edit, small_region, take_in

from sungari.errors import InputError
from sungari.operate import exchange, life, projects
from sungari.operate.exchange import Change, iati
from sungari.operate.register import Register
from sungari.region.package import Region

FOREIGN = """<?xml version="1.0" encoding="UTF-8"?>
<iati-activities version="2.03"><iati-activity default-currency="GBP">
<iati-identifier>AA-AAA-1</iati-identifier>
<reporting-org ref="AA-AAA" type="40"><narrative>Bank</narrative></reporting-org>
<title><narrative>Road</narrative><narrative xml:lang="ru">Дорога</narrative></title>
<description type="1"><narrative>A road &amp; more</narrative></description>
<participating-org role="1" type="40" ref="AA-AAA"><narrative>Bank</narrative></participating-org>
<activity-status code="2"/>
<activity-date type="1" iso-date="2025-03-01"/>
<recipient-country code="RU" percentage="40"/><recipient-country code="CN" percentage="60"/>
<location><point><pos>50.5 127.25</pos></point></location>
<sector vocabulary="1" code="21020"/>
<policy-marker code="1" significance="1"/>
<budget><period-start iso-date="2025-01-01"/><period-end iso-date="2025-12-31"/>
<value currency="GBP" value-date="2025-01-01">30</value></budget>
<budget><period-start iso-date="2026-01-01"/><period-end iso-date="2026-12-31"/>
<value value-date="2025-02-01">10</value></budget>
<result type="1"><title><narrative>Trips</narrative></title></result>
</iati-activity></iati-activities>
"""


def write(register: Register, folder: Path) -> tuple[Path, ET.Element]:
    with register.reading() as work:
        data = iati.activities(work)
    path = folder / "activities.xml"
    path.write_bytes(data)
    return path, ET.fromstring(data)


def outcome(changes: list[Change]) -> dict[str, str]:
    return {c.key: c.what for c in changes}


def test_what_is_written_keeps_to_the_standard_and_comes_back(
    register: Register, small: Region, tmp_path: Path
) -> None:
    take_in(register, small)
    with register.writing("anna") as work:
        edit(work, "bridge", lat=50.27, lon=127.5, name_zh="大桥", description="<A> bridge\x07")
        thirds = [{"party": p, "share": 1 / 3} for p in ("ru", "cn", "hlj")]
        projects.create(work, "tunnel", {**bare("Tunnel", capex=3), "shares": thirds})
    path, root = write(register, tmp_path)
    assert root.get("version") == "2.03"
    for activity in root:
        tags = [e.tag for e in activity]
        assert tags == sorted(tags, key=iati.ORDER.index)
        assert {"iati-identifier", "reporting-org", "title", "description", "participating-org", "activity-status",
                "activity-date"} <= set(tags)  # fmt: skip
        shares = [float(e.get("percentage", "nan")) for e in activity.findall("recipient-country")]
        assert sum(shares) == pytest.approx(100, abs=1e-9)
    tunnel = {e.get("code"): e.get("percentage") for e in root[2].findall("recipient-country")}
    assert tunnel == {"RU": "33.33", "CN": "66.67"}  # a province's share is its country's
    changes, _ = exchange.take_in(register, iati.read(register, path))
    bridge = next(c for c in changes if c.key == "bridge")
    assert [c.column for c in bridge.cells] in ([], ["description"])  # XML holds no control characters
    assert {k: v for k, v in outcome(changes).items() if k != "bridge"} == {"ferry": "unchanged", "tunnel": "unchanged"}


def test_every_stage_has_a_status_of_the_closed_list(register: Register) -> None:
    with register.reading() as work:
        assert {s.iati for s in life.stages(work)} <= set(iati.STATUSES)


def test_anothers_activity_comes_in_and_goes_out_whole(register: Register, tmp_path: Path) -> None:
    take_in(register, small_region().with_settings(exchange_rates={"GBP": 1.25}))
    path = tmp_path / "foreign.xml"
    path.write_text(FOREIGN, encoding="utf-8")
    changes, done = exchange.take_in(register, iati.read(register, path))
    assert (outcome(changes), done) == ({"AA-AAA-1": "created"}, True)
    with register.reading() as work:
        row = projects.current(work, "AA-AAA-1").content["projects"][0]
        assert (row["name_ru"], row["capex"], row["budget_amount"], row["budget_currency"], row["budget_date"]) == (
            "Дорога", 50, 40, "GBP", "2025-02-01")  # fmt: skip
        assert (row["lat"], row["lon"], projects.get(work, "AA-AAA-1").stage) == (50.5, 127.25, "construction")
        out = ET.fromstring(iati.activities(work, ["AA-AAA-1"]))[0]
    came = ET.fromstring(FOREIGN)[0]
    for tag in ("iati-identifier", "reporting-org", "participating-org", "activity-date", "recipient-country",
                "policy-marker", "result"):  # fmt: skip
        assert [iati._as_text(e) for e in out.findall(tag)] == [iati._as_text(e) for e in came.findall(tag)], tag
    assert out.findtext("description/narrative") == "A road & more"
    assert [(e.text, e.get("currency")) for e in out.findall("budget/value")] == [("40.0", "GBP")]
    assert outcome(exchange.take_in(register, iati.read(register, path))[0]) == {"AA-AAA-1": "unchanged"}
    (tmp_path / "ours").mkdir()
    ours = tmp_path / "ours" / "activities.xml"
    with register.reading() as work:
        ours.write_bytes(iati.activities(work))
    changes, _ = exchange.take_in(register, iati.read(register, ours))
    assert set(outcome(changes).values()) == {"unchanged"}, changes


@pytest.mark.parametrize(("old", "new", "where"), [
    ('status code="2"', 'status code="9"', "activity-status"), (">30<", ">much<", "budget/value"),
    ('currency="GBP" value', 'currency="XXX" value', "budget/value"), ("50.5 127.25", "50.5", "location/point/pos"),
])  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(
    register: Register, tmp_path: Path, old: str, new: str, where: str
) -> None:
    take_in(register, small_region().with_settings(exchange_rates={"GBP": 1.25}))
    path = tmp_path / "foreign.xml"
    assert old in FOREIGN
    path.write_text(FOREIGN.replace(old, new), encoding="utf-8")
    changes, done = exchange.take_in(register, iati.read(register, path))
    assert (outcome(changes), done) == ({"AA-AAA-1": "refused"}, False)
    assert [p.row for p in changes[0].problems] == [f"iati-activity[1]/{where}"]


@pytest.mark.parametrize("text", [
    "", "<a/>", "no xml", FOREIGN.replace("</iati-activities>", ""),
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><iati-activities>&b;</iati-activities>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><iati-activities>&a;</iati-activities>',
])  # fmt: skip
def test_what_is_no_activity_file_is_refused(register: Register, small: Region, tmp_path: Path, text: str) -> None:
    take_in(register, small)
    path = tmp_path / "x.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        iati.read(register, path)
