"""The page: its sections in order, and how they become one HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.report.candidates import read_ranking
from pipeline.report.conclusion import conclude
from pipeline.report.curves import read_curves
from pipeline.report.domains import read_domains
from pipeline.report.hints import read_forecast
from pipeline.report.histories import read_histories
from pipeline.report.label_curve import read_label_curve
from pipeline.report.layers import read_changes
from pipeline.report.ledgers import read_transfers
from pipeline.report.lineage import read_lineage
from pipeline.report.places import Places
from pipeline.report.rendering import make_environment, own_version, stamp
from pipeline.report.scoreboard import read_scoreboard
from stages.contracts.artifact import read_json
from stages.contracts.model import RECORD, Model


@dataclass(frozen=True)
class Section:
    """One section of the page.

    Attributes:
        anchor: Its id, and the name of its template.
        title: Its heading.
        command: What computes it.
        content: What its template shows; None while it is not computed.
    """

    anchor: str
    title: str
    command: str
    content: Any


@dataclass(frozen=True)
class Page:
    """The whole report."""

    name: str | None
    """Of the packaged model; None while there is none."""
    sections: tuple[Section, ...]
    pictured: bool
    """Whether images of patients are in it."""


def read_page(places: Places) -> Page:
    """Reads everything that the report shows.

    Raises:
        DataError: If an artifact is damaged.
    """
    board = read_scoreboard(places)
    domains = read_domains(places)
    transfers = read_transfers(places)
    ingested = any(domain.facts or domain.findings for domain in domains)
    transferred = any(transfer.ledger for transfer in transfers)
    name = read_json(Model, places.model / RECORD).name if places.model.is_dir() else None
    labels = read_label_curve(places)
    conclusion = conclude(places, board, domains)
    return Page(
        name=name,
        pictured=any(domain.pictures for domain in domains),
        sections=(
            Section("verdict", "Verdict", "medgraft run evaluate", conclusion),
            Section("scores", "Test results", "medgraft run evaluate", board),
            Section(
                "curves", "Curves and errors on the test split", "medgraft run evaluate", read_curves(places)
            ),
            *([Section("labels", "Labels saved", "medgraft run evaluate", labels)] if labels else []),
            Section("data", "Data and findings", "medgraft run ingest", domains if ingested else None),
            Section("candidates", "Candidates", "medgraft run select", read_ranking(places)),
            Section("hints", "Transferability hints", "medgraft run hint", read_forecast(places)),
            Section("histories", "Learning curves", "medgraft run finetune", read_histories(places)),
            Section("ledger", "Transfer ledger", "medgraft run transfer", transfers if transferred else None),
            Section("layers", "What fine-tuning changed", "medgraft run select", read_changes(places)),
            Section("lineage", "Lineage", "medgraft run", read_lineage(places)),
        ),
    )


def render(page: Page, written: datetime) -> str:
    """Writes the page as HTML; only the last line depends on the time."""
    template = make_environment().get_template("report.html")
    return template.render(page=page, written=stamp(written), version=own_version())
