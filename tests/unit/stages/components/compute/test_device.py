from __future__ import annotations

import pytest
import torch

from stages.components.compute.device import choose_device
from stages.contracts.network import ImageSize
from tests.unit.stages.small import network_of, spec_of


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_named_precision_is_used_and_recorded(precision: str) -> None:
    device = choose_device(precision, 1, network_of())  # type: ignore[arg-type]
    assert device.precision == device.environment(3).precision == precision
    with device.autocast(), torch.inference_mode():
        product = torch.ones(2, 2, device=device.name) @ torch.ones(2, 2, device=device.name)
    assert (product.dtype == torch.bfloat16) == (precision == "bf16")


def test_threads_are_set_and_recorded() -> None:
    environment = choose_device("fp32", 1, network_of()).environment(3)
    assert torch.get_num_threads() == environment.threads == 1
    assert environment.seed == 3
    assert set(environment.versions) == {"torch", "monai", "numpy"}


@pytest.mark.skipif(torch.cuda.is_available(), reason="a rule of the CPU")
@pytest.mark.parametrize("size", [(32, 32), (32, 32, 32)])
def test_depthwise_convolutions_stay_in_full_precision_on_a_cpu(
    size: ImageSize, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True)
    assert choose_device("auto", 1, network_of(0, spec_of(size=size))).precision == "bf16"
    lite = network_of(0, spec_of(size=size, name="efficientnet-lite0"))
    assert choose_device("auto", 1, lite).precision == "fp32"


def test_torch_computes_repeatably_afterwards() -> None:
    torch.use_deterministic_algorithms(False)
    choose_device("fp32", 1, network_of())
    assert torch.are_deterministic_algorithms_enabled()
