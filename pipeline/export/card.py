"""The model card (Mitchell et al. 2019) and a draft of the reporting checklists, from the record alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.export.answers import answers
from pipeline.export.checklist import GUIDELINES
from pipeline.export.subject import Subject
from pipeline.report import number
from stages.contracts.artifact import whole_file

CARD, CHECKLIST = "MODEL_CARD.md", "CHECKLIST.md"
_TEMPLATES = {CARD: "card.md", CHECKLIST: "checklist.md"}


def write_card(subject: Subject, folder: Path) -> None:
    """Writes the card and the checklist as Markdown.

    What only a clinician can say stays blank: a card that guesses would be worse than none.

    Args:
        subject: The model.
        folder: Where to write.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(  # noqa: S701 - Markdown, whose marks `cell` takes out
        loader=PackageLoader("pipeline", "templates"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"plain": number.plain, "signed": number.signed, "cell": cell}
    values: dict[str, Any] = {
        "subject": subject,
        "record": subject.record,
        "model": subject.model,
        "checkpoint": subject.checkpoint,
        "answers": answers(subject),
        "guidelines": GUIDELINES,
    }
    for name, template in _TEMPLATES.items():
        with whole_file(folder / name) as part:
            text = environment.get_template(template).render(**values)
            part.write_text(text, encoding="utf-8")


def cell(value: object) -> str:
    """Writes a text from elsewhere so that it stays in its cell and makes no markup."""
    text = " ".join(str(value).split())
    return "".join(f"\\{character}" if character in "\\`*_{}[]<>|#" else character for character in text)
