"""Draws fractals of iterated function systems (IFS), the images of formula-driven pre-training.

Kataoka et al., "Pre-training without Natural Images" (ACCV 2020): a category is a random IFS of 2 to
8 affine maps; its instances weight one coefficient by 0.8 to 1.2 and are flipped; systems that fill
too little of the image are dropped. Here every map is also kept contractive, and grey values are
log-densities. No matrix product is used: the bits do not depend on the BLAS at hand.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RENDERER_VERSION = 1
WEIGHTS = (1.0, 0.8, 0.9, 1.1, 1.2)
CONTRACTION = 0.95
STEPS, BURN_IN = 24, 12
MOST_TRIALS = 2000

Maps = NDArray[np.float64]


@dataclass(frozen=True)
class Fractal:
    """Everything that an image depends on.

    Attributes:
        maps: [N, 6], rows a, b, c, d, e, f: x' = a x + b y + e, y' = c x + d y + f.
        flip: Bit 0 mirrors left and right, bit 1 up and down.
        seed: Of the random walk.
        points: Points drawn, about.
        size: Height and width in pixels.
    """

    maps: Maps
    flip: int
    seed: tuple[int, ...]
    points: int
    size: int

    def content_sha256(self) -> str:
        """Gives the identity of the image without drawing it."""
        facts = (RENDERER_VERSION, self.flip, self.seed, self.points, self.size, self.maps.shape)
        return hashlib.sha256(repr(facts).encode() + self.maps.astype("<f8").tobytes()).hexdigest()


def category(seed: tuple[int, ...], points: int, coverage: float) -> Maps:
    """Searches the IFS of a category.

    Args:
        seed: Of the search; one category does not depend on another.
        points: Points of the trial drawings.
        coverage: Least share of the pixels of a trial drawing (64 x 64) that are hit, in [0, 1].

    Returns:
        Maps [N, 6] with 2 <= N <= 8.

    Raises:
        ValueError: If no system fills so much.
    """
    rng = np.random.default_rng(seed)
    for _ in range(MOST_TRIALS):
        maps = contractive(rng.uniform(-1.0, 1.0, (int(rng.integers(2, 9)), 6)))
        image = render(Fractal(maps, 0, seed, points, 64))
        if np.count_nonzero(image) >= coverage * image.size:
            return maps
    raise ValueError(f"no fractal of {MOST_TRIALS} fills {coverage:.0%} of its image")


def instance(maps: Maps, number: int) -> tuple[Maps, int]:
    """Gives the maps and the flip of an instance: 25 weightings by 4 flips, then from the start again."""
    varied = maps.copy()
    weighting = number % 25
    if weighting:
        column, weight = divmod(weighting - 1, 4)
        varied[:, column] *= WEIGHTS[weight + 1]
    return contractive(varied), (number // 25) % 4


def contractive(maps: Maps) -> Maps:
    """Scales down the linear part of every map whose largest singular value exceeds `CONTRACTION`."""
    a, b, c, d = maps[:, 0], maps[:, 1], maps[:, 2], maps[:, 3]
    energy, determinant = a * a + b * b + c * c + d * d, a * d - b * c
    largest = np.sqrt(
        (energy + np.sqrt(np.maximum(energy * energy - 4 * determinant * determinant, 0.0))) / 2
    )
    scaled = maps.copy()
    scaled[:, :4] *= np.minimum(1.0, CONTRACTION / np.maximum(largest, 1e-12))[:, None]
    return scaled


def render(fractal: Fractal) -> NDArray[np.uint8]:
    """Draws a fractal by the chaos game, with many walkers at a time.

    Returns:
        uint8 [size, size]: 0 where no point fell, else the logarithm of the density, up to 255.
    """
    x, y = _walk(fractal)
    size = fractal.size
    column, row = (_scaled(axis, size) for axis in (x, y))
    hits = np.bincount((row * size + column).ravel(), minlength=size * size).reshape(size, size)
    levels = np.log2(np.arange(int(hits.max()) + 1) + 1.0)
    image = np.rint(levels / levels[-1] * 255).astype(np.uint8)[hits]
    image = image[:, ::-1] if fractal.flip & 1 else image
    return np.ascontiguousarray(image[::-1] if fractal.flip & 2 else image)


def _walk(fractal: Fractal) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    maps, walkers = fractal.maps, max(1, fractal.points // STEPS)
    area = np.abs(maps[:, 0] * maps[:, 3] - maps[:, 1] * maps[:, 2]) + 1e-3
    steps = np.cumsum(area / area.sum())
    draws = np.random.default_rng(fractal.seed).random((BURN_IN + STEPS, walkers))
    chosen = np.minimum(np.searchsorted(steps, draws), len(maps) - 1)
    a, b, c, d, e, f = maps.T[:, chosen]
    x, y = np.empty_like(draws), np.empty_like(draws)
    x[0], y[0] = e[0], f[0]
    for now in range(1, len(draws)):
        before = now - 1
        x[now] = a[now] * x[before] + b[now] * y[before] + e[now]
        y[now] = c[now] * x[before] + d[now] * y[before] + f[now]
    return x[BURN_IN:], y[BURN_IN:]


def _scaled(axis: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    low, high = axis.min(), axis.max()
    places: NDArray[np.float64] = np.minimum((axis - low) / max(high - low, 1e-12) * size, size - 1)
    return places.astype(np.int64)
