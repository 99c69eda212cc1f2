"""A packaged model applied to cases that came after it."""

from __future__ import annotations

import shutil
import sys

import numpy as np
import pandas as pd
import pytest

from stages import monitor as module
from stages.contracts.artifact import read_json
from stages.contracts.errors import guarded
from stages.contracts.manifest import read_manifest, write_manifest
from stages.contracts.monitoring import CALLED, Monitoring
from stages.ingestion.newcomers import find_newcomers
from tests.unit.stages.chain import Chain
from tests.unit.stages.raw_images import save
from tests.unit.stages.small import striped


def add(chain: Chain, count: int, *, stripes: int | None = None, turned: bool = False) -> None:
    """Adds cases of each class, or of one kind of stripes in both, or each under the other's name."""
    for label, name in enumerate(("no", "yes")):
        for number in range(count):
            kind = label if stripes is None else stripes
            pixels = striped(5000 + 1000 * label + number, 1 - kind if turned else kind, 14)
            save(pixels, chain.root / "raw/target" / name / f"new{number:03d}.png")
    shutil.copytree(chain.root / "ingested/target", chain.root / "earlier")
    assert chain.ingest("target") == 0


def watch(chain: Chain, *arguments: str) -> Monitoring:
    places = {"model": "model", "evaluation": "evaluation", "earlier": "earlier"}
    places |= {"ingested": "ingested/target", "raw": "raw/target", "out": "monitoring.json"}
    words = [word for name, place in places.items() for word in (f"--{name}", str(chain.root / place))]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(chain.root)
        patch.setattr(sys, "argv", ["monitor", *words, *arguments])
        assert guarded(module.main) == 0
    return read_json(Monitoring, chain.root / "monitoring.json")


def test_cases_like_those_before_shift_nothing_and_are_scored_with_an_interval(chain: Chain) -> None:
    add(chain, 15)
    found = watch(chain)
    assert found.new == 30
    assert {shift.measure for shift in found.shifts} == {"yes", CALLED}
    assert not [shift for shift in found.shifts if found.is_certain(shift)]
    assert found.performance is not None
    score = found.performance.score
    assert (found.performance.metric, found.performance.cases) == ("auroc", 30)
    assert 0.5 < score.low <= score.value <= score.high <= 1
    text = (chain.root / "monitoring.json").read_text()
    assert "new0" not in text


def test_other_cases_shift_the_predictions_and_wrong_labels_cost_performance(chain: Chain) -> None:
    add(chain, 15, stripes=1)
    found = watch(chain, "--metric", "accuracy")
    assert "yes" in {shift.measure for shift in found.shifts if found.is_certain(shift)}
    assert found.performance is not None
    assert found.performance.score.value == pytest.approx(0.5, abs=0.2)


def test_unlabelled_cases_are_predicted_and_not_scored(chain: Chain) -> None:
    add(chain, 12)
    file = chain.root / "ingested/target/manifest.parquet"
    manifest = read_manifest(file)
    new = manifest["case_id"].str.contains("new")
    manifest.loc[new, ["label", "split", "group_id"]] = pd.NA
    write_manifest(manifest.assign(excluded_because=new.map({True: "missing-label", False: None})), file)
    found = watch(chain)
    assert (found.new, found.performance) == (24, None)
    assert found.notes == ("performance: it holds no case of class no, yes",)
    assert found.shifts


def test_without_new_cases_nothing_is_predicted(chain: Chain) -> None:
    shutil.copytree(chain.root / "ingested/target", chain.root / "earlier")
    shutil.rmtree(chain.root / "model/models")
    assert watch(chain).new == 0


def manifest(**cases: tuple[str, str, str | None]) -> pd.DataFrame:
    rows = [(name, content, group, why, "train") for name, (content, group, why) in cases.items()]
    return pd.DataFrame(rows, columns=["case_id", "content_sha256", "group_id", "excluded_because", "split"])


def test_a_case_is_new_by_its_content_and_familiar_by_its_patient() -> None:
    earlier = manifest(a=("1", "p1", None), b=("2", "p2", "missing-label"))
    now = manifest(
        renamed=("1", "p1", None),
        b=("2", "p2", None),
        c=("3", "p1", None),
        d=("4", "p3", "missing-label"),
        e=("5", "p4", "near-duplicate"),
    )
    found = find_newcomers(now, earlier)
    assert found.manifest["case_id"].tolist() == ["b", "c", "d"]
    assert found.labelled.tolist() == [True, True, False]
    assert found.familiar.tolist() == [False, True, False]
    assert np.array_equal(found.only_labelled().familiar, [False, True])


def test_familiar_cases_do_not_count_as_performance(chain: Chain) -> None:
    add(chain, 12)
    file = chain.root / "ingested/target/manifest.parquet"
    table = read_manifest(file)
    learned = table.loc[table["split"] == "train", "group_id"].iloc[0]
    new = table["case_id"].str.contains("new") & (table["label"] == "no")
    table.loc[new, "group_id"] = learned
    write_manifest(table, file)
    found = watch(chain)
    assert (found.new, found.performance) == (24, None)
