"""The modules that a bundle needs, copied into it under another package, so that it works alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGE = "scripts"
_ROOT = Path(__file__).parents[1]
_IMPORT = re.compile(r"^(\s*(?:from|import) )stages\b", re.MULTILINE)


def copy_sources(modules: tuple[str, ...], folder: Path) -> None:
    """Copies modules, and all of `stages` that they import, to `scripts/stages` of a bundle.

    Args:
        modules: Dotted names, as in `stages.exporting.network`.
        folder: The bundle.
    """
    wanted = _closure(modules)
    packages = {place.parents[up] for place in wanted for up in range(len(place.relative_to(_ROOT).parts))}
    for file in sorted(wanted | {package / "__init__.py" for package in packages}):
        copied = folder / PACKAGE / file.relative_to(_ROOT.parent)
        copied.parent.mkdir(parents=True, exist_ok=True)
        text = _IMPORT.sub(rf"\g<1>{PACKAGE}.stages", file.read_text(encoding="utf-8"))
        copied.write_text(text, encoding="utf-8")
    (folder / PACKAGE / "__init__.py").write_text('"""Code of the bundle."""\n', encoding="utf-8")


def _closure(modules: tuple[str, ...]) -> set[Path]:
    found: set[Path] = set()
    waiting = [_file(module) for module in modules]
    while waiting:
        file = waiting.pop()
        if file is None or file in found:
            continue
        found.add(file)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("stages."):
                waiting += [_file(node.module), *(_file(f"{node.module}.{name.name}") for name in node.names)]
    return found


def _file(module: str) -> Path | None:
    """Gives the file of a module; None where there is none, as of a name that is no module."""
    place = _ROOT.parent.joinpath(*module.split("."))
    return next((file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()), None)
