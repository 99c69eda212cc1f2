"""Trainings that are killed by SIGKILL and started again, as the stages that they are."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from stages.contracts.resumption import RESUME, SECONDS
from tests.unit.stages.chain import Chain

ROOT = Path(__file__).parents[3]
AVERAGED = {"epochs": 4, "ema_decay": 0.9, "patience": 9}
SOURCE, TUNED = "sources/formula", "finetuned/formula-gradual-0"
CURVES = ("histories/formula.csv", "histories/formula-gradual-0.csv")
COMMANDS = [
    f"stages.train_source --source formula --prepared prepared/formula --out {SOURCE} --history {CURVES[0]}",
    "stages.finetune --strategy gradual --seed 0 --transferred transferred/formula "
    f"--features features/formula --prepared prepared/target --out {TUNED} --history {CURVES[1]}",
]


def live(chain: Chain, at: int) -> tuple[list[list[int]], str]:
    """Runs the stages, each killed at an epoch and started again; gives how that ended and what they said."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.stages.lives", json.dumps([[c.split() for c in COMMANDS], at])],
        cwd=chain.root,
        env={**os.environ, "PYTHONPATH": str(ROOT), SECONDS: "0"},
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    return json.loads(done.stdout), done.stderr


def test_a_stage_killed_in_mid_training_ends_in_the_same_bytes(chain: Chain) -> None:
    chain.params["train_source"]["formula"]["recipe"] |= AVERAGED
    chain.params["finetune"] |= AVERAGED
    chain.params["strategies"]["gradual"] = {"kind": "gradual", "epochs_per_block": 1}
    assert chain.finetune("gradual", 0) == 0
    kept = chain.bytes_of(TUNED, CURVES[1])
    assert chain.train_source() == 0
    kept |= chain.bytes_of(SOURCE, CURVES[0])
    for folder in (SOURCE, TUNED):
        shutil.rmtree(chain.root / folder)

    ends, said = live(chain, 4)

    assert ends == [[-signal.SIGKILL, 0], [-signal.SIGKILL, 0]]
    assert "formula resumed after epoch 3 of 4" in said
    assert "formula gradual seed 0 resumed after epoch 3 of 4" in said
    assert chain.bytes_of(SOURCE, TUNED, *CURVES) == kept
    assert list((chain.root / RESUME).rglob("*.safetensors*")) == []
