"""Computes again, for an audit, what an artifact says of others: manifests, ledgers and figures.

Not a stage of the graph: `medgraft audit` runs it. It writes nothing but its answer.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from stages.contracts.artifact import read_json, write_json
from stages.contracts.errors import MedgraftError, guarded
from stages.contracts.recheck import (
    Answer,
    DomainPlace,
    EvaluationPlace,
    Mismatch,
    Recheck,
    RecheckRequest,
    TransferPlace,
)
from stages.rechecking.found import Found, NotHereError


def main() -> None:
    """Runs the tool: `python -m stages.recheck --request FILE --out FILE`."""
    parser = argparse.ArgumentParser(prog="stages.recheck", description=__doc__)
    for name in ("request", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    write_json(recheck(read_json(RecheckRequest, args.request)), args.out)


def recheck(request: RecheckRequest) -> Recheck:
    """Computes again what is asked for; what cannot be computed is a failure of its part alone."""
    evaluations = [request.evaluation] if request.evaluation else []
    return Recheck(
        manifests=_answer(
            (one.ingested, _manifest(one, contents=request.contents)) for one in request.domains
        ),
        ledgers=_answer((one.transferred, _ledger(one)) for one in request.transfers),
        metrics=_answer((one.metrics, _figures(one)) for one in evaluations),
    )


def _answer(parts: Iterable[tuple[str, Found]]) -> Answer:
    differences: list[Mismatch] = []
    unchecked: list[Mismatch] = []
    compared = 0
    for where, part in parts:
        try:
            for one in part:
                if isinstance(one, Mismatch):
                    differences.append(one)
                else:
                    compared += one
        except NotHereError as error:
            unchecked.append(Mismatch(where=where, why=str(error)))
        except MedgraftError as error:
            differences.append(Mismatch(where=error.where, why=f"{error.what}: {error.why}"))
        except Exception as error:  # Whatever a reader makes of tampered bytes, it is a difference.
            why = f"it cannot be computed again: {type(error).__name__}"
            differences.append(Mismatch(where=where, why=why))
    return Answer(compared=compared, differences=tuple(differences), unchecked=tuple(unchecked))


def _manifest(place: DomainPlace, *, contents: bool) -> Found:
    from stages.rechecking.manifest import recheck_manifest

    yield from recheck_manifest(place, contents)


def _ledger(place: TransferPlace) -> Found:
    from stages.rechecking.ledger import recheck_ledger

    yield from recheck_ledger(place)


def _figures(place: EvaluationPlace) -> Found:
    from stages.rechecking.figures import recheck_figures

    yield from recheck_figures(place)


if __name__ == "__main__":
    sys.exit(guarded(main))
