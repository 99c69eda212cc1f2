"""The commands `models`, `promote` and `rollback`: what they print and the exit codes they end with."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from pipeline.lineage.decision import Judged
    from pipeline.lineage.listing import ModelList
    from pipeline.lineage.promotion import Promotion
    from pipeline.lineage.settling import Settled
    from pipeline.workspace import Workspace

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Model = Annotated[str, typer.Argument(help="The workspace's model: `challenger`, its identity or weights.")]
Force = Annotated[str | None, typer.Option(metavar="REASON", help="Promote what the gate refuses, and why.")]
To = Annotated[str | None, typer.Option(metavar="VERSION", help="Such as v3; else the champion of before.")]
Reason = Annotated[str | None, typer.Option(metavar="TEXT", help="Why, for the log.")]


def models(as_json: Json = False, debug: Debug = False) -> None:  # noqa: ARG001 - read by main
    """List the models with their versions, figures and verdicts; the champion is marked."""
    from pipeline.lineage.listing import list_models
    from pipeline.reporting import reporting
    from pipeline.workspace import Workspace

    with reporting() as out:
        listed = list_models(Workspace.find().root)
        if as_json:
            print(listed.model_dump_json(), file=out, flush=True)
        else:
            _print_models(listed, out)


def promote(
    model: Model = "challenger",
    force: Force = None,
    as_json: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Let the gate decide whether the workspace's model becomes champion; commits what it owns."""
    from pipeline.lineage.promotion import promote_model
    from pipeline.reporting import reporting
    from stages.contracts.errors import GateError

    with reporting() as out:
        done = promote_model(_enter(), model, force)
        if as_json:
            print(json.dumps(_as_values(done)), file=out, flush=True)
        else:
            _print_promotion(done, out)
    if done.judged and done.version is None:
        raise GateError(
            "the gate refused the model; the champion stays",
            where=f"model {done.identity[:16]}",
            why="; ".join(done.judged.failed),
            remedy="make a better one, or see docs/lineage.md on criteria and `--force REASON`",
        )


def rollback(to: To = None, reason: Reason = None, as_json: Json = False, debug: Debug = False) -> None:  # noqa: ARG001
    """Make an earlier version champion again; no file of the workspace changes."""
    from pipeline.lineage.rollback import roll_back
    from pipeline.reporting import reporting

    with reporting() as out:
        done = roll_back(_enter(), to, reason)
        if as_json:
            values = {"champion": done.version.number, "before": done.before.number}
            print(json.dumps({**values, "commit": done.settled.revision}), file=out, flush=True)
        else:
            print(f"v{done.version.number} is champion, in place of v{done.before.number}", file=out)
            _print_settled(done.settled, out)


def _enter() -> Workspace:
    """Goes to the workspace's root: DVC names everything relative to the current folder."""
    from pipeline.workspace import Workspace

    workspace = Workspace.find()
    os.chdir(workspace.root)
    return workspace


def _print_models(listed: ModelList, out: TextIO) -> None:
    if not listed.models:
        print("no model has a lineage record yet: `medgraft run` makes one", file=out)
        return
    for model in listed.models:
        version = f"v{model.version}" if model.version else "-"
        score = f"{model.metric} {model.score.value:.3f} [{model.score.low:.3f}, {model.score.high:.3f}]"
        marks = ["champion"] * model.champion + ["in the workspace"] * model.current
        marks += [model.decision] if model.decision and model.decision != "promoted" else []
        marks += ["withdrawn"] * model.withdrawn
        marks += ["not all of it committed"] * model.dirty
        facts = (f"{version:<3}", model.identity[:16], model.made_at, score, f"{model.verdict:<12}")
        print("  ".join([*facts, ", ".join(marks)]).rstrip(), file=out)


def _print_promotion(done: Promotion, out: TextIO) -> None:
    if done.judged is None:
        print(f"{done.identity[:16]} is champion already, as v{done.version}", file=out)
        return
    _print_judged(done.judged, out)
    if done.version:
        forced = " (forced)" if done.judged.failed else ""
        print(f"v{done.version} is champion{forced}: {done.identity[:16]}", file=out)
    if done.settled:
        _print_settled(done.settled, out)


def _print_judged(judged: Judged, out: TextIO) -> None:
    if found := judged.comparison:
        gap = found.difference
        print(
            f"against champion {found.champion[:16]} on {found.test_cases} test cases: {found.metric} "
            f"{found.challenger_score.value:.4f} and {found.champion_score.value:.4f}, difference "
            f"{gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]",
            file=out,
        )
        for caution in found.cautions:
            print(f"caution: {caution}", file=out)
    for sentence in judged.failed:
        print(f"not met: {sentence}", file=out)


def _print_settled(settled: Settled, out: TextIO) -> None:
    print(f"log entry {settled.entry.number}; commit {settled.revision[:12]} of:", file=out)
    for file in settled.files:
        print(f"  {file}", file=out)


def _as_values(done: Promotion) -> dict[str, object]:
    return {
        "identity": done.identity,
        "version": done.version,
        "judged": done.judged.model_dump(mode="json") if done.judged else None,
        "commit": done.settled.revision if done.settled else None,
        "files": list(done.settled.files) if done.settled else [],
    }
