"""A retraining from new data to the decision, with real models and the real gate."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pipeline.lineage.decision import Retrained
from pipeline.lineage.log import read_log
from pipeline.lineage.promotion import promote_model
from pipeline.lineage.registry import champion
from pipeline.lineage.shelf import read_records
from pipeline.logbook import Logbook
from pipeline.retraining.cycle import Cycle, Retraining
from pipeline.retraining.settings import WEBHOOK
from pipeline.workspace import Workspace as Place
from stages.contracts.manifest import read_manifest
from tests.flow.webhook import Webhook
from tests.functional.workspaces import Workspace
from tests.unit.pipeline.lineage.repositories import git, make_repository
from tests.unit.stages.raw_images import save
from tests.unit.stages.small import striped

RAW, NAMES = "data/raw/target", ("no", "yes")


def track(root: Path) -> None:
    from dvc.repo import Repo

    with Repo(str(root)) as repo:
        repo.add(RAW)


def swap_training_labels(root: Path) -> None:
    """Calls every training case by the other class; done twice, all are called as they were."""
    manifest = read_manifest(root / "artifacts/ingested/target/manifest.parquet")
    kept = root.with_name("swapped")
    shutil.copytree(root / RAW, kept)
    training = set(manifest.loc[manifest["split"] == "train", "path"])
    shutil.rmtree(root / RAW)
    for file in sorted(kept.rglob("*.png")):
        path = file.relative_to(kept)
        label = NAMES[1 - NAMES.index(path.parts[0])] if str(path) in training else path.parts[0]
        target = root / RAW / label / f"{path.stem[-3:]}-{label != path.parts[0]}{path.parts[0]}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    shutil.rmtree(kept)


def retrain(workspace: Workspace) -> tuple[Cycle, str]:
    """Retrains, and gives what people are told."""
    workspace.write_params()
    with Webhook() as webhook, pytest.MonkeyPatch.context() as patch:
        patch.setenv(WEBHOOK, webhook.url)
        cycle, error = Retraining(workspace.root, "schedule", Logbook()).carry_out()
    assert error is None, error
    return cycle, webhook.texts[0]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_worse_challenger_is_refused_and_told_and_one_that_holds_its_own_is_promoted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, place = workspace.root, Place(workspace.root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("MEDGRAFT_SCHEDULER", "threads")
    make_repository(root)
    (root / ".gitignore").write_text("/artifacts/\n/.medgraft\n")
    track(root)
    git(root, "add", "-A", "--", ".", ":!lineage", ":!dvc.lock")
    git(root, "commit", "-q", "-m", "all that is the user's")
    assert promote_model(place).version == 1
    (first,) = read_records(root)

    workspace.params["run"] = {}
    workspace.params["grid"] |= {"strategies": ["scratch", "linear_probe"], "seeds": [0]}
    workspace.params["gate"] = {"margin": 0.3, "refuse_negative_transfer": False, "resamples": 200}
    right = root.with_name("right")
    shutil.copytree(root / RAW, right)
    swap_training_labels(root)
    track(root)
    cycle, text = retrain(workspace)
    assert cycle.outcome == "retrained"
    assert cycle.decision.startswith("refused, the champion stays: auroc may be worse than the champion's by")
    version = champion(root)
    assert version is not None
    assert (version.number, version.identity) == (1, first.identity)
    assert f"Decision: {cycle.decision}" in text
    assert f"Report: file://{root}/artifacts/report.html" in text

    shutil.rmtree(root / RAW)
    shutil.copytree(right, root / RAW)
    for label, name in enumerate(NAMES):
        for number in range(12):
            save(
                striped(7000 + 1000 * label + number, label, 14), root / RAW / name / f"later{number:02d}.png"
            )
    track(root)
    watched = {"performance": {"limit": 1.1, "least": 20}, "drift": {"predictions": 0.9}}
    workspace.params["retrain"] = {"on_change": False, **watched}
    cycle, text = retrain(workspace)
    (due,) = cycle.due
    assert due.startswith("the champion's performance on newly labelled cases: auroc ")
    assert "on 24 cases (limit 1.1)" in due
    assert cycle.decision.startswith("promoted: v2 is champion (auroc ")
    version = champion(root)
    assert version is not None
    assert (version.number, version.identity) == (2, cycle.identity)
    assert "later" not in text
    log = read_log(root)
    assert [entry.kind for entry in log] == ["promoted", "retrained", "refused", "retrained", "promoted"]
    detail = log[3].detail
    assert isinstance(detail, Retrained)
    assert detail.trigger == f"schedule: {due}"
