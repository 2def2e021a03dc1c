"""Appraisal: with and without against cold solves, cash flows that add up, rules among projects, the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmarks.generate import generate
from tiny import tiny_region

from sungari.chain import solve
from sungari.decide import cashflow, study
from sungari.decide.appraisal import Appraisal, appraise
from sungari.errors import UsageError
from sungari.region.package import Region
from sungari.show.decision_tables import blocked_rows
from sungari.show.i18n import Translator


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def two_places(
    projects: pd.DataFrame, effects: pd.DataFrame, *, years: tuple[int, ...] = (2030,), span: int = 10,
    rate: float = 0.05, **more: pd.DataFrame,
) -> Region:  # fmt: skip
    """A mine that yields 100 t a year at 10, a town that pays 30, a road of 40 t a year between them at no cost."""
    return Region.from_tables("two", {
        "parties": table(*({"party": p, "name": p, "kind": "country"} for p in "ab")),
        "places": table({"place": "mine", "name": "M", "party": "a"}, {"place": "town", "name": "T", "party": "b"}),
        "commodities": table({"commodity": "coal", "name": "Coal", "unit": "t"}),
        "periods": table(*({"period": str(y), "year": y, "days": 365, "years": span} for y in years)),
        "supply": table({"place": "mine", "commodity": "coal", "capacity": 100, "cost": 10}),
        "links": table({"link": "road", "from": "mine", "to": "town", "mode": "road", "capacity": 40}),
        "rates": table({"mode": "road", "commodity": "coal", "per_unit": 0}),
        "demand": table({"place": "town", "commodity": "coal", "quantity": 100, "price": 30}),
        "projects": projects, "effects": effects, **more,
    }, discount_rate=rate)  # fmt: skip


def road(project: str, tons: float, capex: float, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        {"project": project, "name": project, "capex": capex, "lumpy": "true", "life": 10, "host": "a", **more},
        {"project": project, "table": "links", "row": "road", "column": "capacity", "change": tons},
    )


def region_of(*made: tuple[dict[str, Any], dict[str, Any]], **more: Any) -> Region:
    return two_places(table(*(m[0] for m in made)), table(*(m[1] for m in made)), **more)


def of(found: Appraisal, project: str) -> Any:
    return next(p for p in found.projects if p.project == project)


def test_a_project_worked_out_by_hand() -> None:
    # 20 t a year more, worth 20 each: 400 a year for ten years, against an investment of 1,000 a year earlier.
    found = appraise(region_of(road("wide", 20, 1000)))
    worth = of(found, "wide").first
    flow = [-1000.0] + [400.0] * 10
    assert worth.npv == pytest.approx(cashflow.npv(0.05, flow) * 1.05)  # the base year is the first of operation
    assert worth.change == pytest.approx(worth.npv)
    assert worth.irr == pytest.approx([0.3845], abs=1e-4)
    assert worth.conventional
    assert worth.bcr == pytest.approx(400 * 7.721735 / 1000, rel=1e-6)
    assert worth.payback == pytest.approx(2.5)
    assert worth.flow["residual"].abs().max() == pytest.approx(0.0, abs=1e-9)
    assert worth.cost == pytest.approx({"a": 1050.0})
    assert of(found, "wide").chosen


def test_rivals_for_the_same_need_are_worth_less_last_in() -> None:
    found = appraise(region_of(road("one", 60, 1000), road("two", 50, 1000)), pairs=True)
    one, two = of(found, "one"), of(found, "two")
    assert one.first.change > 0
    assert two.first.change > 0
    assert found.chosen == ["one"]
    assert two.last.change == pytest.approx(-1050.0)  # nothing is left for it to carry
    assert one.last.change == pytest.approx(one.first.change)
    pair = found.pairs.iloc[0]
    assert pair["synergy"] == pytest.approx(-two.first.change - 1050.0)


def test_what_is_required_comes_along_and_what_excludes_gives_way() -> None:
    found = appraise(region_of(
        road("base", 0, 100), road("top", 20, 100, requires="base"), road("other", 30, 500, excludes="top"),
    ))  # fmt: skip
    top, base, other = of(found, "top"), of(found, "base"), of(found, "other")
    assert top.first.together == ("base",)
    assert top.first.change == pytest.approx(400 * 7.721735 * 1.05 - 210, rel=1e-6)
    assert base.first.change == pytest.approx(-105.0)
    assert found.chosen == ["other"]
    assert top.last.displaced == ("other",)
    assert top.last.change == pytest.approx(top.first.change - other.first.change)


def test_committed_and_blocked_projects() -> None:
    caps = table({"party": "a", "sector": "*", "max_foreign_share": 0.1})
    shares = table({"project": "foreign", "party": "b", "share": 1.0}, {"project": "sure", "party": "a", "share": 1.0})
    found = appraise(
        region_of(road("sure", 20, 1000, committed=True), road("foreign", 20, 1000),
                  road("never", 5, 10, excludes="sure"), ownership_caps=caps, shares=shares)
    )  # fmt: skip
    sure = of(found, "sure")
    assert sure.committed
    assert sure.first.change == pytest.approx((400 * 7.721735 - 1000) * 1.05, rel=1e-6)
    assert "foreign share 100%" in of(found, "foreign").first.why
    assert of(found, "never").first.why == "excluded by sure, which is committed"
    assert of(found, "never").last.displaced == ("sure",)
    assert json.loads(json.dumps(found.as_json()))["projects"][1]["first"]["why"].startswith("foreign share 100%")
    for lang in ("zh", "ru"):
        shown = blocked_rows(study.part(found), Translator(lang))
        assert shown is not None
        told = " ".join(str(cell) for row in shown.rows for cell in row)
        assert "100%" in told
        assert "sure" in told
        assert "foreign share" not in told
        assert "excluded by" not in told


def test_the_best_size_and_the_best_year_are_taken() -> None:
    project = {"project": "wide", "name": "wide", "capex": 100.0, "capex_per_size": 20.0, "size_max": 90.0,
               "lumpy": "false", "life": 20, "host": "a"}  # fmt: skip
    effect = {"project": "wide", "table": "links", "row": "road", "column": "capacity", "change": 1.0}
    region = two_places(table(project), table(effect), years=(2030, 2040))
    found = appraise(region).projects[0].first
    plan = solve(region, projects=["wide"], check=False)
    assert plan.projects["size"].tolist() == pytest.approx([60.0])
    assert found.change == pytest.approx(plan.objective - solve(region, projects="none").objective, rel=1e-9)


@pytest.mark.parametrize(("life", "lead", "span", "rate"), [
    (10, 0, 10, 0.05), (30, 0, 10, 0.05), (12, 3, 5, 0.08), (7, 0, 5, 0.05), (3, 0, 5, 0.0), (40, 11, 10, 0.03),
])  # fmt: skip
def test_the_flow_is_worth_the_change_of_the_objective(life: float, lead: float, span: int, rate: float) -> None:
    region = region_of(
        road("wide", 20, 1000, opex=15, life=life, lead=lead), years=(2030, 2030 + span, 2030 + 2 * span),
        span=span, rate=rate,
    )  # fmt: skip
    worth = of(appraise(region), "wide").first
    assert worth.npv == pytest.approx(worth.change, rel=1e-9)
    assert worth.change == pytest.approx(
        solve(region, projects=["wide"]).objective - solve(region, projects="none").objective, rel=1e-8
    )
    for rate_ in worth.irr:
        assert cashflow.npv(rate_, worth.flow["net"]) == pytest.approx(0.0, abs=1e-6 * 1000)


def test_with_and_without_on_a_generated_region() -> None:
    made = generate(8, 4, 24, seed=3, projects=6)
    projects = made.table("projects").copy()
    projects["lumpy"] = "true"
    region = made.with_table("projects", projects)
    found = appraise(region)
    assert found.info["improvable"] == []
    none = solve(region, projects="none").objective
    chosen = set(found.chosen)
    for each in found.projects:
        alone = solve(region, projects=[each.project], check=False).objective
        assert each.first.change == pytest.approx(alone - none, abs=1e-8 * abs(none))
        with_it = solve(region, projects=sorted(chosen | {each.project}), check=False).objective
        without = solve(region, projects=sorted(chosen - {each.project}) or "none", check=False).objective
        assert each.last.change == pytest.approx(with_it - without, abs=1e-8 * abs(none))
        for worth in (each.first, each.last):
            assert worth.npv == pytest.approx(worth.change, abs=1e-8 * abs(none))
            assert worth.parties is not None
            duties = worth.parties["change"].sum() - worth.change
            assert abs(duties) < 0.2 * abs(none)
            losers = worth.by_party()
            assert (losers["compensation"] >= 0).all()
            if each.first.change < 0:
                assert losers["cost"].sum() > 0


def test_every_party_split_sums_to_the_change_of_welfare() -> None:
    found = appraise(region_of(road("wide", 20, 1000), shares=table(
        {"project": "wide", "party": "a", "share": 0.25}, {"project": "wide", "party": "b", "share": 0.75},
    )))  # fmt: skip
    worth = of(found, "wide").first
    assert worth.parties["change"].sum() == pytest.approx(worth.change)
    assert worth.cost == pytest.approx({"a": 262.5, "b": 787.5})


def test_what_a_project_unblocks_and_what_trade_it_makes() -> None:
    links = table(
        {"link": "road", "from": "mine", "to": "town", "mode": "road", "capacity": 40},
        {"link": "lane", "from": "mine", "to": "town", "mode": "track", "capacity": 30},
    )
    rates = table(
        {"mode": "road", "commodity": "coal", "per_unit": 0}, {"mode": "track", "commodity": "coal", "per_unit": 5}
    )
    worth = of(appraise(region_of(road("wide", 50, 1), links=links, rates=rates)), "wide").first
    assert worth.trade.set_index("link")["change"].to_dict() == pytest.approx({"road": 50.0, "lane": -20.0})
    made = worth.as_json(1.0)
    assert made["trade"] == [{"commodity": "coal", "created": pytest.approx(30.0), "diverted": pytest.approx(20.0)}]
    eased = {b["row"]: (b["worth_before"], b["worth_after"]) for b in made["unblocks"]}
    assert eased["road"] == pytest.approx((20.0, 5.0))
    assert eased["lane"] == pytest.approx((15.0, 0.0))


def test_a_project_that_changes_nothing_at_all() -> None:
    region = region_of(road("void", 0, 0), road("wide", 20, 1000))
    void = next(p for p in appraise(region).as_json()["projects"] if p["project"] == "void")
    assert void["first_in"] == 0.0
    assert void["first"]["parties"] == []


def test_an_unknown_project_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="did you mean 'bridge'"):
        appraise(tiny_region(), ["bridgee"])
    with pytest.raises(UsageError, match="against 'worst'"):
        appraise(tiny_region(), against="worst")


def test_a_region_with_everything_in_it(tiny: Region, tmp_path: Path) -> None:
    found = appraise(tiny, pairs=True)
    assert {p.project for p in found.projects} == {"bridge", "ferry"}
    store = study.open_store(tmp_path / "out")
    again = appraise(tiny, store=store)
    store.close()
    study.save(again, tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "appraisal.json").read_text(encoding="utf-8"))
    assert [p["first_in"] for p in kept["projects"]] == [p.first.change for p in found.projects]
    flows = pd.read_parquet(tmp_path / "out" / "flows.parquet")
    assert set(flows["against"]) == {"first", "last"}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no appraisal"):
        study.open_store(tmp_path / "other")


def test_all_projects_that_go_together() -> None:
    found = appraise(
        region_of(road("one", 20, 1e6), road("two", 20, 1e6, excludes="one"), road("three", 5, 10)), against="all"
    )
    assert found.chosen == ["one", "three"]
    assert of(found, "two").last.displaced == ("one",)
    assert np.isfinite(found.objective_chosen)


def test_the_command(tmp_path: Path) -> None:
    region_of(road("wide", 20, 1000), road("more", 10, 5)).write(tmp_path / "two")
    code = "import sys; from sungari.show.cli import main; main(sys.argv[1:])"
    command = [sys.executable, "-c", code, "appraise", str(tmp_path / "two")]
    done = subprocess.run([*command, "--out", str(tmp_path / "out"), "--json"], capture_output=True, text=True,
                          check=True, encoding="utf-8")  # fmt: skip
    result = json.loads(done.stdout)
    wide = next(p for p in result["projects"] if p["project"] == "wide")
    assert {"project", "first_in", "last_in", "npv", "irr", "bcr"} <= set(wide)
    assert wide["first_in"] == pytest.approx((400 * 7.721735 - 1000) * 1.05, rel=1e-6)
    assert json.loads((tmp_path / "out" / "appraisal.json").read_text(encoding="utf-8"))["sha256"] == result["sha256"]
    one = subprocess.run([*command, "--project", "more"], capture_output=True, text=True, check=True, encoding="utf-8")
    assert "more" in one.stdout
    assert "wide" not in one.stdout
    bad = subprocess.run([*command, "--project", "mor"], capture_output=True, text=True, check=False, encoding="utf-8")
    assert bad.returncode == 2
    assert "did you mean 'more'" in bad.stderr
