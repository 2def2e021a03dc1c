"""A region as an Excel workbook: the same after a round trip, and errors placed by sheet and cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from nasty import regions
from openpyxl import Workbook, load_workbook
from tiny import edited, tiny_region

from sungari.errors import InputError, Problem, UsageError
from sungari.region.package import Region
from sungari.region.schema import TABLES
from sungari.region.workbook import LONGEST, escape, export_workbook, import_workbook, unescape

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def book(tiny: Region, tmp_path: Path) -> Path:
    """The tiny region as a workbook."""
    return export_workbook(tiny, tmp_path / "tiny.xlsx")


def edit(path: Path, change: Callable[[Workbook], None]) -> Path:
    """A workbook after somebody changed it."""
    book = load_workbook(path)
    change(book)
    book.save(path)
    return path


def problems_of(path: Path) -> list[Problem]:
    with pytest.raises(InputError) as error:
        import_workbook(path)
    return error.value.problems


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(region=regions())
def test_a_round_trip_loses_nothing(region: Region, tmp_path: Path) -> None:
    again = import_workbook(export_workbook(region, tmp_path / "nasty.xlsx"), check=False)
    assert again.sha256 == region.sha256
    assert (again.name, again.title, again.settings) == (region.name, region.title, region.settings)
    for name, frame in region.tables.items():
        assert again.tables[name].columns.tolist() == frame.columns.tolist()
        assert again.tables[name].equals(frame)


@pytest.mark.parametrize("name", ["trnsport", "mexss"])
def test_published_cases_survive(name: str, tmp_path: Path) -> None:
    region = Region.read(CASES / name)
    assert import_workbook(export_workbook(region, tmp_path / "x.xlsx")).sha256 == region.sha256


def test_the_tiny_region_survives_a_second_saving(book: Path, tiny: Region) -> None:
    edit(book, lambda b: None)
    again = import_workbook(book)
    assert again.sha256 == tiny.sha256


def test_every_table_has_a_sheet_with_comments_and_a_frozen_header(tmp_path: Path) -> None:
    path = export_workbook(tiny_region({"stores": None}), tmp_path / "tiny.xlsx")
    book = load_workbook(path)
    assert {t.name for t in TABLES} <= set(book.sheetnames)
    sheet = book["stores"]
    assert [c.value for c in sheet[1]][:3] == ["place", "commodity", "capacity"]
    assert "unit: unit" in sheet["C1"].comment.text
    assert sheet.freeze_panes == "A2"
    assert import_workbook(path).table("stores").empty


def test_names_choices_and_flags_have_drop_down_lists(book: Path) -> None:
    sheet = load_workbook(book)["links"]
    header = {c.value: c.column_letter for c in sheet[1]}
    rules = {str(r.sqref).split(":")[0]: r for r in sheet.data_validations.dataValidation}
    assert rules[f"{header['from']}2"].formula1.startswith("'places'!$A$2:$A$")
    assert rules[f"{header['both_ways']}2"].formula1 == '"TRUE,FALSE"'
    assert rules[f"{header['quality']}2"].formula1 == '"reported,derived,estimated,assumed"'


def test_texts_are_never_formulas(tmp_path: Path) -> None:
    region = tiny_region(edited("places", "mine,Mine,ru", 'mine,"=HYPERLINK(""http://x"")",ru'))
    book = load_workbook(export_workbook(region, tmp_path / "x.xlsx"))
    cell = book["places"]["B2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert import_workbook(tmp_path / "x.xlsx").sha256 == region.sha256


def test_an_edited_cell_is_read(book: Path) -> None:
    def change(b: Workbook) -> None:
        b["supply"]["C2"] = 77
        b["links"]["A4"], b["links"]["B4"], b["links"]["C4"], b["links"]["D4"] = "new", "town", "port", "train"
        b["settings"]["B6"] = 0.08

    region = import_workbook(edit(book, change))
    assert region.table("supply")["capacity"].tolist() == [77, 500]
    assert region.table("links")["link"].tolist() == ["rail", "sea", "new"]


def test_errors_name_sheet_and_cell(book: Path) -> None:
    def change(b: Workbook) -> None:
        b["supply"]["C3"] = "much"
        b["links"]["B2"] = "Mine"
        b["demand"]["A4"] = "town"

    # cells first; names are looked at once all cells can be read
    found = {(p.file, p.row, p.column) for p in problems_of(edit(book, change))}
    assert found == {("supply", "C3", "capacity"), ("demand", "B4", "commodity"), ("demand", "C4", "quantity")}


def test_names_that_are_not_there_are_placed(book: Path) -> None:
    problem, = problems_of(edit(book, lambda b: b["links"].__setitem__("B2", "Mine")))
    assert str(problem) == (
        "links, cell B2, column from: 'Mine': expected a name from places.csv (did you mean 'mine'?)"
    )


def test_settings_are_checked_by_cell(book: Path) -> None:
    sheet = load_workbook(book)["settings"]
    row = next(r for r in range(1, 20) if sheet.cell(r, 1).value == "discount_rate")
    problem, = problems_of(edit(book, lambda b: b["settings"].__setitem__(f"B{row}", "five")))
    assert (problem.file, problem.row, problem.column) == ("settings", f"B{row}", "discount_rate")


def test_a_formula_without_a_value_is_told(book: Path) -> None:
    problem, = problems_of(edit(book, lambda b: b["supply"].__setitem__("C2", "=2+2")))
    assert (problem.file, problem.row, problem.check) == ("supply", "C2", "formula")


def test_a_header_twice_a_cell_without_header_and_a_misnamed_sheet_are_told(book: Path) -> None:
    def change(b: Workbook) -> None:
        b["places"]["B1"] = "place"
        b["links"]["AZ3"] = "lost"
        b.create_sheet("supplies")["A1"] = "place"

    found = {(p.file, p.row, p.check) for p in problems_of(edit(book, change))}
    assert {("places", "B1", "header"), ("links", "AZ1", "header"), ("supplies", None, "unknown-table")} <= found


def test_a_workbook_without_the_hidden_sheet_is_read(book: Path, tiny: Region) -> None:
    def change(b: Workbook) -> None:
        del b["_package"]

    assert import_workbook(edit(book, change)).sha256 == tiny.sha256


def test_dates_and_whole_numbers_become_plain_texts(book: Path) -> None:
    import datetime

    def change(b: Workbook) -> None:
        b["sources"]["E1"], b["sources"]["E2"] = "date", datetime.datetime(2024, 1, 5)
        b["sources"]["F1"] = None
        b["parties"]["B2"] = 7

    region = import_workbook(edit(book, change))
    assert region.table("sources")["date"].tolist() == ["2024-01-05"]
    assert region.table("parties")["name"].tolist()[0] == "7"


def test_what_is_no_workbook_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        import_workbook(tmp_path / "none.xlsx")
    (tmp_path / "text.xlsx").write_text("place,name")
    with pytest.raises(UsageError, match="no Excel workbook"):
        import_workbook(tmp_path / "text.xlsx")


def test_nothing_half_written(tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_text("before")
    region = tiny_region(edited("places", "mine,Mine", "mine," + "x" * (LONGEST + 1)))
    with pytest.raises(UsageError, match="places, cell B2"):
        export_workbook(region, tmp_path / "x.xlsx")
    assert [p.name for p in tmp_path.iterdir()] == ["x.xlsx"]
    assert (tmp_path / "x.xlsx").read_text() == "before"


@pytest.mark.parametrize(
    "text", ["a\x01b", "a\rb", "_x0041_", "_x005F_x0041_", "\ufffe", "_x00zz_", "plain", "_", "a\tb\nc"]
)
def test_escaping(text: str) -> None:
    assert unescape(escape(text)) == text
