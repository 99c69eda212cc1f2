"""Makes a source's tensors fit other input channels, or volumes where it saw images: by exact rules alone."""

from __future__ import annotations

from torch import Tensor, nn


def adapt_channels(weight: Tensor, channels: int) -> Tensor | None:
    """Makes a convolution's weight fit another number of input channels.

    To one channel, the weights are summed: a grey image given three times over gives the same output.
    From one channel, they are repeated and divided by the number: again the same output for grey.

    Args:
        weight: Shape (out, in, *size).
        channels: The number wanted.

    Returns:
        The new weight, or None where no exact rule exists.
    """
    given = weight.shape[1]
    if channels == 1:
        return weight.sum(dim=1, keepdim=True)
    if given == 1:
        return weight.repeat(1, channels, *([1] * (weight.dim() - 2))) / channels
    return None


def inflate(weight: Tensor, depth: int, taps: int) -> Tensor:
    """Gives a convolution of images a third axis (Carreira & Zisserman 2017).

    A volume whose slices are all one image gives, away from its ends, what the image gave.

    Args:
        weight: Shape (out, in, height, width).
        depth: Size of the new axis, along which the weights are repeated.
        taps: How many of them meet in one value of the output, and so what they are divided by.

    Returns:
        Shape (out, in, depth, height, width).
    """
    return weight.unsqueeze(2).repeat(1, 1, depth, 1, 1) / taps


def adapt_weight(
    source: Tensor, target: Tensor, layer: nn.Module, *, stem: bool
) -> tuple[Tensor, str] | None:
    """Makes a layer's weight fit the target's.

    Args:
        source: The source's tensor.
        target: The target's tensor, of another shape.
        layer: The layer of the target that has it.
        stem: Whether the layer sees the input; only its channels are those of an image.

    Returns:
        A tensor of the target's shape and what was done, or None where no exact rule leads there.
    """
    value, reasons = source, []
    if stem and source.dim() >= 4 and source.shape[1] != target.shape[1]:
        adapted = adapt_channels(source, target.shape[1])
        if adapted is None:
            return None
        value = adapted
        reasons.append(f"{source.shape[1]} input channels to {target.shape[1]}")
    if (value.dim(), target.dim()) == (4, 5):
        depth = target.shape[2]
        taps = _taps(layer, depth)
        value = inflate(value, depth, taps)
        reasons.append(f"2D to 3D: repeated along the new axis, divided by {taps}")
    return (value, "; ".join(reasons)) if value.shape == target.shape else None


def adapt_input(source: Tensor, target: Tensor) -> tuple[Tensor, str]:
    """Makes a statistic of the input fit; one grey channel stands for all, with their common mean.

    Args:
        source: Shape (1, channels, 1, 1), or one more of a volume.
        target: Likewise.

    Returns:
        A tensor of the target's shape and what was done.
    """
    given, wanted = source.shape[1], target.shape[1]
    value = source if given == wanted else source.mean(dim=1, keepdim=True)
    shaped = value.reshape(1, -1, *target.shape[2:]).expand(target.shape).clone()
    if given == wanted:
        return shaped, f"{source.dim() - 2}D to {target.dim() - 2}D: the same values"
    return shaped, f"{given} input channels to {wanted}"


def _taps(layer: nn.Module, depth: int) -> int:
    """Of a transposed convolution, each value of the output comes from a `stride`th of the weights."""
    return depth // layer.stride[0] if isinstance(layer, nn.ConvTranspose3d) else depth
