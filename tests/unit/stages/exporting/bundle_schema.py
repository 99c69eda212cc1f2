"""What the MONAI Bundle Specification asks of `metadata.json`, as a JSON schema of our own.

The published one lies behind an address; the tests have no network.
"""

from __future__ import annotations

_TENSOR = {
    "type": "object",
    "required": ["type", "format", "num_channels", "spatial_shape", "dtype", "value_range", "is_patch_data"],
    "properties": {
        "type": {"type": "string"},
        "format": {"type": "string"},
        "num_channels": {"type": "integer", "minimum": 1},
        "spatial_shape": {"type": "array", "items": {"type": ["integer", "string"]}},
        "dtype": {"type": "string", "pattern": "^(u?int|float)[0-9]+$"},
        "value_range": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "is_patch_data": {"type": "boolean"},
        "channel_def": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_TENSORS = {"type": "object", "minProperties": 1, "additionalProperties": _TENSOR}
_VERSIONS = {"type": "object", "additionalProperties": {"type": "string", "pattern": r"^\d+\.\d+"}}
_TEXT = {"type": "string"}
_VERSION = {"type": "string", "pattern": r"^\d+\.\d+(\.\d+)?$"}
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "required": [
        "version",
        "changelog",
        "monai_version",
        "pytorch_version",
        "numpy_version",
        "required_packages_version",
        "task",
        "description",
        "authors",
        "copyright",
        "network_data_format",
    ],
    "properties": {
        "schema": {"type": "string", "pattern": "^https://"},
        "version": _VERSION,
        "changelog": {"type": "object", "additionalProperties": _TEXT},
        "monai_version": _VERSION,
        "pytorch_version": _VERSION,
        "numpy_version": _VERSION,
        "required_packages_version": _VERSIONS,
        "task": _TEXT,
        "description": _TEXT,
        "authors": _TEXT,
        "copyright": _TEXT,
        "intended_use": _TEXT,
        "network_data_format": {
            "type": "object",
            "required": ["inputs", "outputs"],
            "properties": {"inputs": _TENSORS, "outputs": _TENSORS},
        },
    },
}
