"""Chooses the adapter of raw data, and its options, from what the user says and what lies there."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from stages.adapters.choosing.detection import FORMATS, detect, recognises, tables
from stages.adapters.choosing.dicom_match import match_headers
from stages.adapters.choosing.labelled import Found, match_table
from stages.adapters.opened import AnyOptions
from stages.adapters.raw.place import Place, Table
from stages.contracts.errors import UsageError
from stages.contracts.inspection import InspectionRequest

OPTIONS: TypeAdapter[AnyOptions] = TypeAdapter(AnyOptions)


def choose(place: Place, request: InspectionRequest) -> tuple[AnyOptions, tuple[str, ...]]:
    """Chooses adapter and options.

    Args:
        place: The raw data.
        request: What the user says of them.

    Returns:
        The options, and what was chosen on the user's behalf.

    Raises:
        UsageError: If the format is not recognised, or does not take what the user says.
        DataError: If a table cannot be read, or names no files.
    """
    options, notes = _found(place, request)
    task = {"task": request.task} if request.task else {}
    return _validate(options | task), notes


def keep(present: Any, chosen: AnyOptions) -> AnyOptions | None:
    """Gives the options that params hold already, if they say all that was chosen, and perhaps more.

    So options that were added by hand, such as `classes`, outlast that the data are taken again.
    """
    try:
        held = OPTIONS.validate_python(present)
    except ValidationError:
        return None
    return held if _values(chosen).items() <= _values(held).items() else None


def plain(options: AnyOptions) -> str | dict[str, Any]:
    """Gives options as params hold them: without those that are as by default."""
    values = _values(options)
    return options.format if len(values) == 1 else values


def _values(options: AnyOptions) -> dict[str, Any]:
    return {"format": options.format, **options.model_dump(mode="json", exclude_defaults=True)}


def _found(place: Place, request: InspectionRequest) -> Found:
    columns, options = request.columns, _format(place, request)
    if options["format"] == "table":
        files = [*place.files, *place.borrowed]
        found, notes = match_table(place.root, files, place.table or _only_table(place), columns)
        return options | found | columns.given, notes
    if options["format"] == "dicom" and place.table:
        found, notes = match_headers(place.root, place.table, columns)
        return options | found, notes
    if place.table:
        options |= {"file": place.table.name}
    return options | ({"id": columns.id} if columns.id else {}) | columns.given, ()


def _format(place: Place, request: InspectionRequest) -> dict[str, Any]:
    """Gives the format, and options that go with what was detected."""
    if request.format:
        return {"format": request.format}
    if place.table:
        others = (name for name in ("dicom", "tabular") if recognises(name, place.root))
        return {"format": next(others, "table")}
    return detect(place.root)


def _only_table(place: Place) -> Table:
    found = tables(place.root)
    if len(found) == 1:
        return Table(place.root / found[0], found[0])
    raise UsageError(
        "the table of labels is not named",
        where=str(place.root),
        why=f"there are {', '.join(found)}" if found else "there is no .csv, .tsv or .parquet file",
        remedy="name it with --labels",
    )


def _validate(options: dict[str, Any]) -> AnyOptions:
    try:
        return OPTIONS.validate_python(options)
    except ValidationError as error:
        first = error.errors()[0]
    name, key = options["format"], ".".join(str(part) for part in first["loc"][1:])
    if first["type"] == "union_tag_invalid":
        what, why = f"there is no format '{name}'", "no adapter has this name"
        remedy = f"the formats are {', '.join(known for known, _ in FORMATS)}"
    elif first["type"] == "extra_forbidden":
        what, why = f"the format '{name}' takes no '{key}'", "its adapter has no such option"
        remedy = "leave it out, or name a table of labels with --labels"
    elif first["type"] == "missing":
        what, why, remedy = f"the format '{name}' needs '{key}'", "it is not given", f"name it with --{key}"
    else:
        what = f"what is said of the data does not go with the format '{name}'"
        message = first["msg"].removeprefix("Value error, ")
        why, remedy = f"{key}: {message}" if key else message, "correct the options"
    raise UsageError(what, where="the command line", why=why, remedy=remedy)
