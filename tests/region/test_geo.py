"""A region and a plan on the map."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from tiny import edited, tiny_region

from sungari.errors import UsageError
from sungari.region.geo import export_geo, flow_totals, layers
from sungari.region.package import Region


@pytest.fixture
def plan() -> Any:
    """What a plan says of two flows over the railway."""
    flows = pd.DataFrame({
        "link": ["rail", "rail", "rail"], "from": ["mine", "mine", "town"], "to": ["town", "town", "mine"],
        "commodity": ["coal", "coal", "power"], "period": ["2030-01", "2030-07", "2030-01"],
        "quantity": [10.0, 20.0, 5.0], "cost": [1.0, 2.0, 3.0], "duty": [0.5, 0.5, 0.0],
    })
    capacity = pd.DataFrame({
        "table": ["links", "links", "supply"], "row": ["rail", "rail", "mine/coal/1"],
        "period": ["2030-01", "2030-07", "2030-01"], "capacity": [20.0, 20.0, 1.0], "used": [15.0, 20.0, 1.0],
        "utilisation": [0.75, 1.0, 1.0], "shadow_price": [0.0, 3.0, 9.0],
    })
    prices = pd.DataFrame({"place": ["town", "town"], "commodity": ["coal", "coal"], "period": ["2030-01", "2030-07"],
                           "price": [30.0, 50.0]})
    return SimpleNamespace(flows=flows, capacity=capacity, prices=lambda: prices)


def features(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Features by layer."""
    made: dict[str, list[dict[str, Any]]] = {}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        made.setdefault(feature["properties"]["layer"], []).append(feature)
    return made


def test_geojson_holds_places_and_links(tiny: Region, tmp_path: Path) -> None:
    made = features(export_geo(tiny, tmp_path / "tiny.geojson"))
    assert made["places"][0]["geometry"] == {"type": "Point", "coordinates": [127, 50]}
    assert made["links"][0]["geometry"] == {"type": "LineString", "coordinates": [[127, 50], [127, 48]]}
    assert made["links"][0]["properties"]["distance"] == 300
    assert set(made) == {"places", "links"}


def test_a_plan_adds_flows_by_year_and_prices(tiny: Region, tmp_path: Path, plan: Any) -> None:
    made = features(export_geo(tiny, tmp_path / "tiny.geojson", plan))
    coal, power = made["flows"]
    assert coal["properties"] | {"layer": "flows"} == {
        "layer": "flows", "link": "rail", "from": "mine", "to": "town", "commodity": "coal", "year": 2030,
        "quantity": 30, "unit": "t", "cost": 3, "duty": 1, "utilisation": 0.875, "shadow_price": 3,
    }
    assert power["geometry"]["coordinates"] == [[127, 48], [127, 50]]  # the way that it goes
    assert made["prices"][0]["properties"]["price"] == 40
    assert made["links"][0]["properties"]["utilisation"] == 1


def test_flows_without_periods_have_no_year(plan: Any) -> None:
    region = tiny_region({"periods": None, "profiles": None})
    assert flow_totals(region, plan)["year"].isna().all()


def test_a_place_without_coordinates_has_no_geometry(tmp_path: Path) -> None:
    region = tiny_region(edited("places", "ru,50,127", "ru,,"))
    made = features(export_geo(region, tmp_path / "x.geojson"))
    assert made["places"][0]["geometry"] is None
    assert made["links"][0]["geometry"] is None
    export_geo(region, tmp_path / "x.gpkg")


def test_a_line_is_cut_at_the_date_line() -> None:
    region = tiny_region({"places": "place,name,party,lat,lon\nmine,M,ru,40,170\ntown,T,hlj,50,-170\nport,P,ru,43,132"})
    shapes = layers(region)[1].shapes
    assert shapes[0] == [[(170.0, 40.0), (180.0, 45.0)], [(-180.0, 45.0), (-170.0, 50.0)]]


def test_geopackage_has_a_layer_each(tiny: Region, tmp_path: Path, plan: Any) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    path = export_geo(tiny, tmp_path / "tiny.gpkg", plan)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["places", "links", "flows", "prices"]
    meta, _, geometry, fields = pyogrio.raw.read(path, layer="flows")
    assert meta["crs"] == "EPSG:4326"
    values = dict(zip(meta["fields"], fields, strict=True))
    assert values["quantity"].tolist() == [30.0, 5.0]
    assert values["commodity"].tolist() == ["coal", "power"]
    assert len(geometry) == 2


def test_another_suffix_is_refused(tiny: Region, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"expected .geojson or .gpkg"):
        export_geo(tiny, tmp_path / "tiny.shp")
    assert not list(tmp_path.iterdir())
