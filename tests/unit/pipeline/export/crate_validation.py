"""roc-validator without a network: the one context that the crates name is put into its cache."""

from __future__ import annotations

import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator import services
from rocrate_validator.models import ValidationSettings
from urllib3 import HTTPResponse

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
TERMS = json.loads(files("rocrate").joinpath("data/ro-crate.jsonld").read_bytes())["@context"] | {
    "ComputationalWorkflow": "https://bioschemas.org/ComputationalWorkflow"
}
"""RO-Crate's own, as published for 1.3, with the one of our words that it has elsewhere than 1.1 has."""


class _Served(HTTPAdapter):
    """Answers every request with the context."""

    def send(self, request: Any, *_: Any, **__: Any) -> requests.Response:
        body = io.BytesIO(json.dumps({"@context": TERMS}).encode())
        headers = {"Content-Type": "application/ld+json"}
        raw = HTTPResponse(body, headers, 200, preload_content=False, request_url=request.url)
        return self.build_response(request, raw)


def broken_rules(crate: Path, cache: Path) -> list[str]:
    """Validates a crate, and gives what it breaks of what the profiles require."""
    with CachedSession(str(cache), backend="sqlite", expire_after=-1) as session:
        session.mount("https://", _Served())
        session.get(CONTEXT, headers={"Accept": "application/ld+json, application/json, */*;q=0.1"})
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier="provenance-run-crate",
        requirement_severity="REQUIRED",
        cache_path=cache,
        offline=True,
    )
    return [
        f"{issue.check.identifier}: {issue.message}" for issue in services.validate(settings).get_issues()
    ]
