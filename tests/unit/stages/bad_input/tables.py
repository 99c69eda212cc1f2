"""Tables that say nothing, the wrong thing, or the same thing twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from zipfile import ZipFile

from tests.unit.stages.bad_input.healthy import given, regression, table, write, zipped
from tests.unit.stages.bad_input.kind import Kind
from tests.unit.stages.runs import Workspace


def lines_of(workspace: Workspace) -> list[str]:
    return (workspace.raw / "cases.csv").read_text().splitlines()


def row(text: str, number: int = 4) -> Callable[[Workspace], None]:
    """Replaces the row of the image `03.png`, or another one."""

    def spoil(workspace: Workspace) -> None:
        lines = lines_of(workspace)
        write(workspace, [*lines[:number], text, *lines[number + 1 :]])

    return spoil


def header(text: str) -> Callable[[Workspace], None]:
    return row(text, 0)


def content(data: bytes) -> Callable[[Workspace], object]:
    return lambda workspace: (workspace.raw / "cases.csv").write_bytes(data)


def replaced(old: str, new: str) -> Callable[[Workspace], None]:
    return lambda workspace: write(workspace, [line.replace(old, new) for line in lines_of(workspace)])


def file(name: str, make: Callable[[Path], object] | None = None) -> Callable[[Workspace], None]:
    """Removes a raw file, and puts something in its place."""

    def spoil(workspace: Workspace) -> None:
        (workspace.raw / name).unlink()
        if make:
            make(workspace.raw / name)

    return spoil


def without_a_member(workspace: Workspace) -> None:
    with ZipFile(workspace.raw / "images.zip") as old:
        members = {name: old.read(name) for name in old.namelist() if name != "03.png"}
    with ZipFile(workspace.raw / "images.zip", "w") as new:
        for name, data in members.items():
            new.writestr(name, data)


VICTIM = "03.png"
of_table = partial(Kind, healthy=table)
refused = partial(of_table, code=11)
KINDS = (
    refused("no table", file("cases.csv")),
    refused("pipe in place of the table", file("cases.csv", os.mkfifo)),
    refused("empty table", content(b"")),
    refused("table of a header alone", content(b"path,dx,who,age,set\n")),
    refused(
        "table that is not UTF-8", content("path,dx,who,age,set\n03.png,a,M\xfcller,1,x\n".encode("latin-1"))
    ),
    refused("row that is too long", row("03.png,b,p3,23,train,more,still more")),
    refused("missing column", header("path,dxx,who,age,set")),
    refused("two columns of one name", header("path,dx,who,age,dx")),
    refused("two rows for one image", row("02.png,b,p3,23,train"), cases=("02.png",)),
    refused("row without a path", row(",b,p3,23,train"), cases=("row 4",)),
    refused(
        "covariate called like a column of ours",
        header("path,dx,who,split,set"),
        params={"adapter": {"format": "table", "file": "cases.csv", "label": "dx", "covariates": ["split"]}},
    ),
    of_table("image that is not there", file(VICTIM), finding="unreadable", cases=(VICTIM,)),
    of_table("formula in a cell (it is text)", row("03.png,b,=cmd|' /C calc'!A1,23,train")),
    of_table("missing label", row("03.png,,p3,23,train"), finding="missing-label", cases=(VICTIM,)),
    of_table(
        "unknown label",
        row("03.png,c,p3,23,train"),
        finding="unknown-label",
        cases=(VICTIM,),
        params={
            "adapter": {
                "format": "table",
                "file": "cases.csv",
                "label": "dx",
                "patient": "who",
                "classes": ["a", "b"],
            }
        },
    ),
    of_table(
        "label that is no number, in regression",
        row("03.png,b,p3,old,train"),
        finding="missing-label",
        cases=(VICTIM,),
        healthy=regression,
    ),
    of_table(
        "infinite label, in regression",
        row("03.png,b,p3,1e999,train"),
        finding="missing-label",
        cases=(VICTIM,),
        healthy=regression,
    ),
    refused("unknown name of a split", row("03.png,b,p3,23,holdout"), healthy=given, cases=("row 4",)),
    of_table(
        "missing split among given ones",
        row("03.png,b,p3,23,"),
        healthy=given,
        finding="missing-split",
        cases=(VICTIM,),
    ),
    refused("patient in two given splits", replaced("p23", "p3"), healthy=given, cases=("03.png", "23.png")),
    refused("no archive", file("images.zip"), healthy=zipped),
    refused("archive that is no zip", file("images.zip", lambda f: f.write_text("x")), healthy=zipped),
    of_table(
        "image that the archive lacks",
        without_a_member,
        healthy=zipped,
        finding="unreadable",
        cases=(VICTIM,),
    ),
)
