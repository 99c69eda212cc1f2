"""The command line: it only parses, and turns what went wrong into a block and an exit code."""

from __future__ import annotations

import gc
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.audit import audit
from pipeline.cli.data import data
from pipeline.cli.diff import diff
from pipeline.cli.export import export, verify
from pipeline.cli.lineage import lineage
from pipeline.cli.models import models, promote, rollback
from pipeline.cli.report import report
from pipeline.cli.serve import retrain, serve
from pipeline.cli.trace import trace
from pipeline.processes.environment import silence_telemetry
from stages.contracts.errors import MedgraftError, guarded

app = typer.Typer(
    name="medgraft",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"medgraft {version('medgraft')}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is."),
    ] = False,
) -> None:
    """Reproducible transfer learning in medicine: from data to a model that can be audited."""


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


Stages = Annotated[list[str] | None, typer.Argument(metavar="[STAGE]...", help="All if none is named.")]
Edits = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Edit params.yaml.")]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="Tokens for stages side by side.")]
Pull = Annotated[bool, typer.Option("--pull", help="Restore from the DVC remote what it has.")]
Push = Annotated[bool, typer.Option("--push", help="Share outputs and run-cache with the DVC remote.")]
ClusterOption = Annotated[
    str | None, typer.Option("--cluster", metavar="ADDRESS", help="Map shards on a Dask cluster, or local:N.")
]
Force = Annotated[list[str] | None, typer.Option(metavar="STAGE", help="Run it in any case.")]


@app.command()
def run(  # noqa: PLR0913 - one for each option
    stages: Stages = None,
    edits: Edits = None,
    jobs: Jobs = None,
    force: Force = None,
    cluster: ClusterOption = None,
    *,
    pull: Pull = False,
    push: Push = False,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Bring every stage, or those named with what they need, up to date."""
    from pipeline.cli.run import name_cluster, run_command

    name_cluster(cluster)
    raise typer.Exit(
        run_command(stages or [], edits or [], force or [], jobs, pull=pull, push=push, as_json=as_json)
    )


@app.command()
def status(as_json: Json = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Say what would run, and why."""
    from pipeline.cli.run import status_command

    status_command(as_json=as_json)


@app.command()
def predict(
    model: Annotated[str, typer.Argument(help="A packaged model: its folder.")],
    images: Annotated[Path, typer.Argument(metavar="PATH", help="An image, a folder of them, or a table.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The table to write.")],
    table: Annotated[Path | None, typer.Option(help="Covariates, for a model that takes any.")] = None,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Apply a model to new images or records, with the very preparation it was trained with."""
    from pipeline.predict import predict_images

    raise typer.Exit(predict_images(model, images, out, table))


app.add_typer(data, name="data")
for command in (
    report,
    models,
    promote,
    rollback,
    diff,
    lineage,
    audit,
    trace,
    export,
    verify,
    retrain,
    serve,
):
    app.command()(command)


def main() -> None:
    """Runs the command line: the console script `medgraft`."""
    silence_telemetry()
    # Imports make a hundred thousand objects that all stay. To look for garbage among them, now and at
    # the exit, is a fifth of a no-op's time. A run with something to do switches the collector on again.
    gc.disable()
    try:
        sys.exit(_run_app())
    finally:
        gc.freeze()


def _run_app() -> int:
    if "--debug" not in sys.argv:
        return guarded(app)
    try:
        app()
    except MedgraftError as error:
        traceback.print_exc()
        return error.exit_code
    return 0


if __name__ == "__main__":
    main()
