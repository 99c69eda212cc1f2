"""Times `medgraft trace` over a registry of many models, each with a manifest of its own.

python benchmarks/trace.py [--models 1000] [--cases 10000] [--changed 100] [--repeats 5] [--stages 40]
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from pipeline.lineage.lock import LockedPath, LockedStage  # noqa: E402
from stages.contracts.artifact import write_json  # noqa: E402
from tests.flow.projects import clean_environment  # noqa: E402
from tests.unit.pipeline.trace.shelved import (  # noqa: E402
    Case,
    keep_manifest,
    keep_table,
    make_record,
    make_root,
    tabulate,
)

SPLITS = ("train", "train", "train", "val", "test")
DEPENDENCIES = 60
"""Of a stage: what the longest of the default graph have."""


def case(number: int) -> Case:
    """Two cases of each patient, named as hospitals name them."""
    patient = f"PAT-{number // 2:08}"
    return Case(f"{patient}/image-{number:09}.png", patient, SPLITS[number // 2 % 5], None, f"{number:032x}")


def code_stage(number: int) -> LockedStage:
    deps = tuple(LockedPath(path=f"stages/part{n}.py", md5=f"{n:032x}", size=n) for n in range(DEPENDENCIES))
    return LockedStage(cmd=f"python -m stages.fit {number}", deps=deps)


def build(root: Path, models: int, cases: int, changed: int, stages: int) -> None:
    """Each model's data are the one's before, with some of the cases replaced."""
    table = tabulate([case(number) for number in range((models - 1) * changed + cases)])
    for model in range(models):
        kept = keep_table(root, table.slice(model * changed, cases))
        record = make_record({"target": kept}, f"{model:064x}"[::-1], f"2026-01-01T00:00:00.{model:06}Z")
        more = {f"finetune@source-full-{number}": code_stage(number) for number in range(stages)}
        record = record.model_copy(update={"made_by": record.made_by | more})
        write_json(record, root / "lineage/records" / f"{record.identity[:16]}.json")


def timed(root: Path, *arguments: str) -> tuple[float, float, str]:
    """Gives the seconds that a user waits, those that processors work, and what was printed."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pipeline", "trace", "--json", *arguments]
    environment = clean_environment({"PYTHONPATH": str(ROOT)})
    done = subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, worked, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (
        ("models", 1000),
        ("cases", 10_000),
        ("changed", 100),
        ("repeats", 5),
        ("stages", 40),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = make_root(Path(folder) / "workspace")
        build(root, args.models, args.cases, args.changed, args.stages)
        records = sum(file.stat().st_size for file in (root / "lineage/records").iterdir()) / 1e6
        longest = case(args.cases - 1).patient_id or ""
        print(
            f"{args.models} models, {args.cases} cases each, {args.changed} new in each; "
            f"{records:.0f} MB of records"
        )
        seconds, worked, _ = timed(root, "--patient", longest)
        size = (root / ".medgraft/trace.sqlite").stat().st_size / 1e6
        print(f"first trace, which makes the index: {seconds:.1f} s ({worked:.1f} s of work), {size:.0f} MB")
        last = case((args.models - 1) * args.changed + args.cases - 1)
        asked = {
            "a patient of many models": ("--patient", longest),
            "a patient of few": ("--patient", last.patient_id or ""),
            "a patient of none": ("--patient", "nobody"),
            "a case": ("--case", case(args.cases - 1).case_id),
        }
        for what, arguments in asked.items():
            runs = [timed(root, *arguments) for _ in range(args.repeats)]
            seen = runs[0][2].count('"identity"')
            waited, worked = (
                statistics.median(times) for times in ([r[0] for r in runs], [r[1] for r in runs])
            )
            print(f"{what}: {waited:.2f} s ({worked:.2f} s of work), {seen} models; at most 1 s")
        build_more(root, args)


def build_more(root: Path, args: argparse.Namespace) -> None:
    """One model more: what a trace after each run costs."""
    kept = keep_manifest(root, [case(number) for number in range(7, args.cases + 7)])
    record = make_record({"target": kept}, "f" * 64, "2026-02-01T00:00:00Z")
    write_json(record, root / "lineage/records" / f"{record.identity[:16]}.json")
    seconds, worked, _ = timed(root, "--patient", "nobody")
    print(f"after one model more: {seconds:.2f} s ({worked:.2f} s of work)")


if __name__ == "__main__":
    main()
