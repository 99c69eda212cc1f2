import shutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stages import prepare as stage
from stages.adapters.images.case_file import decode_case_file
from stages.components.preparation.preparation import prepare_case
from stages.contracts.prepared import load_prepared
from tests.unit.stages.raw_images import class_folders, picture, save
from tests.unit.stages.runs import Workspace


def ready(workspace: Workspace, cases: int = 20) -> Workspace:
    class_folders(workspace.raw, cases)
    assert workspace.ingest() == 0
    return workspace


def keep(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Moves the output aside and names it to the stage, as the broker does."""
    kept = workspace.root / "kept"
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    shutil.move(workspace.root / "prepared", kept / "prepared")
    monkeypatch.setenv("MEDGRAFT_PREVIOUS", str(kept))


def full_run(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    monkeypatch.delenv("MEDGRAFT_PREVIOUS", raising=False)
    assert workspace.prepare("full") == 0
    return workspace.bytes_of("full")


def test_every_case_in_use_is_prepared_from_its_own_pixels(workspace: Workspace) -> None:
    ready(workspace)
    assert workspace.prepare() == 0
    cases = load_prepared(workspace.root / "prepared", ("train", "val", "test"))
    assert len(cases.index) == 40
    assert isinstance(cases.images, np.ndarray)
    for row, case in enumerate(cases.index["case_id"]):
        alone = prepare_case(decode_case_file(workspace.raw / case).pixels, cases.preparation.params)
        np.testing.assert_array_equal(cases.images[row], alone["images"])
        assert cases.preparation.classes[cases.labels[row]] == case.split("/")[0]


def test_cases_left_out_are_not_prepared(workspace: Workspace) -> None:
    ready(workspace)
    (workspace.raw / "no" / "003.png").write_bytes(b"")
    workspace.ingest()
    assert workspace.prepare() == 0
    cases = load_prepared(workspace.root / "prepared", ("train", "val", "test"))
    assert len(cases.index) == 39
    assert "no/003.png" not in set(cases.index["case_id"])


def test_threads_change_nothing(workspace: Workspace) -> None:
    ready(workspace)
    workspace.prepare("one", threads=1)
    workspace.prepare("three", threads=3)
    assert workspace.bytes_of("one") == workspace.bytes_of("three")


def test_a_case_that_changed_since_ingestion_ends_the_run(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(workspace)
    save(picture(12345), workspace.raw / "no" / "003.png")
    assert workspace.prepare() == 11
    assert "no/003.png" in capsys.readouterr().err
    assert not (workspace.root / "prepared").exists()


def test_a_case_that_vanished_since_ingestion_ends_the_run(workspace: Workspace) -> None:
    ready(workspace)
    (workspace.raw / "no" / "003.png").unlink()
    assert workspace.prepare() == 11


def test_deep_images_ask_for_an_intensity(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    ready(workspace)
    save(picture(3).astype(np.uint16) * 257, workspace.raw / "no" / "003.png")
    workspace.ingest()
    assert workspace.prepare() == 11
    assert "change `intensity`" in capsys.readouterr().err
    assert workspace.prepare(intensity="minmax") == 0


@pytest.mark.parametrize(
    "changes", [{"size": [8]}, {"size": [0, 8]}, {"shards": 0}, {"channels": 2}, {"threads": -1}]
)
def test_bad_params_end_the_run(workspace: Workspace, changes: dict[str, object]) -> None:
    ready(workspace)
    assert workspace.prepare(**changes) == 10


def test_one_changed_case_is_all_that_is_prepared_anew(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(workspace)
    workspace.prepare()
    old = workspace.bytes_of("prepared")
    keep(workspace, monkeypatch)
    save(picture(12345), workspace.raw / "no" / "003.png")
    workspace.ingest()
    assert workspace.prepare() == 0
    assert "d: 1 prepared, 39 taken over" in capsys.readouterr().out
    new = workspace.bytes_of("prepared")
    assert len([name for name in new if name.startswith("shard-") and new[name] != old[name]]) == 1
    assert new == full_run(workspace, monkeypatch)


@pytest.mark.parametrize("file", ["shard-0000.safetensors", "index.parquet", "shards.json"])
@pytest.mark.parametrize("damage", [b"", b"damaged", None])
def test_a_damaged_earlier_output_is_not_trusted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, file: str, damage: bytes | None
) -> None:
    ready(workspace)
    workspace.prepare()
    keep(workspace, monkeypatch)
    victim = workspace.root / "kept" / "prepared" / file
    victim.unlink() if damage is None else victim.write_bytes(damage)
    assert workspace.prepare() == 0
    assert workspace.bytes_of("prepared") == full_run(workspace, monkeypatch)


def test_an_earlier_output_of_other_params_is_not_used(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(workspace)
    workspace.prepare()
    keep(workspace, monkeypatch)
    assert workspace.prepare(crop="square") == 0
    assert "40 prepared, 0 taken over" in capsys.readouterr().out


def test_an_earlier_output_of_other_code_is_not_used(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(workspace)
    workspace.prepare()
    keep(workspace, monkeypatch)
    monkeypatch.setattr(stage, "fingerprint", lambda params: "0" * 64)
    assert workspace.prepare() == 0
    assert "40 prepared, 0 taken over" in capsys.readouterr().out


EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "modify", "rename", "recode"]), st.integers(0, 30)),
    max_size=6,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits=EDITS, shards=st.sampled_from([None, 3]))
def test_incremental_equals_full_after_any_changes(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int]], shards: int | None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        workspace = Workspace(tmp_path_factory.mktemp("w"), patch)
        workspace.ingest_params["split"] = {"val": 0.0, "test": 0.0}
        ready(workspace, 8)
        assert workspace.prepare() == 0
        keep(workspace, patch)
        for number, (edit, place) in enumerate(edits):
            _apply(workspace, edit, place, 5000 + number)
        assert workspace.ingest() == 0
        assert workspace.prepare(**({} if shards is None else {"shards": shards})) == 0
        assert workspace.bytes_of("prepared") == full_run(workspace, patch)


def _apply(workspace: Workspace, edit: str, place: int, seed: int) -> None:
    files = sorted(workspace.raw.rglob("*.png"))
    file = files[place % len(files)]
    if edit == "add":
        save(picture(seed), workspace.raw / "yes" / f"new-{seed}.png")
    elif edit == "remove" and len(files) > 12:
        file.unlink()
    elif edit == "modify":
        save(picture(seed), file)
    elif edit == "rename":
        file.rename(file.with_name(f"renamed-{seed}.png"))
    elif edit == "recode":
        save(decode_case_file(file).pixels, file, "BMP")


def test_the_index_is_sorted_and_typed(workspace: Workspace) -> None:
    ready(workspace)
    workspace.prepare()
    index = pd.read_parquet(workspace.root / "prepared" / "index.parquet")
    assert index["case_id"].is_monotonic_increasing
    for _, rows in index.groupby("shard"):
        assert rows["row"].tolist() == list(range(len(rows)))


def test_fractals_are_drawn_when_prepared(workspace: Workspace) -> None:
    (workspace.raw / "formula.yaml").write_text("classes: 3\nimages_per_class: 30\nsize: 32\npoints: 500\n")
    assert workspace.ingest(adapter="formula", split={"val": 0.3, "test": 0.0}) == 0
    assert workspace.prepare() == 0
    cases = load_prepared(workspace.root / "prepared", ("train", "val"))
    assert len(cases.index) == 90
    assert set(cases.labels) == {0, 1, 2}
