"""The ground under the map, anywhere on the globe."""

from __future__ import annotations

import numpy as np
import pytest

from sungari.errors import UsageError
from sungari.show import assets
from sungari.show.basemap import Projection, basemap


@pytest.fixture(scope="module")
def world() -> str:
    return assets.world()


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ([45.0, 50.0, 43.0], [126.0, 127.0, 132.0]),
        ([65.0, 60.0, 52.0], [178.0, -170.0, -179.0]),
        ([-1.0, 2.0], [30.0, 33.0]),
        ([78.0, 71.0], [20.0, -160.0]),
        ([10.0], [10.0]),
    ],
    ids=["Amur", "antimeridian", "equator", "Arctic", "one place"],
)
def test_all_places_lie_in_the_view_and_the_ground_reaches_beyond_it(
    world: str, lat: list[float], lon: list[float]
) -> None:
    ground = basemap(np.array(lat), np.array(lon), world)
    left, bottom, right, top = ground.view
    x, y = ground.place(np.array(lat), np.array(lon))
    assert ((x > left) & (x < right) & (y > bottom) & (y < top)).all()
    assert max(right - left, top - bottom) == pytest.approx(4000, abs=2)
    points = np.concatenate([np.array(r) for r in ground.land]) if ground.land else np.zeros((0, 2))
    assert np.abs(points - [(left + right) / 2, (bottom + top) / 2]).max(initial=0) <= 1.7 * 4000 + 1


def test_no_line_is_drawn_along_the_antimeridian(world: str) -> None:
    ground = basemap(np.array([66.0, 67.0]), np.array([178.0, -178.0]), world)
    x, _ = ground.place(np.array([66.5, 68.0]), np.array([180.0, 180.0]))
    on_it = [line for line in ground.borders + ground.coasts if np.abs(np.array(line)[:, 0] - x[0]).max() < 20]
    assert not [line for line in on_it if np.ptp(np.array(line)[:, 1]) > 400]


def test_neighbours_share_a_border(world: str) -> None:
    ground = basemap(np.array([48.0, 52.0]), np.array([124.0, 131.0]), world)
    assert ground.borders
    assert ground.coasts


def test_the_projection_keeps_areas() -> None:
    projection = Projection(50.0, 130.0)

    def area(lat: float, lon: float) -> float:
        x, y = projection(np.array([lat, lat, lat + 0.1]), np.array([lon, lon + 0.1, lon]))
        return abs(float((x[1] - x[0]) * (y[2] - y[0]) - (x[2] - x[0]) * (y[1] - y[0])))

    assert area(60, 110) / area(60, 145) == pytest.approx(1, rel=1e-3)
    assert area(35, 130) / area(60, 130) == pytest.approx(np.cos(np.radians(35)) / np.cos(np.radians(60)), rel=2e-3)


def test_without_outlines_there_is_still_a_view() -> None:
    ground = basemap(np.array([45.0, 50.0]), np.array([126.0, 127.0]))
    assert ground.land == []
    assert ground.geojson()["features"]


def test_no_coordinates_are_said_so() -> None:
    with pytest.raises(UsageError, match=r"places\.csv"):
        basemap(np.array([]), np.array([]))
