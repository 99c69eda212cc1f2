"""Where the artifacts of a workspace lie, and which of them its grid asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stages.contracts.errors import DataError
from stages.contracts.grid import Grid
from stages.contracts.params import load_params


@dataclass(frozen=True)
class Places:
    """The artifacts of one workspace; the same paths as in dvc.yaml.

    Attributes:
        root: The workspace.
        grid: Its domains, sources, strategies and seeds.
    """

    root: Path
    grid: Grid

    @property
    def artifacts(self) -> Path:
        """Everything that the stages write."""
        return self.root / "artifacts"

    @property
    def metrics(self) -> Path:
        """The test split's scores."""
        return self.artifacts / "metrics.json"

    @property
    def evaluation(self) -> Path:
        """Predictions and curves of the test split."""
        return self.artifacts / "evaluation"

    @property
    def selected(self) -> Path:
        """The selection, and the checkpoints it chose."""
        return self.artifacts / "selected"

    @property
    def model(self) -> Path:
        """The packaged model."""
        return self.artifacts / "model"

    @property
    def lock(self) -> Path:
        """What DVC recorded of the last run of every stage."""
        return self.root / "dvc.lock"

    def ingested(self, domain: str) -> Path:
        """Manifest and findings of a domain."""
        return self.artifacts / "ingested" / domain

    def source(self, source: str) -> Path:
        """The checkpoint of a source."""
        return self.artifacts / "sources" / source

    def transferred(self, source: str) -> Path:
        """The checkpoint and the ledger of a transfer."""
        return self.artifacts / "transferred" / source

    def hints(self, source: str) -> Path:
        """The transferability hints of a source."""
        return self.artifacts / "hints" / f"{source}.json"

    def history(self, name: str) -> Path:
        """The learning curve of a source, or of a run of the grid."""
        return self.artifacts / "histories" / f"{name}.csv"


def open_places(root: Path) -> Places:
    """Finds the artifacts of a workspace.

    Raises:
        DataError: If no stage has written anything yet.
        ParamsError: If params.yaml cannot be read or its grid is not valid.
    """
    artifacts = root / "artifacts"
    # An earlier report may lie beside the stages' folders.
    if not any(file.is_file() for file in artifacts.glob("*/**/*")):
        raise DataError(
            "there is nothing to report on",
            where=str(artifacts),
            why="no stage of the pipeline has written anything yet",
            remedy="run `medgraft run`, then `medgraft report`",
        )
    return Places(root, load_params(Grid, "grid", root / "params.yaml"))
