"""MONAI transforms that prepare an image and write a mask just as medgraft does."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from monai.transforms import MapTransform

from stages.adapters.images.case_file import decode_case_file
from stages.adapters.images.mask_file import write_mask
from stages.adapters.newcomers.new_images import list_images, name_below
from stages.components.preparation.intensity import as_stored
from stages.components.preparation.placement import Placement
from stages.components.preparation.preparation import prepare_scan
from stages.contracts.artifact import read_json
from stages.contracts.model import Model


def listed_images(folder: str) -> list[dict[str, str]]:
    """Names the images below a folder, as a dataset of MONAI's takes them."""
    place = Path(folder)
    return [{"image": str(file), "name": name_below(file, place)} for file in list_images(place)]


class LoadPreparedd(MapTransform):  # type: ignore[misc]
    """Reads an image file and prepares it as the model's training cases were.

    The image becomes float32 of shape (channels, *size); where it lies in the file's own grid is kept
    beside it.
    """

    def __init__(self, keys: Hashable, model: str, *, uncut: bool = False) -> None:
        """Reads how.

        Args:
            keys: Of the items' image files.
            model: The model's record.
            uncut: Whether an image larger than the cases of training stays as large: a window slides over it.
        """
        super().__init__(keys)
        self._params, self._uncut = read_json(Model, Path(model)).preparation, uncut

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Prepares the images of one item."""
        item = dict(data)
        for key in self.keys:
            decoded = decode_case_file(Path(item[key]))
            scan = prepare_scan(
                decoded.pixels,
                self._params,
                colour=decoded.colour,
                spacing=decoded.spacing,
                uncut=self._uncut,
            )
            item[f"{key}_meta_dict"] = {"filename_or_obj": item[key]}
            item[f"{key}_scale"] = torch.tensor(scan.placement.scale, dtype=torch.float64)
            item[f"{key}_offset"] = torch.tensor(scan.placement.offset, dtype=torch.float64)
            item[key] = torch.from_numpy(as_stored(scan.image, self._params.dtype)).float()
        return item


class SaveMaskd(MapTransform):  # type: ignore[misc]
    """Writes a mask on the grid of the image's file: NIfTI for a volume, PNG for an image."""

    def __init__(self, keys: Hashable, output_dir: str, image_key: str = "image") -> None:
        super().__init__(keys)
        self._folder, self._image = Path(output_dir), image_key

    def __call__(self, data: Mapping[Hashable, Any]) -> dict[Hashable, Any]:
        """Writes the masks of one item, each a class per pixel of shape (1, *size)."""
        item = dict(data)
        decoded = decode_case_file(Path(item[f"{self._image}_meta_dict"]["filename_or_obj"]))
        scale, offset = (item[f"{self._image}_{name}"].tolist() for name in ("scale", "offset"))
        grid = decoded.pixels.shape[: decoded.pixels.ndim - decoded.colour]
        for key in self.keys:
            mask = np.asarray(item[key].cpu())[0].astype(np.uint8)
            back = Placement(tuple(scale), tuple(offset)).taken_back(mask, grid)
            write_mask(back, decoded, self._folder, str(item["name"]))
        return item
