"""Finds near-duplicates: images whose 64-bit perceptual hashes differ in few bits.

The hashes are those of `imagehash.phash` (low frequencies of a discrete cosine transform, against
their median; Zauner 2010). Clusters are the connected components of "differs in at most d bits".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

CHUNK_CELLS = 4_000_000

Hashes = NDArray[np.uint64]


def parse_hashes(texts: list[str]) -> Hashes:
    """Reads hashes of 16 hexadecimal digits."""
    return np.array([int(text, 16) for text in texts], dtype=np.uint64)


def cluster(hashes: Hashes, distance: int) -> NDArray[np.int64]:
    """Gives the cluster of every image.

    Args:
        hashes: [n]; memory stays bounded, time grows with n squared (12,000: about half a second).
        distance: Greatest number of differing bits, 0 to 64.

    Returns:
        [n] cluster numbers, 0 for the cluster of the first image.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    unique, place = np.unique(hashes, return_inverse=True)
    labels = np.arange(len(unique), dtype=np.int64)
    for start, near in _chunks(unique, unique, distance):
        left, right = np.nonzero(near)
        edges = np.concatenate([left + start, np.arange(len(unique))]), np.concatenate([right, labels])
        graph = coo_array((np.ones(len(edges[0]), dtype=np.int8), edges), shape=(len(unique),) * 2)
        # A label is the smallest member of its component, so that labels are edges of the next round.
        _, component = connected_components(graph, directed=False)
        _, first = np.unique(component, return_index=True)
        labels = first[component].astype(np.int64)
    _, first, numbers = np.unique(labels[place], return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first)).astype(np.int64)[numbers]


def has_neighbour(hashes: Hashes, among: Hashes, distance: int) -> NDArray[np.bool_]:
    """Tells for each hash [n] whether any of `among` [m] differs from it in at most `distance` bits."""
    found = np.zeros(len(hashes), dtype=bool)
    for start, near in _chunks(hashes, among, distance):
        found[start : start + len(near)] = near.any(axis=1)
    return found


def _chunks(hashes: Hashes, among: Hashes, distance: int) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    step = max(1, CHUNK_CELLS // max(1, len(among)))
    for start in range(0, len(hashes), step):
        differing = np.bitwise_count(hashes[start : start + step, None] ^ among[None, :])
        yield start, differing <= distance
