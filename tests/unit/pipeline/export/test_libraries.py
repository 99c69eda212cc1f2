"""Who installed medgraft without its extra is told how to get it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.export.crate.writing import write_crate
from pipeline.export.ml_bom import write_bom
from pipeline.export.openlineage import write_events
from pipeline.export.signing import sign_folder
from pipeline.export.subject import Subject
from stages.contracts.errors import UsageError


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("rocrate", write_crate),
        ("cyclonedx", write_bom),
        ("openlineage.client", write_events),
        ("model_signing", lambda subject, folder: sign_folder(folder, folder / "key.pem")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_missing_library_is_named_with_the_command_that_installs_it(
    module: str, call: object, subject: Subject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as caught:
        call(subject, tmp_path)  # type: ignore[operator]
    assert caught.value.remedy == "pip install 'medgraft[export]'"
    assert not list(tmp_path.iterdir())
