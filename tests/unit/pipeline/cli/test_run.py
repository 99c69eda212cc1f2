from __future__ import annotations

import os
import socket

import pytest

from pipeline.cli.run import name_cluster
from pipeline.processes.failure import error_of_block
from stages.contracts.cluster import CLUSTER
from stages.contracts.errors import ClusterError, UsageError


def test_a_cluster_is_named_to_the_stages_once_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CLUSTER, "")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        name_cluster(address)
        assert os.environ[CLUSTER] == f"tcp://{address}"
    with pytest.raises(ClusterError) as caught:
        name_cluster(address)
    assert caught.value.exit_code == 18
    with pytest.raises(UsageError):
        name_cluster("nowhere")


def test_a_stage_s_cluster_error_keeps_its_exit_code() -> None:
    block = {
        "error": "the cluster cannot be reached",
        "where": "tcp://a:1",
        "why": "no",
        "remedy": "start it",
    }
    assert error_of_block(18, block).exit_code == 18
