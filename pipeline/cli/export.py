"""The commands `medgraft export` and `medgraft verify`: they only parse."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Form(StrEnum):
    """In whose words."""

    bundle = "bundle"
    onnx = "onnx"
    ro_crate = "ro-crate"
    openlineage = "openlineage"
    ml_bom = "ml-bom"
    card = "card"


Model = Annotated[str, typer.Argument(help="v3, champion, challenger, identity, revision or weights file.")]
To = Annotated[Path, typer.Option("--to", metavar="DIR", help="A new folder.")]
Format = Annotated[Form, typer.Option("--format", help="What to write.")]
Sign = Annotated[Path | None, typer.Option("--sign", metavar="KEY", help="A private key to sign it with.")]
Signed = Annotated[Path, typer.Argument(metavar="DIR", help="A signed export.")]
Key = Annotated[Path, typer.Option("--key", metavar="PUB", help="The signer's public key.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def export(
    model: Model,
    to: To,
    form: Format,
    sign: Sign = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001 - read by main, which sees the errors
) -> None:
    """Hand a model over to other tools, in their own format."""
    from pipeline.export.exporting import ExportRequest, export_model
    from pipeline.reporting import reporting
    from pipeline.workspace import Workspace

    with reporting() as out:
        exported = export_model(Workspace.find(), ExportRequest(model, form.value, to, sign))
        if as_json:
            print(exported.model_dump_json(indent=2), file=out)
        else:
            signed = ", signed" if exported.signed else ""
            print(f"{exported.format} of {exported.identity[:16]}{signed}: {exported.folder}", file=out)


def verify(
    folder: Signed,
    key: Key,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Verify that a signed export is whole and unchanged."""
    import json

    from pipeline.export.signing import verify_folder
    from pipeline.reporting import reporting

    with reporting() as out:
        verify_folder(folder.resolve(), key)
        print(json.dumps({"verified": str(folder)}) if as_json else f"verified: {folder}", file=out)
