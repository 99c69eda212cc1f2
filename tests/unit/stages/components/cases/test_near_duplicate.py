import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.components.cases import near_duplicate
from stages.components.cases.near_duplicate import (
    Hashes,
    cluster,
    cluster_cases,
    clusters_of,
    has_neighbour,
    parse_hashes,
)

HASHES = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 40), min_size=1, max_size=30)


def names(hashes: list[int], distance: int) -> list[int]:
    """The plain way: repeat until no two neighbours have different names."""
    unique = sorted(set(hashes))
    named = {one: one for one in unique}
    changed = True
    while changed:
        changed = False
        for a, b in itertools.combinations(unique, 2):
            if (a ^ b).bit_count() <= distance and named[a] != named[b]:
                least, other = sorted((named[a], named[b]))
                named = {one: least if name == other else name for one, name in named.items()}
                changed = True
    return [named[one] for one in unique]


def array(hashes: list[int]) -> Hashes:
    return np.array(hashes, dtype=np.uint64)


@settings(deadline=None)
@given(hashes=HASHES, distance=st.integers(0, 16), cells=st.sampled_from([1, 7, 1000]))
def test_clusters_are_connected_components_named_by_their_smallest_hash(
    hashes: list[int], distance: int, cells: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicate, "CHUNK_CELLS", cells)
        found = cluster(array(hashes), distance)
    assert list(found.hashes) == sorted(set(hashes))
    assert list(found.names) == names(hashes, distance)


@settings(deadline=None)
@given(
    before=HASHES,
    kept=st.lists(st.booleans(), min_size=30, max_size=30),
    new=HASHES,
    distance=st.integers(0, 16),
)
def test_clusters_mended_after_a_change_are_those_found_from_scratch(
    before: list[int], kept: list[bool], new: list[int], distance: int
) -> None:
    after = [one for one, stays in zip(before, kept, strict=False) if stays] + new
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicate, "FEW", 1.0)
        mended = cluster(array(after), distance, cluster(array(before), distance))
    assert list(mended.names) == names(after, distance)


@settings(deadline=None)
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
    assert list(cluster(array([*chain, 2**60 - 1]), 2).names) == [0, 0, 0, 0, 2**60 - 1]


def test_hashes_are_read_from_hexadecimal() -> None:
    assert list(parse_hashes(["ffffffffffffffff", "0000000000000010"])) == [2**64 - 1, 16]
    assert len(parse_hashes([])) == 0


def test_cases_have_the_name_of_their_cluster_and_clusters_can_be_read_back() -> None:
    texts = pd.Series(["00000000000000ff", None, "00000000000000fe", "ff00000000000000"], dtype="string")
    named = cluster_cases(texts, 1, None)
    assert named.fillna("").tolist() == ["00000000000000fe", "", "00000000000000fe", "ff00000000000000"]
    back = clusters_of(pd.DataFrame({"perceptual_hash": texts, "cluster": named}))
    assert list(back.hashes) == [0xFE, 0xFF, 0xFF << 56]
    assert list(back.names) == [0xFE, 0xFE, 0xFF << 56]


def test_without_a_distance_there_are_no_clusters() -> None:
    assert cluster_cases(pd.Series(["00000000000000ff"], dtype="string"), None, None).isna().all()


def test_many_images_are_clustered_without_comparing_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = np.random.default_rng(0).integers(0, 2**63, 20_000, dtype=np.uint64)
    hashes[10_000:] = hashes[:10_000] ^ np.uint64(0b101)
    compared: list[int] = []
    real = np.bitwise_count

    def counted(cells: np.ndarray) -> np.ndarray:
        compared.append(cells.size)
        counts: np.ndarray = real(cells)
        return counts

    monkeypatch.setattr(np, "bitwise_count", counted)
    assert len(np.unique(cluster(hashes, 2).names)) == 10_000
    assert sum(compared) < len(hashes) ** 2 / 100
