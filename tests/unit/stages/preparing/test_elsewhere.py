"""The stage `prepare` on real Dask workers, started once for all tests here."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stages.components.compute import connection
from stages.components.compute.cluster import Cluster
from stages.components.compute.connection import open_cluster
from stages.components.compute.witness import Sight
from stages.contracts.cluster import CLUSTER, parse_cluster
from stages.contracts.errors import ClusterError
from tests.unit.stages.preparing.lost import doubled
from tests.unit.stages.raw_images import class_folders, picture, save
from tests.unit.stages.runs import Workspace


@pytest.fixture(scope="module")
def workers() -> Iterator[Cluster]:
    with open_cluster(parse_cluster("local:2")) as cluster:
        yield cluster


@pytest.fixture
def named(workers: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Names the workers to the stage as a user names a cluster with TLS, by Dask's own settings."""
    import dask.config

    client: Any = workers._client
    keys = client.security
    monkeypatch.setenv(CLUSTER, client.scheduler.address)
    with dask.config.set(
        {
            "distributed.comm.tls.ca-file": keys.tls_ca_file,
            "distributed.comm.tls.client.cert": keys.tls_client_cert,
            "distributed.comm.tls.client.key": keys.tls_client_key,
        }
    ):
        yield client.scheduler.address


def ready(workspace: Workspace) -> Workspace:
    """Images of the size that they are to have: nothing is resized, and no worker has to import MONAI."""
    class_folders(workspace.raw)
    workspace.prepare_params |= {"size": [24, 20]}
    assert workspace.ingest() == 0
    return workspace


def test_two_workers_give_the_bytes_of_one_process(
    workspace: Workspace, named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(workspace)
    assert named.startswith("tls://")
    assert workspace.prepare("there") == 0
    kept = workspace.root / "kept"
    shutil.copytree(workspace.root / "there", kept / "again")
    save(picture(12345), workspace.raw / "no" / "003.png")
    workspace.ingest()
    workspace.previous(kept)
    assert workspace.prepare("again") == 0
    assert "d: 1 prepared, 39 taken over" in capsys.readouterr().out
    monkeypatch.delenv(CLUSTER)
    monkeypatch.delenv("MEDGRAFT_PREVIOUS")
    assert workspace.prepare("here") == 0
    assert workspace.bytes_of("again") == workspace.bytes_of("here")
    assert workspace.bytes_of("again") != workspace.bytes_of("there")


def test_a_worker_s_error_is_the_stage_s(
    workspace: Workspace, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(workspace)
    save(picture(12345), workspace.raw / "no" / "003.png")
    assert workspace.prepare() == 11
    assert "no/003.png" in capsys.readouterr().err
    assert not (workspace.root / "prepared").exists()


def test_a_lost_worker_s_work_is_done_again(workers: Cluster, tmp_path: Path) -> None:
    assert list(workers.map(doubled, tmp_path, range(12))) == [2 * number for number in range(12)]
    assert (tmp_path / "died").exists()


def test_a_worker_that_sees_other_files_cannot_take_part(
    workers: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "manifest.parquet"
    file.write_bytes(b"here")
    workers.require_same(Sight((file,), (tmp_path,)))

    workers_sees = workers._client.run

    def run(*args: Any, **kwargs: Any) -> object:
        file.unlink()  # as on a machine that has not mounted it
        return workers_sees(*args, **kwargs)

    monkeypatch.setattr(workers._client, "run", run)
    with pytest.raises(ClusterError) as caught:
        workers.require_same(Sight((file,), (tmp_path,)))
    assert "does not see" in caught.value.why and "same path" in caught.value.remedy


def test_a_scheduler_that_is_not_there_ends_the_run_at_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ready(workspace)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv(CLUSTER, f"127.0.0.1:{port}")
    start = time.monotonic()
    assert workspace.prepare() == 18
    assert time.monotonic() - start < 10
    assert f"tcp://127.0.0.1:{port}" in capsys.readouterr().err


def test_what_is_no_scheduler_ends_the_run_in_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        opening = open_cluster(parse_cluster(f"127.0.0.1:{silent.getsockname()[1]}"))
        with pytest.raises(ClusterError, match="be reached"), opening:
            pass


def test_without_a_cluster_nothing_of_dask_is_imported() -> None:
    code = "import sys, stages.prepare, pipeline.cli.run; print({'dask', 'distributed'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
