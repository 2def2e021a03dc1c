"""Rents that several full limits share: the same in every plan, whichever prices the solver finds first."""

from __future__ import annotations

import pandas as pd
import pytest
from handmade import check_plan, region

import sungari


def welfare(plan: sungari.Plan) -> pd.Series:
    return plan.welfare().groupby("party")["amount"].sum()


def full_chain(**more: str) -> sungari.Region:
    """A field, a plant and two pipes of five parties, all full at 10 units; who buys pays 9, all costs are 1."""
    return region(
        "F f, P p, Q q, M m", "gas, x",
        parties="party,kind\nf,country\np,country\nq,country\nm,country",
        supply="place,commodity,capacity,cost\nF,gas,10,1",
        processes="process,name\nclean,Cleaning",
        recipes="process,commodity,amount\nclean,gas,-1\nclean,x,1",
        facilities="place,process,capacity,cost\nP,clean,10,1",
        links="link,from,to,mode,capacity,cost\none,F,P,pipe,10,1\ntwo,P,Q,pipe,10,1\nthree,Q,M,pipe,10,1",
        rates="mode,commodity\npipe,gas\npipe,x",
        demand="place,commodity,quantity,price\nM,x,1000,9",
        **more,
    )


@pytest.mark.parametrize("method", ["simplex", "ipx"])
@pytest.mark.parametrize("prune", [True, False])
def test_the_rent_is_the_resource_owners(method: str, prune: bool) -> None:
    plan = full_chain().solve(method=method, prune=prune)  # type: ignore[arg-type]
    assert plan.objective == pytest.approx(10 * (9 - 5))
    assert welfare(plan)["f"] == pytest.approx(40)
    prices = plan.tables["prices"].set_index(["place", "commodity"])["price"]
    assert prices["F", "gas"] == pytest.approx(5)
    check_plan(plan)


def test_what_is_apart_changes_nobodys_gain() -> None:
    aside = {
        "projects": "project,capex,life,host\nferry,0.01,1,q",
        "shares": "project,party,share\nferry,q,1",
        "effects": "project,table,row,column,change\nferry,links,three,cost,-0.01",
    }
    without, with_it = (full_chain(**aside).solve(projects=p) for p in ("none", ["ferry"]))
    change = welfare(with_it).sub(welfare(without), fill_value=0.0).round(6)
    assert change.sum() == pytest.approx(with_it.objective - without.objective)
    # The field has what the cheaper pipe saves; the project's host has its cost; nobody else gains or loses.
    assert set(change[change != 0].index) <= {"f", "q"}


def test_appraised_gains_rest_on_the_same_rents() -> None:
    model = full_chain(
        projects="project,capex,life,host,lumpy\nidle,1,1,q,true",
        effects="project,table,row,column,change\nidle,links,three,capacity,1",
        shares="project,party,share\nidle,q,1",
    )
    found = sungari.appraise(model)
    gains = {p["party"]: p["change"] for p in found.as_json()["projects"][0]["first"]["parties"]}
    # One more unit of a pipe behind a full field is worth nothing: only the builder's cost is left.
    assert {p for p, change in gains.items() if abs(change) > 1e-6} == {"q"}
