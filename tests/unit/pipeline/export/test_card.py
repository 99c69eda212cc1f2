"""The card says what the record says; what only clinicians can say is blank."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.export.answers import answers
from pipeline.export.card import CARD, CHECKLIST, cell, write_card
from pipeline.export.checklist import CLAIM, GUIDELINES, TRIPOD_AI
from pipeline.export.subject import Subject


@pytest.fixture(scope="module")
def folder(subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("card")
    write_card(subject, folder)
    return folder


def test_the_card_holds_identity_weights_figures_and_verdict(folder: Path, subject: Subject) -> None:
    text = (folder / CARD).read_text()
    record = subject.record
    assert record.identity in text
    assert all(sha256 in text for sha256 in record.model.weights.values())
    assert "| auroc | 0.960 (0.930 to 0.985) | 0.860 (0.830 to 0.885) | +0.100 (+0.070 to +0.125) |" in text
    assert "**positive**" in text
    assert "| target | test | 40 | 20 |" in text


def test_every_table_has_as_many_cells_in_each_row(folder: Path) -> None:
    for name in (CARD, CHECKLIST):
        text = (folder / name).read_text().replace("\\|", "")
        for block in text.split("\n\n"):
            rows = [line for line in block.splitlines() if line.startswith("|")]
            assert len({row.count("|") for row in rows}) <= 1, rows


def test_clinical_items_are_blank(folder: Path) -> None:
    rows = (folder / CHECKLIST).read_text().splitlines()
    for start in (
        "| 17 | Ethical",
        "| 6b | Eligibility",
        "| 14 | Definition of the reference",
        "| 44 | Funding",
    ):
        (row,) = [row for row in rows if row.startswith(start)]
        assert row.endswith("|  |")


def test_the_guidelines_are_whole() -> None:
    assert [item.number for item in CLAIM.items] == [str(number) for number in range(1, 45)]
    numbers = {item.number.rstrip("abcdefg") for item in TRIPOD_AI.items}
    assert numbers == {str(number) for number in range(1, 28)}
    assert len(TRIPOD_AI.items) == 52


def test_each_answer_is_asked_for_and_each_question_with_an_answer_has_one(subject: Subject) -> None:
    asked = {item.answer for guideline in GUIDELINES for item in guideline.items if item.answer}
    assert asked == set(answers(subject))


def test_a_name_from_elsewhere_makes_no_markup() -> None:
    assert cell("a|b\n<script>") == "a\\|b \\<script\\>"
