"""The ground under the map: outlines of the world's countries, projected around a region and cut to it.

The projection is Lambert's azimuthal equal-area one, centred on the region's places: no region is at an edge of it,
the antimeridian is nowhere special, areas can be compared. Coordinates of a basemap are plane units, x to the right
and y up, small whole numbers; :meth:`Basemap.place` brings latitude and longitude into them.

Outlines are Natural Earth's (public domain). They show de-facto borders and take no side.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sungari.errors import UsageError

Floats = NDArray[np.float64]
Line = list[list[int]]

_UNITS = 4000.0  # plane units along the longer side of the view
_REACH = (1.7, 1.0)  # how far the ground goes on from its middle, in longer sides of the view: no page shows more
_TOLERANCE = 3.0  # plane units by which outlines may be smoothed, under a pixel on a wide page
_SMALLEST = 60_000.0  # metres: least size of a view
_RADIUS = 6_371_008.8  # metres, mean radius of the earth
_FAR = np.cos(np.radians(100.0))  # outlines wholly farther away than 100 degrees are left out


@dataclass(frozen=True)
class Projection:
    """Lambert's azimuthal equal-area projection on a sphere.

    Attributes
    ----------
    lat, lon : float
        Centre, degrees.
    """

    lat: float
    lon: float

    def __call__(self, lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
        """Metres east and north of the centre, for degrees."""
        phi, lam, phi0 = np.radians(lat), np.radians(lon - self.lon), np.radians(self.lat)
        near = self._nearness(phi, lam, phi0)
        k = np.sqrt(2.0 / np.maximum(1.0 + near, 1e-9)) * _RADIUS
        x = k * np.cos(phi) * np.sin(lam)
        y = k * (np.cos(phi0) * np.sin(phi) - np.sin(phi0) * np.cos(phi) * np.cos(lam))
        return x, y

    def nearness(self, lat: Floats, lon: Floats) -> Floats:
        """Cosine of the angle between each point and the centre."""
        return self._nearness(np.radians(lat), np.radians(lon - self.lon), float(np.radians(self.lat)))

    @staticmethod
    def _nearness(phi: Floats, lam: Floats, phi0: float | np.floating[Any]) -> Floats:
        return np.asarray(np.sin(phi0) * np.sin(phi) + np.cos(phi0) * np.cos(phi) * np.cos(lam))

    @classmethod
    def around(cls, lat: Floats, lon: Floats) -> Projection:
        """Centred on the middle of some points, wherever on the globe they lie."""
        phi, lam = np.radians(lat), np.radians(lon)
        vector = np.array([(np.cos(phi) * np.cos(lam)).sum(), (np.cos(phi) * np.sin(lam)).sum(), np.sin(phi).sum()])
        if np.linalg.norm(vector) < 1e-9:
            return cls(0.0, 0.0)
        middle = cls(
            float(np.degrees(np.arctan2(vector[2], np.hypot(vector[0], vector[1])))),
            float(np.degrees(np.arctan2(vector[1], vector[0]))),
        )
        x, y = middle(lat, lon)
        return middle.shifted((x.min() + x.max()) / 2, (y.min() + y.max()) / 2)

    def shifted(self, x: float, y: float) -> Projection:
        """Centred on the point that lies `x` metres east and `y` metres north in this projection."""
        rho = float(np.hypot(x, y))
        if rho < 1.0:
            return self
        c = 2 * np.arcsin(min(rho / (2 * _RADIUS), 1.0))
        phi0 = np.radians(self.lat)
        lat = np.arcsin(np.cos(c) * np.sin(phi0) + y * np.sin(c) * np.cos(phi0) / rho)
        lon = np.arctan2(x * np.sin(c), rho * np.cos(phi0) * np.cos(c) - y * np.sin(phi0) * np.sin(c))
        return Projection(float(np.degrees(lat)), (self.lon + float(np.degrees(lon)) + 180.0) % 360.0 - 180.0)


@dataclass(frozen=True)
class Basemap:
    """Ground of one region in plane units.

    Attributes
    ----------
    projection : Projection
    scale : float
        Plane units per metre.
    view : tuple of float
        Left, bottom, right, top of what the map shows.
    land : list
        Closed rings of land.
    borders, coasts : list
        Lines; borders are de facto.
    """

    projection: Projection
    scale: float
    view: tuple[float, float, float, float]
    land: list[Line] = field(default_factory=list)
    borders: list[Line] = field(default_factory=list)
    coasts: list[Line] = field(default_factory=list)

    def place(self, lat: Floats, lon: Floats) -> tuple[Floats, Floats]:
        """Plane coordinates of points given in degrees."""
        x, y = self.projection(lat, lon)
        return x * self.scale, y * self.scale

    @property
    def aspect(self) -> float:
        """Width of the view over its height."""
        left, bottom, right, top = self.view
        return (right - left) / (top - bottom)

    def geojson(self) -> dict[str, Any]:
        """The land as GeoJSON in plane units, for ``echarts.registerMap``."""
        left, bottom, right, top = self.view
        corner: Any = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
        rings: list[Any] = [[ring] for ring in self.land] or [[corner]]
        geometry = {"type": "MultiPolygon", "coordinates": rings}
        return {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": {"name": "land"}, "geometry": geometry}],
        }

    def within(self, left: float, bottom: float, right: float, top: float) -> Basemap:
        """The ground inside a box of plane units."""
        box = (left, bottom, right, top)
        rings = [_clipped(np.array(ring, dtype=float), box) for ring in self.land]
        land = [_whole(ring) for ring in rings if len(ring) > 2]
        return replace(self, land=land, borders=_inside(self.borders, box), coasts=_inside(self.coasts, box))

    def bar(self) -> tuple[int, float]:
        """A scale bar: a round number of kilometres, and its length in plane units."""
        wide = (self.view[2] - self.view[0]) / self.scale / 1000 / 5
        power = 10.0 ** np.floor(np.log10(wide))
        km = max(int(max(f * power for f in (1, 2, 5) if f * power <= wide)), 1)
        return km, float(km * 1000 * self.scale)


def basemap(lat: Floats, lon: Floats, world: str | None = None) -> Basemap:
    """The ground around some places.

    Parameters
    ----------
    lat, lon : ndarray of float
        Where the places lie, degrees; at least one.
    world : str, optional
        TopoJSON of the world's countries (:func:`sungari.show.assets.world`); without it the ground is bare.

    Returns
    -------
    Basemap
    """
    if not len(lat):
        raise UsageError("no place has coordinates: give `lat` and `lon` in places.csv to draw a map")
    projection = Projection.around(lat, lon)
    x, y = projection(lat, lon)
    wide, high = max(np.ptp(x), _SMALLEST), max(np.ptp(y), _SMALLEST)
    pad = 0.09 * max(wide, high)
    wide, high = wide + 2 * pad, high + 2 * pad
    middle = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
    scale = _UNITS / max(wide, high)
    view = tuple(
        float(np.round(v * scale))
        for v in (middle[0] - wide / 2, middle[1] - high / 2, middle[0] + wide / 2, middle[1] + high / 2)
    )
    bare = Basemap(projection, scale, (view[0], view[1], view[2], view[3]))
    return bare if world is None else _drawn(bare, json.loads(world))


def _drawn(bare: Basemap, topology: dict[str, Any]) -> Basemap:
    """The ground with land, borders and coasts on it."""
    middle_x, middle_y = (bare.view[0] + bare.view[2]) / 2, (bare.view[1] + bare.view[3]) / 2
    reach_x, reach_y = _REACH[0] * _UNITS, _REACH[1] * _UNITS
    box = (middle_x - reach_x, middle_y - reach_y, middle_x + reach_x, middle_y + reach_y)
    degrees = _arcs(topology)
    arcs = [np.column_stack(bare.place(arc[:, 1], arc[:, 0])) for arc in degrees]
    near = [float(bare.projection.nearness(arc[:, 1], arc[:, 0]).max()) for arc in degrees]
    kept: dict[int, Floats] = {}

    def simple(index: int) -> Floats:
        if index not in kept:
            kept[index] = _simplified(arcs[index], _TOLERANCE)
        return kept[index]

    land: list[Line] = []
    used: dict[int, set[int]] = {}
    for number, shape in enumerate(topology["objects"]["countries"]["geometries"]):
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape.get("arcs", [])
        for polygon in polygons:
            for ring in polygon:
                indices = [i if i >= 0 else ~i for i in ring]
                if max(near[i] for i in indices) < _FAR or _unseen([arcs[i] for i in indices], box):
                    continue
                for i in indices:
                    used.setdefault(i, set()).add(number)
                points = np.concatenate([simple(i) if i >= 0 else simple(~i)[::-1] for i in ring])
                closed = _clipped(points, box)
                if len(closed) > 3:
                    land.append(_whole(closed))
    lines: dict[bool, list[Line]] = {True: [], False: []}
    for index, owners in used.items():
        seam = np.isclose(np.abs(degrees[index][:, 0]), 180.0, atol=0.01) | (degrees[index][:, 1] < -89.9)
        parts = [simple(index)] if not seam.any() else _runs(arcs[index], ~seam)
        for part in parts:
            lines[len(owners) > 1] += _inside([part], box)
    return Basemap(bare.projection, bare.scale, bare.view, land, lines[True], lines[False])


def _arcs(topology: dict[str, Any]) -> list[Floats]:
    """Arcs of a TopoJSON topology in degrees (longitude, latitude)."""
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc, dtype=float), axis=0) * scale + shift for arc in topology["arcs"]]


def _unseen(arcs: list[Floats], box: tuple[float, float, float, float]) -> bool:
    """Whether some arcs lie wholly outside a box, or together are no more than a dot."""
    low = np.min([a.min(axis=0) for a in arcs], axis=0)
    high = np.max([a.max(axis=0) for a in arcs], axis=0)
    outside = high[0] < box[0] or high[1] < box[1] or low[0] > box[2] or low[1] > box[3]
    return bool(outside or (high - low).max() < 4 * _TOLERANCE)


def _simplified(points: Floats, tolerance: float) -> Floats:
    """Douglas & Peucker (1973): drop points that lie within a tolerance of the line through the others."""
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    if np.array_equal(points[0], points[-1]) and len(points) > 3:  # a ring: hold it open at its farthest point
        keep[np.hypot(*(points - points[0]).T).argmax()] = True
    held = np.flatnonzero(keep)
    todo = list(zip(held[:-1].tolist(), held[1:].tolist(), strict=True))
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        step = points[last] - points[first]
        offset = points[first + 1 : last] - points[first]
        length = float(np.hypot(*step))
        if length > 0:
            distance = np.abs(step[0] * offset[:, 1] - step[1] * offset[:, 0]) / length
        else:
            distance = np.hypot(offset[:, 0], offset[:, 1])
        far = int(distance.argmax())
        if distance[far] > tolerance:
            middle = first + 1 + far
            keep[middle] = True
            todo += [(first, middle), (middle, last)]
    return points[keep]


def _clipped(points: Floats, box: tuple[float, float, float, float]) -> Floats:
    """Sutherland & Hodgman (1974): the part of a ring inside a box."""
    for axis, bound, sign in ((0, box[0], 1.0), (0, box[2], -1.0), (1, box[1], 1.0), (1, box[3], -1.0)):
        if not len(points):
            break
        inside = (points[:, axis] - bound) * sign >= 0
        if inside.all():
            continue
        made: list[Floats] = []
        for i in range(len(points)):
            here, before = points[i], points[i - 1]
            if inside[i] != inside[i - 1]:
                share = (bound - before[axis]) / (here[axis] - before[axis])
                made.append(before + share * (here - before))
            if inside[i]:
                made.append(here)
        points = np.array(made).reshape(-1, 2)
    return points


def _inside(lines: Iterable[Floats | Line], box: tuple[float, float, float, float]) -> list[Line]:
    """Stretches of lines whose points lie inside a box."""
    made = []
    for line in lines:
        points = np.asarray(line, dtype=float)
        within: NDArray[np.bool_] = np.all((points >= [box[0], box[1]]) & (points <= [box[2], box[3]]), axis=1)
        within[:-1] |= within[1:]  # one point more at each end, so that no line ends short of the edge
        within[1:] |= within[:-1]
        made += [_whole(run) for run in _runs(points, within)]
    return made


def _runs(points: Floats, mask: NDArray[np.bool_]) -> list[Floats]:
    """Unbroken stretches of a line where the mask holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [points[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]


def _whole(points: Floats) -> Line:
    """Points as whole numbers, repeats dropped."""
    rounded = np.round(points).astype(int)
    fresh = np.concatenate([[True], (np.diff(rounded, axis=0) != 0).any(axis=1)])
    made: Line = rounded[fresh].tolist()
    return made
