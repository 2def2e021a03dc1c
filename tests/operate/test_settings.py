"""The region's title and settings, edited in the register."""

from __future__ import annotations

from pathlib import Path

import pytest
from helping import take_in
from sqlalchemy import select

from sungari.errors import Conflict, Forbidden, InputError
from sungari.operate import evaluations, packages, settings
from sungari.operate.access.actor import Actor
from sungari.operate.records import Audit
from sungari.operate.register import Register
from sungari.region.package import Region


@pytest.fixture
def joint(register: Register, small: Region) -> Register:
    take_in(register, small)
    return register


def save(joint: Register, cells: dict[str, object], expected: int | None = None, actor: Actor | None = None) -> int:
    options = {} if actor is None else {"actor": actor}
    with joint.writing("anna", "agreed in May", **options) as work:  # type: ignore[arg-type]
        return settings.save(work, packages.region(work), cells, expected=expected).version


def edition(joint: Register) -> int:
    with joint.reading() as work:
        return packages.package(work).version


def test_an_edit_is_kept_with_its_editor_and_makes_results_stale(joint: Register) -> None:
    with joint.reading() as work:
        before, figures = packages.region(work), evaluations.hash_of(work)
    first = edition(joint)
    after = save(joint, {"discount_rate": 0.08, "money_scale": 1000, "exchange_rates": {"CNY": 0.14}}, first)
    assert after == first + 1
    with joint.reading() as work:
        region = packages.region(work)
        assert (region.settings.discount_rate, region.settings.money_scale) == (0.08, 1000.0)
        assert region.settings.exchange_rates == {"CNY": 0.14}
        assert region.sha256 != before.sha256
        assert evaluations.hash_of(work) != figures
        row = work.session.scalars(select(Audit).where(Audit.record == "package").order_by(Audit.id.desc())).first()
        assert row is not None
        assert (row.who, row.why, list(row.changes)) == ("anna", "agreed in May", ["settings"])
    save(joint, {"discount_rate": before.settings.discount_rate, "money_scale": None, "exchange_rates": None})
    with joint.reading() as work:
        assert packages.region(work).sha256 == before.sha256
        assert evaluations.hash_of(work) == figures


def test_titles_are_no_figures(joint: Register) -> None:
    with joint.reading() as work:
        figures = evaluations.hash_of(work)
    save(joint, {"title": "Two towns", "title_zh": "两镇", "description": "Coal"})
    save(joint, {"description": None})
    with joint.reading() as work:
        held, region = packages.package(work), packages.region(work)
        assert evaluations.hash_of(work) == figures
        assert (region.title, region.descriptor["title_zh"]) == ("Two towns", "两镇")
        assert "description" not in held.descriptor
        assert settings.values(held)["title"] == "Two towns"
    save(joint, {"title": None})
    with joint.reading() as work:
        assert packages.package(work).title == packages.package(work).name


def test_what_does_not_fit_is_placed_and_nothing_is_kept(joint: Register) -> None:
    first = edition(joint)
    for cells, entry in (
        ({"discount_rate": -0.1}, "discount_rate"), ({"discount_rate": float("nan")}, "discount_rate"),
        ({"price_year": float("inf")}, "price_year"), ({"money_scale": 10}, "money_scale"),
        ({"currency": "dollars"}, "currency"), ({"free_disposal": "perhaps"}, "free_disposal"),
        ({"exchange_rates": {"CNY": -1}}, "exchange_rates"), ({"exchange_rates": "CNY"}, "exchange_rates"),
        ({"title": 5}, "title"), ({"title_ru": "a\x00b"}, "title_ru"), ({"curency": "USD"}, "curency"),
    ):  # fmt: skip
        with pytest.raises(InputError) as wrong:
            save(joint, dict(cells))
        assert entry in [settings.entry_of(p) for p in wrong.value.problems], cells
    assert any("currency" in p.hint for p in wrong.value.problems)
    assert edition(joint) == first


def test_what_is_odd_is_said_and_kept(joint: Register) -> None:
    with joint.reading() as work:
        made, problems = settings.tried(packages.region(work), {"discount_rate": 5})
    assert [(settings.entry_of(p), p.severity) for p in problems] == [("discount_rate", "warning")]
    assert made.settings.discount_rate == 5
    save(joint, {"discount_rate": 5})


def test_an_edit_from_an_older_edition_and_by_others_is_refused(joint: Register) -> None:
    first = edition(joint)
    save(joint, {"discount_rate": 0.07}, first)
    with pytest.raises(Conflict):
        save(joint, {"discount_rate": 0.06}, first)
    for role, party in (("administrator", "ru"), ("owner", "*")):
        with pytest.raises(Forbidden):
            save(joint, {"discount_rate": 0.06}, actor=Actor("a", "A", frozenset({(role, party)})))
    save(joint, {"discount_rate": 0.06}, actor=Actor("a", "A", frozenset({("administrator", "*")})))


def test_what_was_edited_goes_out_and_comes_in_as_it_is(joint: Register, tmp_path: Path) -> None:
    save(joint, {"title": "Two towns", "title_zh": "两镇", "price_year": 2024, "money_scale": 1000,
                 "exchange_rates": {"CNY": 0.14}})  # fmt: skip
    with joint.reading() as work:
        packages.region(work).write(tmp_path / "out")
        region = Region.read(tmp_path / "out")
        assert packages.differences(work, region, packages.take_apart(region)) == []


def test_nothing_new_is_no_new_edition(joint: Register) -> None:
    with joint.reading() as work:
        held = settings.values(packages.package(work))
    first = edition(joint)
    assert save(joint, held, first) == first


def test_what_people_write_is_read() -> None:
    read = settings.typed({"exchange_rates": "CNY 0.14\nRUB = 0.011\n", "free_disposal": "false", "title": " a ",
                           "base_year": "2030", "price_year": ""})  # fmt: skip
    assert read == {"exchange_rates": {"CNY": 0.14, "RUB": 0.011}, "free_disposal": False, "title": "a",
                    "base_year": 2030.0, "price_year": None}  # fmt: skip
    unread = {"discount_rate": "0,05", "price_year": "1_000", "exchange_rates": "CNY"}
    assert settings.typed(unread) == unread
