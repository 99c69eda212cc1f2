"""Turns DVC's exceptions into errors that say what to do."""

from __future__ import annotations

import errno

from dvc.exceptions import DvcException
from dvc.lock import LockError
from dvc.output import OutputDoesNotExistError

from pipeline.processes.failure import MachineError
from stages.contracts.errors import MedgraftError, StageError, disk_full, is_disk_full


def explain_error(stage: str, error: BaseException) -> BaseException:
    """Gives the error to raise for a stage; what is not known to be a user's or the machine's stays."""
    if isinstance(error, MedgraftError):
        return error
    if isinstance(error, OSError):
        if is_disk_full(error):
            return disk_full(error)
        if error.errno in (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE):
            return MachineError(
                f"stage '{stage}' could not be started",
                where=f"dvc.yaml: {stage}",
                why=error.strerror or str(error),
                remedy="free some memory or processes, and run again",
            )
    if isinstance(error, OutputDoesNotExistError):
        return StageError(
            f"stage '{stage}' did not write an output that it declares",
            where=f"dvc.yaml: {stage}",
            why=str(error),
            remedy="correct the stage or its outs",
        )
    if isinstance(error, DvcException):
        kind = MachineError if isinstance(error, LockError) else StageError
        return kind(
            f"DVC could not record stage '{stage}'",
            where=f"dvc.yaml: {stage}",
            why=" ".join(str(error).split()) or type(error).__name__,
            remedy="see DVC's documentation of this message",
        )
    return error
