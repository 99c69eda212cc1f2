"""Scheduled retraining under everything that happens to it in months, in half an hour.

python benchmarks/soak.py [--period 20] [--minutes 30] [--disk-mb 1500]

A real workspace is served by `medgraft serve`; one event after another befalls it, and after each the runs,
the champion, memory and database are looked at. The table goes to standard output. The disk is a tmpfs where
this user may mount one; elsewhere the full disk is left out, and the table says so.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.soaked import WAIT, Served, Sight  # noqa: E402

HEADER = "| minute | event | runs | champion | predicts | memory | database | as it should |"


@dataclass(frozen=True)
class Event:
    """Something that happens, and what the runs after it have to come to.

    Attributes:
        name: For the table.
        happen: Makes it happen; what it gives goes into the table.
        until: The state of a later run that ends the wait.
        through: A state that some run has to have had on the way.
        seconds: How long the wait may take.
        certain: Whether that has to come, and runs that are due have to be closed: on a full disk the server
            may not be able to write it down.
    """

    name: str
    happen: Callable[[Served], str]
    until: str = "Unchanged"
    through: str | None = "Retrained"
    seconds: float = WAIT
    certain: bool = True


def begin(served: Served) -> str:
    served.start()
    return ""


def change(served: Served) -> str:
    served.add(5, start=200)
    served.remove(2)
    served.modify(1)
    return "5 added, 2 removed, 1 modified"


def drop_bad(served: Served) -> str:
    cut, conflict = served.target / "no/cut.png", served.target / "yes/conflict.png"
    whole = sorted((served.target / "no").glob("0*.png"))[3].read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    conflict.write_bytes(whole)
    return "one image cut in half, one in both classes"


def repair(served: Served) -> str:
    for name in ("no/cut.png", "yes/conflict.png"):
        (served.target / name).unlink()
    return ""


def worsen(served: Served) -> str:
    served.finetune(epochs=1, learning_rate=1e-9)
    return "trained for one epoch at a rate of 1e-9"


def mend(served: Served) -> str:
    served.finetune(epochs=3, learning_rate=0.002)
    return ""


def kill_service(served: Served) -> str:
    served.add(2, start=300)
    served.until(lambda: served.retraining() is not None)
    for process in (served.service(), served.server()):
        process.kill()
    served.start()
    return "in mid-run, and started again"


def kill_server(served: Served) -> str:
    served.server().kill()
    ended = served.ends(90)
    served.start()
    return "the service ended by itself" if ended else "THE SERVICE WENT ON WITHOUT"


def kill_flow(served: Served) -> str:
    served.add(2, start=320)
    served.until(lambda: served.retraining() is not None)
    retraining = served.retraining()
    if retraining is not None:
        retraining.parent().kill()
    return "in mid-run"


def kill_training(served: Served) -> str:
    served.finetune(epochs=60, learning_rate=0.0021)
    served.until(lambda: served.training() is not None and any(served.states_of_trainings()))
    training = served.training()
    if training is not None:
        training.send_signal(signal.SIGKILL)
    return "in mid-training"


def fill_disk(served: Served) -> str:
    if served.disk is None:
        return "left out: no file system could be mounted"
    served.finetune(epochs=3, learning_rate=0.0022)
    served.add(2, start=340)
    left = served.fill()
    return f"{left // 1024} KiB left"


def free_disk(served: Served) -> str:
    served.free()
    return ""


EVENTS = (
    Event("first run", begin),
    Event("data changed", change),
    Event("kill -9 of a training", kill_training, through=None),
    Event("kill -9 of the flow", kill_flow, through=None),
    Event("kill -9 of service and server", kill_service),
    Event("a worse challenger", worsen),
    Event("bad data drop", drop_bad),
    Event("repaired", repair),
    Event("the disk is full", fill_disk, until="Failed", through=None, seconds=120, certain=False),
    Event("room again", free_disk),
    Event("kill -9 of the server", kill_server, through=None),
    Event("the recipe mended", mend),
)


def row(minute: float, event: Event, said: str, sight: Sight) -> str:
    name = f"{event.name} ({said})" if said else event.name
    cells = [f"{minute:.1f}", name, sight.runs, sight.champion, sight.predicts, sight.memory, sight.database]
    return "| " + " | ".join([*cells, sight.wrong or "yes"]) + " |"


def soak(served: Served, minutes: float) -> list[str]:
    start, rows = time.monotonic(), []
    print(HEADER, "|---" * 8 + "|", sep="\n", flush=True)
    for event in EVENTS:
        minute = (time.monotonic() - start) / 60
        if minute > minutes:
            print(
                f"| {minute:.1f} | {event.name} | not reached in {minutes:g} minutes | | | | | |", flush=True
            )
            continue
        since = time.time()
        said = event.happen(served)
        skipped = said.startswith("left out")
        late = "" if skipped else served.settle(since, event.until, event.through, event.seconds)
        sight = served.look(since, late if event.certain else "", certain=event.certain)
        rows.append(row(minute, event, said, sight))
        print(rows[-1], flush=True)
    while (time.monotonic() - start) / 60 < minutes:
        time.sleep(5)
    print(row(minutes, Event("the end", mend), "", served.look(time.time() - 120, "")), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--period", type=float, default=20, help="seconds between two runs")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--disk-mb", type=int, default=1500)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        disk = Path(folder) / "disk"
        disk.mkdir()
        options = f"size={args.disk_mb}m"
        mount = ["mount", "-t", "tmpfs", "-o", options, "none", str(disk)]
        mounted = (
            os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
        )
        if mounted:
            stack.callback(subprocess.run, ["umount", "--lazy", str(disk)], check=False)
        served = Served(disk / "workspace", args.period, disk if mounted else None)
        stack.callback(served.end)
        try:
            soak(served, args.minutes)
        except BaseException:
            print(served.said()[-6000:], file=sys.stderr)
            raise


if __name__ == "__main__":
    main()
