from __future__ import annotations

import pytest

from stages.contracts.cluster import CLUSTER, parse_cluster, wanted_cluster
from stages.contracts.errors import UsageError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("local:2", "local:2"),
        ("node1:8786", "tcp://node1:8786"),
        ("tcp://10.0.0.1:8786", "tcp://10.0.0.1:8786"),
        ("tls://node1:8786", "tls://node1:8786"),
        ("[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_addresses_are_read(text: str, shown: str) -> None:
    assert str(parse_cluster(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "local",
        "local:0",
        "local:9999",
        "local:-1",
        "node1",
        "http://node1:80",
        "tcp://node1:99999",
        "a:b",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_cluster(text)
    assert CLUSTER in caught.value.where


def test_the_environment_names_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(CLUSTER, raising=False)
    assert wanted_cluster() is None
    monkeypatch.setenv(CLUSTER, "local:3")
    assert (found := wanted_cluster()) and found.workers == 3
