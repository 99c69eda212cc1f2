"""The training stages, started as two processes that share the training."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from stages.contracts.artifact import read_json
from stages.contracts.checkpoint import RECORD, Checkpoint
from stages.contracts.history import Epoch
from tests.unit.stages.chain import Chain
from tests.unit.stages.components.members import run_stage, start_members, statuses

FOLDERS = ("sources/formula", "finetuned/formula-lp_ft-0")
COMMANDS = (
    f"stages.train_source --source formula --prepared prepared/formula --out {FOLDERS[0]} --history made.csv",
    "stages.finetune --strategy lp_ft --seed 0 --transferred transferred/formula "
    f"--features features/formula --prepared prepared/target --out {FOLDERS[1]} --history tuned.csv",
)


def work(command: str, killed: bool) -> None:
    """Runs a stage; of a killed pair the second process dies after an epoch."""
    from stages.components.compute import progress

    def report(self: progress.EpochLines, epoch: Epoch, epochs: int) -> None:
        if killed and os.environ["RANK"] == "1":
            os.kill(os.getpid(), signal.SIGKILL)

    progress.EpochLines.__call__ = report  # type: ignore[method-assign]
    run_stage(*command.split())


def test_the_first_process_alone_writes_and_the_record_tells_how_many_there_were(chain: Chain) -> None:
    members = [start_members(2, work, command, False, folder=chain.root) for command in COMMANDS]
    assert [statuses(pair) for pair in members] == [[0, 0], [0, 0]]
    for folder in FOLDERS:
        made = read_json(Checkpoint, chain.root / folder / RECORD)
        assert made.environment is not None
        assert made.environment.processes == 2
        assert not Path(f"{chain.root / folder}.part").exists()


def test_a_killed_process_ends_the_training_and_leaves_what_was_there(chain: Chain) -> None:
    before = chain.bytes_of("sources")
    first, second = statuses(start_members(2, work, COMMANDS[0], True, folder=chain.root))
    assert second == -signal.SIGKILL
    assert first not in (0, None)
    assert chain.bytes_of("sources") == before
