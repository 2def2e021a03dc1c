"""Result folders: what is kept comes back, nothing else is overwritten, and nothing is left half written."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from sungari import Region
from sungari.decide import study
from sungari.decide.sharing import Sharing, share
from sungari.errors import UsageError


@pytest.fixture(scope="module")
def region() -> Region:
    """A mine in one country, a town in the other."""
    return Region.from_tables(
        "two", {
            "parties": pd.DataFrame({"party": ["a", "b"], "name": ["A", "B"], "kind": "country"}),
            "places": pd.DataFrame({"place": ["mine", "town"], "name": ["Mine", "Town"], "party": ["a", "b"]}),
            "commodities": pd.DataFrame({"commodity": ["coal"], "name": ["Coal"], "unit": ["t"]}),
            "supply": pd.DataFrame({"place": ["mine"], "commodity": ["coal"], "capacity": [60.0], "cost": [1.0]}),
            "links": pd.DataFrame({"link": ["rail"], "from": ["mine"], "to": ["town"], "mode": ["rail"],
                                   "cost": [2.0]}),
            "rates": pd.DataFrame({"mode": ["rail"], "commodity": ["*"]}),
            "demand": pd.DataFrame({"place": ["town"], "commodity": ["coal"], "quantity": [100.0], "price": [10.0]}),
        }, money_scale=1000.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def sharing(region: Region) -> Sharing:
    return share(region)


def test_a_result_comes_back_as_it_was_kept(sharing: Sharing, tmp_path: Path) -> None:
    folder = study.save(sharing, tmp_path / "sharing")
    found = study.open_study(folder)
    assert list(found.parts) == ["sharing"]
    assert found.sharing is not None
    assert found.region.sha256 == sharing.region.sha256
    assert found.sharing.info == study.part(sharing).info
    assert found.sharing.info["gain"] == pytest.approx(60 * 7 / 1000)
    for name, frame in sharing.tables().items():
        pd.testing.assert_frame_equal(found.sharing.tables[name], frame, check_dtype=False)
    assert sorted(p.name for p in folder.iterdir()) == ["players.parquet", "region", "sharing.json", "worth.parquet"]


def test_a_study_is_a_folder_of_parts(sharing: Sharing, region: Region, tmp_path: Path) -> None:
    region.solve().save(tmp_path / "plan")
    study.save(sharing, tmp_path / "sharing")
    found = study.open_study(tmp_path)
    assert list(found.parts) == ["plan", "sharing"]
    assert found.plan is not None
    assert found.today is found.appraisal is found.portfolio is None
    assert repr(found) == "<Study of 'two': plan, sharing>"


def test_a_folder_of_another_kind_is_left_alone(sharing: Sharing, region: Region, tmp_path: Path) -> None:
    region.solve().save(tmp_path / "plan")
    with pytest.raises(UsageError, match="holds no sharing"):
        study.save(sharing, tmp_path / "plan")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file; an appraisal is a folder"):
        study.open_store(tmp_path / "file")
    with pytest.raises(UsageError, match=r"no results at .*appraisal\.json"):
        study.open_study(tmp_path / "nowhere")


def test_a_write_that_fails_leaves_the_old_result(
    sharing: Sharing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study.save(sharing, tmp_path / "sharing")
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Region, "write", broken)
    with pytest.raises(OSError, match="disk full"):
        study.save(sharing, folder)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_tables_that_a_new_result_lacks_go(sharing: Sharing, tmp_path: Path) -> None:
    folder = study.save(sharing, tmp_path / "sharing")
    sharing.table().to_parquet(folder / "stability.parquet")
    study.save(sharing, folder)
    assert "stability" not in json.dumps([p.name for p in folder.iterdir()])


def test_only_results_can_be_kept(region: Region, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a Region is no result"):
        study.save(region, tmp_path / "x")  # type: ignore[arg-type]
