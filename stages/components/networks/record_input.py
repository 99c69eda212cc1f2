"""The input layer for records: from the cells of a row to the units of a network.

Units are known by name, so that hospitals whose columns differ in order, presence or values still meet.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from stages.contracts.feature import Feature, units_of
from stages.contracts.network import Scales
from stages.contracts.prepared import Images

BLOCK = 4096
"""Records summed up at a time."""


class RecordInput(nn.Module):
    """(unit - mean) / deviation; 0 for a missing number, and for a unit that never varied in training.

    The two buffers travel with the weights; what the units are follows from the features.
    """

    mean: Tensor
    deviation: Tensor
    _places: Tensor
    _codes: Tensor
    _values: Tensor
    _gaps: Tensor

    def __init__(self, features: Sequence[Feature], scales: Scales) -> None:
        super().__init__()
        units = units_of(features)
        self.register_buffer("mean", torch.tensor(scales.mean, dtype=torch.float32))
        self.register_buffer("deviation", torch.tensor(scales.deviation, dtype=torch.float32))
        known = {
            "_places": torch.tensor([unit.feature for unit in units]),
            "_codes": torch.tensor([float(unit.code) for unit in units]),
            "_values": torch.tensor([unit.asks == "value" for unit in units]),
            "_gaps": torch.tensor([unit.asks == "missing" for unit in units]),
        }
        for name, tensor in known.items():
            self.register_buffer(name, tensor, persistent=False)

    def units(self, records: Tensor) -> Tensor:
        """Gives the units, shape (cases, units), of records, shape (cases, features); NaN where missing."""
        cells = records[:, self._places]
        # Not `where`: onnxruntime has none for booleans.
        told = (self._gaps & cells.isnan()) | (~self._gaps & (cells == self._codes))
        return torch.where(self._values, cells, told.to(cells.dtype))

    def forward(self, records: Tensor) -> Tensor:
        """Standardises the units of records."""
        units = self.units(records)
        known = (self.deviation > 0) & ~units.isnan()
        return torch.where(known, (units - self.mean) / self.deviation, 0.0)


def blank_scales(features: Sequence[Feature]) -> Scales:
    """Gives scales that change nothing."""
    count = len(units_of(features))
    return Scales(mean=(0.0,) * count, deviation=(1.0,) * count)


def fit_scales(features: Sequence[Feature], records: Images) -> Scales:
    """Fits mean and deviation of numbers; other units stay 0 or 1.

    Args:
        features: Of the records.
        records: Shape (cases, features), NaN where a value is missing.

    Returns:
        One entry per unit; the deviation is 0 where a unit is the same in all records that have it.
    """
    layer = RecordInput(features, blank_scales(features))
    values = np.array([unit.asks == "value" for unit in units_of(features)])
    sums, squares, known = np.zeros(len(values)), np.zeros(len(values)), np.zeros(len(values))
    for block in _blocks(layer, records):
        sums += np.nansum(block, axis=0)
        known += np.isfinite(block).sum(axis=0)
    mean = sums / np.maximum(known, 1)
    for block in _blocks(layer, records):
        squares += np.nansum((block - mean) ** 2, axis=0)
    deviation = np.sqrt(squares / np.maximum(known, 1))
    varied = deviation > 0  # exact: float64 sums up equal numbers of float32 without rounding
    return Scales(
        mean=tuple(np.where(values, mean, 0.0).tolist()),
        deviation=tuple(np.where(varied, np.where(values, deviation, 1.0), 0.0).tolist()),
    )


def _blocks(layer: RecordInput, records: Images) -> list[NDArray[np.float64]]:
    cuts = [slice(start, start + BLOCK) for start in range(0, len(records), BLOCK)]
    return [layer.units(torch.from_numpy(records[cut]).double()).numpy() for cut in cuts]
