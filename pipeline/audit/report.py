"""The outcome of an audit, as one object."""

from __future__ import annotations

from pipeline.audit.finding import Check, Tally
from stages.contracts.artifact import Record
from stages.contracts.errors import AuditError, DataError


class AuditReport(Record):
    """Every check of one model."""

    identity: str | None
    """Of the model; null where its record cannot be read."""
    name: str | None
    revision: str | None
    """The commit that holds the model's files; null where it was never committed."""
    present: bool
    """Whether the workspace holds this model; else it was audited from the cache and git."""
    checks: tuple[Check, ...]

    @classmethod
    def unreadable(cls, error: DataError, others: tuple[Check, ...]) -> AuditReport:
        """Tells that a record is damaged, so that no more than the others can be checked."""
        tally = Tally("record", "facts of the record")
        tally.differs(error.where, f"{error.what}: {error.why}")
        checks = (tally.check(), *others)
        return cls(identity=None, name=None, revision=None, present=False, checks=checks)

    @classmethod
    def unnamed(cls, checks: tuple[Check, ...]) -> AuditReport:
        """Tells what differs where no model has the name that was asked for."""
        return cls(identity=None, name=None, revision=None, present=False, checks=checks)

    @property
    def differences(self) -> int:
        """How many differences were found."""
        return sum(len(check.differences) for check in self.checks)

    def error(self) -> AuditError | None:
        """Gives the error with which the command ends; None where nothing differs."""
        found = [remark for check in self.checks for remark in check.differences]
        if not found:
            return None
        more = f", and {len(found) - 1} more above" if found[1:] else ""
        return AuditError(
            f"the audit found {len(found)} {'differences' if found[1:] else 'difference'}",
            where=found[0].where,
            why=found[0].why + more,
            remedy="restore what differs from DVC's remote or from git, or treat the model as not proven",
        )
