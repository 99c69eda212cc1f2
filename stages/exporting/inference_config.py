"""`configs/inference.json` of a bundle: nothing of the model's is in it but the paths of its files."""

from __future__ import annotations

from typing import Any

from stages.components.prediction.inference import EVALUATION_BATCH
from stages.contracts.checkpoint import RECORD as CHECKPOINT
from stages.contracts.model import RECORD, Model

_CODE = "scripts.stages.exporting"
PREDICTIONS = "predictions.csv"


def inference_config(model: Model) -> dict[str, Any]:
    """Gives the config: read images, prepare them, predict, write what is said.

    A batch is as great as medgraft's own, which decides the last bits.
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
                {"_target_": f"{_CODE}.transforms.LoadPreparedd", "keys": "image", "model": "@model_record"}
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
        "inferer": {"_target_": "SimpleInferer"},
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
