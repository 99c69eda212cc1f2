import hashlib
from pathlib import Path

import numpy as np
import pytest

from stages.adapters.case import UnreadableError
from stages.adapters.formats.formula import FormulaAdapter, FormulaOptions
from stages.adapters.formats.fractal import CONTRACTION, RENDERER_VERSION, category, contractive, instance
from stages.contracts.errors import DataError


def open_formula(root: Path, text: str = "") -> FormulaAdapter:
    values = text or "classes: 3\nimages_per_class: 5\nsize: 32\npoints: 2000\nseed: 7\n"
    (root / "formula.yaml").write_text(values)
    return FormulaAdapter(root, FormulaOptions())


def test_cases_are_listed_by_class(tmp_path: Path) -> None:
    cases = open_formula(tmp_path).cases()
    assert len(cases) == 15
    assert (cases[6].case_id, cases[6].label) == ("class-0001/00001", "class-0001")


def test_the_same_specification_gives_the_same_images(tmp_path: Path) -> None:
    one, other = open_formula(tmp_path), open_formula(tmp_path)
    for case in one.cases():
        np.testing.assert_array_equal(one.decode(case.path).pixels, other.decode(case.path).pixels)


def test_identities_differ_as_the_images_do(tmp_path: Path) -> None:
    adapter = open_formula(tmp_path)
    identities = {adapter.identity(case.path) for case in adapter.cases()}
    images = {adapter.decode(case.path).pixels.tobytes() for case in adapter.cases()}
    assert len(identities) == len(images) == 15


def test_more_classes_leave_the_others_as_they_were(tmp_path: Path) -> None:
    few = open_formula(tmp_path)
    many = open_formula(tmp_path, "classes: 5\nimages_per_class: 9\nsize: 32\npoints: 2000\nseed: 7\n")
    assert [few.identity(case.path) for case in few.cases()] == [
        many.identity(case.path) for case in few.cases()
    ]


def test_another_seed_gives_other_fractals(tmp_path: Path) -> None:
    one = open_formula(tmp_path)
    other = open_formula(tmp_path, "classes: 3\nimages_per_class: 5\nsize: 32\npoints: 2000\nseed: 8\n")
    assert one.identity("class-0000/00000") != other.identity("class-0000/00000")


def test_the_renderer_is_the_one_of_its_version(tmp_path: Path) -> None:
    # If this fails, the drawing has changed: count RENDERER_VERSION up, or old cases pass for new ones.
    pixels = open_formula(tmp_path).decode("class-0002/00003").pixels
    assert (RENDERER_VERSION, hashlib.sha256(pixels.tobytes()).hexdigest()[:16]) == (1, "72d869e9ea39524d")


def test_categories_fill_their_images_and_contract() -> None:
    for seed in range(20):
        maps = category((1, seed), 4096, 0.2)
        assert 2 <= len(maps) <= 8
        assert np.linalg.svd(maps[:, :4].reshape(-1, 2, 2), compute_uv=False).max() <= CONTRACTION + 1e-9


def test_contraction_leaves_contractive_maps_alone() -> None:
    maps = np.array([[0.5, 0.0, 0.0, 0.5, 0.3, -0.2], [2.0, 0.0, 0.0, 1.0, 0.0, 0.0]])
    scaled = contractive(maps)
    np.testing.assert_array_equal(scaled[0], maps[0])
    np.testing.assert_allclose(scaled[1, :4], [CONTRACTION, 0, 0, CONTRACTION / 2])


def test_instances_differ_from_their_category_by_weights_and_flips() -> None:
    maps = category((1, 1), 4096, 0.2)
    np.testing.assert_allclose(instance(maps, 0)[0], maps)
    assert [instance(maps, number)[1] for number in (0, 25, 50, 75, 100)] == [0, 1, 2, 3, 0]
    assert len({instance(maps, number)[0].tobytes() for number in range(25)}) == 25


@pytest.mark.parametrize("text", ["classes: 1\n", "classes: [\n", "colour: red\n", "- 3\n"])
def test_a_bad_specification_is_a_data_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="formula specification"):
        open_formula(tmp_path, text)


def test_a_missing_specification_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="formula specification"):
        FormulaAdapter(tmp_path, FormulaOptions())


@pytest.mark.parametrize("path", ["class-0009/00000", "elsewhere", "class-0000/x"])
def test_what_is_not_specified_is_unreadable(tmp_path: Path, path: str) -> None:
    with pytest.raises(UnreadableError):
        open_formula(tmp_path).decode(path)
