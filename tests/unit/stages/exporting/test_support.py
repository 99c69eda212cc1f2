"""Models that take more than images are refused, by name of what they take."""

from __future__ import annotations

import pytest

from stages.contracts.checkpoint import Checkpoint
from stages.contracts.errors import UsageError
from stages.contracts.feature import Feature
from stages.contracts.network import NetworkParams, NetworkSpec, Normalisation
from stages.contracts.patch import Patch
from stages.exporting.support import require_images

AGE = Feature(name="age", kind="number")


def _checkpoint(**spec: object) -> Checkpoint:
    facts = {
        "params": NetworkParams(name="resnet10"),
        "in_channels": 1,
        "image_size": (32, 32),
        "classes": ("no", "yes"),
    }
    return Checkpoint(
        origin="finetuned",
        source="formula",
        network=NetworkSpec.model_validate(facts | spec),
        normalisation=Normalisation(mean=(0.0,), deviation=(1.0,)),
        weights_sha256="",
    )


def test_a_model_of_images_alone_is_taken() -> None:
    require_images(_checkpoint(), "onnx")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"params": NetworkParams(name="mlp"), "image_size": (), "features": (AGE,)}, "for clinical tables"),
        ({"covariates": (AGE,)}, "with covariates beside the image"),
    ],
)
def test_a_model_that_takes_a_table_is_refused(spec: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        require_images(_checkpoint(**spec), "bundle")


def test_a_model_that_sees_patches_is_taken_where_the_format_has_a_sliding_window() -> None:
    checkpoint = _checkpoint(
        params=NetworkParams(name="unet"), task="segmentation", patch=Patch(size=(32, 32))
    )
    require_images(checkpoint, "bundle", patches=True)
    with pytest.raises(UsageError, match="sees patches cannot be exported as onnx"):
        require_images(checkpoint, "onnx")


def test_covariates_are_taken_where_the_format_has_a_place_for_them() -> None:
    require_images(_checkpoint(covariates=(AGE,)), "onnx", covariates=True)
