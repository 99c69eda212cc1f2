"""The command `medgraft report`: a file about one model, or a site about all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Model = Annotated[str | None, typer.Argument(help="A packaged model.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="The file to write.")]
Site = Annotated[Path | None, typer.Option(metavar="DIR", help="Write pages about all models there.")]


def report(
    model: Model = None,
    out: Out = None,
    site: Site = None,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Write one self-contained HTML file about data, transfer and model; or a site about all models."""
    report_command(model, out, site)


def report_command(model: str | None, out: Path | None, site: Path | None) -> None:
    """Writes the report of a packaged model, or the site of all of them, and prints its path.

    Raises:
        UsageError: If the model is not the workspace's own (others are not kept as files), or both are asked
            for.
    """
    from pipeline.workspace import Workspace
    from stages.contracts.errors import UsageError

    root = Workspace.find().root
    if site is not None and (model or out):
        raise UsageError(
            "two reports are asked for",
            where="medgraft report",
            why="--site writes about all models, MODEL and --out are of the report of one",
            remedy="give --site alone",
        )
    if site is not None:
        from pipeline.site import write_site

        print(write_site(root, site))
        return
    if model not in (None, "artifacts/model"):
        raise UsageError(
            f"there is no report of '{model}'",
            where=str(root),
            why="a report is made of the model in the workspace",
            remedy="leave MODEL out, or check the model's revision out first",
        )
    from pipeline.report import write_report

    print(write_report(root, (out or root / "artifacts" / "report.html").resolve()))
