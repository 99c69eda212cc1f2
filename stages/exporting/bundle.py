"""A MONAI bundle of a packaged model, which `python -m monai.bundle run` applies to new images."""

from __future__ import annotations

import json
import math
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD as CHECKPOINT
from stages.contracts.model import RECORD, Model, folders
from stages.exporting.inference_config import inference_config
from stages.exporting.network import PackagedNetwork
from stages.exporting.readme import write_readme
from stages.exporting.sources import copy_sources
from stages.exporting.support import require_images

SCHEMA = (
    "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json"
)
_MODULES = ("stages.exporting.network", "stages.exporting.transforms")
_PACKAGES = ("pytorch-ignite", "pydantic", "pandas", "pyarrow", "pillow", "nibabel", "pydicom", "safetensors")
_GREATEST = float(torch.finfo(torch.float32).max)


def write_bundle(model: Path, bundle: Path) -> None:
    """Writes a bundle into an empty folder.

    Args:
        model: The folder of a packaged model.
        bundle: Where to write.

    Raises:
        UsageError: If the model is not for images, or takes covariates beside them.
    """
    record = read_json(Model, model / RECORD)
    loaded = [load_checkpoint(model / folder) for folder in folders(record)]
    require_images(loaded[0][0], "bundle", patches=True)
    for name in ("configs", "models", "docs"):
        (bundle / name).mkdir()
    network = PackagedNetwork([one for _, one in loaded], record)
    torch.save(network.state_dict(), bundle / "models" / "model.pt")
    shutil.copyfile(model / RECORD, bundle / "configs" / RECORD)
    shutil.copyfile(model / folders(record)[0] / CHECKPOINT, bundle / "configs" / CHECKPOINT)
    # Read as it lies there: a number's range has no ends, which JSON has no word for.
    metadata = json.loads((model / "configs" / "metadata.json").read_bytes())
    _write(_complete(metadata), bundle / "configs" / "metadata.json")
    _write(inference_config(record, loaded[0][0].network), bundle / "configs" / "inference.json")
    copy_sources(_MODULES, bundle)
    write_readme(record, metadata["description"], bundle)


def _complete(metadata: dict[str, Any]) -> dict[str, Any]:
    """Adds what a published bundle says besides, and takes out what its reader would run as code."""
    facts = metadata | {"schema": SCHEMA}
    facts["required_packages_version"] = {name: version(name) for name in _PACKAGES}
    for name, release in (("monai", "monai"), ("pytorch", "torch"), ("numpy", "numpy")):
        facts[f"{name}_version"] = facts[f"{name}_version"] or version(release).partition("+")[0]
    for side in facts["network_data_format"].values():
        for tensor in side.values():
            low, high = tensor["value_range"]
            tensor["value_range"] = [_finite(low, -_GREATEST), _finite(high, _GREATEST)]
    inert: dict[str, Any] = _inert(facts)
    return inert


def _finite(value: float | None, otherwise: float) -> float:
    return otherwise if value is None or not math.isfinite(value) else value


def _inert(value: Any) -> Any:
    """Gives a value in which no text begins as an expression of MONAI's: such a name would be run."""
    if isinstance(value, dict):
        return {key: _inert(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_inert(inner) for inner in value]
    return f"_{value}" if isinstance(value, str) and value.lstrip()[:1] in tuple("$@%") else value


def _write(values: dict[str, Any], file: Path) -> None:
    file.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
