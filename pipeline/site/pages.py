"""The site's pages, each of them one self-contained file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pipeline.lineage.record import LineageRecord
from pipeline.pedigree.graph import make_graph
from pipeline.report.drawing import Drawing
from pipeline.report.pedigree import draw_pedigree
from pipeline.report.rendering import make_environment, own_version, stamp
from pipeline.report.wording import metric_name, verdict_words
from pipeline.site.contents import Contents
from pipeline.site.data_versions import read_histories
from pipeline.site.model import SiteModel
from pipeline.site.timeline import draw_timelines

MODELS_SHOWN, DECISIONS_SHOWN = 8, 8
"""On the first page; the others have all of them."""


def render_pages(contents: Contents, written: datetime) -> dict[str, str]:
    """Writes every page, by its path below the site's folder; only the footers depend on the time."""
    environment = make_environment()
    environment.globals |= {
        "site": contents,
        "written": stamp(written),
        "version": own_version(),
        "words": verdict_words,
        "metric_name": metric_name,
    }

    def render(template: str, **values: Any) -> str:
        return environment.get_template(f"site/{template}.html").render(**values)

    shown = {"models": contents.models[:MODELS_SHOWN], "decisions": contents.decisions[:DECISIONS_SHOWN]}
    timelines = draw_timelines(contents.models[::-1])
    histories = read_histories(contents.models[::-1])
    pages = {"index.html": render("index", up="", timelines=timelines, histories=histories, **shown)}
    pages["models.html"] = render("models", up="", models=contents.models)
    pages["decisions.html"] = render("decisions", up="", decisions=contents.decisions)
    graphs = Graphs()
    for model, newer, older in _neighbours(contents):
        anchors = {name: f"made-{number}" for number, name in enumerate(model.record.made_by)}
        pages[model.page] = render(
            "model",
            up="../",
            model=model,
            newer=newer,
            older=older,
            decisions=contents.about(model),
            anchors=anchors,
            drawing=graphs.draw(model.record, anchors),
        )
    return pages


def _neighbours(contents: Contents) -> Iterator[tuple[SiteModel, SiteModel | None, SiteModel | None]]:
    """Gives each model with the one made after it and the one made before it."""
    models = contents.models
    yield from zip(models, (None, *models), (*models[1:], None), strict=False)


class Graphs:
    """Draws the graph of a model; models that were made alike share a drawing, as it names no hash."""

    def __init__(self) -> None:
        self._drawn: dict[object, Drawing] = {}

    def draw(self, record: LineageRecord, anchors: dict[str, str]) -> Drawing | None:
        """Gives the drawing; None where no stage is on record."""
        stages, weights = record.made_by, [link.path for link in record.ancestry]
        if not stages:
            return None
        shape = [
            (name, *(path.path for path in stage.inputs), "", *(path.path for path in stage.outs))
            for name, stage in stages.items()
        ]
        key = (tuple(shape), tuple(weights))
        if key not in self._drawn:
            self._drawn[key] = draw_pedigree(make_graph(stages, weights), anchors)
        return self._drawn[key]
