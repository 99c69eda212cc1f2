"""The site: a folder of static pages about the models, the decisions about them and their data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path


def write_site(root: Path, folder: Path) -> Path:
    """Writes the site of a workspace, whole or not at all: where it fails, an older site stays.

    Args:
        root: The workspace; it may have no model yet.
        folder: Where; a new or empty folder, or an earlier site.

    Returns:
        The site's first page.

    Raises:
        AuditError: If the log of decisions was changed.
        DataError: If a record or an artifact is damaged.
        UsageError: If the folder holds something else, or cannot be written.
    """
    from pipeline.site.contents import read_contents
    from pipeline.site.folder import replace_site
    from pipeline.site.pages import render_pages

    pages = render_pages(read_contents(root), datetime.now(UTC))
    replace_site(folder, pages)
    return folder / "index.html"
