"""Keeps the state of a training on the disk from time to time, and goes on from it after a kill."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from stages.components.compute.processes import current
from stages.components.networks.checkpoint import tensor_sha256
from stages.components.training.training_state import State
from stages.contracts.artifact import whole_file
from stages.contracts.history import Epoch
from stages.contracts.resumption import RESUME, Progress, interval, state_file

SHARE = 50
"""Keeping takes no more than one part in so many of the time."""


class Resumption:
    """The state of one training, in one file that is replaced as a whole.

    Args:
        out: Where the stage writes its checkpoint; it names the file.
        name: Of the training, for the lines that it prints.
        params: That decide its result beside what `fit` is given.
    """

    def __init__(self, out: Path, name: str, *params: BaseModel) -> None:
        self.facts = " ".join([str(out), *(one.model_dump_json() for one in params)])
        self._file, self._name, self._interval = state_file(out), name, interval()
        self._start = self._kept_at = time.monotonic()
        self._cost, self._earlier, self._key = 0.0, 0.0, ""

    def open(self, key: str, epochs: int) -> tuple[list[Epoch], State] | None:
        """Reads the state of an earlier start of this training; any other is removed.

        Args:
            key: Digest of all that decides the result.
            epochs: That the training has.
        """
        self._key = key
        if self._file is None or not self._file.exists():
            return None
        try:
            progress, state = _read(self._file)
        except (OSError, SafetensorError, ValidationError, ValueError) as error:
            self._ignore(f"it is damaged: {str(error).splitlines()[0]}")
            return None
        if progress.key != key:
            self._ignore("data, params, code or environment have changed since")
            return None
        self._earlier = progress.seconds
        done = len(progress.history)
        self._say(f"resumed after epoch {done} of {epochs}, which saves {progress.seconds:.0f} s")
        return list(progress.history), state

    def is_due(self) -> bool:
        """Tells whether enough time has passed to keep the state."""
        passed = time.monotonic() - self._kept_at
        return self._file is not None and passed >= max(self._interval, SHARE * self._cost)

    def keep(self, history: Sequence[Epoch], state: State) -> None:
        """Replaces the state on the disk; where there is no room the training goes on without.

        Of processes that share the training the first alone does: all have the same.
        """
        if self._file is None or not current().first:
            return
        begun = time.monotonic()
        plain = {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
        progress = Progress(
            key=self._key,
            tensors_sha256=_sha256(plain),
            history=tuple(history),
            seconds=self._earlier + begun - self._start,
        )
        try:
            _ignore_for_git(self._file)
            with whole_file(self._file) as part:
                part.write_bytes(save(plain, {"progress": progress.model_dump_json()}))
        except OSError as error:
            self._say(f"its state is not kept from here on: {error.strerror or error}")
            self._file = None
        self._kept_at = time.monotonic()
        self._cost = self._kept_at - begun

    def discard(self) -> None:
        """Removes the state: the stage has ended well, or it is of no use."""
        if self._file is not None:
            for file in (self._file, self._file.with_name(self._file.name + ".part")):
                file.unlink(missing_ok=True)

    def _ignore(self, why: str) -> None:
        self.discard()
        self._say(f"begins anew, not from the state of an earlier start: {why}")

    def _say(self, text: str) -> None:
        if current().first:
            print(f"{self._name} {text}", file=sys.stderr, flush=True)


def _read(file: Path) -> tuple[Progress, State]:
    with safe_open(file, framework="pt") as opened:
        progress = Progress.model_validate_json((opened.metadata() or {}).get("progress", ""))
        state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no mapping
    if _sha256(state) != progress.tensors_sha256:
        raise ValueError("its tensors are not those that were written")
    return progress, state


def _sha256(state: State) -> str:
    lines = [f"{name} {tensor_sha256(tensor)}\n" for name, tensor in sorted(state.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _ignore_for_git(file: Path) -> None:
    """Hides the states from git and DVC where `medgraft` has not done so yet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    root = next(folder for folder in file.parents if folder.parts[-2:] == RESUME.parts)
    for name in (".gitignore", ".dvcignore"):
        if not (root / name).exists():
            (root / name).write_text("*\n", encoding="utf-8")
