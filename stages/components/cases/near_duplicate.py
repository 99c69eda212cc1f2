"""Finds near-duplicates: images whose 64-bit perceptual hashes differ in few bits.

The hashes are those of `imagehash.phash` (low frequencies of a discrete cosine transform, against
their median; Zauner 2010). Clusters are the connected components of "differs in at most d bits"; a
cluster's name is its smallest hash, so it depends on the hashes alone and not on their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stages.contracts.manifest import texts

CHUNK_CELLS = 4_000_000
"""Pairs compared at once."""
FEW = 0.05
"""Up to this share of new hashes, clusters of before are mended; else all are found anew."""

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Clusters:
    """Clusters of unique hashes.

    Attributes:
        hashes: [n], sorted and unique.
        names: [n], the smallest hash of each one's cluster.
    """

    hashes: Hashes
    names: Hashes

    def of(self, hashes: Hashes) -> Hashes:
        """Gives the cluster's name of each of these hashes, which must be among those clustered."""
        return self.names[np.searchsorted(self.hashes, hashes)]


def parse_hashes(texts: list[str]) -> Hashes:
    """Reads hashes of 16 hexadecimal digits."""
    return np.frombuffer(bytes.fromhex("".join(texts)), dtype=">u8").astype(np.uint64)


def cluster(hashes: Hashes, distance: int, earlier: Clusters | None = None) -> Clusters:
    """Finds the clusters of all images.

    Args:
        hashes: [m], in any order and with repetitions.
        distance: Greatest number of differing bits, 0 to 64.
        earlier: Clusters of other hashes at the same distance: they save work and change nothing.
    """
    unique = np.unique(hashes)
    if earlier is not None:
        new = np.setdiff1d(unique, earlier.hashes, assume_unique=True)
        if len(new) <= FEW * len(unique):
            return _mended(unique, new, distance, earlier)
    return Clusters(unique, _components(unique, unique.copy(), _close_pairs(unique, distance)))


def cluster_cases(
    perceptual: pd.Series[str], distance: int | None, earlier: Clusters | None
) -> pd.Series[str]:
    """Gives each case's cluster, by name in hexadecimal; null without a hash, and where none is asked for."""
    names = np.full(len(perceptual), None, dtype=object)
    hashed = perceptual.notna().to_numpy(dtype=bool)
    if distance is not None and hashed.any():
        hashes = parse_hashes(perceptual[hashed].tolist())
        digits = cluster(hashes, distance, earlier).of(hashes).astype(">u8").tobytes().hex()
        names[hashed] = [digits[at : at + 16] for at in range(0, len(digits), 16)]
    return pd.Series(texts(names), perceptual.index)


def clusters_of(table: pd.DataFrame) -> Clusters:
    """Reads clusters back from a table with the columns `perceptual_hash` and `cluster`."""
    rows = table[["perceptual_hash", "cluster"]].dropna(subset="cluster")
    hashes, first = np.unique(parse_hashes(rows["perceptual_hash"].tolist()), return_index=True)
    return Clusters(hashes, parse_hashes(rows["cluster"].tolist())[first])


def has_neighbour(hashes: Hashes, among: Hashes, distance: int) -> NDArray[np.bool_]:
    """Tells for each hash [n] whether any of `among` [m] differs from it in at most `distance` bits."""
    found = np.zeros(len(hashes), dtype=bool)
    for left, _ in _pairs_between(hashes, among, distance):
        found[left] = True
    return found


def _mended(unique: Hashes, new: Hashes, distance: int, earlier: Clusters) -> Clusters:
    """Takes clusters over: those that lost a member are found anew, those that a new hash joins merge."""
    kept = np.isin(earlier.hashes, unique, assume_unique=True)
    torn = np.isin(earlier.names, earlier.names[~kept])
    names = unique.copy()
    whole = kept & ~torn
    names[np.searchsorted(unique, earlier.hashes[whole])] = earlier.names[whole]
    broken = earlier.hashes[kept & torn]
    if len(broken):
        names[np.searchsorted(unique, broken)] = cluster(broken, distance).names
    places = np.searchsorted(unique, new)
    near = ((places[left], right) for left, right in _pairs_between(new, unique, distance))
    pairs = ((left[left != right], right[left != right]) for left, right in near)
    return Clusters(unique, _components(unique, names, pairs))


def _components(
    unique: Hashes, names: Hashes, pairs: Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> Hashes:
    """Merges clusters that a pair connects, and names each by its smallest hash."""
    labels = np.searchsorted(unique, names)
    for left, right in _gathered(pairs):
        # Imported where there is something to merge: it takes longer than mending does.
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        size = (len(unique),) * 2
        graph = coo_array((np.ones(len(left), dtype=np.int8), (labels[left], labels[right])), shape=size)
        _, component = connected_components(graph, directed=False)
        # A label is the smallest member of its component: the members are sorted.
        _, first = np.unique(component, return_index=True)
        labels = first[component][labels]
    return unique[labels]


def _gathered(
    pairs: Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Joins small lots of pairs: merging costs as much for one pair as for a million."""
    lots: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    held = 0
    for lot in pairs:
        if len(lot[0]):
            lots.append(lot)
            held += len(lot[0])
        if held > CHUNK_CELLS:
            yield _joined(lots)
            lots, held = [], 0
    if lots:
        yield _joined(lots)


def _joined(
    lots: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.concatenate([left for left, _ in lots]), np.concatenate([right for _, right in lots])


def _close_pairs(unique: Hashes, distance: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Finds all pairs within the distance, by places.

    Of d + 1 blocks of bits, two hashes that differ in d bits share at least one (Norouzi et al. 2012,
    multi-index hashing), so only hashes that share a block are compared.
    """
    blocks = min(distance + 1, 64)
    edges = [64 * block // blocks for block in range(blocks + 1)]
    for low, high in pairwise(edges):
        keys = (unique >> np.uint64(low)) & np.uint64((1 << (high - low)) - 1)
        order = np.argsort(keys, kind="stable")
        bounds = np.flatnonzero(np.diff(keys[order])) + 1
        for places in np.split(order, bounds):
            if len(places) > 1:
                members = unique[places]
                for left, right in _pairs_between(members, members, distance):
                    once = left < right
                    yield places[left[once]], places[right[once]]


def _pairs_between(
    hashes: Hashes, among: Hashes, distance: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    step = max(1, CHUNK_CELLS // max(1, len(among)))
    for start in range(0, len(hashes), step):
        near = np.bitwise_count(hashes[start : start + step, None] ^ among[None, :]) <= distance
        left, right = np.nonzero(near)
        yield left + start, right
