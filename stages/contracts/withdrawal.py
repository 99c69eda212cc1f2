"""Names whoever withdrew by a salted hash: params and logs are published, identifiers are not."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from stages.contracts.split import salted

KIND = "withdrawn"
"""Of the finding that leaves the cases out."""
Subject = Literal["patient", "case", "content"]
WithdrawnKey = Annotated[str, Field(pattern="^(patient|case|content)-[0-9a-f]{64}$")]


def withdrawn_key(subject: Subject, name: str, salt: str) -> str:
    """Gives the key of a patient, of a case, or of a case's content.

    Args:
        subject: What it is.
        name: `patient_id`, `case_id` or `content_sha256` of the manifest.
        salt: Of the domain's split.
    """
    return f"{subject}-{salted(name, salt)}"
