import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.components import near_duplicate
from stages.components.near_duplicate import cluster, has_neighbour, parse_hashes

HASHES = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 40), min_size=1, max_size=30)


def components(hashes: list[int], distance: int) -> list[int]:
    """The plain way: repeat until no two neighbours have different numbers."""
    numbers = list(range(len(hashes)))
    changed = True
    while changed:
        changed = False
        for a, b in itertools.combinations(range(len(hashes)), 2):
            if (hashes[a] ^ hashes[b]).bit_count() <= distance and numbers[a] != numbers[b]:
                numbers = [
                    min(numbers[a], numbers[b]) if n in (numbers[a], numbers[b]) else n for n in numbers
                ]
                changed = True
    order = list(dict.fromkeys(numbers))
    return [order.index(number) for number in numbers]


@given(hashes=HASHES, distance=st.integers(0, 16), cells=st.sampled_from([1, 7, 1000]))
def test_clusters_are_connected_components(hashes: list[int], distance: int, cells: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicate, "CHUNK_CELLS", cells)
        found = cluster(np.array(hashes, dtype=np.uint64), distance)
    assert list(found) == components(hashes, distance)


@given(hashes=HASHES, among=HASHES, distance=st.integers(0, 16))
def test_neighbours_are_those_within_the_distance(hashes: list[int], among: list[int], distance: int) -> None:
    found = has_neighbour(np.array(hashes, dtype=np.uint64), np.array(among, dtype=np.uint64), distance)
    assert list(found) == [any((a ^ b).bit_count() <= distance for b in among) for a in hashes]


def test_nothing_has_no_neighbours() -> None:
    none = np.array([], dtype=np.uint64)
    assert list(has_neighbour(np.array([1], dtype=np.uint64), none, 8)) == [False]
    assert len(has_neighbour(none, none, 8)) == 0


def test_a_chain_is_one_cluster() -> None:
    chain = [0b0, 0b11, 0b1111, 0b111111]
    assert list(cluster(np.array([*chain, 2**60 - 1], dtype=np.uint64), 2)) == [0, 0, 0, 0, 1]


def test_hashes_are_read_from_hexadecimal() -> None:
    assert list(parse_hashes(["ffffffffffffffff", "0000000000000010"])) == [2**64 - 1, 16]


def test_twelve_thousand_images_are_clustered_in_seconds() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**63, 12_000, dtype=np.uint64)
    hashes[6_000:] = hashes[:6_000] ^ np.uint64(0b101)
    assert cluster(hashes, 2).max() == 5_999
