from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from stages.contracts.description import describe_network
from stages.contracts.errors import ParamsError
from stages.contracts.network import NetworkParams
from tests.unit.stages.small import cases_of
from tests.unit.stages.small_records import FEATURES, records_of


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("mlp", "stem_kernel", 3),
        ("mlp", "stem_pool", False),
        ("mlp", "shortcut", "A"),
        ("unet", "dropout", 0.5),
        ("resnet10", "layers", 3),
    ],
)
def test_what_another_family_leaves_open_is_refused(name: str, key: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=f"'{name}' has no '{key}'"):
        NetworkParams.model_validate({"name": name, key: value})


def test_a_network_for_records_knows_their_features() -> None:
    spec = describe_network(NetworkParams(name="mlp"), records_of({"train": 2}).preparation)
    assert (spec.features, spec.image_size, spec.outputs) == (FEATURES, (), 2)


def test_masks_and_labels_each_have_their_networks() -> None:
    labelled = cases_of({"train": (1, 1)}).preparation
    drawn = labelled.model_copy(update={"task": "segmentation"})
    with pytest.raises(ParamsError, match="for another task") as caught:
        describe_network(NetworkParams(name="unet"), labelled)
    assert "unet gives a class to each pixel" in caught.value.why
    with pytest.raises(ParamsError, match="for another task"):
        describe_network(NetworkParams(name="resnet10"), drawn)
    assert describe_network(NetworkParams(name="unet"), drawn).dims == 2


def test_records_and_images_each_have_their_networks() -> None:
    with pytest.raises(ParamsError, match="mlp cannot take these cases"):
        describe_network(NetworkParams(name="mlp"), cases_of({"train": (1, 1)}).preparation)
    with pytest.raises(ParamsError, match="resnet10 cannot take these cases"):
        describe_network(NetworkParams(name="resnet10"), records_of({"train": 2}).preparation)
