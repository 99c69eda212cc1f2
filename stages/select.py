"""Chooses source, strategy and seed on the validation split alone, and the threshold with them."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.errors import DataError, ParamsError, guarded
from stages.contracts.grid import Grid, Run, run_name
from stages.contracts.network import NetworkSpec
from stages.contracts.params import Params, load_params
from stages.contracts.predictions import read_predictions, require_scorable, said_of
from stages.contracts.scores import BUDGETS, Candidate, Chosen, Selection
from stages.contracts.search import DROPPED
from stages.contracts.task import Metric, Task, metric_of, side_of

if TYPE_CHECKING:
    import pandas as pd

    from stages.components.scores.scored import Reading


class SelectParams(Params):
    """Section `select`."""

    metric: Metric | None = None
    """Validation score that decides, by its mean over the seeds; null for the task's own."""
    threshold: Literal["youden", "accuracy", "half"] = "youden"
    """How the threshold of a task with two classes is chosen, on validation too."""
    positive: str | None = None
    """Name of the positive class of such a task; the last class by default."""
    calibration: Literal["temperature", "none"] = "temperature"
    """Whether the probabilities of classes are tempered on validation (Guo et al. 2017)."""
    ensemble: bool = False
    """Whether the mean of all seeds goes on, instead of the best one."""
    scratch: str = "scratch"
    """Key of the strategy that is the control."""


def select(
    validation: dict[Run, pd.DataFrame],
    classes: tuple[str, ...],
    params: SelectParams,
    task: Task = "classes",
    controls: Collection[str] = (),
) -> Selection:
    """Ranks the candidates and picks the best transferred one and the best control.

    Both are picked alike, by the best mean over seeds and then the best seed: the control has
    the same tuning effort as what it controls.

    Args:
        validation: Validation predictions by (source, strategy, seed).
        classes: Class names in the order of the probabilities; none of a regression.
        params: Metric and threshold rule.
        task: What the labels are.
        controls: Strategies from random weights beside `scratch`.

    Raises:
        ParamsError: If the grid lacks the control or has nothing else, or the task has no such metric.
        DataError: If the validation split cannot be scored.
    """
    from stages.components.scores.ranking import rank
    from stages.components.scores.scored import Reading

    metric = metric_of(task, params.metric, "select.metric")
    if task == "segmentation" and params.ensemble:
        raise ParamsError(
            "a segmentation takes no ensemble",
            where="params.yaml: select.ensemble",
            why="the seeds leave comparisons of their masks, which have no mean mask",
            remedy="remove the key",
        )
    positive = positive_index(classes, params.positive) if task == "classes" else None
    for table in validation.values():
        require_scorable(table, task, classes, "val")
    reading = Reading(task, classes, positive)
    candidates = [
        c.model_copy(update={"control": c.strategy in {params.scratch, *controls}})
        for c in rank(validation, reading, metric)
    ]
    control = [c for c in candidates if c.control]
    transferred = [c for c in candidates if not c.control]
    if not control or not transferred:
        raise ParamsError(
            "the grid must hold the scratch control and at least one other strategy",
            where="params.yaml: grid.strategies",
            why=f"it holds {', '.join(sorted({c.strategy for c in candidates}))}",
            remedy=f"add '{params.scratch}' and, for example, 'lp_ft' to grid.strategies",
        )
    return Selection(
        metric=metric,
        positive=None if positive is None else classes[positive],
        selected=_choose(transferred[0], validation, reading, metric, params),
        scratch=_choose(control[0], validation, reading, metric, params),
        candidates=tuple(candidates),
    )


def positive_index(classes: tuple[str, ...], positive: str | None) -> int | None:
    """Gives the index of the positive class; None for more than two classes.

    Raises:
        ParamsError: If there is no class of that name.
    """
    if positive is not None and positive not in classes:
        raise ParamsError(
            "the positive class is not a class of the target",
            where="params.yaml: select.positive",
            why=f"'{positive}' is not among {', '.join(classes)}",
            remedy="name one of them, or remove the key",
        )
    if len(classes) != 2:
        return None
    return 1 if positive is None else classes.index(positive)


def _choose(
    candidate: Candidate,
    validation: dict[Run, pd.DataFrame],
    reading: Reading,
    metric: Metric,
    params: SelectParams,
) -> Chosen:
    from stages.components.prediction.calibration import fit_temperature
    from stages.components.prediction.committee import spoken
    from stages.components.prediction.threshold import choose_threshold

    side = side_of(metric)
    seeds = sorted(map(int, candidate.scores))
    chosen = Chosen(
        source=candidate.source,
        strategy=candidate.strategy,
        seed=max(seeds, key=lambda seed: side * candidate.scores[str(seed)]),
        threshold=None,
        members=tuple(seeds) if params.ensemble and len(seeds) > 1 else (),
    )
    found = {seed: validation[candidate.source, candidate.strategy, seed] for seed in seeds}
    tables = {seed: table.sort_values("case_id", ignore_index=True) for seed, table in found.items()}
    if reading.task == "classes" and params.calibration == "temperature":
        table = spoken(tables, chosen)
        temperature = fit_temperature(said_of(table), table["label"].to_numpy(dtype="int64"))
        chosen = chosen.model_copy(update={"temperature": temperature})
    if reading.positive is None:
        return chosen
    table = spoken(tables, chosen)
    truth = (table["label"] == reading.positive).to_numpy(dtype=bool)
    threshold = choose_threshold(truth, said_of(table)[:, reading.positive], params.threshold)
    return chosen.model_copy(update={"threshold": threshold})


def main() -> None:
    """Reads the validation predictions of the grid; writes the selection and copies what it chose.

    The same below `budgets/` for each label budget, from the candidates that were trained within it.
    """
    parser = argparse.ArgumentParser(prog="stages.select")
    for name in ("finetuned", "out", "scores"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    params, grid = load_params(SelectParams, "select"), load_params(Grid, "grid")
    selection, folders = _select_among(args.finetuned, grid, params)
    with whole_folder(args.out) as out:
        _take(selection, folders, out)
        for budget in grid.budgets:
            _take(*_select_among(args.finetuned, grid, params, budget), out / BUDGETS / budget)
    write_json(selection, args.scores)


def _select_among(
    finetuned: Path, grid: Grid, params: SelectParams, budget: str | None = None
) -> tuple[Selection, dict[Run, Path]]:
    # Only what the grid names: the folder may still hold runs of an earlier grid.
    folders = {run: finetuned / run_name(run, budget) for run in grid.runs()}
    if budget is None:
        found = {run: finetuned / run_name(run) for run in grid.searched_runs()}
        folders |= {run: folder for run, folder in found.items() if not (folder / DROPPED).is_file()}
    spec = _spec(folders)
    tables = {
        run: read_predictions(folder / "validation.parquet", spec.classes, spec.task)
        for run, folder in folders.items()
    }
    controls = {
        run[1] for run in folders if run[1] in grid.searched and _record(folders[run]).parent_sha256 is None
    }
    return select(tables, spec.classes, params, spec.task, controls), folders


def _take(selection: Selection, folders: dict[Run, Path], out: Path) -> None:
    """Copies every seed of what was chosen, and writes why."""
    for role, chosen in (("selected", selection.selected), ("scratch", selection.scratch)):
        for (source, strategy, seed), folder in folders.items():
            if (source, strategy) == (chosen.source, chosen.strategy):
                _copy(folder, out / role / str(seed))
    write_json(selection, out / "selection.json")


def _copy(folder: Path, target: Path) -> None:
    """Copies the files of a run; `shutil.copytree` would hide a full disk in an error of its own."""
    target.mkdir(parents=True)
    for file in sorted(folder.iterdir()):
        shutil.copyfile(file, target / file.name)


def _record(folder: Path) -> Checkpoint:
    return read_json(Checkpoint, folder / RECORD)


def _spec(folders: dict[Run, Path]) -> NetworkSpec:
    """Gives one of the networks: all of them are for the same task."""
    specs = [_record(folder).network for folder in folders.values()]
    found = {(spec.task, spec.classes) for spec in specs}
    if len(found) > 1:
        raise DataError(
            "the candidates were trained on different classes",
            where=str(next(iter(folders.values())).parent),
            why=f"{len(found)} sets of classes",
            remedy="run `medgraft run --force finetune`",
        )
    return specs[0]


if __name__ == "__main__":
    sys.exit(guarded(main))
