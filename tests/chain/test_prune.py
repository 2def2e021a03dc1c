"""Pruning: it leaves out what no best plan can use, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from handmade import Solve, region
from small_regions import FEATURES, small_region

import sungari
from sungari.chain.assembly import Model


def columns(model: sungari.Region, block: str, prune: bool = True) -> int:
    return Model(model, "best", prune=prune).arrays.columns[block].size


def test_what_nobody_wants_or_nobody_has_is_left_out(solve: Solve) -> None:
    # y is made and never wanted, z wanted and never made; C is a dead end; D pays 3 for what costs 4 to bring.
    model = region(
        "A a, B b, C b, D b", "x, y, z",
        supply="place,commodity,cost\nA,x,1\nA,y,1",
        links="link,from,to,mode,cost\nb,A,B,m,1\nc,A,C,m,1\nd,A,D,m,3",
        rates="mode,commodity\nm,*",
        demand="place,commodity,quantity,price\nB,x,5,9\nB,z,5,9\nD,x,5,3",
    )
    assert columns(model, "flow", prune=False) == 9
    assert columns(model, "flow") == 1
    assert columns(model, "supply") == 1
    assert solve(model).objective == pytest.approx(35)


def test_what_must_be_taken_is_kept(solve: Solve) -> None:
    # 3 must be taken at 4 though they fetch 3 a unit, the way paid: better than leaving them.
    plan = solve(region(
        supply="place,commodity,capacity,cost,min\nA,x,9,4,3",
        links="link,from,to,mode,cost\nl,A,B,m,1",
        rates="mode,commodity\nm,*",
        demand="place,commodity,quantity,price\nB,x,9,4",
    ))
    assert plan.objective == pytest.approx(-3)


def test_money_for_the_taking_away_is_not_pruned(solve: Solve) -> None:
    # Nobody wants x, but the link pays 2 a unit for what it carries, 5 at most, and the source costs 1.
    plan = solve(region(
        supply="place,commodity,cost\nA,x,1",
        links="link,from,to,mode,capacity,cost\nl,A,B,m,5,-2",
        rates="mode,commodity\nm,*",
    ))
    assert plan.objective == pytest.approx(5)


def test_lossy_way_to_and_fro_takes_what_may_not_be_left(solve: Solve) -> None:
    # Each x earns 5 and leaves a waste. Sent to and fro (1 a unit each way, half lost each time) a unit of it takes
    # 1 + 1/2 + 1/4 … = 2 of the link's 6: 3 x, earning 5 − 2.
    plan = solve(region(
        "A a, B a", "x, waste", {"free_disposal": False},
        processes="process\np",
        recipes="process,commodity,amount\np,x,1\np,waste,1",
        facilities="place,process,capacity\nA,p,10",
        links="link,from,to,mode,capacity,both_ways,loss\nl,A,B,m,6,true,0.5",
        rates="mode,commodity,per_unit\nm,waste,1",
        demand="place,commodity,quantity,price\nA,x,10,5",
    ))
    assert plan.objective == pytest.approx(9)


@pytest.mark.parametrize("seed", range(3000, 3004))
def test_same_worth_with_and_without(seed: int) -> None:
    model = small_region(FEATURES, seed)
    worth = []
    for prune in (True, False):
        try:
            worth.append(model.solve(prune=prune, check=False, interruptible=False).objective)
        except sungari.Infeasible:
            worth.append(np.nan)
    assert worth[0] == pytest.approx(worth[1], rel=3e-6, abs=1e-6, nan_ok=True)
