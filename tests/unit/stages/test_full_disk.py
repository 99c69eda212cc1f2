"""A disk that is full: the stage says so, and what was there before is still there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.stages.chain import Chain

PLACES = {
    "ingest": "ingested",
    "prepare": "prepared",
    "train_source": "sources",
    "transfer": "transferred",
    "extract": "features",
    "hint": "hints",
    "finetune": "finetuned",
    "select": "selected",
    "evaluate": "evaluation",
    "package": "model",
}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 48 megabytes."""
    mounted = tmp_path / "disk"
    mounted.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(mounted)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield mounted
    subprocess.run(["umount", "--lazy", str(mounted)], check=True)


def run(chain: Chain, stage: str) -> int:
    match stage:
        case "ingest" | "prepare":
            code: int = getattr(chain, stage)("target")
            return code
        case "finetune":
            return chain.finetune("lp_ft", 0)
    found: int = getattr(chain, stage)()
    return found


def fill(disk: Path) -> None:
    with (disk / "ballast").open("wb", buffering=0) as file:
        for size in (65536, 512):
            try:
                while True:
                    file.write(b"\x00" * size)
            except OSError:
                continue


@pytest.mark.parametrize("stage", PLACES)
def test_a_full_disk_is_named_and_the_earlier_output_stays(
    built: Chain, disk: Path, capsys: pytest.CaptureFixture[str], stage: str
) -> None:
    chain = built.copy(disk)
    before = chain.bytes_of(PLACES[stage])
    fill(disk)
    assert run(chain, stage) == 12
    block = "\n".join(capsys.readouterr().err.splitlines()[-4:])
    assert block.startswith("error: no space left on the disk\n  where:  ")
    assert "remedy: free some space" in block
    assert chain.bytes_of(PLACES[stage]) == before
    assert len(before) > 0
    assert not list(disk.rglob("*.part"))
