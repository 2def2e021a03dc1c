"""Reading and writing packages: types, defaults, what is wrong with files, and round trips."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from nasty import regions
from tiny import TINY, table, tiny_region

import sungari
from sungari.errors import InputError, UsageError
from sungari.region.package import Region

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def folder(tiny: Region, tmp_path: Path) -> Path:
    """The tiny region as a folder."""
    return tiny.write(tmp_path / "tiny")


def problems_of(folder: Path, file: str, text: str) -> list[tuple[str, str, object, object]]:
    """What reading finds when one file holds another text."""
    (folder / file).write_text(text, encoding="utf-8")
    return [(p.check, p.file, p.row, p.column) for p in Region.read(folder).problems]


def test_columns_are_typed(tiny: Region) -> None:
    links = tiny.table("links")
    assert links["distance"].dtype == "float64"
    assert links["year_from"].dtype == "Int64"
    assert links["both_ways"].dtype == "boolean"
    assert links["link"].dtype == "str"


def test_defaults_are_filled_in_and_tables_left_out_are_empty() -> None:
    region = tiny_region({"stores": None, "rates": "mode,commodity\ntrain,*\nship,*"})
    assert region.table("rates")["weight"].tolist() == [1.0, 1.0]
    assert region.table("stores").empty
    assert "capacity" in region.table("stores").columns


def test_an_unknown_table_is_a_slip_of_the_caller(tiny: Region) -> None:
    with pytest.raises(UsageError, match="did you mean 'links'"):
        tiny.table("link")


def test_a_byte_order_mark_and_windows_line_ends_are_read(folder: Path, tiny: Region) -> None:
    for file in folder.glob("*.csv"):
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    assert Region.read(folder).sha256 == tiny.sha256


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("supply.csv", "place,commodity,capacity\nmine,coal,much\n", ("kind", "supply.csv", 2, "capacity")),
        ("supply.csv", 'place,commodity,capacity\nmine,coal,"1,000"\n', ("kind", "supply.csv", 2, "capacity")),
        ("supply.csv", "place,commodity,capacity\nmine,coal,-1\n", ("range", "supply.csv", 2, "capacity")),
        ("supply.csv", "place,commodity,capacity\nmine,coal,inf\n", ("kind", "supply.csv", 2, "capacity")),
        ("supply.csv", "place,commodity,capacity\n,coal,1\n", ("blank", "supply.csv", 2, "place")),
        ("supply.csv", "place,commodity,year_from\n\nmine,coal,2030.5\n", ("kind", "supply.csv", 3, "year_from")),
        ("supply.csv", "place,comodity\nmine,coal\n", ("missing-column", "supply.csv", 1, "commodity")),
        ("supply.csv", "place,commodity,place\nmine,coal,mine\n", ("header", "supply.csv", 1, "place")),
        ("supply.csv", "", ("header", "supply.csv", 1, None)),
        ("parties.csv", "party,name,kind\ncn,China,empire\n", ("choice", "parties.csv", 2, "kind")),
        ("links.csv", "link,from,to,mode,both_ways\nl,mine,town,train,maybe\n", ("kind", "links.csv", 2, "both_ways")),
        ("stores.csv", "place,commodity,loss\ntown,coal,1.5\n", ("range", "stores.csv", 2, "loss")),
        ("profiles.csv", "profile,period,factor\nwinter,01,-0.5\n", ("range", "profiles.csv", 2, "factor")),
        ("hazards.csv", "hazard,name,kind,loading\nf,F,drift,1.5\n", ("range", "hazards.csv", 2, "loading")),
        ("hazards.csv", "hazard,name,kind,sd\nf,F,drift,-1\n", ("range", "hazards.csv", 2, "sd")),
        ("fund.csv", "key,value\nopening_capitl,1\n", ("choice", "fund.csv", 2, "key")),
        ("datapackage.json", "{", ("descriptor", "datapackage.json", None, None)),
        ("datapackage.json", '{"sungari": {"discount_rate": "5%"}}',
         ("setting", "datapackage.json", None, "sungari.discount_rate")),
        ("datapackage.json", '{"sungari": {"discountrate": 0.05}}',
         ("setting", "datapackage.json", None, "sungari.discountrate")),
        ("datapackage.json", '{"resources": [{"name": "x", "path": "../../x.csv"}]}',
         ("descriptor", "datapackage.json", None, "resources")),
    ],
)
def test_what_is_wrong_in_a_file_is_placed(
    folder: Path, file: str, text: str, expected: tuple[str, str, object, object]
) -> None:
    assert expected in problems_of(folder, file, text)


def test_bytes_that_are_not_utf8_are_told(folder: Path) -> None:
    (folder / "places.csv").write_bytes("place,name,party\nm,Шахта,ru\n".encode("cp1251"))
    assert ("encoding", "places.csv") in {(p.check, p.file) for p in Region.read(folder).problems}


def test_a_missing_table_is_told(folder: Path) -> None:
    (folder / "places.csv").unlink()
    assert ("missing-table", "datapackage.json") in {(p.check, p.file) for p in Region.read(folder).problems}


def test_all_problems_come_in_one_error(folder: Path) -> None:
    (folder / "supply.csv").write_text("place,commodity,capacity\nmin,coal,much\nmine,col,5\n")
    with pytest.raises(InputError) as error:
        sungari.open_region(folder)
    assert {(p.row, p.column) for p in error.value.problems} >= {(2, "place"), (2, "capacity"), (3, "commodity")}
    assert "supply.csv, row 2, column place: 'min': expected a name from places.csv (did you mean 'mine'?)" in str(
        error.value
    )


def test_a_folder_without_a_descriptor_is_no_package(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no region package"):
        Region.read(tmp_path)


def test_extra_columns_tables_and_keys_are_kept(folder: Path, tmp_path: Path) -> None:
    text = (folder / "places.csv").read_text()
    (folder / "places.csv").write_text("\n".join(
        line + (",remark" if k == 0 else f",a {k}") for k, line in enumerate(text.splitlines())))
    (folder / "weather.csv").write_text("place,rain\nmine,007\n")
    descriptor = json.loads((folder / "datapackage.json").read_text())
    descriptor["resources"].append({"name": "weather", "path": "weather.csv"})
    descriptor |= {"contributors": [{"title": "N. N."}]}
    descriptor["sungari"]["house_style"] = {"colour": "red"}
    (folder / "datapackage.json").write_text(json.dumps(descriptor))
    region = Region.read(folder)
    again = Region.read(region.write(tmp_path / "copy"))
    assert again.table("places")["remark"].tolist() == ["a 1", "a 2", "a 3"]
    assert again.table("weather")["rain"].tolist() == ["007"]
    assert again.descriptor["contributors"] == [{"title": "N. N."}]
    assert again.settings.other == {"house_style": {"colour": "red"}}
    assert again.sha256 == region.sha256


def test_editing_makes_a_new_region(tiny: Region) -> None:
    before = tiny.sha256
    changed = tiny.with_table("supply", tiny.table("supply").assign(cost=1.0)).with_settings(discount_rate=0.1)
    assert tiny.sha256 == before != changed.sha256
    assert changed.settings.discount_rate == 0.1


def test_from_tables_tells_all_problems() -> None:
    with pytest.raises(InputError) as error:
        Region.from_tables("x", {"supply": table("place,commodity,capacity\nmine,coal,much")}, discount_rate="5%")
    assert len(error.value.problems) == 2


@pytest.mark.parametrize("name", ["trnsport", "mexss", "fcnet_r20x100", "cmnd_c25_100_10_V_L_5"])
def test_published_cases_survive_rewriting(name: str, tmp_path: Path) -> None:
    region = Region.read(CASES / name)
    assert not region.problems
    assert Region.read(region.write(tmp_path / name)).sha256 == region.sha256


def test_a_rewritten_package_leaves_other_files_alone(folder: Path, tiny: Region) -> None:
    (folder / "README.md").write_text("mine")
    shutil.copy(folder / "stores.csv", folder / "notes.csv")
    Region("tiny", {k: v for k, v in tiny.tables.items() if k != "stores"}).write(folder)
    assert (folder / "README.md").is_file()
    assert (folder / "notes.csv").is_file()
    assert not (folder / "stores.csv").exists()


def test_every_table_of_the_contract_is_in_the_tiny_region() -> None:
    from sungari.region.schema import TABLES

    assert {t.name for t in TABLES} == set(TINY)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(region=regions())
def test_what_is_written_reads_back_the_same(region: Region, tmp_path: Path) -> None:
    again = Region.read(region.write(tmp_path / "nasty"))
    assert again.sha256 == region.sha256
    for name, frame in region.tables.items():
        pd.testing.assert_frame_equal(again.tables[name], frame, check_dtype=True)
