"""Draws: the same for any number of workers, in chunks, within limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from funds import cells_of, drift, event

from sungari.cover import losses, strikes
from sungari.cover.exposure import Cells
from sungari.cover.losses import Draws, Task, chunk, draw
from sungari.cover.severity import Beta, Gamma, Normal


def mixed(years: int = 4) -> Cells:
    return cells_of(
        [event(Gamma.of(2.0, 1.0), probability=0.05, factor=0, loading=0.6),
         event(Beta.of(0.3, 0.2), frequency=0.9, factor=1, loading=0.8, df=4.0),
         event(Beta.of(0.3, 0.2), frequency=0.3), drift(Normal(0.0, 0.2), factor=1, loading=0.5)],
        [6, 5, 4, 3], years=years, lower=0.1, upper=1.5, correlation=np.array([[1.0, 0.3], [0.3, 1.0]]))


def task(cells: Cells, paths: int, seed: int = 1, keep: float = 0.02) -> Task:
    years = len(cells.years)
    return Task(cells, seed, paths, np.ones(years), np.zeros(years), keep)


def same(a: Draws, b: Draws) -> None:
    assert np.array_equal(a.claims, b.claims)
    assert np.array_equal(a.gross, b.gross)
    assert np.array_equal(a.kept.payment, b.kept.payment)
    assert np.array_equal(a.kept.path, b.kept.path)


def test_figures_do_not_depend_on_the_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    made = task(mixed(), 120_000)
    assert len(made.sizes) > 2
    same(draw(made, 1), draw(made, 2))


def test_a_seed_says_what_is_drawn() -> None:
    cells = mixed()
    same(draw(task(cells, 3000)), draw(task(cells, 3000)))
    assert not np.array_equal(draw(task(cells, 3000)).claims, draw(task(cells, 3000, seed=2)).claims)


def test_chunks_have_streams_of_their_own() -> None:
    made = task(mixed(), 120_000)
    assert not np.array_equal(chunk(made, 0).claims[:1000], chunk(made, 1).claims[:1000])
    assert sum(made.sizes) == 120_000


def test_events_of_the_worst_paths_make_up_their_claims() -> None:
    cells = mixed()
    drawn = draw(task(cells, 20_000, keep=0.05))
    kept = drawn.kept
    total = np.zeros_like(drawn.claims)
    np.add.at(total, (kept.path, kept.year), kept.payment)
    assert total[kept.paths] == pytest.approx(drawn.claims[kept.paths], rel=1e-5, abs=1e-5)
    need = drawn.claims.cumsum(axis=1).max(axis=1)
    assert need[kept.paths].min() >= np.quantile(need, 0.9)
    assert len(kept.paths) == pytest.approx(0.05 * 20_000, abs=5)


def test_limits_are_never_exceeded() -> None:
    cells = cells_of([event(Gamma.of(2.0, 4.0), probability=0.5, factor=0, loading=0.5)], [1], scale=10.0, lower=0.5,
                     upper=2.0)
    drawn = draw(task(cells, 50_000))
    assert drawn.claims.max() == pytest.approx(15.0)
    assert drawn.largest.max() <= 15.0 + 1e-9


def test_a_cap_bounds_the_loss_as_well_as_the_claim() -> None:
    cells = cells_of([event(Gamma.of(2.0, 4.0), probability=0.5, cap=3.0)], [1], upper=3.0)
    assert draw(task(cells, 20_000)).gross.max() == pytest.approx(3.0)


def test_a_certain_event_happens_and_an_impossible_one_does_not() -> None:
    assert (draw(task(cells_of([event(1.0, probability=1.0)], [3]), 1000)).claims == 3.0).all()
    assert not draw(task(cells_of([event(1.0, probability=0.0), event(1.0, frequency=0.0)], [3, 2]), 1000)).claims.any()
    tied = event(1.0, probability=1.0, factor=0, loading=0.5)
    assert (draw(task(cells_of([tied], [3]), 1000)).claims == 3.0).all()


@pytest.mark.parametrize("chance", [0.02, 0.2, 0.6])
@pytest.mark.parametrize("n", [1, 3, 40, 300])
def test_numbers_of_at_least_one_are_binomial(chance: float, n: int) -> None:
    random = np.random.default_rng(1)
    u = random.random(60_000)
    none = np.full(60_000, (1 - chance) ** n)
    at = u >= none
    number = strikes.truncated_binomial(n, np.full(at.sum(), chance), u[at], none[at], random)
    assert number.min() >= 1
    assert number.sum() / 60_000 == pytest.approx(n * chance, abs=5 * math.sqrt(n * chance * (1 - chance) / 60_000))


def test_struck_cells_are_all_alike_and_different() -> None:
    random = np.random.default_rng(2)
    number = random.integers(1, 5, 50_000)
    at, cell = strikes.chosen(np.arange(50_000), number, 6, random)
    assert len(np.unique(at * 6 + cell)) == len(at) == number.sum()
    assert np.bincount(cell) / len(cell) == pytest.approx(np.full(6, 1 / 6), abs=0.005)


def test_memory_is_bounded_by_chunks() -> None:
    many = task(cells_of([event(1.0, frequency=50.0)], [40], years=10), 100_000)
    assert max(many.sizes) * 50 * 40 * 10 <= losses.HELD
