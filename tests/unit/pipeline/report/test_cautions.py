"""What a reader is warned of."""

from __future__ import annotations

from pathlib import Path

from pipeline.report.conclusion import conclude
from pipeline.report.domains import read_domains
from pipeline.report.places import open_places
from pipeline.report.scoreboard import read_scoreboard
from stages.contracts.artifact import write_json
from stages.contracts.feature import Feature
from stages.contracts.findings import Finding
from stages.contracts.manifest import read_manifest, write_manifest
from stages.contracts.scores import Interval
from tests.unit.pipeline.report.built_workspace import Built, build_all, evaluation


def cautions(root: Path) -> str:
    places = open_places(root)
    conclusion = conclude(places, read_scoreboard(places), read_domains(places))
    assert conclusion is not None
    return "\n".join(conclusion.cautions)


def test_a_control_of_another_network_is_pointed_out(tmp_path: Path) -> None:
    build_all(Built(tmp_path))
    assert "another network (resnet18) than the transferred model (efficientnet-lite0)" in cautions(tmp_path)


def test_unknown_patients_are_pointed_out_and_known_ones_are_not(tmp_path: Path) -> None:
    build_all(Built(tmp_path / "unknown"))
    build_all(Built(tmp_path / "known", patients=True))
    assert "do not say which cases belong to one patient" in cautions(tmp_path / "unknown")
    assert "do not say which cases belong to one patient" not in cautions(tmp_path / "known")


def test_a_perfect_score_is_not_taken_for_a_certain_one(tmp_path: Path) -> None:
    built = Built(tmp_path)
    build_all(built)
    assert "on every resample" not in cautions(tmp_path)
    perfect = Interval(value=1.0, low=1.0, high=1.0)
    scores = evaluation(built)
    better = scores.model_copy(update={"selected": scores.selected | {"auroc": perfect}})
    write_json(better, built.artifacts / "metrics.json")
    assert "The transferred model has the same AUROC on every resample" in cautions(tmp_path)


def test_a_patient_in_two_splits_is_counted(tmp_path: Path) -> None:
    build_all(Built(tmp_path, patients=True))
    assert "more than one split" not in cautions(tmp_path)
    file = tmp_path / "artifacts" / "ingested" / "target" / "manifest.parquet"
    manifest = read_manifest(file)
    trained = manifest.index[(manifest["split"] == "train")][0]
    manifest.loc[trained, "patient_id"] = manifest.loc[manifest["split"] == "test", "patient_id"].iloc[0]
    write_manifest(manifest, file)
    assert "1 patient is in more than one split" in cautions(tmp_path)


def test_covariates_are_named_and_one_that_tells_the_label_alone_is_pointed_out(tmp_path: Path) -> None:
    known = (Feature(name="age", kind="number"), Feature(name="view", kind="category", values=("AP", "PA")))
    found = Finding(
        kind="confounder",
        severity="warning",
        message="the covariate 'view' alone tells 'yes' from 'no' (area under the ROC curve 0.97)",
        cases=(),
        remedy="stratify by it",
    )
    build_all(Built(tmp_path / "plain", findings=(found,)))
    build_all(Built(tmp_path / "both", covariates=known, findings=(found,)))
    build_all(Built(tmp_path / "harmless", covariates=known[:1], findings=(found,)))
    assert "covariates" not in cautions(tmp_path / "plain")
    assert "take age, view beside each image" in cautions(tmp_path / "both")
    assert "Of the covariates, view almost alone tells the label" in cautions(tmp_path / "both")
    assert "almost alone" not in cautions(tmp_path / "harmless")
