"""Writes what people read after a retraining: the report, and the site where the params ask for one."""

from __future__ import annotations

from pathlib import Path

from pipeline.retraining.settings import RetrainSettings
from stages.contracts.errors import MedgraftError, ParamsError

REPORT = "artifacts/report.html"


def publish(root: Path, settings: RetrainSettings) -> MedgraftError | None:
    """Writes the report, and refreshes the site; what was decided stays decided where that fails.

    Args:
        root: The workspace.
        settings: Of the retraining.

    Returns:
        What went wrong with the site; an older one stays then.

    Raises:
        DataError: If the report cannot be made.
    """
    from pipeline.report import write_report

    write_report(root, root / REPORT)
    if settings.site is None:
        return None
    from pipeline.site import write_site

    try:
        write_site(root, _below(root, settings.site))
    except MedgraftError as error:
        return error
    return None


def _below(root: Path, name: str) -> Path:
    """A link may lead anywhere: params, which come with git, must not."""
    folder = root / name
    if not folder.resolve().is_relative_to(root.resolve()):
        raise ParamsError(
            "the site's folder lies outside of the workspace",
            where="params.yaml: retrain.site",
            why=f"'{name}' is or holds a link that leads out of it",
            remedy="name a folder below the workspace, such as artifacts/site",
        )
    return folder
