"""Raw data that are wrong as a whole: folders, MedMNIST files, segmentations and formulas."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

import numpy as np

from tests.unit.stages.bad_input.healthy import decathlon, formula, medmnist, medmnist_arrays
from tests.unit.stages.bad_input.kind import Kind
from tests.unit.stages.bad_input.tables import file
from tests.unit.stages.raw_images import picture, save, save_arrays
from tests.unit.stages.runs import Workspace
from tests.unit.stages.volumes import save_volume, volume

DIGEST = "0" * 64


def emptied(workspace: Workspace) -> None:
    shutil.rmtree(workspace.raw)
    workspace.raw.mkdir()


def one_class(workspace: Workspace) -> None:
    shutil.rmtree(workspace.raw / "yes")


def pointer(text: str) -> Callable[[Workspace], object]:
    return lambda workspace: (workspace.raw / "package.yaml").write_text(text)


def npz(**changes: object) -> Callable[[Workspace], None]:
    """Writes the file anew with other arrays; None takes one away."""

    def spoil(workspace: Workspace) -> None:
        arrays = {name: value for name, value in (medmnist_arrays() | changes).items() if value is not None}
        save_arrays(arrays, workspace.raw / "toy.npz")

    return spoil


def second_npz(workspace: Workspace) -> None:
    shutil.copy(workspace.raw / "toy.npz", workspace.raw / "other.npz")


def cut_npz(workspace: Workspace) -> None:
    data = (workspace.raw / "toy.npz").read_bytes()
    (workspace.raw / "toy.npz").write_bytes(data[: len(data) // 2])


def damaged_npz(workspace: Workspace) -> None:
    data = bytearray((workspace.raw / "toy.npz").read_bytes())
    data[200] ^= 255
    (workspace.raw / "toy.npz").write_bytes(data)


def mask(values: np.ndarray) -> Callable[[Workspace], object]:
    return lambda workspace: save_volume(values, workspace.raw / "labels" / "03.nii.gz")


def moved_mask(workspace: Workspace) -> None:
    affine = np.eye(4)
    affine[0, 3] = 5
    values = (volume(3) % 2).astype(np.uint8)
    save_volume(values, workspace.raw / "labels" / "03.nii.gz", affine)


def text(name: str, content: str) -> Callable[[Workspace], object]:
    return lambda workspace: (workspace.raw / name).write_text(content)


def linked(name: str, content: str) -> Callable[[Workspace], None]:
    """Puts a link to a file beside the raw folder."""

    def spoil(workspace: Workspace) -> None:
        (workspace.root / "secret").write_text(content)
        (workspace.raw / name).unlink(missing_ok=True)
        (workspace.raw / name).symlink_to(workspace.root / "secret")

    return spoil


PAIR = '{"training": [{"image": "../secret.nii.gz", "label": "labels/03.nii.gz"}]}'
LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [" + ", ".join([f"*{before}"] * 10) + "]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
SPECIFICATION = "classes: 2\nimages_per_class: 12\nsize: 16\npoints: 200\n"
VICTIM = "images/03.nii.gz"
pointing = partial(Kind, code=11)
of_medmnist = partial(Kind, code=11, healthy=medmnist)
of_masks = partial(Kind, healthy=decathlon, cases=(VICTIM,), finding="mask-values")
of_formula = partial(Kind, code=11, healthy=formula)
KINDS = (
    Kind("no raw folder", lambda w: shutil.rmtree(w.raw), code=11),
    Kind("empty raw folder", emptied, code=11),
    Kind(
        "class of one case",
        lambda w: save(picture(99), w.raw / "rare" / "a.png"),
        code=11,
        cases=("rare/a.png",),
    ),
    Kind("one class only", one_class, code=11),
    Kind(
        "image outside of every class",
        lambda w: save(picture(99), w.raw / "loose.png"),
        finding="missing-label",
        cases=("loose.png",),
    ),
    pointing(
        "pointer with a wrong digest",
        pointer(f"{{distribution: pillow, version: '{version('pillow')}', folder: PIL, sha256: '{DIGEST}'}}"),
    ),
    pointing(
        "pointer to what is not installed",
        pointer(f"{{distribution: no-such-thing, version: '1', folder: x, sha256: '{DIGEST}'}}"),
    ),
    pointing("pointer that is no YAML", pointer("{[")),
    of_medmnist("no npz file", file("toy.npz")),
    of_medmnist("two npz files", second_npz),
    of_medmnist("truncated npz", cut_npz),
    of_medmnist("npz with a flipped bit", damaged_npz),
    of_medmnist("npz without train_images", npz(train_images=None)),
    of_medmnist("pickle in an npz", npz(train_images=np.array([{}], dtype=object))),
    of_medmnist("npz with fewer labels than images", npz(train_labels=np.zeros((3, 1), np.uint8))),
    of_medmnist("npz whose splits differ in shape", npz(val_images=np.zeros((6, 9, 9), np.uint8))),
    of_medmnist("npz with labels that are fractions", npz(train_labels=np.full((6, 1), 0.5))),
    of_masks("mask that is missing", file("labels/03.nii.gz"), finding="missing-mask"),
    of_masks("mask of another shape", mask((volume(3) % 2).astype(np.uint8)[:-1]), finding="mask-mismatch"),
    of_masks("mask that lies elsewhere", moved_mask, finding="mask-mismatch"),
    of_masks("mask with fractions", mask((volume(3) % 2) / np.float32(2))),
    of_masks("mask with a value of no class", mask((volume(3) % 5).astype(np.uint8))),
    of_masks("mask with values below 0", mask(volume(3) % 2 - 1)),
    of_masks("mask without an image", file(VICTIM), finding="unreadable"),
    of_masks("dataset.json that is no JSON", text("dataset.json", "{["), finding=None, code=11, cases=()),
    of_masks(
        "dataset.json that names a file outside",
        text("dataset.json", PAIR),
        finding=None,
        code=11,
        cases=("../secret.nii.gz",),
    ),
    of_masks(
        "dataset.json that is a link out of the raw folder",
        linked("dataset.json", "{}"),
        finding=None,
        code=11,
        cases=("dataset.json",),
    ),
    of_formula("no formula.yaml", file("formula.yaml")),
    of_formula("formula.yaml with a size of 0", text("formula.yaml", SPECIFICATION.replace("16", "0"))),
    of_formula("formula.yaml with an unknown key", text("formula.yaml", SPECIFICATION + "sise: 3\n")),
    of_formula(
        "formula.yaml of a thousand million images",
        text("formula.yaml", "classes: 10000\nimages_per_class: 100000\nsize: 16\npoints: 200\n"),
    ),
    of_formula(
        "formula.yaml with a coverage that no fractal has",
        text("formula.yaml", SPECIFICATION + "coverage: 0.5\n"),
    ),
    of_formula(
        "formula.yaml with a date that is none", text("formula.yaml", SPECIFICATION + "seed: 2024-13-45\n")
    ),
    of_formula("formula.yaml of nested brackets", text("formula.yaml", "[" * 5000)),
    of_formula("formula.yaml of aliases of aliases", text("formula.yaml", LAUGHS + "classes: *i\n")),
    of_formula("pipe in place of formula.yaml", file("formula.yaml", os.mkfifo)),
    of_formula(
        "formula.yaml that is a link out of the raw folder",
        linked("formula.yaml", "secret"),
        cases=("formula.yaml",),
    ),
)
