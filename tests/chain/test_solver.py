"""The solver's room: methods, scales, limits of time, warm changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from handmade import check_plan, region

import sungari
from sungari.chain.assembly import Model
from sungari.chain.solver import Solver, SolverError

CASES = Path(__file__).parents[1] / "cases"


@pytest.mark.parametrize("method", ["auto", "simplex", "ipx", "choose"])
def test_every_method_finds_the_same(method: str) -> None:
    plan = sungari.Region.read(CASES / "mexss").solve(method=method)
    assert plan.objective == pytest.approx(-538.8112, rel=1e-6)
    check_plan(plan)


@pytest.mark.parametrize("size", [1e-6, 1e7])
def test_quantities_and_money_of_any_size(size: float) -> None:
    # 10 sizes of goods at 3 / size each, cost 1 / size, over a link that takes a project of 5: 10 · (3 − 1) − 5.
    plan = region(
        supply=f"place,commodity,cost\nA,x,{1 / size!r}",
        links="link,from,to,mode,capacity\nl,A,B,m,0",
        rates="mode,commodity\nm,x",
        demand=f"place,commodity,quantity,price\nB,x,{10 * size!r},{3 / size!r}",
        projects="project,lumpy,capex,life,host\nq,true,5,1,a",
        effects=f"project,table,row,column,change\nq,links,l,capacity,{20 * size!r}",
    ).solve()
    assert plan.objective == pytest.approx(15, rel=1e-6)
    check_plan(plan)


def test_time_limit_without_a_plan() -> None:
    # A linear model that is broken off has no plan at all. 50 sources and 50 markets, all linked.
    n = range(50)
    model = region(
        ", ".join([f"s{i} a" for i in n] + [f"m{i} b" for i in n]), "x",
        supply="place,commodity,capacity,cost\n" + "\n".join(f"s{i},x,{100 + i * i % 37},{1 + i % 7}" for i in n),
        links="link,from,to,mode,cost\n" + "\n".join(
            f"l{i}_{j},s{i},m{j},m,{1 + (i * 31 + j * 17) % 23 + 0.01 * i}" for i in n for j in n
        ),
        rates="mode,commodity\nm,x",
        demand="place,commodity,quantity\n" + "\n".join(f"m{j},x,{60 + j * j % 41}" for j in n),
    )
    with pytest.raises(sungari.NoSolution) as caught:
        model.solve(time_limit=1e-9, check=False)
    assert caught.value.status == "time_limit"
    assert "stopped by the time limit before any plan was found" in str(caught.value)


def test_time_limit_with_a_plan() -> None:
    # Enough for a first plan, not for the proof – or for neither, or both, as fast as the machine is.
    model = sungari.Region.read(CASES / "fcnet_r20x100")
    try:
        plan = model.solve(time_limit=1.0, check=False)
    except sungari.NoSolution as error:
        stopped = error.status
    else:
        stopped = plan.status
        assert plan.objective <= -15603 * (1 - 1e-6)
        check_plan(plan)
    assert stopped in ("time_limit", "optimal")


def test_gap_is_kept() -> None:
    plan = sungari.Region.read(CASES / "fcnet_r20x100").solve(gap=0.05, check=False)
    assert plan.info["gap"] <= 0.05
    assert -15603 * 1.06 <= plan.objective <= -15603 * (1 - 1e-6)


def test_unknown_option_is_refused() -> None:
    solver = Solver(Model(sungari.Region.read(CASES / "trnsport"), "best").arrays)
    with pytest.raises(SolverError, match="refuses option nonsense"):
        solver.option("nonsense", 1)


def test_changes_are_solved_warm_and_undone() -> None:
    arrays = Model(sungari.Region.read(CASES / "trnsport"), "best").arrays
    solver = Solver(arrays)
    first = solver.solve()
    assert first.objective == pytest.approx(153.675)
    supply = arrays.columns["supply"].index
    solver.set_bounds(supply, 0.0, arrays.upper[supply] / 2)
    assert solver.solve().status == "infeasible"
    solver.set_bounds(supply, 0.0, arrays.upper[supply])
    solver.set_costs(arrays.columns["flow"].index, 2 * arrays.cost[arrays.columns["flow"].slice])
    assert solver.solve().objective == pytest.approx(2 * 153.675)
    sale = arrays.columns["sale"].index
    solver.set_costs(arrays.columns["flow"].index, arrays.cost[arrays.columns["flow"].slice])
    solver.set_bounds(sale, arrays.lower[sale] / 2, arrays.upper[sale] / 2)
    halved = solver.solve()
    assert halved.objective == pytest.approx(153.675 / 2, rel=0.2)
    assert np.all(halved.x >= 0)


def test_progress_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    seen: list[object] = []
    sungari.Region.read(CASES / "trnsport").solve(progress=seen.append)
    # Nothing but what is asked for is printed: no banner, no log.
    assert capfd.readouterr() == ("", "")
