"""The report: one self-contained HTML file about the pipeline's last run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from stages.contracts.artifact import whole_file
from stages.contracts.errors import UsageError, is_disk_full


def write_report(root: Path, out: Path) -> Path:
    """Writes the report of a workspace; what is not computed yet is named, with the command that does it.

    Args:
        root: The workspace.
        out: The HTML file.

    Returns:
        The file.

    Raises:
        DataError: If no stage has written anything yet, or an artifact is damaged.
        ParamsError: If the grid in params.yaml is not valid.
        UsageError: If the file cannot be written.
    """
    from pipeline.report.page import read_page, render
    from pipeline.report.places import open_places

    text = render(read_page(open_places(root)), datetime.now(UTC))
    try:
        with whole_file(out) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        if is_disk_full(error):
            raise
        raise UsageError(
            "the report cannot be written",
            where=str(out),
            why=error.strerror or type(error).__name__,
            remedy="name a file in a folder that you may write to: `medgraft report -o FILE`",
        ) from error
    return out
