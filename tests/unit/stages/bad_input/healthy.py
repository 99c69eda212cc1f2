"""Small healthy raw data, one function per format."""

from __future__ import annotations

from zipfile import ZipFile

import numpy as np

from tests.unit.stages.raw_images import class_folders, picture, save, save_arrays
from tests.unit.stages.runs import Workspace
from tests.unit.stages.volumes import save_volume, volume

CASES = 12


def folder(workspace: Workspace) -> None:
    """Makes one folder of images per class."""
    _params(workspace, "folder")
    class_folders(workspace.raw, CASES)


def volumes(workspace: Workspace) -> None:
    """Makes one folder of volumes per class."""
    _params(workspace, "folder")
    for number in range(2 * CASES):
        save_volume(volume(number), workspace.raw / "ab"[number % 2] / f"{number:02d}.nii.gz")


def arrays(workspace: Workspace) -> None:
    """Makes one folder of .npy files per class."""
    _params(workspace, "folder")
    for number in range(2 * CASES):
        file = workspace.raw / "ab"[number % 2] / f"{number:02d}.npy"
        file.parent.mkdir(exist_ok=True)
        np.save(file, picture(number))


def table(workspace: Workspace) -> None:
    """Makes images, and a table of their labels, patients, ages and (unused) splits."""
    options = {"file": "cases.csv", "label": "dx", "patient": "who", "covariates": ["age"]}
    _params(workspace, {"format": "table", **options})
    lines = ["path,dx,who,age,set"]
    for number in range(2 * CASES):
        save(picture(number), workspace.raw / f"{number:02d}.png")
        part = "train" if number < 2 * CASES - 4 else "val"
        lines.append(f"{number:02d}.png,{'ab'[number % 2]},p{number},{20 + number},{part}")
    write(workspace, lines)


def regression(workspace: Workspace) -> None:
    """Makes images, and a table whose label is a number."""
    table(workspace)
    options = {"format": "table", "file": "cases.csv", "task": "regression", "label": "age"}
    _params(workspace, options)


def given(workspace: Workspace) -> None:
    """Makes images, and a table that gives splits."""
    table(workspace)
    workspace.ingest_params["adapter"] |= {"split": "set", "covariates": []}


def zipped(workspace: Workspace) -> None:
    """Makes a table of images in an archive."""
    table(workspace)
    workspace.ingest_params["adapter"] |= {"archive": "images.zip"}
    with ZipFile(workspace.raw / "images.zip", "w") as archive:
        for file in sorted(workspace.raw.glob("*.png")):
            archive.write(file, file.name)
            file.unlink()


def decathlon(workspace: Workspace) -> None:
    """Makes volumes with masks of two classes."""
    _params(workspace, {"format": "decathlon", "classes": ["background", "organ"]})
    for number in range(CASES):
        name = f"{number:02d}.nii.gz"
        save_volume(volume(number), workspace.raw / "images" / name)
        save_volume((volume(number) % 2).astype(np.uint8), workspace.raw / "labels" / name)


def medmnist(workspace: Workspace) -> None:
    """Makes a file in the layout of MedMNIST."""
    _params(workspace, "medmnist")
    workspace.ingest_params["split"] = {"val": 0.3, "test": 0.3}
    save_arrays(medmnist_arrays(), workspace.raw / "toy.npz")


def medmnist_arrays() -> dict[str, np.ndarray]:
    """Gives the arrays of such a file."""
    found: dict[str, np.ndarray] = {}
    for number, split in enumerate(("train", "val", "test")):
        images = np.random.default_rng(number).integers(0, 256, (6, 8, 8), dtype=np.uint8)
        found |= {f"{split}_images": images, f"{split}_labels": np.arange(6, dtype=np.uint8)[:, None] % 2}
    return found


def formula(workspace: Workspace) -> None:
    """Makes a specification of fractals."""
    _params(workspace, "formula")
    specification = "classes: 2\nimages_per_class: 12\nsize: 16\npoints: 200\n"
    (workspace.raw / "formula.yaml").write_text(specification)


def write(workspace: Workspace, lines: list[str]) -> None:
    """Writes the table."""
    (workspace.raw / "cases.csv").write_text("\n".join(lines) + "\n")


def _params(workspace: Workspace, adapter: object) -> None:
    workspace.ingest_params |= {
        "adapter": adapter,
        "near_duplicate_bits": None,
        "split": {"val": 0.3, "test": 0.0},
    }
