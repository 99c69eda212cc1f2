"""The commands `medgraft data`: they only parse."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

data = typer.Typer(no_args_is_help=True, help="Look at your own data, and take them.")


class Means(StrEnum):
    """What a cell of the label's column says."""

    value = "value"
    presence = "presence"


class Plan(StrEnum):
    """What becomes of `prepare.<domain>`."""

    keep = "keep"
    auto = "auto"


Place = Annotated[Path, typer.Argument(metavar="PATH", help="A folder or a file.")]
Domain = Annotated[str, typer.Option("--as", metavar="DOMAIN", help="target, or the name of a source.")]
Format = Annotated[str | None, typer.Option("--format", help="How the data lie; detected by default.")]
Labels = Annotated[str | None, typer.Option(metavar="TABLE", help="A table, in PATH or elsewhere.")]
Id = Annotated[str | None, typer.Option("--id", metavar="COL", help="Names the file, or a part of its name.")]
Label = Annotated[list[str] | None, typer.Option(metavar="COL", help="Holds the label; may be repeated.")]
LabelMeans = Annotated[Means | None, typer.Option(help="presence: yes where the cell holds anything.")]
Patient = Annotated[str | None, typer.Option(metavar="COL", help="Holds the patient.")]
SplitColumn = Annotated[str | None, typer.Option("--split", metavar="COL", help="Holds train, val or test.")]
Covariate = Annotated[list[str] | None, typer.Option(metavar="COL", help="To be kept; may be repeated.")]
Mask = Annotated[str | None, typer.Option(metavar="COL", help="Names the file of the mask.")]
Names = Annotated[
    str | None, typer.Option(metavar="COL,...", help="All columns of a clinical table without a header.")
]
Missing = Annotated[
    list[str] | None, typer.Option(metavar="CELL", help="Holds no value, such as ?; may be repeated.")
]
Above = Annotated[float | None, typer.Option(help="The label is a number: yes above this one.")]
Task = Annotated[str | None, typer.Option(help="What the labels are, where the format leaves it open.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


@data.command()
def check(  # noqa: PLR0913 - Typer takes a parameter per option
    path: Place,
    *,
    domain: Domain = "target",
    format_name: Format = None,
    labels: Labels = None,
    id_column: Id = None,
    label: Label = None,
    label_means: LabelMeans = None,
    patient: Patient = None,
    split: SplitColumn = None,
    covariate: Covariate = None,
    mask: Mask = None,
    names: Names = None,
    missing: Missing = None,
    above: Above = None,
    task: Task = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Say what is there and what is wrong with it; take nothing."""
    from pipeline.data.commands import check_command
    from pipeline.data.request import make_request
    from stages.contracts.inspection import Columns

    columns = Columns(
        labels=labels,
        id=id_column,
        label=tuple(label or ()),
        label_means=label_means.value if label_means else None,
        patient=patient,
        split=split,
        covariates=tuple(covariate or ()),
        mask=mask,
        names=tuple(names.split(",")) if names else (),
        missing=tuple(missing or ()),
        above=above,
    )
    check_command(make_request(path, domain, format_name, task, columns), as_json=as_json)


@data.command()
def use(  # noqa: PLR0913 - as above
    path: Place,
    *,
    domain: Domain,
    format_name: Format = None,
    labels: Labels = None,
    id_column: Id = None,
    label: Label = None,
    label_means: LabelMeans = None,
    patient: Patient = None,
    split: SplitColumn = None,
    covariate: Covariate = None,
    mask: Mask = None,
    names: Names = None,
    missing: Missing = None,
    above: Above = None,
    task: Task = None,
    positive: Annotated[str | None, typer.Option(metavar="CLASS", help="The positive one of two.")] = None,
    link: Annotated[bool, typer.Option("--link", help="Link the files instead of copying them.")] = False,
    plan: Annotated[Plan, typer.Option(help="auto: propose the preparation anew.")] = Plan.keep,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Take data into the workspace, for the next run to train on."""
    from pipeline.data.commands import use_command
    from pipeline.data.request import Taking, make_request
    from stages.contracts.inspection import Columns

    columns = Columns(
        labels=labels,
        id=id_column,
        label=tuple(label or ()),
        label_means=label_means.value if label_means else None,
        patient=patient,
        split=split,
        covariates=tuple(covariate or ()),
        mask=mask,
        names=tuple(names.split(",")) if names else (),
        missing=tuple(missing or ()),
        above=above,
    )
    taking = Taking(link=link, plan=plan.value, positive=positive)
    use_command(make_request(path, domain, format_name, task, columns), taking, as_json=as_json)
