from __future__ import annotations

import pytest

from stages.contracts.bundle import describe_bundle
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.model import Model
from tests.unit.stages.contracts.test_checkpoint import NETWORK, RECORD
from tests.unit.stages.contracts.test_scores import evaluation


def model(**changes: object) -> Model:
    values = {
        "name": "model",
        "classes": ["no", "yes"],
        "positive": "yes",
        "threshold": 0.4,
        "preparation": {"size": [32, 32]},
        "source": "s",
        "strategy": "full",
        "seed": 3,
        "weights_sha256": "0" * 64,
        "evaluation": evaluation(),
        "intended_use": "Research only.",
    }
    return Model.model_validate(values | changes)


def test_a_model_comes_back_as_it_was() -> None:
    assert Model.model_validate_json(model().model_dump_json()) == model()


def test_a_record_has_no_room_for_anything_of_a_patient() -> None:
    with pytest.raises(ValueError, match="patients"):
        model(patients=["p1"])
    assert "patient_id" not in str(Model.model_json_schema())


@pytest.mark.parametrize(("channels", "names"), [(1, ["grey"]), (3, ["red", "green", "blue"])])
def test_a_bundle_says_what_goes_in_and_what_comes_out(channels: int, names: list[str]) -> None:
    record = Checkpoint.model_validate(RECORD | {"network": NETWORK | {"in_channels": channels}})
    found = describe_bundle(model(), record, "What it does.", "Somebody").model_dump(mode="json")
    data = found["network_data_format"]
    assert list(data["inputs"]["image"]["channel_def"].values()) == names
    assert data["inputs"]["image"]["spatial_shape"] == [32, 32]
    assert data["outputs"]["pred"]["channel_def"] == {"0": "no", "1": "yes"}
    assert found["description"] == "What it does."
    # What the specification of MONAI bundles requires:
    for key in ("version", "changelog", "monai_version", "pytorch_version", "numpy_version", "task"):
        assert key in found
