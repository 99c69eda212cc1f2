"""`configs/inference.json` of a bundle: nothing of the model's is in it but the paths of its files."""

from __future__ import annotations

from typing import Any

from stages.components.prediction.inference import EVALUATION_BATCH
from stages.components.prediction.windows import windows_at_once
from stages.contracts.checkpoint import RECORD as CHECKPOINT
from stages.contracts.model import RECORD, Model
from stages.contracts.network import NetworkSpec

_CODE = "scripts.stages.exporting"
PREDICTIONS = "predictions.csv"


def inference_config(model: Model, network: NetworkSpec) -> dict[str, Any]:
    """Gives the config: read images, prepare them, predict, write what is said.

    A batch is as great as medgraft's own, which decides the last bits.

    Args:
        model: The model's record.
        network: What its networks take in.
    """
    segments = model.task == "segmentation"
    flat = len(model.preparation.size or ()) == 2 and not segments
    return {
        "bundle_root": ".",
        "dataset_dir": "$@bundle_root + '/images'",
        "output_dir": "$@bundle_root + '/eval'",
        "device": "$__import__('torch').device('cpu')",
        "model_record": f"$@bundle_root + '/configs/{RECORD}'",
        "network_def": {
            "_target_": f"{_CODE}.network.bare_network",
            "model": "@model_record",
            "checkpoint": f"$@bundle_root + '/configs/{CHECKPOINT}'",
        },
        "network": "$@network_def.to(@device)",
        "preprocessing": {
            "_target_": "Compose",
            "transforms": [
                {
                    "_target_": f"{_CODE}.transforms.LoadPreparedd",
                    "keys": "image",
                    "model": "@model_record",
                    "uncut": network.patch is not None,
                }
            ],
        },
        "data": {"_target_": f"{_CODE}.transforms.listed_images", "folder": "@dataset_dir"},
        "dataset": {"_target_": "Dataset", "data": "@data", "transform": "@preprocessing"},
        "dataloader": {
            "_target_": "DataLoader",
            "dataset": "@dataset",
            "batch_size": EVALUATION_BATCH if flat else 1,
            "shuffle": False,
            "num_workers": 0,
        },
        "inferer": _inferer(network),
        "postprocessing": {"_target_": "Compose", "transforms": _written(segments=segments)},
        "handlers": [
            {
                "_target_": "CheckpointLoader",
                "load_path": "$@bundle_root + '/models/model.pt'",
                "load_dict": {"model": "@network"},
                "map_location": "@device",
            }
        ],
        "evaluator": {
            "_target_": "SupervisedEvaluator",
            "device": "@device",
            "val_data_loader": "@dataloader",
            "network": "@network",
            "inferer": "@inferer",
            "postprocessing": "@postprocessing",
            "val_handlers": "@handlers",
            "amp": False,
        },
        "run": ["$@evaluator.run()"],
    }


def _inferer(network: NetworkSpec) -> dict[str, Any]:
    if network.patch is None:
        return {"_target_": "SimpleInferer"}
    return {
        "_target_": "SlidingWindowInferer",
        "roi_size": list(network.patch.size),
        "sw_batch_size": windows_at_once(network.patch, network.in_channels),
        "overlap": network.patch.overlap,
        "mode": "gaussian",
    }


def _written(*, segments: bool) -> list[dict[str, Any]]:
    if segments:
        return [
            {"_target_": "AsDiscreted", "keys": "pred", "argmax": True},
            {"_target_": f"{_CODE}.transforms.SaveMaskd", "keys": "pred", "output_dir": "@output_dir"},
        ]
    return [
        {
            "_target_": "SaveClassificationd",
            "keys": "pred",
            "meta_keys": "image_meta_dict",
            "output_dir": "@output_dir",
            "filename": PREDICTIONS,
        }
    ]
