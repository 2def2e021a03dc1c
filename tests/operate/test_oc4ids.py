"""OC4IDS: valid against the official schema, and back without loss."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from helping import Clock, edit, small_region, take_in
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from sungari.errors import InputError
from sungari.operate import documents, exchange, flags, keeping, life, packages, projects
from sungari.operate.exchange import Change, oc4ids
from sungari.operate.exchange.shares import rounded
from sungari.operate.register import Register
from sungari.region.package import Region

OFFICIAL = Path(__file__).parent / "oc4ids"


def problems(package: dict[str, Any]) -> list[str]:
    """What the official schema has against a package; its one remote reference is to the file beside it."""
    schema = json.loads((OFFICIAL / "project-schema.json").read_text())
    registry: Registry[Any] = Registry().with_resource(schema["id"], Resource(schema, DRAFT4))
    package_schema = json.loads((OFFICIAL / "project-package-schema.json").read_text())
    checker = Draft4Validator(package_schema, registry=registry, format_checker=Draft4Validator.FORMAT_CHECKER)
    return [f"{list(e.absolute_path)}: {e.message}" for e in checker.iter_errors(package)]


def write(register: Register, folder: Path) -> tuple[Path, dict[str, Any]]:
    with register.reading() as work:
        package = oc4ids.package(work)
    path = folder / "package.json"
    path.write_text(json.dumps(package))
    return path, package


def outcome(changes: list[Change]) -> dict[str, str]:
    return {c.key: c.what for c in changes}


def test_the_schema_can_refuse() -> None:
    assert problems(json.loads((OFFICIAL / "example.json").read_text())) == []
    broken = json.loads((OFFICIAL / "example.json").read_text())
    broken["projects"][0]["status"] = "operation"
    assert len(problems(broken)) == 1


def test_what_is_written_is_valid_and_says_what_the_register_holds(
    register: Register, small: Region, clock: Clock, tmp_path: Path
) -> None:
    take_in(register, small)
    with register.writing("anna", "why") as work:
        life.set_gates(work, [])
        flags.set_rules(work, [{"code": "restricted", "kind": "restricted"}])
        edit(work, "bridge", lat=50.27, lon=127.5, description="A bridge")
        documents.add(work, "bridge", b"%PDF-1.7 x", "a.pdf", kind="agreement")
        keeping.add(work, "finance", {"project": "bridge", "source": "Bank", "kind": "loan", "status": "committed",
                                      "amount": 5000, "currency": "CNY", "rate": 0.14, "value_date": "2026-01-01"})
        for period in ("2026", "2027-Q2", "2027-11"):
            keeping.add(work, "measure", {"project": "bridge", "measure": "cost", "unit": "USD", "period": period,
                                          "target": 10, "actual": 9})
        life.enter(work, "bridge", "screening")
        clock.turn(days=3)
    with register.writing("anna", "why") as work:
        life.enter(work, "bridge", "pre-feasibility")
    path, package = write(register, tmp_path)
    assert problems(package) == []
    bridge = package["projects"][0]
    assert (bridge["id"], bridge["status"], bridge["sector"]) == ("oc4ids-sungari-bridge", "preparation", ["transport"])
    assert bridge["locations"][0]["geometry"]["coordinates"] == [127.5, 50.27]
    assert bridge["identificationPeriod"]["startDate"] == "2026-01-15T12:00:00Z"
    assert bridge["budget"]["amount"] == {"amount": 1000.0, "currency": "USD"}
    parts = bridge["budget"]["budgetBreakdowns"][0]["budgetBreakdown"]
    assert {p["id"]: p["amount"]["amount"] for p in parts} == {"ru": 500, "cn": 500}
    assert bridge["budget"]["finance"][0]["value"] == {"amount": 5000.0, "currency": "CNY"}
    assert bridge["metrics"][0]["observations"][1]["period"]["endDate"] == "2027-06-30T23:59:59Z"
    changes, _ = exchange.take_in(register, oc4ids.read(register, path))
    assert outcome(changes) == {"bridge": "unchanged", "ferry": "unchanged"}, changes


def test_every_stage_has_a_status_of_the_closed_list(register: Register) -> None:
    with register.reading() as work:
        assert {s.oc4ids for s in life.stages(work)} <= set(oc4ids.STATUSES)
    schema = json.loads((OFFICIAL / "project-schema.json").read_text())
    assert set(oc4ids.STATUSES) == {s for s in schema["properties"]["status"]["enum"] if s}


def test_the_official_example_comes_in_and_goes_out_whole(register: Register, tmp_path: Path) -> None:
    region = small_region().with_settings(exchange_rates={"GBP": 1.3})
    take_in(register, region)
    example = OFFICIAL / "example.json"
    changes, done = exchange.take_in(register, oc4ids.read(register, example), who="anna")
    code = "oc4ids-bu3kcz-m75-junctions-4-to-5-smart-motorway"
    assert (outcome(changes), done) == ({code: "created"}, True)
    with register.reading() as work:
        row = projects.current(work, code).content["projects"][0]
        assert (row["capex"], row["budget_amount"], row["budget_currency"], row["budget_rate"]) == (
            pytest.approx(52e6), 40e6, "GBP", 1.3)  # fmt: skip
        assert projects.get(work, code).stage == "operation"
        package = oc4ids.package(work, [code])
        assert "budget_currency" in packages.region(work).tables["projects"]
    assert problems(package) == []
    before, after = json.loads(example.read_text())["projects"][0], package["projects"][0]
    assert after["budget"]["amount"] == before["budget"]["amount"]
    for field, value in before.items():
        if field == "identifiers":
            assert after[field] == [*value, {"scheme": "sungari", "id": code}]
        elif field not in ("updated", "budget"):
            assert after[field] == value, field
    for field, value in before["budget"].items():
        assert after["budget"][field] == value, field
    changes, _ = exchange.take_in(register, oc4ids.read(register, example), who="anna")
    assert outcome(changes) == {code: "unchanged"}


def test_an_edited_package_changes_what_was_edited_and_only_unseen_edits_refuse(
    register: Register, small: Region, tmp_path: Path
) -> None:
    take_in(register, small)
    path, package = write(register, tmp_path)
    bridge = package["projects"][0]
    bridge["budget"]["amount"]["amount"] = 1200.0
    for part, amount in zip(bridge["budget"]["budgetBreakdowns"][0]["budgetBreakdown"], (300.0, 900.0), strict=True):
        part["amount"]["amount"] = amount
    bridge["purpose"] = "To cross the river"
    path.write_text(json.dumps(package))
    changes, done = exchange.take_in(register, oc4ids.read(register, path), overwrite=True)
    assert (outcome(changes), done) == ({"bridge": "changed", "ferry": "unchanged"}, True)
    with register.reading() as work:
        content = projects.current(work, "bridge").content
        assert content["projects"][0]["capex"] == 1200
        assert {s["party"]: s["share"] for s in content["shares"]} == {"ru": 0.25, "cn": 0.75}
        assert oc4ids.package(work)["projects"][0]["purpose"] == "To cross the river"
    with register.writing("li", "tender") as work:
        edit(work, "bridge", capex=1300)
    bridge["title"] = "Great bridge"
    path.write_text(json.dumps(package))
    changes, done = exchange.take_in(register, oc4ids.read(register, path))
    assert (outcome(changes)["bridge"], done) == ("refused", False)


@pytest.mark.parametrize(("field", "value", "where"), [
    ("status", "operation", "status"), ("title", 7, "title"), ("sector", "rail", "sector"),
    ("budget", {"amount": {"amount": "much"}}, "budget/amount/amount"),
    ("budget", {"amount": {"amount": -1}}, "budget/amount/amount"),
    ("budget", {"amount": {"amount": 5, "currency": "XXX"}}, "budget/amount/currency"),
])  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(
    register: Register, small: Region, tmp_path: Path, field: str, value: Any, where: str
) -> None:
    take_in(register, small)
    path, package = write(register, tmp_path)
    package["projects"][0][field] = value
    path.write_text(json.dumps(package))
    changes, done = exchange.take_in(register, oc4ids.read(register, path))
    assert (outcome(changes)["bridge"], done) == ("refused", False)
    assert [p.row for p in changes[0].problems] == [f"/projects/0/{where}"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"projects": [1]}', "\ufeff{", "[" * 100_000])
def test_what_is_no_package_is_refused(register: Register, small: Region, tmp_path: Path, text: str) -> None:
    take_in(register, small)
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InputError):
        oc4ids.read(register, path)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0, 1e6), min_size=1, max_size=12),
       st.integers(0, 4))
def test_rounded_shares_sum_to_the_whole(shares: dict[str, float], digits: int) -> None:
    made = rounded(shares, digits=digits)
    if sum(shares.values()) > 0:
        assert math.fsum(made.values()) == pytest.approx(100, abs=1e-9)
        total = math.fsum(shares.values())
        assert all(abs(made[k] - 100 * v / total) <= 10**-digits + 1e-9 for k, v in shares.items())


def test_a_stage_in_a_packages_own_words_comes_back_unchanged(
    register: Register, small: Region, tmp_path: Path
) -> None:
    words = small.with_table("projects", small.tables["projects"].assign(stage=["on hold", "Under construction"]))
    take_in(register, words)
    path, package = write(register, tmp_path)
    assert [p["status"] for p in package["projects"]] == ["identification", "implementation"]
    changes, _ = exchange.take_in(register, oc4ids.read(register, path))
    assert set(outcome(changes).values()) == {"unchanged"}, changes
