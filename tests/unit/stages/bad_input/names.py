"""Files whose place or name is hostile."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.unit.stages.bad_input.healthy import table
from tests.unit.stages.bad_input.images import VICTIM, put
from tests.unit.stages.bad_input.kind import Kind
from tests.unit.stages.raw_images import picture, save
from tests.unit.stages.runs import Workspace


def outside(workspace: Workspace) -> Path:
    """Makes a file that lies beside the raw folder."""
    return save(picture(77), workspace.root / "elsewhere" / "secret.png")


def link_to_file(workspace: Workspace) -> None:
    (workspace.raw / "no" / "link.png").symlink_to(outside(workspace))


def link_to_folder(workspace: Workspace) -> None:
    (workspace.raw / "no" / "link").symlink_to(outside(workspace).parent)


def table_row(path: str, *, link: bool = False) -> Callable[[Workspace], None]:
    """Has a table name this path."""

    def spoil(workspace: Workspace) -> None:
        place = outside(workspace)
        if link:
            (workspace.raw / path).symlink_to(place)
        with (workspace.raw / "cases.csv").open("a") as file:
            file.write(f"{path},a,p99,50,train\n")

    return spoil


def undecodable(workspace: Workspace) -> None:
    with open(os.fsencode(workspace.raw / "no") + b"/\xff\xfe.png", "wb") as file:  # noqa: PTH123
        file.write(b"no matter")


def hidden(workspace: Workspace) -> None:
    for name in (".DS_Store", "no/._003.png", ".git/config.png"):
        (workspace.raw / name).parent.mkdir(exist_ok=True)
        (workspace.raw / name).write_text("no image")


NEWLINE = "no/a\nb\x1b[31m.png"
KINDS = (
    Kind("link to a file out of the raw folder", link_to_file, code=11, cases=("no/link.png",)),
    Kind("link to a folder", link_to_folder, code=11, cases=("no/link",)),
    Kind(
        "link to nothing", put(lambda f: f.symlink_to("nowhere.png")), finding="unreadable", cases=(VICTIM,)
    ),
    Kind("link to itself", put(lambda f: f.symlink_to(f.name)), finding="unreadable", cases=(VICTIM,)),
    Kind(
        "line break and escape code in a name",
        put(lambda f: f.write_text("x"), NEWLINE),
        finding="unreadable",
        cases=(NEWLINE,),
    ),
    Kind("name that is not UTF-8", undecodable, code=11, cases=("udcff",)),
    Kind("hidden files (nothing is said)", hidden),
    Kind(
        "path in a table that leads out",
        table_row("../elsewhere/secret.png"),
        code=11,
        cases=("../elsewhere/secret.png",),
        healthy=table,
    ),
    Kind(
        "absolute path in a table",
        table_row("/etc/hostname"),
        code=11,
        cases=("/etc/hostname",),
        healthy=table,
    ),
    Kind(
        "link out of the raw folder in a table",
        table_row("link.png", link=True),
        code=11,
        cases=("link.png",),
        healthy=table,
    ),
    Kind(
        "path of 5,000 letters in a table",
        table_row("x" * 5000),
        finding="unreadable",
        cases=("x" * 5000,),
        healthy=table,
    ),
    Kind("path in a table with a NUL", table_row("a\0b.png"), code=11, healthy=table),
    Kind("folder in a table", table_row("."), finding="unreadable", cases=(".",), healthy=table),
)
