"""What is said of an ONNX file beside it."""

from __future__ import annotations

from stages.contracts.artifact import Record
from stages.contracts.feature import Feature


class OnnxReport(Record):
    """What the file is, and how far it is from torch's network."""

    opset: int
    input: str
    input_shape: tuple[str | int, ...]
    """The first is the number of images, as many as one likes."""
    input_range: tuple[float, float] = (0.0, 255.0)
    covariates: tuple[Feature, ...] = ()
    """Columns of a second input `covariates` (batch, columns): a number as it is, no and yes as 0 and 1, a
    category as its place among the values, NaN where missing."""
    output: str
    output_shape: tuple[str | int, ...]
    classes: tuple[str, ...]
    """Names in the order of the outputs."""
    compared_images: int
    greatest_output: float
    greatest_difference: float
    """Between onnxruntime and torch, of any output of the compared images."""
    runtime: str
    weights_sha256: str
    """Of the model's best seed, as in its record."""
