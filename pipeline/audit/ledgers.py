"""The transfer ledgers: every tensor hashed again, before and after."""

from __future__ import annotations

from pipeline.audit.finding import Check, Tally
from pipeline.audit.recheck import note
from stages.contracts.recheck import Answer


def check_ledgers(answer: Answer) -> Check:
    """Tells what came of the ledgers of all transfers."""
    tally = Tally("ledgers", "tensors")
    note(answer, tally)
    return tally.check()
