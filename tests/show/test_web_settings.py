"""The region's settings in the workspace: looked at by all, edited by administrators of all parties."""

from __future__ import annotations

from pathlib import Path

from web_people import HOSTILE, Visitor, shielded
from web_server import PASSWORD, quick_passwords

from sungari.operate import packages
from sungari.operate.access import accounts
from sungari.operate.register import Register, init

PAGE = "/region/settings"


def stored(register: Register) -> dict[str, object]:
    with register.reading() as work:
        return dict(packages.package(work).settings)


def test_settings_are_edited_and_kept_with_a_reason(register: Register) -> None:
    anna = Visitor(shielded(register), register, "anna")
    assert f'href="{PAGE}"' in anna.get("/region/tables")
    assert anna.send(PAGE, PAGE, discount_rate="0.08", exchange_rates="CNY 0.14\nRUB 0.011", title_ru=HOSTILE,
                     why="agreed in May") == f"{PAGE}?done=saved"  # fmt: skip
    held = stored(register)
    assert (held["discount_rate"], held["exchange_rates"]) == (0.08, {"CNY": 0.14, "RUB": 0.011})
    assert (held["money_scale"], held["base_year"], held["price_year"]) == (1e6, 2030, 2024)
    assert HOSTILE not in anna.get(PAGE)
    assert "agreed in May" in anna.get("/administration/trail")
    assert anna.send(PAGE, PAGE) == f"{PAGE}?done=unchanged"


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(register: Register) -> None:
    anna, before = Visitor(shielded(register), register, "anna"), stored(register)
    text = anna.send(PAGE, PAGE, 422, discount_rate="five percent", currency="dollars")
    assert 'value="five percent"' in text
    assert 'aria-describedby="wrong-discount_rate"' in text
    text = anna.post(f"{PAGE}/check", {"currency": "dollars", "discount_rate": "5"}, 200)
    assert "1 error" in text
    assert "expected an ISO 4217 code" in text
    assert "more than 100 % a year" in text
    assert "In order." in anna.post(f"{PAGE}/check", {"discount_rate": "0.06"}, 200)
    assert stored(register) == before


def test_who_was_slower_sees_what_the_register_has_now(register: Register) -> None:
    app = shielded(register)
    anna, other = Visitor(app, register, "anna"), Visitor(app, register, "anna")
    anna.send(PAGE, PAGE, discount_rate="0.08")
    text = other.send(PAGE, PAGE, 409, discount_rate="0.09", expected="1")
    assert "Somebody was faster" in text
    assert "In the register now: 0.08" in text
    assert 'value="0.09"' in text
    assert stored(register)["discount_rate"] == 0.08


def test_others_look_and_do_not_edit(register: Register) -> None:
    app = shielded(register)
    for who in ("ivan", "rita"):
        visitor = Visitor(app, register, who)
        text = visitor.get(PAGE)
        assert "0.05" in text
        assert f'action="{PAGE}"' not in text
        visitor.post(PAGE, {"discount_rate": "0.09", "expected": "2"}, 403)
    assert stored(register)["discount_rate"] == 0.05


def test_without_a_region_there_are_no_settings(tmp_path: Path) -> None:
    empty = init(tmp_path / "register.db")
    with quick_passwords(), empty.writing("test") as work:
        accounts.set_password(work, accounts.create(work, "anna", "Anna"), PASSWORD)
        accounts.grant(work, "anna", "administrator", "*")
    anna = Visitor(shielded(empty), empty, "anna")
    assert "The register has no region yet" in anna.get(PAGE, 404)
    empty.close()
