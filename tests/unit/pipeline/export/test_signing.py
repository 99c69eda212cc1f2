"""A signed folder verifies as long as nothing in it is touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.export.signing import SIGNATURE, sign_folder, verify_folder
from stages.contracts.errors import AuditError, UsageError


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `key.pem`, `key.pub` and the public key of somebody else, `other.pub`."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("key", "other"):
        private = folder / f"{name}.pem"
        make = ["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", str(private)]
        subprocess.run(make, check=True, capture_output=True)
        show = ["openssl", "ec", "-in", str(private), "-pubout", "-out", str(folder / f"{name}.pub")]
        subprocess.run(show, check=True, capture_output=True)
    return folder


@pytest.fixture
def signed(keys: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "weights").write_bytes(b"weights")
    (folder / "card.md").write_text("card")
    (folder / ".gitignore").write_text("")
    sign_folder(folder, keys / "key.pem")
    return folder


def test_an_untouched_folder_verifies(signed: Path, keys: Path) -> None:
    verify_folder(signed, keys / "key.pub")


@pytest.mark.parametrize("name", ["models/weights", "card.md", ".gitignore"])
def test_a_changed_file_is_named(signed: Path, keys: Path, name: str) -> None:
    (signed / name).write_bytes(b"Weights")
    with pytest.raises(AuditError) as caught:
        verify_folder(signed, keys / "key.pub")
    assert caught.value.exit_code == 13
    assert name in caught.value.why


def test_a_lost_file_and_one_more_are_named(signed: Path, keys: Path) -> None:
    (signed / "card.md").rename(signed / "other.md")
    with pytest.raises(AuditError) as caught:
        verify_folder(signed, keys / "key.pub")
    assert "card.md" in caught.value.why and "other.md" in caught.value.why


def test_a_damaged_signature_does_not_verify(signed: Path, keys: Path) -> None:
    signature = signed / SIGNATURE
    signature.write_text(signature.read_text()[:-20])
    with pytest.raises(AuditError):
        verify_folder(signed, keys / "key.pub")


def test_a_signature_of_somebody_else_does_not_verify(signed: Path, keys: Path) -> None:
    with pytest.raises(AuditError):
        verify_folder(signed, keys / "other.pub")


def test_no_signature_is_a_mistake_and_no_difference(signed: Path, keys: Path) -> None:
    (signed / SIGNATURE).unlink()
    with pytest.raises(UsageError, match="no signature"):
        verify_folder(signed, keys / "key.pub")


@pytest.mark.parametrize("text", [None, "no key"])
def test_a_key_that_is_none_is_refused(signed: Path, tmp_path: Path, text: str | None) -> None:
    key = tmp_path / "key.pem"
    if text:
        key.write_text(text)
    with pytest.raises(UsageError, match="key cannot be used"):
        sign_folder(signed, key)
    with pytest.raises(UsageError, match="key cannot be used"):
        verify_folder(signed, key)


def test_an_encrypted_key_takes_its_password_from_the_environment(
    signed: Path, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key.pem"
    encrypt = [
        "openssl",
        "ec",
        "-in",
        str(keys / "key.pem"),
        "-aes256",
        "-passout",
        "pass:secret",
        "-out",
        str(key),
    ]
    subprocess.run(encrypt, check=True, capture_output=True)
    with pytest.raises(UsageError, match="key cannot be used"):
        sign_folder(signed, key)
    monkeypatch.setenv("MEDGRAFT_KEY_PASSWORD", "secret")
    sign_folder(signed, key)
    verify_folder(signed, keys / "key.pub")
