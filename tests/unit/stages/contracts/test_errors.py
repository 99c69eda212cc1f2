import errno
import io
import pickle

import pytest

from stages.contracts.errors import (
    AuditError,
    CacheError,
    DataError,
    GateError,
    MedgraftError,
    ParamsError,
    StageError,
    UsageError,
    WorkspaceHeldError,
    guarded,
)  # fmt: skip


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2), (ParamsError, 10), (DataError, 11), (StageError, 12), (AuditError, 13),
        (WorkspaceHeldError, 14), (CacheError, 15), (GateError, 16),
    ],
)  # fmt: skip
def test_an_error_becomes_four_lines_and_its_exit_code(error: type[MedgraftError], code: int) -> None:
    def main() -> None:
        raise error("it broke", where="here", why="because", remedy="mend it")

    stream = io.StringIO()
    assert guarded(main, stream) == code
    assert stream.getvalue() == "error: it broke\n  where:  here\n  why:    because\n  remedy: mend it\n"


def test_a_hostile_name_cannot_break_the_block() -> None:
    block = str(DataError("a\nb", where="x\r\n\x1b[31m.png", why="\u202e", remedy="-"))
    assert len(block.splitlines()) == 4
    assert "\x1b" not in block


def test_success_is_zero() -> None:
    assert guarded(lambda: None) == 0


def test_a_full_disk_is_told_as_such() -> None:
    def main() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "artifacts/x")

    stream = io.StringIO()
    assert guarded(main, stream) == 12
    assert "no space left on the disk" in stream.getvalue()
    assert "artifacts/x" in stream.getvalue()


def test_a_defect_keeps_its_traceback() -> None:
    def main() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        guarded(main)


def test_an_error_arrives_from_another_process_as_what_it_is() -> None:
    sent = DataError("a case", where="here", why="it is so", remedy="mend it")
    found = pickle.loads(pickle.dumps(sent))
    assert (type(found), str(found)) == (DataError, str(sent))
