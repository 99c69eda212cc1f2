"""`docs/README.md` and `LICENSE` of a bundle."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from stages.contracts.model import Model
from stages.exporting.inference_config import PREDICTIONS

_TEXT = """# {name}

{description}

**{intended_use}**

## Applying it

In this folder, with the images in `images/`:

```
pip install monai=={monai} {packages}
python -m monai.bundle run --config_file configs/inference.json --meta_file configs/metadata.json
```

`--dataset_dir` and `--output_dir` name other folders. {output}

The images are prepared by the code in `scripts/`, a copy of medgraft's own, so that the figures are those of
`medgraft predict`. The input of the network is on the scale of 0 to 255; its normalisation is part of it.

`LICENSE` is that of the code in `scripts/`. It grants nothing on the weights: their terms follow from those
of the data and of the weights that they were trained from.
"""
_SAID = "`{file}` in `eval/` then holds a line for each image: its path and {what}."


def write_readme(model: Model, description: str, bundle: Path) -> None:
    """Writes both files."""
    packages = " ".join(("pytorch-ignite", "pydantic", "pandas", "pyarrow", "pillow", "nibabel", "pydicom"))
    text = _TEXT.format(
        name=model.name,
        description=description,
        intended_use=model.intended_use,
        monai=version("monai"),
        packages=packages,
        output=_output(model),
    )
    (bundle / "docs" / "README.md").write_text(text, encoding="utf-8")
    (bundle / "LICENSE").write_text(_licence(), encoding="utf-8")


def _output(model: Model) -> str:
    classes = ", ".join(model.classes)
    if model.task == "segmentation":
        return f"A mask for each image lies in `eval/` then, with the numbers of the classes {classes}."
    if model.task == "regression":
        return _SAID.format(file=PREDICTIONS, what="the number")
    said = _SAID.format(file=PREDICTIONS, what=f"the probabilities of {classes}")
    if model.threshold is None:
        return said
    return f"{said} It is called {model.positive} from a probability of {model.threshold:.6g} on."


def _licence() -> str:
    file = Path(__file__).parents[2] / "LICENSE"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    try:
        return distribution("medgraft").read_text("licenses/LICENSE") or "Apache-2.0\n"
    except PackageNotFoundError:
        return "Apache-2.0\n"
