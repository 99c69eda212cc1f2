from __future__ import annotations

import json
from pathlib import Path

import pytest

from stages.contracts.artifact import read_json, write_json
from stages.contracts.checkpoint import Checkpoint
from stages.contracts.errors import DataError

NETWORK: dict[str, object] = {
    "params": {"name": "resnet10"},
    "in_channels": 1,
    "image_size": [32, 32],
    "classes": ["no", "yes"],
}
RECORD: dict[str, object] = {
    "origin": "trained",
    "source": "s",
    "network": NETWORK,
    "normalisation": {"mean": [1.0], "deviation": [2.0]},
    "weights_sha256": "0" * 64,
}


def test_a_record_comes_back_as_it_was(tmp_path: Path) -> None:
    record = Checkpoint.model_validate(RECORD)
    write_json(record, tmp_path / "c.json")
    assert read_json(Checkpoint, tmp_path / "c.json") == record
    assert Checkpoint.weights_file(tmp_path).parent == tmp_path


def test_a_record_of_an_earlier_version_is_one_of_classes(tmp_path: Path) -> None:
    params = {"name": "resnet10", "width": 1.0, "stem_kernel": 7, "stem_stride": 2, "stem_pool": True}
    rest = {"strategy": None, "parent_sha256": None, "training_cases": None, "environment": None}
    earlier = RECORD | {"network": NETWORK | {"params": params}} | rest
    ordered = {name: earlier[name] for name in Checkpoint.model_fields}
    (tmp_path / "c.json").write_text(json.dumps(ordered, indent=2) + "\n")
    record = read_json(Checkpoint, tmp_path / "c.json")
    assert (record.network.task, record.network.dims) == ("classes", 2)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"origin": "stolen"}, "origin: "),
        ({"host": "here"}, "host: Extra inputs are not permitted"),
        ({"network": {"params": {"name": "vgg"}}}, "network.params.name: "),
    ],
)
def test_a_record_that_is_not_valid_is_refused_by_its_first_key(
    tmp_path: Path, change: dict[str, object], why: str
) -> None:
    (tmp_path / "c.json").write_text(json.dumps(RECORD | change))
    with pytest.raises(DataError) as caught:
        read_json(Checkpoint, tmp_path / "c.json")
    assert caught.value.why.startswith(why)
