"""Static pictures: notebooks and readers without scripts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from io import BytesIO

import pytest

from sungari.chain.plan import Plan
from sungari.decide.study import Study
from sungari.errors import UsageError
from sungari.show import assets, pictures
from sungari.show.charts import map as map_chart
from sungari.show.i18n import Translator
from sungari.show.pictures.canvas import svg

FIGURES = {
    "map": pictures.map_figure,
    "sankey": pictures.sankey_figure,
    "prices": pictures.prices_figure,
    "bottlenecks": pictures.bottlenecks_figure,
    "welfare": pictures.welfare_figure,
    "quality": pictures.quality_figure,
}


@pytest.mark.parametrize("lang", ["en", "zh", "ru"])
@pytest.mark.parametrize("name", FIGURES)
def test_pictures_are_well_formed_and_keep_their_texts(plan: Plan, name: str, lang: str) -> None:
    text = svg(FIGURES[name](plan, Translator(lang)), f"p-{name}", 'what "it" shows')
    root = ET.fromstring(text)
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'what "it" shows'
    identifiers = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(identifiers) == len(set(identifiers))
    assert all(i.startswith(f"p-{name}-") for i in identifiers if i)
    assert [e for e in root.iter() if e.tag.endswith("text")], "texts are texts, not outlines"
    assert "var(--" in text
    if lang == "zh" and name in ("map", "welfare"):
        assert ("哈尔滨" if name == "map" else "黑龙江") in text


def test_the_plan_draws_itself(plan: Plan) -> None:
    for figure in (plan.plot.map(), plan.plot.map("coal", "2030-01", "ru"), plan.plot.sankey("=t"),
                   plan.plot.prices("coal"), plan.plot.bottlenecks(), plan.plot.welfare("zh")):  # fmt: skip
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=40)
        assert buffer.getvalue().startswith(b"\x89PNG")
    assert "map" in repr(plan.plot)


def test_a_map_without_outlines_is_still_a_map(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> str:
        raise UsageError("no assets")

    monkeypatch.setattr(assets, "world", absent)
    map_chart._ground.cache_clear()
    assert pictures.map_figure(plan, Translator("en")).axes
    map_chart._ground.cache_clear()


def test_the_plan_draws_charts_that_answer_to_the_pointer(plan: Plan) -> None:
    live = plan.plot.live
    for chart in (live.map("coal", "2030-01", "ru"), live.prices("coal", "grain"), live.bottlenecks("t"),
                  live.welfare("country", "zh")):  # fmt: skip
        made = chart.to_dict()
        assert made["datasets"]
        assert "tooltip" in str(made)
    flows = live.map().to_dict()["datasets"]
    lines = next(rows for rows in flows.values() if "way" in rows[0])
    assert {row["way"] for row in lines} >= {"Blagoveshchensk → Heihe, road"}


def test_a_part_draws_itself(study: Study) -> None:
    for name, pictures_of in (("appraisal", "ranking"), ("portfolio", "frontier"), ("sharing", "split")):
        part = study.part(name)
        assert part is not None
        assert part.plot(pictures_of, lang="zh").axes
        assert pictures_of in repr(part.plot)
        with pytest.raises(UsageError, match="no picture 'map'"):
            part.plot("map")
