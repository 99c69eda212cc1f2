from __future__ import annotations

from pathlib import Path

import pytest

from stages.contracts.errors import DataError
from stages.contracts.history import Epoch, read_history, write_history

ROWS = [
    Epoch(epoch=1, train_loss=0.75, val_loss=None, val_score=None),
    Epoch(epoch=2, train_loss=0.5, val_loss=0.625, val_score=0.875),
]


def test_a_curve_comes_back_as_it_was(tmp_path: Path) -> None:
    write_history(ROWS, tmp_path / "h.csv")
    assert read_history(tmp_path / "h.csv") == ROWS


def test_what_was_not_due_is_an_empty_field(tmp_path: Path) -> None:
    write_history(ROWS, tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_text().splitlines() == [
        "epoch,train_loss,val_loss,val_score",
        "1,0.750000,,",
        "2,0.500000,0.625000,0.875000",
    ]


@pytest.mark.parametrize(
    "text", [None, "", "epoch,loss\n1,2\n", "epoch,train_loss,val_loss,val_score\none,0.5,,\n", "\x00\xff"]
)
def test_what_is_no_curve_is_a_data_error(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "h.csv").write_text(text)
    with pytest.raises(DataError, match="learning curve cannot be read") as caught:
        read_history(tmp_path / "h.csv")
    assert len(str(caught.value).splitlines()) == 4
