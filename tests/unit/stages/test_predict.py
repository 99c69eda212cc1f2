from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from stages import predict as stage
from stages.contracts.artifact import read_json
from stages.contracts.scores import Selection
from tests.unit.stages.chain import Chain
from tests.unit.stages.small import striped


def predict(chain: Chain, images: object, out: str = "out.csv") -> int:
    return chain.run(stage, model="model", images=images, out=out)


def table(chain: Chain, out: str = "out.csv") -> pd.DataFrame:
    return pd.read_csv(chain.root / out)


def test_the_packaged_model_says_of_the_files_what_was_evaluated(chain: Chain) -> None:
    selection = read_json(Selection, chain.root / "selection.json")
    said = pd.read_parquet(chain.root / "evaluation/predictions.parquet")
    chosen = said[(said["model"] == "selected") & (said["seed"] == selection.selected.seed)]
    for case in chosen["case_id"]:
        target = chain.root / "new" / str(case)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(chain.root / "raw/target" / str(case), target)
    assert predict(chain, "new") == 0
    both = table(chain).merge(chosen, left_on="image", right_on="case_id", suffixes=("", "_evaluated"))
    assert len(both) == len(chosen) == len(table(chain)) > 10
    for name in ("no", "yes"):
        np.testing.assert_allclose(
            both[f"probability_{name}"], both[f"probability_{name}_evaluated"], atol=1e-3
        )
    expected = np.where(both["probability_yes_evaluated"] >= selection.selected.threshold, "yes", "no")
    assert (both["called"] == expected).all()


def test_the_default_precision_of_evaluation_is_that_of_the_packaged_model(chain: Chain) -> None:
    """The figures of a model are those of its arithmetic: bf16 would move a probability by a percent."""
    del chain.params["evaluate"]["threads"]
    before = chain.bytes_of("metrics.json")
    chain.params["evaluate"]["precision"] = "fp32"
    assert chain.evaluate() == 0
    assert chain.bytes_of("metrics.json") == before


def test_a_single_file_gives_one_row_under_its_name(chain: Chain) -> None:
    assert predict(chain, "raw/target/yes/001.png") == 0
    found = table(chain)
    assert list(found.columns) == ["image", "called", "probability_no", "probability_yes"]
    assert list(found["image"]) == ["001.png"]
    assert found["probability_no"][0] + found["probability_yes"][0] == pytest.approx(1, abs=1e-5)


def test_an_image_gets_the_same_figures_alone_and_among_others(chain: Chain) -> None:
    assert predict(chain, "raw/target") == 0
    assert predict(chain, "raw/target/no/004.png", "one.csv") == 0
    all_of_them = table(chain).set_index("image")
    one = table(chain, "one.csv").iloc[0]
    assert one["probability_yes"] == pytest.approx(all_of_them.loc["no/004.png", "probability_yes"], abs=2e-6)


def test_any_size_and_colour_is_prepared_like_a_training_case(chain: Chain) -> None:
    (chain.root / "new").mkdir()
    picture = Image.fromarray(striped(1, 1)).resize((91, 77))
    picture.save(chain.root / "new/grey.png")
    picture.convert("RGB").save(chain.root / "new/colour.png")
    picture.save(chain.root / "new/lossless.tif")
    assert predict(chain, "new") == 0
    assert table(chain)["probability_yes"].nunique() == 1
    assert list(table(chain)["image"]) == ["colour.png", "grey.png", "lossless.tif"]


def refused(chain: Chain, capsys: pytest.CaptureFixture[str], images: str) -> str:
    (chain.root / "out.csv").write_text("earlier")
    assert predict(chain, images) == 11
    assert (chain.root / "out.csv").read_text() == "earlier"
    assert not list(chain.root.glob("*.part"))
    block = capsys.readouterr().err
    assert len(block.splitlines()) == 4
    return block


@pytest.mark.parametrize("content", [b"", b"no image", None])
def test_an_unreadable_file_is_named_and_nothing_is_written(
    chain: Chain, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    file = chain.root / "raw/target/yes/003.png"
    file.write_bytes(file.read_bytes()[:200] if content is None else content)
    assert "raw/target/yes/003.png" in refused(chain, capsys, "raw/target")


def test_an_image_that_the_preparation_does_not_take_is_named(
    chain: Chain, capsys: pytest.CaptureFixture[str]
) -> None:
    (chain.root / "new").mkdir()
    Image.fromarray(striped(1, 1).astype(np.uint16) * 257).save(chain.root / "new/deep.png")
    block = refused(chain, capsys, "new")
    assert "new/deep.png" in block
    assert "uint16" in block


@pytest.mark.parametrize(("make", "why"), [(True, "the folder is empty"), (False, "there is no such file")])
def test_a_place_without_images_is_named(
    chain: Chain, capsys: pytest.CaptureFixture[str], make: bool, why: str
) -> None:
    if make:
        (chain.root / "new").mkdir()
    assert why in refused(chain, capsys, "new")


def test_hidden_files_are_left_alone(chain: Chain) -> None:
    Path(chain.root / "raw/target/yes/.DS_Store").write_bytes(b"\x00")
    assert predict(chain, "raw/target/yes") == 0


def test_a_record_of_other_weights_is_refused(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    file = chain.root / "model/medgraft.json"
    record = json.loads(file.read_text()) | {"weights_sha256": "0" * 64}
    file.write_text(json.dumps(record))
    assert "do not belong together" in refused(chain, capsys, "raw/target")


def test_a_folder_that_is_no_model_is_named(chain: Chain, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(chain.root / "model")
    assert "model/medgraft.json" in refused(chain, capsys, "raw/target")
