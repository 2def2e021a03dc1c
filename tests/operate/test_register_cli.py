"""The register from the command line, as a user runs it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from helping import told

from sungari.operate import exchange
from sungari.region.package import Region
from sungari.show.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``sungari register …`` on this test's database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUNGARI_DATABASE_URL", url)
    monkeypatch.setenv("SUNGARI_USER", "anna")
    return lambda *args: CliRunner().invoke(main, ["register", *map(str, args)], prog_name="sungari")


def test_from_a_package_to_the_register_and_back(run: Run, small: Region, tmp_path: Path) -> None:
    small.write(tmp_path / "tiny")
    assert "nothing is written" in run("import", "tiny", "--dry-run").output
    assert told(run("list", "--json"))["projects"] == []
    done = run("import", "tiny", "--json")
    assert (done.exit_code, told(done)["created"], told(done)["done"]) == (0, 3, True)
    assert "3 unchanged – nothing to write" in run("import", "tiny").output
    assert run("export", "out").exit_code == 0
    assert Region.read("out").sha256 == small.sha256
    assert run("export", "out.xlsx").exit_code == 0
    assert exchange.read_workbook("out.xlsx").region.sha256 == small.sha256


def test_what_is_refused_ends_with_code_two_and_its_cells(run: Run, small: Region, tmp_path: Path) -> None:
    small.write(tmp_path / "tiny")
    run("import", "tiny")
    text = (tmp_path / "tiny" / "shares.csv").read_text()
    (tmp_path / "tiny" / "shares.csv").write_text(text.replace("bridge,cn,0.5", "bridge,cn,0.6"))
    refused = run("import", "tiny")
    assert refused.exit_code == 2
    assert "shares.csv, row 2, column share" in " ".join(refused.output.split())
    assert told(run("import", "tiny", "--json"))["status"] == "refused"


def test_a_project_goes_through_its_gate(run: Run, small: Region, tmp_path: Path) -> None:
    small.write(tmp_path / "tiny")
    run("import", "tiny")
    rows = "stage,party,needs,signs,role,months\nscreening,*,column:sector,true,minister,6\n"
    (tmp_path / "gates.csv").write_text(rows)
    assert run("gates", "--read", "gates.csv").exit_code == 0
    closed = run("stage", "bridge", "screening", "--json")
    assert (closed.exit_code, told(closed)["status"]) == (1, "closed")
    assert told(closed)["missing"] == ["ru: signature: minister signs", "cn: signature: minister signs"]
    for party in ("ru", "cn"):
        assert run("stage", "bridge", "--sign", party).exit_code == 0
    assert told(run("stage", "bridge", "screening", "--json"))["stage"] == "screening"
    assert [v["version"] for v in told(run("history", "bridge", "--json"))["versions"]] == [1, 2]
    listed = told(run("list", "--stage", "screening", "--json"))["projects"]
    assert [p["project"] for p in listed] == ["bridge"]
    assert "no stage 'screning'; did you mean 'screening'" in run("list", "--stage", "screning").output
    shown = told(run("show", "bridge", "--version", "1", "--json"))
    assert shown["content"]["projects"][0]["capex"] == 1000
    assert "stage" not in shown["content"]["projects"][0]


def test_tables_are_readable(run: Run, small: Region, tmp_path: Path) -> None:
    small.write(tmp_path / "tiny")
    run("import", "tiny")
    for args in (("list",), ("show", "bridge"), ("history", "bridge"), ("stage", "bridge"), ("gates",)):
        result = run(*args)
        assert result.exit_code == 0, result.exception
        assert max(map(len, result.output.splitlines())) <= 100
    assert run("gates", "--write", "gates.csv").exit_code == 0
    assert run("gates", "--read", "gates.csv").exit_code == 0


def test_the_list_as_csv_holds_no_formula(run: Run, small: Region, tmp_path: Path) -> None:
    frame = small.tables["projects"].assign(name=["=1+1", "@SUM(A1)"])
    small.with_table("projects", frame).write(tmp_path / "tiny")
    run("import", "tiny")
    assert run("export", "list.csv").exit_code == 0
    with (tmp_path / "list.csv").open(encoding="utf-8-sig") as file:
        assert [r["name"] for r in csv.DictReader(file)] == ["'=1+1", "'@SUM(A1)"]


def test_without_a_register_the_way_to_one_is_told(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["register", "list", "--database", str(tmp_path / "none.db")])
    assert "`sungari register init` makes one" in result.output
    assert not (tmp_path / "none.db").exists()


def test_flags_records_and_documents(run: Run, small: Region, tmp_path: Path) -> None:
    small.write(tmp_path / "tiny")
    run("import", "tiny")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 x")
    kept = told(run("document", "bridge", "a.pdf", "--kind", "agreement", "--json"))
    assert run("document", "bridge", "b.pdf", "--get", kept["sha256"][:8]).exit_code == 0
    assert (tmp_path / "b.pdf").read_bytes() == b"%PDF-1.7 x"
    assert "archives are not taken" not in run("document", "bridge", "a.pdf", "--kind", "agreement").output
    run("record", "restriction", "--set", "kind=party", "--set", "name=cn", "--set", "authority=X", "--set", "reason=y")
    found = told(run("flags", "bridge", "--json"))["flags"]
    assert [(f["rule"], f["state"]) for f in found] == [("restricted", "red")]
    done = run("flags", "--justify", found[0]["id"], "--why", "licence 4", "--json")
    assert [(f["state"], f["reason"]) for f in told(done)["flags"] if f["id"] == found[0]["id"]] == [
        ("amber", "licence 4")]  # fmt: skip
    permit = run("record", "permit", "--project", "bridge", "--set", "kind=land", "--set", "status=applied", "--json")
    number = told(permit)["records"][0]["id"]
    run("record", "permit", "--edit", number, "--set", "status=granted")
    assert told(run("show", "bridge", "--json"))["permit"][0]["status"] == "granted"
    assert run("record", "permit", "--remove", number).exit_code == 0
    assert told(run("record", "permit", "--json"))["records"] == []
    assert run("rules", "--write", "rules.csv").exit_code == 0
    assert run("rules", "--read", "rules.csv").exit_code == 0
    for args in (("flags",), ("rules",), ("record", "restriction"), ("evaluate",)):
        assert run(*args).exit_code == 0


def test_the_model_runs_on_the_register(run: Run, tiny: Region, tmp_path: Path) -> None:
    tiny.write(tmp_path / "tiny")
    run("import", "tiny")
    made = told(run("evaluate", "appraisal", "--project", "ferry", "--json"))["evaluations"]
    assert [(e["kind"], e["stale"]) for e in made] == [("appraisal", False)]
    assert [p["project"] for p in made[0]["result"]["projects"]] == ["ferry"]
