"""Projects in the workspace: the list, a project's page, edits with checks and conflicts, files in and out."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from openpyxl import load_workbook
from web_people import HOSTILE, Forms, Visitor, add_people, shielded
from web_server import joint

from sungari.operate import keeping, projects
from sungari.operate.register import Register, init
from sungari.show.web.app import create


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    made = joint(tmp_path_factory.mktemp("projects"), studied=False)
    add_people(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(register: Register) -> FastAPI:
    return shielded(register)


@pytest.fixture(scope="module")
def anna(app: FastAPI, register: Register) -> Visitor:
    return Visitor(app, register, "anna")


@pytest.fixture(scope="module")
def rita(app: FastAPI, register: Register) -> Visitor:
    return Visitor(app, register, "rita")


def take_up(anna: Visitor, code: str, name: str, **cells: str) -> None:
    fields = {f"projects:0:{k}": v for k, v in {"name": name, **cells}.items()}
    anna.send("/projects/-/new", "/projects/-/new", code=code, **fields)


def test_the_list_is_found_filtered_and_sorted(anna: Visitor) -> None:
    take_up(anna, "zz_last", "Aardvark bridge", sector="transport", host="ru", capex="5000000")
    take_up(anna, "aa_first", "Zebra ferry", sector="energy", host="cn", capex="1000000")
    part = anna.get("/projects?q=aardvark", **{"HX-Request": "true"})
    assert "Aardvark bridge" in part
    assert "Zebra ferry" not in part
    assert "<html" not in part
    assert "Zebra ferry" in anna.get("/projects?party=cn&sector=energy")
    assert "Aardvark" not in anna.get("/projects?party=cn&sector=energy&c=name")
    ordered = anna.get("/projects?sort=-name")
    assert ordered.index("Zebra ferry") < ordered.index("Aardvark bridge")
    assert 'aria-sort="descending"' in ordered
    assert "can&#39;t be sorted by" in anna.get("/projects?sort=colour", 400)
    assert "expected a whole number" in anna.get("/projects?page=one", 400)


def test_a_view_is_saved_for_oneself_alone(anna: Visitor, rita: Visitor) -> None:
    to = anna.send("/projects?stage=idea&c=name&c=cost", "/projects/-/views", name=HOSTILE[:40])
    assert "stage=idea" in to
    assert "c=cost" in to
    page = anna.get("/projects")
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "Saved views" not in rita.get("/projects")


def test_no_text_of_an_export_is_a_formula(anna: Visitor) -> None:
    take_up(anna, "formula", "=HYPERLINK(1)", sector="transport", host="ru")
    rows = list(csv.reader(io.StringIO(anna.get("/projects/-/list.csv?c=name&c=code").lstrip("\ufeff"))))
    assert rows[0] == ["Project", "Code"]
    assert ["'=HYPERLINK(1)", "formula"] in rows
    answer = anna.client.get("/projects/-/list.xlsx?c=name&c=cost")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    found = [row for row in sheet.iter_rows() if row[0].value == "=HYPERLINK(1)"]
    assert found[0][0].data_type == "s"


def test_what_is_wrong_stands_at_the_cell_and_nothing_is_written(anna: Visitor, register: Register) -> None:
    page = anna.send("/projects/-/new", "/projects/-/new", 422, code="bad", **{
        "projects:0:name": "Bad", "projects:0:capex": "a lot", "projects:0:host": "ru", "projects:0:life": "-3"})
    assert "expected a number" in page
    assert 'aria-describedby="w-c-projects-0-capex"' in page
    assert 'value="a lot"' in page
    page = anna.send("/projects/-/new", "/projects/-/new", 422, code="bad", **{
        "projects:0:name": "Bad", "projects:0:host": "ru", "shares:0:party": "nobody", "shares:0:share": "0.5"})
    assert 'id="w-c-shares-0-party"' in page
    with register.reading() as work:
        assert "bad" not in [p.code for p in projects.listed(work).rows]
    fields = {"rows:projects": "1", "projects:0:name": "X", "projects:0:life": "x"}
    assert "expected a number" in anna.post("/projects/-/new/check", fields, 200)


def test_an_edit_from_an_older_version_shows_what_changed_since(anna: Visitor, register: Register) -> None:
    take_up(anna, "contested", "Contested tunnel", host="ru", capex="1000000")
    anna.send("/projects/contested/edit", "/projects/contested/edit", why="first", **{"projects:0:capex": "2000000"})
    page = anna.send("/projects/contested/edit", "/projects/contested/edit", 409, expected="1", **{
        "projects:0:capex": "3000000", "projects:0:life": "40"})
    assert "Nothing is saved yet" in page
    assert "2,000,000" in page
    assert "3,000,000" in page
    assert 'class="clash"' in page
    with register.reading() as work:
        assert projects.get(work, "contested").version == 2
    figures = anna.get("/projects/contested/figures?a=1&b=2")
    assert "<mark>2,000,000</mark>" in figures
    anna.send("/projects/contested/figures?a=1&b=1", "/projects/contested/restore", why="the first was right")
    with register.reading() as work:
        assert projects.current(work, "contested").content["projects"][0]["capex"] == 1e6


def test_rows_are_added_changed_and_removed(anna: Visitor, register: Register) -> None:
    take_up(anna, "shared", "Shared port", host="ru")
    form = "/projects/shared/edit"
    anna.send(form, form, **{"shares:0:party": "ru", "shares:0:share": "0.6", "shares:1:party": "cn",
                             "shares:1:share": "0.4"})
    anna.send(form, form, **{"shares:0:share": "1", "shares:1:drop": "on"})
    with register.reading() as work:
        assert projects.current(work, "shared").content["shares"] == [{"party": "ru", "share": 1.0}]


def test_gate_flags_and_money_are_on_its_page(anna: Visitor, register: Register) -> None:
    take_up(anna, "gated", "Gated dam", host="ru", capex="1000000")
    page = anna.get("/projects/gated")
    assert "The gate ahead: Screening" in page
    assert "filled in: Sector" in page
    answer = anna.client.get("/projects/gated")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert "done=shut" in anna.send("/projects/gated", "/projects/gated/move")
    assert "The gate is still closed" in anna.get("/projects/gated?done=shut")
    assert "The gate ahead: Screening" in anna.get("/projects/gated")
    cells = {"projects:0:sector": "energy", "projects:0:source": "s1"}
    anna.send("/projects/gated/edit", "/projects/gated/edit", **cells)
    anna.send("/projects/gated", "/projects/gated/move", why="ready")
    assert "The gate ahead: Pre-feasibility" in anna.get("/projects/gated")
    with register.writing("test", "finance") as work:
        keeping.add(work, "finance", {"project": "gated", "source": "Bank", "kind": "loan", "status": "committed",
                                      "amount": 3e6, "currency": "CNY", "rate": 0.14, "value_date": "2026-10-01"})
    page = anna.get("/projects/gated")
    assert "3 million CNY" in page
    assert "Oct 1, 2026" in page
    assert "420,000 USD of 1 million USD is committed or paid" in page


def test_a_flag_is_justified_by_a_reason(anna: Visitor, app: FastAPI, register: Register) -> None:
    take_up(anna, "flagged", "Flagged mine", host="ru", capex="1000000", sector="mining")
    page = anna.get("/projects/flagged")
    assert "Figures without a source" in page
    number = page.split('id="flag-')[1].split('"')[0]
    anna.send("/projects/flagged", f"/projects/flagged/flags/{number}", why=HOSTILE)
    page = anna.get("/projects/flagged")
    assert "amber, justified" in page
    assert "<script>alert" not in page
    assert "flagged" in anna.get("/projects?flag=amber")


def test_records_are_kept_checked_and_removed(anna: Visitor, register: Register) -> None:
    take_up(anna, "recorded", "Recorded road", host="ru")
    new = "/projects/recorded/records/risk/new"
    page = anna.send(new, new, 422, title="Ice", status="open", likelihood="7")
    assert "expected a number from 0 to 1" in page
    assert 'value="7"' in page
    anna.send(new, new, title=HOSTILE, status="open", likelihood="0.2")
    page = anna.get("/projects/recorded/records")
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    with register.reading() as work:
        number = keeping.listed(work, "risk", project="recorded")[0].id
    one = f"/projects/recorded/records/risk/{number}"
    anna.send(one, one, title="Ice on the road")
    assert "Somebody was faster" in anna.send(one, one, 409, title="Snow", expected="1")
    assert anna.get("/projects/gated/records/risk/" + str(number), 404)
    anna.send(one, one + "/remove")
    with register.reading() as work:
        assert keeping.listed(work, "risk", project="recorded") == []


def test_targets_and_actuals_come_to_a_forecast(anna: Visitor) -> None:
    take_up(anna, "measured", "Measured canal", host="ru")
    new = "/projects/measured/records/measure/new"
    for period, target, actual in (("2026", "100", "120"), ("2027", "100", "")):
        anna.send(new, new, measure="cost", unit="USD", period=period, target=target, actual=actual)
    page = anna.get("/projects/measured/records")
    assert "Forecast at completion" in page
    assert "<strong>240</strong>" in page


def test_organisations_and_programmes_of_no_project_are_kept(anna: Visitor) -> None:
    here = "/projects/-/others"
    anna.send(f"{here}/organisation/new", f"{here}/organisation/new", code="inst", name=HOSTILE, kind="university")
    anna.send(f"{here}/programme/new", f"{here}/programme/new", code="youth", name="Youth orchestra", kind="youth",
              parties="cn;ru")
    anna.send(f"{here}/event/new", f"{here}/event/new", programme="youth", name="First concert", place="Harbin")
    page = anna.get(here)
    assert "First concert" in page
    assert "China, Russia" in page
    assert "<script>alert" not in page
    assert "Youth orchestra" not in anna.get("/projects/second/records")
    anna.get(f"{here}/risk/new", 404)
    new = "/projects/second/records/event/new"
    assert "expected one of the programmes here" in anna.send(new, new, 422, programme="youth", name="Stolen")
    assert "inst" in anna.get("/projects/second/records/contact/new")


def test_documents_come_in_by_their_bytes_and_go_out_as_files(anna: Visitor) -> None:
    take_up(anna, "papers", "Papers", host="ru")
    page = "/projects/papers/documents"
    refused = anna.send(page, page, 422, {"file": ("x.pdf", b"<html><script>1</script>", "application/pdf")})
    assert "not taken as documents" in refused
    file = {"file": ("../../a.pdf", b"%PDF-1.4 x", "text/html")}
    anna.send(page, page, 303, file, title=HOSTILE, kind="agreement")
    text = anna.get(page)
    assert "<script>alert" not in text
    number = text.split(f'href="{page}/')[1].split('"')[0]
    answer = anna.client.get(f"{page}/{number}")
    assert answer.content == b"%PDF-1.4 x"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a.pdf"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert anna.get(f"/projects/gated/documents/{number}", 404)


def test_who_may_not_sees_no_button_and_is_refused_in_words(rita: Visitor) -> None:
    page = rita.get("/projects/second")
    assert "Edit figures" not in page
    assert "/move" not in page
    assert "New project" not in rita.get("/projects")
    for path in ("/projects/-/new", "/projects/second/edit", "/projects/-/list.csv", "/projects/-/export/oc4ids.json",
                 "/projects/second/records/risk/new"):
        assert "You may not do this" in rita.get(path, 403)
    for path in ("/projects/second/edit", "/projects/second/move", "/projects/second/sign",
                 "/projects/second/records/risk/new", "/projects/-/import"):
        rita.post(path, {"title": "x", "status": "open", "expected": "1", "projects:0:name": "x", "rows:projects": "1",
                         "stage": "cancelled", "party": "ru", "why": "x"}, 403)


def test_a_form_from_elsewhere_is_refused(anna: Visitor) -> None:
    anna.post("/projects/second/move", {"_form": "0" * 64, "stage": "cancelled", "why": "x"}, 403)


def test_what_one_party_keeps_to_itself_the_other_does_not_find(
    anna: Visitor, app: FastAPI, register: Register
) -> None:
    take_up(anna, "kept", "Kept secret", host="ru", sector="transport")
    ivan, li = Visitor(app, register, "ivan"), Visitor(app, register, "li")
    ivan.send("/projects/kept", "/projects/kept/confidential", party="ru")
    assert "Kept secret" in ivan.get("/projects")
    assert "only Russia" in ivan.get("/projects/kept")
    assert "Kept secret" not in li.get("/projects")
    assert "Kept secret" not in li.get("/projects/-/board")
    assert "Not found" in li.get("/projects/kept", 404)
    assert "kept" not in li.get("/projects/-/list.csv")


def test_a_project_may_have_any_name(anna: Visitor) -> None:
    for code, path in (("new", "new"), ("a/b", "a/b"), ("edit", "edit"), ("é ü?#&", "%C3%A9%20%C3%BC%3F%23%26")):
        take_up(anna, code, "Oddly named", host="ru")
        assert f'href="/projects/{path}"' in anna.get("/projects?q=oddly")
        assert "Oddly named" in anna.get(f"/projects/{path}")
        assert "Oddly named" in anna.get(f"/projects/{path}/records")
        form = f"/projects/{path}/edit"
        anna.send(form, Forms(anna.get(form)).forms[-1][0], **{"projects:0:sector": "transport"})


def test_an_import_is_shown_before_it_is_done(anna: Visitor, register: Register, tmp_path: Path) -> None:
    take_up(anna, "travels", "Travelling", host="ru", sector="transport", capex="1000000")
    package = json.loads(anna.get("/projects/-/export/oc4ids.json?project=travels"))
    package["projects"][0]["title"] = "Travelled far"
    file = {"file": ("oc4ids.json", json.dumps(package), "application/json")}
    page = anna.send("/projects/-/files", "/projects/-/import", 200, file, overwrite="on")
    assert "What the import of oc4ids.json would do" in page
    assert "Travelling → Travelled far" in page
    with register.reading() as work:
        assert projects.get(work, "travels").name == "Travelling"
    ticket = page.split('name="ticket" value="')[1].split('"')[0]
    page = anna.post("/projects/-/import/confirm", {"ticket": ticket, "overwrite": "on", "why": "news"}, 200)
    assert "has done" in page
    with register.reading() as work:
        assert projects.get(work, "travels").name == "Travelled far"
    anna.post("/projects/-/import/confirm", {"ticket": ticket}, 400)
    for name in ("../../register.db", "%2e%2e", ""):
        anna.post("/projects/-/import/confirm", {"ticket": name}, 400)


def test_what_is_no_import_is_refused(anna: Visitor) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("projects.csv", b"0" * (201 * 2**20))
    for name, data, text in (
        ("x.exe", b"MZ", "expected OC4IDS"), ("x.json", b"{", "x.json"), ("x.xml", b"<!DOCTYPE a><a/>", ""),
        ("bomb.zip", bomb.getvalue(), "unpacks to more"), ("x.zip", b"PK\x03\x04broken", "unpacked"),
    ):  # fmt: skip
        answer = anna.client.post("/projects/-/import", data={"_form": anna.secret()},
                                  files={"file": (name, data, "application/octet-stream")})
        assert answer.status_code in (400, 422), (name, answer.status_code)
        assert text in answer.text, (name, answer.text[-800:])


def test_the_region_goes_out_and_comes_in_unchanged(anna: Visitor) -> None:
    answer = anna.client.get("/projects/-/export/region.zip")
    page = anna.send("/projects/-/files", "/projects/-/import", 200, {"file": ("region.zip", answer.content, "x/y")})
    assert "created: 0" in page
    assert "changed: 0" in page
    assert "refused: 0" in page


def test_board_map_and_history_are_in_three_languages(anna: Visitor) -> None:
    for lang, board, history in (("zh", "看板", "审计记录"), ("ru", "Доска", "Журнал аудита")):
        anna.client.cookies.set("sungari-language", lang)
        try:
            assert board in anna.get("/projects/-/board")
            assert history in anna.get("/projects/second/history")
            assert "application/json" in anna.get("/projects/-/map")
        finally:
            anna.client.cookies.set("sungari-language", "en")


def test_signs_that_no_database_takes_do_no_harm(anna: Visitor) -> None:
    for path in ("/projects?q=%00", "/projects/%00", "/projects/a%00b/edit", "/committee?text=%00x",
                 "/administration/trail?who=%00"):
        anna.get(path, 404)
    take_up(anna, "signs", "Si\x00gns \u202e\ud7ff", host="ru", note="\x00")
    assert "Signs" in anna.get("/projects/signs")
    anna.get("/projects?page=999999999")
    for path in ("/committee/calendar?month=9999-12", "/committee/calendar?month=0001-01", "/committee?page=x",
                 "/administration/trail?since=never", "/projects/second/figures?a=99999999999999999999"):
        anna.get(path, 400)
    anna.get("/projects/second/figures?a=77", 404)


def test_an_empty_register_has_its_pages(tmp_path: Path) -> None:
    from fastapi.testclient import TestClient

    empty = init(tmp_path / "register.db")
    client = TestClient(create(empty))
    for path in ("/projects", "/projects/-/board", "/projects/-/map", "/projects/-/new", "/projects/-/files",
                 "/projects/-/others", "/committee", "/committee/new", "/committee/meetings", "/committee/calendar",
                 "/committee/statistics", "/committee/meetings/new", "/administration/gates", "/administration/trail",
                 "/administration/calendars", "/administration/accounts"):
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text[-500:])
    assert client.get("/projects/-/export/region.zip").status_code == 400
    assert client.post("/projects/-/new", data={
        "code": "first", "rows:projects": "1", "projects:0:name": "First"}, follow_redirects=False).status_code == 303
    assert "First" in client.get("/projects/first").text
    empty.close()


def test_the_clock_of_the_review_runs_on_its_page(anna: Visitor, app: FastAPI, register: Register) -> None:
    take_up(anna, "reviewed", "Reviewed line", host="ru", sector="energy", capex="1000000",
            review_months="18", source="s1")
    cells = {"shares:0:party": "ru", "shares:0:share": "1", "shares:0:source": "s1", "effects:0:table": "links",
             "effects:0:row": "bridge", "effects:0:column": "capacity", "effects:0:change": "5",
             "effects:0:source": "s1"}
    anna.send("/projects/reviewed/edit", "/projects/reviewed/edit", **cells)
    for _ in ("screening", "pre-feasibility", "appraisal"):
        anna.send("/projects/reviewed", "/projects/reviewed/move", why="on")
    before = register.clock
    register.clock = lambda: datetime.now(UTC) + timedelta(days=600)
    try:
        page = Visitor(app, register, "anna").get("/projects/reviewed")
    finally:
        register.clock = before
    assert "Its review has taken 20 months so far. 18 months are planned for it." in page
    assert "months late" in page
