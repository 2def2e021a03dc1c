"""The command line as its users meet it: real processes, their exit codes and both of their streams."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli_process import TINY, as_json, inside, sungari, write

from sungari.show.cli import main
from sungari.show.cli.looking import VIEWS

SECONDS = {"load", "check", "build", "solve", "write"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("packages") / "tiny")


@pytest.fixture(scope="module")
def infeasible(tmp_path_factory: pytest.TempPathFactory) -> Path:
    must = "place,commodity,quantity\ncity,coal,800\n"
    return write(tmp_path_factory.mktemp("packages") / "short", demand=must)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wrong = "place,commodity,capacity,cost\nmyne,coal,1000,20\nmine,coal,lots,20\n"
    return write(tmp_path_factory.mktemp("packages") / "broken", supply=wrong)


@pytest.fixture(scope="module")
def plan(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plans") / "plan"
    done = sungari("solve", package, "--out", out)
    assert done.returncode == 0, done.stderr
    return out


# -- solve ------------------------------------------------------------------------------------------------------------


def test_solve_json_is_one_object_and_nothing_else(package: Path, tmp_path: Path) -> None:
    done = sungari("solve", package, "--out", tmp_path / "plan", "--json")
    assert done.returncode == 0
    found = as_json(done)
    assert done.stderr == ""
    assert found["status"] == "optimal"
    assert found["objective"] == pytest.approx(600 * (100 - 20 - 505 * 0.02))
    assert found["total_cost"] == pytest.approx(600 * (20 + 505 * 0.02))
    assert found["welfare"] == pytest.approx(found["objective"])
    assert isinstance(found["seconds"], dict)
    assert set(found["seconds"]) >= SECONDS
    assert (tmp_path / "plan" / "plan.json").is_file()


def test_solve_prints_the_four_answers(package: Path) -> None:
    done = sungari("solve", package)
    assert done.returncode == 0
    for answer in ("Tiny region", "What the chain looks like", "Where it chokes", "What a unit is worth", "Who gains"):
        assert answer in done.stdout
    assert "bridge" in done.stdout


def test_quiet_solve_prints_nothing(package: Path, tmp_path: Path) -> None:
    done = sungari("solve", package, "--out", tmp_path / "plan", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_solve_replaces_a_plan_but_nothing_else(package: Path, plan: Path, tmp_path: Path) -> None:
    assert sungari("solve", package, "--out", plan, "-q").returncode == 0
    (tmp_path / "letter.txt").write_text("dear planner")
    done = sungari("solve", package, "--out", tmp_path)
    assert done.returncode == 2
    assert "holds no plan" in done.stderr
    assert [f.name for f in tmp_path.iterdir()] == ["letter.txt"]


def test_infeasible_is_explained(infeasible: Path, tmp_path: Path) -> None:
    done = sungari("solve", infeasible, "--out", tmp_path / "plan")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("infeasible: ")
    assert "bridge" in done.stderr
    assert not (tmp_path / "plan").exists()


def test_infeasible_json_has_the_keys_of_a_plan(infeasible: Path) -> None:
    done = sungari("solve", infeasible, "--json")
    found = as_json(done)
    assert done.returncode == 1
    assert found["status"] == "infeasible"
    assert found["objective"] is None
    assert set(found["seconds"]) == {"load", "check", "build", "solve", "write"}
    assert found["seconds"]["solve"] > 0
    explanation = found["explanation"]
    assert isinstance(explanation, dict)
    assert explanation["headline"]
    assert explanation["shortfalls"]


def test_bad_package_names_every_place(broken: Path) -> None:
    done = sungari("solve", broken)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "supply.csv, row 2, column place" in done.stderr
    assert "did you mean 'mine'?" in done.stderr
    assert "supply.csv, row 3, column capacity" in done.stderr
    assert "Traceback" not in done.stderr


def test_bad_package_json_lists_the_problems(broken: Path) -> None:
    done = sungari("solve", broken, "--json")
    found = as_json(done)
    assert done.returncode == 2
    assert found["status"] == "invalid"
    assert isinstance(found["problems"], list)
    assert {p["row"] for p in found["problems"]} >= {2, 3}


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["solve", "nowhere"], "no region package 'nowhere'"),
        (["solve", "nowhere", "--gap", "2"], "--gap"),
        (["solv"], "'solve'"),
        (["show", "nowhere"], "no region package 'nowhere'"),
        (["report", "nowhere"], "no results at nowhere"),
        (["compare", "nowhere", "nowhere"], "no results at nowhere"),
        (["export", "nowhere", "region.doc"], "can't tell the format"),
        (["import", "nowhere.xlsx", "region"], "no workbook at nowhere.xlsx"),
    ],
)
def test_wrong_calls_end_with_two_and_a_message(
    args: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = inside(*args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("args", [[], ["nowhere"], ["nowhere", "--no-such-option"]])
def test_wrong_calls_are_json_too(args: list[str]) -> None:
    done = inside("solve", *args, "--json")
    assert done.exit_code == 2
    assert as_json(done)["status"] == "usage"


def test_unknown_project_is_a_usage_error(package: Path) -> None:
    done = sungari("solve", package, "--projects", "tunnel")
    assert done.returncode == 2
    assert "tunnel" in done.stderr


# -- check, regions, import, export -----------------------------------------------------------------------------------


def test_check(package: Path, broken: Path) -> None:
    assert inside("check", package).exit_code == 0
    done = inside("check", broken)
    assert done.exit_code == 2
    assert "myne" in done.stdout
    found = as_json(sungari("check", broken, "--json"))
    assert found["status"] == "invalid"
    assert found["errors"] == len([p for p in found["problems"] if p["severity"] == "error"])  # type: ignore[attr-defined]


def test_regions() -> None:
    done = inside("regions")
    assert done.exit_code == 0
    found = as_json(inside("regions", "--json"))["regions"]
    assert isinstance(found, list)
    assert all(r["name"] in done.stdout and r["title"] and r["places"] > 0 for r in found)


def test_workbook_there_and_back(package: Path, tmp_path: Path) -> None:
    book, back = tmp_path / "tiny.xlsx", tmp_path / "back"
    assert inside("export", package, book).exit_code == 0
    assert inside("import", book, back).exit_code == 0
    first, second = (as_json(inside("solve", p, "--json")) for p in (package, back))
    assert first["objective"] == pytest.approx(second["objective"])
    done = inside("import", book, back)
    assert done.exit_code == 2
    assert "--force" in done.stderr
    assert inside("import", book, back, "--force").exit_code == 0


@pytest.mark.parametrize("name", ["flows.geojson", "flows.gpkg", "results.xlsx"])
def test_export_of_a_plan(plan: Path, tmp_path: Path, name: str) -> None:
    done = inside("export", plan, tmp_path / name)
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / name).stat().st_size > 1000
    assert len(list(tmp_path.iterdir())) == 1


# -- show, compare, report --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [v for v in VIEWS if v != "projects"])
def test_show_fits_a_hundred_columns(plan: Path, what: str) -> None:
    done = inside("show", plan, "--what", what)
    assert done.exit_code == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 100
    assert "nan" not in done.stdout.lower().split()


def test_show_json_holds_rows(plan: Path) -> None:
    rows = as_json(inside("show", plan, "--what", "flows", "--json"))["rows"]
    assert isinstance(rows, list)
    assert {r["link"] for r in rows} == {"bridge", "line"}


def test_show_filters_and_refuses_unknown_names(plan: Path) -> None:
    rows = as_json(inside("show", plan, "--what", "prices", "--place", "city", "--json"))["rows"]
    assert isinstance(rows, list)
    assert {r["place"] for r in rows} == {"city"}
    done = inside("show", plan, "--what", "prices", "--place", "citty")
    assert done.exit_code == 2
    assert "did you mean 'city'?" in done.stderr
    done = inside("show", plan, "--what", "flow")
    assert done.exit_code == 2
    assert "did you mean 'flows'?" in done.stderr


def test_show_package(package: Path) -> None:
    done = inside("show", package)
    assert done.exit_code == 0
    assert "Tiny region" in done.stdout
    assert "bridge" in inside("show", package, "--what", "links").stdout


def test_compare_names_what_changed(package: Path, plan: Path, tmp_path: Path) -> None:
    wider = write(tmp_path / "wider", links=TINY["links"].replace(",600", ",700"))
    assert inside("solve", wider, "--out", tmp_path / "b", "-q").exit_code == 0
    done = sungari("compare", plan, tmp_path / "b")
    assert done.returncode == 0
    assert "bridge" in done.stdout
    found = as_json(inside("compare", plan, tmp_path / "b", "--json"))
    flows = found["flows"]
    assert isinstance(flows, list)
    assert {f["link"]: f["difference"] for f in flows} == {"bridge": pytest.approx(100), "line": pytest.approx(100)}
    assert as_json(inside("compare", plan, plan, "--json"))["same"] is True


def test_report_says_how_to_open_it(plan: Path, tmp_path: Path) -> None:
    done = inside("report", plan, "-o", tmp_path / "report.html")
    assert done.exit_code == 0, done.stderr
    assert (tmp_path / "report.html").resolve().as_uri() in done.stdout


def test_report_of_a_package_says_what_to_do(package: Path) -> None:
    done = inside("report", package)
    assert done.exit_code == 2
    assert f"sungari solve {package}" in done.stderr


# -- help -------------------------------------------------------------------------------------------------------------


def test_every_command_has_help_and_examples() -> None:
    parent = click.Context(main, info_name="sungari")
    for name, command in main.commands.items():
        context = command.make_context(name, [], resilient_parsing=True, parent=parent)
        text = command.get_help(context)
        assert command.help, f"{name} has no help"
        assert command.get_short_help_str(), f"{name} has no short help"
        assert "Examples:" in text, f"{name} has no examples"
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.opts[0]} has no help"


def test_examples_in_help_texts_are_valid_calls() -> None:
    commands = main.commands
    for name, command in commands.items():
        lines = (command.help or "").splitlines()
        examples = [line.split()[1:] for line in lines if line.strip().startswith("sungari ")]
        assert any(e[0] == name for e in examples)
        for example in examples:
            commands[example[0]].make_context(example[0], list(example[1:]))


def test_help_needs_nothing_heavy() -> None:
    heavy = {"numpy", "pandas", "highspy", "scipy", "pyarrow", "rich", "pint", "jinja2", "babel", "openpyxl"}
    code = f"import sys, sungari.show.cli; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_version_is_the_package_s() -> None:
    import sungari as package

    assert sungari("--version").stdout == f"sungari {package.__version__}\n"
