"""Signs a folder with a local key, and verifies it: every file in it, and that there is no other.

OpenSSF Model Signing: a DSSE envelope with an in-toto statement, in `model.sig` inside of the folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.export.libraries import required
from stages.contracts.errors import AuditError, UsageError

if TYPE_CHECKING:
    from model_signing import hashing

SIGNATURE = "model.sig"
PASSWORD = "MEDGRAFT_KEY_PASSWORD"  # noqa: S105 - the name of the variable that holds it


def sign_folder(folder: Path, key: Path) -> Path:
    """Signs a folder.

    Args:
        folder: What is signed.
        key: A private key on the curve P-256, P-384 or P-521 as PEM; nothing here makes one.

    Returns:
        The signature.

    Raises:
        UsageError: If the key cannot be used.
    """
    with required("model-signing"):
        from model_signing import signing
    signature = folder / SIGNATURE
    # The library hands the password on as it is, and the reader of keys wants bytes.
    password: Any = os.environb.get(PASSWORD.encode())
    try:
        config = signing.Config().use_elliptic_key_signer(private_key=key, password=password)
    except (OSError, ValueError, TypeError) as error:
        raise _unusable(key, error, "openssl ecparam -genkey -name prime256v1 -noout -out key.pem") from error
    config.set_hashing_config(_everything()).sign(folder, signature)
    return signature


def verify_folder(folder: Path, key: Path) -> None:
    """Verifies that a folder holds what was signed, whole, and nothing else.

    Args:
        folder: A signed folder.
        key: The public key of the signer, as PEM.

    Raises:
        UsageError: If there is no signature, or the key cannot be used.
        AuditError: If the signature is another's, or a file differs, is missing or was not signed.
    """
    with required("model-signing"):
        from model_signing import verifying
    signature = folder / SIGNATURE
    if not signature.is_file():
        raise UsageError(
            "there is no signature",
            where=str(signature),
            why="the folder was exported without `--sign`, or its signature was left behind",
            remedy="export it again with `--sign KEY`",
        )
    try:
        config = verifying.Config().use_elliptic_key_verifier(public_key=key)
    except (OSError, ValueError, TypeError) as error:
        raise _unusable(key, error, "openssl ec -in key.pem -pubout -out key.pub") from error
    try:
        config.set_hashing_config(_everything()).verify(folder, signature)
    except Exception as error:  # damaged envelopes fail in as many ways as there are parsers
        raise AuditError(
            "the folder is not what was signed",
            where=str(folder),
            why=" ".join(str(error).split()) or type(error).__name__,
            remedy="take the folder from its source again, and make sure that the key is the signer's",
        ) from error


def _everything() -> hashing.Config:
    """Hashes all but the signature; the library would leave git's files out."""
    from model_signing import hashing

    return hashing.Config().set_ignored_paths(paths=[SIGNATURE], ignore_git_paths=False)


def _unusable(key: Path, error: Exception, command: str) -> UsageError:
    return UsageError(
        "the key cannot be used",
        where=str(key),
        why=" ".join(str(error).split()) or type(error).__name__,
        remedy=f"give a key as PEM, such as of `{command}`; an encrypted one needs {PASSWORD}",
    )
