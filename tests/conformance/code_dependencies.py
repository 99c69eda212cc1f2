"""The code dependencies of each stage: the import closure of its module. Run it to write them to dvc.yaml."""

from __future__ import annotations

import re
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
GRAPH = ROOT / "dvc.yaml"


def stage_names() -> list[str]:
    """Names of the stages in dvc.yaml, in order."""
    text = GRAPH.read_text(encoding="utf-8").partition("\nplots:")[0]
    return re.findall(r"^  (\w+):$", text, flags=re.MULTILINE)


def module_of(stage: str) -> str:
    """Name of the module that a stage runs: its own, or of `finetune_budget` that of `finetune`."""
    found = re.search(r"python -m stages\.(\w+) ", _block(stage))
    assert found, f"dvc.yaml: {stage} runs no module"
    return found[1]


def import_closure(stage: str) -> list[str]:
    """Files of all modules that the stage's module imports, directly or not, itself included."""
    graph = grimp.build_graph("stages", cache_dir=None)
    module = f"stages.{module_of(stage)}"
    upstream = graph.find_upstream_modules(module) | {module}
    return sorted(file.as_posix() for file in map(_file, upstream) if file.name != "__init__.py")


def listed(stage: str) -> list[str]:
    """Code files that dvc.yaml lists for the stage."""
    return re.findall(r"^ +- (stages/\S+\.py)$", _block(stage), flags=re.MULTILINE)


def write() -> None:
    """Puts the closures into dvc.yaml, in place of what stands there."""
    for stage in stage_names():
        block = _block(stage)
        first = re.search(r"^( +)- stages/\S+\.py$", block, flags=re.MULTILINE)
        if first is None:
            raise SystemExit(f"dvc.yaml: {stage} lists no code at all; add stages/{module_of(stage)}.py")
        lines = "".join(f"{first[1]}- {file}\n" for file in import_closure(stage))
        bare = re.sub(r"^ +- stages/\S+\.py\n", "", block[first.start() :], flags=re.MULTILINE)
        text = GRAPH.read_text(encoding="utf-8")
        GRAPH.write_text(text.replace(block, block[: first.start()] + lines + bare), encoding="utf-8")


def _block(stage: str) -> str:
    text = GRAPH.read_text(encoding="utf-8")
    found = re.search(rf"^  {stage}:\n(?:    .*\n)+", text, flags=re.MULTILINE)
    assert found, f"dvc.yaml has no stage {stage}"
    return found[0]


def _file(module: str) -> Path:
    path = Path(*module.split("."))
    return path / "__init__.py" if (ROOT / path).is_dir() else path.with_suffix(".py")


if __name__ == "__main__":
    write()
