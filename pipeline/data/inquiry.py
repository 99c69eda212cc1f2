"""Asks the stages' own tools about data: what is there, what is wrong with it, how to prepare it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import stages
from pipeline.params.check import check_params
from pipeline.processes.failure import last_block
from pipeline.processes.halt import Halt
from stages.contracts.artifact import read_json, write_json
from stages.contracts.errors import DataError, MedgraftError, ParamsError, StageError, UsageError
from stages.contracts.inspection import Inspection, InspectionRequest
from stages.contracts.params import PARAMS_FILE

_TICK_SECONDS = 0.2
_KINDS: dict[int, type[MedgraftError]] = {
    kind.exit_code: kind for kind in (UsageError, ParamsError, DataError)
}


@dataclass(frozen=True)
class Plan:
    """How to prepare the cases.

    Attributes:
        prepare: The section `prepare.<domain>`, in plain values.
        why: One sentence per value, by its name.
    """

    prepare: dict[str, Any]
    why: dict[str, str]


class Inquiry:
    """Questions about one set of data; the answers lie in a folder that the caller deletes."""

    def __init__(self, scratch: Path, folder: Path, halt: Halt) -> None:
        """Prepares to ask.

        Args:
            scratch: An empty folder.
            folder: Where the tools run: the workspace, or the current folder.
            halt: Ends a tool that runs.
        """
        self._scratch, self._folder, self._halt = scratch, folder, halt

    def inspect(self, request: InspectionRequest) -> Inspection:
        """Has the data looked at.

        Raises:
            MedgraftError: As the tool says: the format is not recognised, a file is refused, ...
        """
        asked, answer = self._scratch / "request.json", self._scratch / "inspection.json"
        write_json(request, asked)
        places = ["--request", asked, "--out", answer, "--ingested", self._scratch / "ingested"]
        self._ask("stages.inspect", *map(str, places))
        return read_json(Inspection, answer)

    def plan(self) -> Plan | None:
        """Has a preparation proposed for the data that were looked at; None where nobody proposes one."""
        if not Path(stages.__file__).with_name("plan.py").exists():
            return None
        answer = self._scratch / "plan.json"
        self._ask("stages.plan", "--ingested", str(self._scratch / "ingested"), "--out", str(answer))
        return Plan(**json.loads(answer.read_bytes()))

    def check_params(self, text: str) -> None:
        """Has a text for params.yaml checked before it is written.

        Raises:
            MedgraftError: If it is not valid.
        """
        (self._scratch / PARAMS_FILE).write_text(text, encoding="utf-8")
        check_params(self._folder, self._scratch)

    def _ask(self, module: str, *arguments: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr.fileno(),
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches this process, which then ends the tool
        )
        with process:
            try:
                said = self._wait(process)
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise _explain(module, process.returncode, said)
        print(said, file=sys.stderr, end="")

    def _wait(self, process: subprocess.Popen[str]) -> str:
        while True:
            self._halt.check()
            try:
                return process.communicate(timeout=_TICK_SECONDS)[1]
            except subprocess.TimeoutExpired:
                continue


def _explain(module: str, status: int, said: str) -> MedgraftError:
    lines = said.splitlines()
    block = last_block(lines)
    if block:
        kind = _KINDS.get(status, StageError)
        return kind(block["error"], where=block["where"], why=block["why"], remedy=block["remedy"])
    print(said, file=sys.stderr, end="")
    return StageError(
        "the data could not be looked at",
        where=f"python -m {module}",
        why=lines[-1] if lines else f"it ended with status {status}, as when memory runs out",
        remedy="see its lines above",
    )
