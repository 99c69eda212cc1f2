from __future__ import annotations

from xml.etree import ElementTree as ET

from pipeline.pedigree.graph import make_graph
from pipeline.report.pedigree import BOX, draw_pedigree
from tests.unit.pipeline.pedigree.stages import WEIGHTS, default_stages

STAGES = default_stages()
ANCHORS = {name: f"made-{number}" for number, name in enumerate(STAGES)}
SVG = "{http://www.w3.org/2000/svg}"


def drawn() -> ET.Element:
    return ET.fromstring(str(draw_pedigree(make_graph(STAGES, WEIGHTS), ANCHORS).svg))


def boxes(svg: ET.Element) -> list[tuple[float, float]]:
    return [
        (float(rect.attrib["x"]), float(rect.attrib["y"])) for rect in svg.iter() if rect.tag.endswith("rect")
    ]


def test_every_box_leads_to_what_the_page_tells_of_it() -> None:
    links = [link.attrib["href"].removeprefix("#") for link in drawn().iter() if link.tag.endswith("a")]
    assert len(links) == len(make_graph(STAGES, WEIGHTS).nodes)
    assert set(links) <= set(ANCHORS.values())


def test_no_box_covers_another_one() -> None:
    found = sorted(boxes(drawn()))
    for at, (x, y) in enumerate(found):
        assert not [o for o in found[at + 1 :] if abs(o[0] - x) < BOX[0] and abs(o[1] - y) < BOX[1]]


def test_the_package_stands_at_the_top_and_it_fits_a_narrow_screen() -> None:
    svg = drawn()
    assert "package" in next("".join(link.itertext()) for link in svg.iter() if link.tag.endswith("a"))
    assert min(boxes(svg), key=lambda box: box[1]) == boxes(svg)[0]
    assert float(svg.attrib["viewBox"].split()[2]) < 560


def test_the_same_graph_is_the_same_drawing() -> None:
    assert ET.tostring(drawn()) == ET.tostring(drawn())
