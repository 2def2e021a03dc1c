"""A region, and a plan's flows and prices, on the map: GeoJSON for anything, GeoPackage for QGIS.

Layers: ``places`` (points), ``links`` (lines), and with a plan ``flows`` (one line per link, direction, commodity and
year) and ``prices`` (one point per place, commodity and year). All in WGS 84 degrees.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from sungari.errors import UsageError
from sungari.region.package import Region

if TYPE_CHECKING:
    from sungari.chain.plan import Plan

Point: TypeAlias = tuple[float, float]
#: A point, the pieces of a line, or nothing where a place has no coordinates.
Shape: TypeAlias = Point | list[list[Point]] | None


@dataclass
class Layer:
    """Rows of one kind and where they lie.

    Attributes
    ----------
    name : str
    rows : DataFrame
        Properties.
    shapes : list
        Longitude and latitude in degrees, one shape per row.
    lines : bool
        Whether the shapes are lines.
    """

    name: str
    rows: pd.DataFrame
    shapes: list[Shape]
    lines: bool


def export_geo(region: Region, path: str | os.PathLike[str], plan: Plan | None = None) -> Path:
    """Write a region for a map program.

    Parameters
    ----------
    region : Region
    path : path-like
        ``.geojson`` (all layers in one collection, told apart by the property ``layer``) or ``.gpkg``; the file is
        replaced as a whole or not at all.
    plan : Plan, optional
        Adds its flows and prices, and to links how full they are.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        If the suffix is another one.
    """
    path = Path(path)
    writers = {".geojson": _write_geojson, ".json": _write_geojson, ".gpkg": _write_geopackage}
    if path.suffix.lower() not in writers:
        raise UsageError("can't tell the format of {path}: expected .geojson or .gpkg", path=path)
    made = layers(region, plan)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
        temporary = Path(folder) / path.name
        writers[path.suffix.lower()](made, temporary)
        os.replace(temporary, path)
    return path


def layers(region: Region, plan: Plan | None = None) -> list[Layer]:
    """The layers of a region and, if given, of a plan."""
    places, links = region.table("places"), region.table("links")
    points: dict[str, Point] = {
        str(p): (float(lon), float(lat))
        for p, lon, lat in zip(places["place"], places["lon"], places["lat"], strict=True)
        if not (np.isnan(lon) or np.isnan(lat))
    }
    ways = {
        str(name): _line(points.get(str(a)), points.get(str(b)))
        for name, a, b in zip(links["link"], links["from"], links["to"], strict=True)
    }
    shown = _stated(region, "links")
    if plan is not None:
        fullness = plan.capacity[(plan.capacity["table"] == "links").to_numpy()]
        top = fullness.groupby("row")[["utilisation", "shadow_price"]].max()
        shown = shown.assign(**{c: links["link"].map(top[c]) for c in top.columns})
    made = [
        Layer("places", _stated(region, "places"), [points.get(str(p)) for p in places["place"]], lines=False),
        Layer("links", shown, [ways[str(x)] for x in links["link"]], lines=True),
    ]
    if plan is not None:
        flows, prices = flow_totals(region, plan), price_means(region, plan)
        turned = [
            _turned(ways.get(str(link)), str(start) == str(own))
            for link, start, own in zip(flows["link"], flows["from"], flows["link"].map(
                links.drop_duplicates("link").set_index("link")["from"]), strict=True)
        ]
        made += [
            Layer("flows", flows, turned, lines=True),
            Layer("prices", prices, [points.get(str(p)) for p in prices["place"]], lines=False),
        ]
    return made


def flow_totals(region: Region, plan: Plan) -> pd.DataFrame:
    """A plan's flows by year.

    Returns
    -------
    DataFrame
        ``link``, ``from``, ``to``, ``commodity``, ``year``, ``quantity`` (in ``unit``), ``unit``, ``cost``, ``duty``
        (money), and the link's ``utilisation`` (0..1) and ``shadow_price`` (money per capacity unit and year; the
        largest of the year's periods).
    """
    year = _years(region)
    flows = plan.flows.assign(year=plan.flows["period"].map(year))
    keys = ["link", "from", "to", "commodity", "year"]
    totals = flows.groupby(keys, dropna=False, sort=False)[["quantity", "cost", "duty"]].sum().reset_index()
    goods = region.table("commodities").drop_duplicates("commodity").set_index("commodity")["unit"]
    totals.insert(6, "unit", totals["commodity"].map(goods))
    full = plan.capacity[(plan.capacity["table"] == "links").to_numpy()]
    by_year = full.assign(year=full["period"].map(year)).groupby(["row", "year"], dropna=False)
    sums = by_year[["used", "capacity"]].sum()
    told = pd.DataFrame({
        "utilisation": (sums["used"] / sums["capacity"]).where(sums["capacity"] > 0),
        "shadow_price": by_year["shadow_price"].max(),
    }).reset_index().rename(columns={"row": "link"})
    return totals.merge(told, on=["link", "year"], how="left")


def price_means(region: Region, plan: Plan) -> pd.DataFrame:
    """A plan's prices by year: ``place``, ``commodity``, ``year``, ``price`` (money per unit; mean of the periods)."""
    prices = plan.prices()
    prices = prices.assign(year=prices["period"].map(_years(region)))
    keys = ["place", "commodity", "year"]
    return prices.groupby(keys, dropna=False, sort=False)[["price"]].mean().reset_index()


def _years(region: Region) -> dict[str, Any]:
    periods = region.table("periods")
    return dict(zip(periods["period"].astype(str), periods["year"], strict=True))


def _stated(region: Region, table: str) -> pd.DataFrame:
    """A table with the columns that say something."""
    frame = region.table(table)
    return frame.loc[:, frame.notna().any(axis=0).to_numpy()]


def _line(a: Point | None, b: Point | None) -> Shape:
    """A line between two places, cut in two where it crosses the date line."""
    if a is None or b is None:
        return None
    if abs(a[0] - b[0]) <= 180:
        return [[a, b]]
    edge = 180.0 if a[0] > 0 else -180.0
    beyond = b[0] + 2 * edge  # the end, counted on past the edge
    share = (edge - a[0]) / (beyond - a[0]) if beyond != a[0] else 0.0
    lat = a[1] + share * (b[1] - a[1])
    return [[a, (edge, lat)], [(-edge, lat), b]]


def _turned(shape: Shape, forward: bool) -> Shape:
    if forward or not isinstance(shape, list):
        return shape
    return [piece[::-1] for piece in reversed(shape)]


# -- writing ----------------------------------------------------------------------------------------------------------


def _write_geojson(made: list[Layer], path: Path) -> None:
    features = [
        {"type": "Feature", "geometry": _geometry(shape), "properties": {"layer": layer.name, **properties}}
        for layer in made
        for shape, properties in zip(layer.shapes, _properties(layer.rows), strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _geometry(shape: Shape) -> dict[str, Any] | None:
    if shape is None:
        return None
    if isinstance(shape, tuple):
        return {"type": "Point", "coordinates": shape}
    if len(shape) == 1:
        return {"type": "LineString", "coordinates": shape[0]}
    return {"type": "MultiLineString", "coordinates": shape}


def _properties(rows: pd.DataFrame) -> list[Mapping[str, Any]]:
    plain = {str(c): [_plain(v) for v in rows[c].tolist()] for c in rows.columns}
    return [dict(zip(plain, values, strict=True)) for values in zip(*plain.values(), strict=True)]


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value


def _write_geopackage(made: list[Layer], path: Path) -> None:
    # pyogrio's arrays, without GeoPandas: the rows are tables already
    from pyogrio import raw  # type: ignore[import-untyped]

    for layer in made:
        fields = [_field(layer.rows[c]) for c in layer.rows.columns]
        raw.write(
            str(path),
            geometry=np.array([_wkb(s) for s in layer.shapes], dtype=object),
            field_data=[values for values, _ in fields],
            field_mask=[blank for _, blank in fields],
            fields=np.array([_column(str(c)) for c in layer.rows.columns], dtype=object),
            geometry_type="MultiLineString" if layer.lines else "Point",
            crs="EPSG:4326",
            driver="GPKG",
            layer=layer.name,
            append=path.exists(),
        )


def _column(name: str) -> str:
    return f"{name}_" if name.lower() in ("fid", "geom") else name  # GeoPackage's own


def _field(values: pd.Series[Any]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
    blank = values.isna().to_numpy(dtype=bool)
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.fillna(False).to_numpy(dtype=bool), blank
    if pd.api.types.is_integer_dtype(values.dtype):
        return values.fillna(0).to_numpy(dtype=np.int64), blank
    if pd.api.types.is_float_dtype(values.dtype):
        return values.to_numpy(dtype=np.float64), blank
    # GDAL takes a missing text as None; a mask is for numbers
    return np.array([None if b else str(v) for v, b in zip(values, blank, strict=True)], dtype=object), None


def _wkb(shape: Shape) -> bytes | None:
    """A shape as well-known binary, little-endian."""
    if shape is None:
        return None
    if isinstance(shape, tuple):
        return struct.pack("<BIdd", 1, 1, *shape)
    pieces = b"".join(
        struct.pack("<BII", 1, 2, len(piece)) + b"".join(struct.pack("<dd", *p) for p in piece) for piece in shape
    )
    return struct.pack("<BII", 1, 5, len(shape)) + pieces
