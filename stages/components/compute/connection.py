"""Opens a Dask cluster; nothing of Dask is imported before."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from stages.components.compute.cluster import START_SECONDS, Cluster, without_workers
from stages.contracts.cluster import PATIENCE, ClusterAddress, unreachable
from stages.contracts.errors import ClusterError

_QUIET: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def open_cluster(address: ClusterAddress) -> Iterator[Cluster]:
    """Connects to a scheduler, or starts workers on this machine and ends them again.

    Raises:
        ClusterError: If the scheduler does not answer within seconds, or has no workers.
    """
    address.require_answer()
    dask_config, distributed = _libraries(address)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as opened:
        opened.enter_context(dask_config.set(_QUIET))
        place = opened.enter_context(_local(distributed, address)) if address.workers else address.url
        client = opened.enter_context(_connected(distributed, place, address))
        try:
            client.wait_for_workers(address.workers or 1, timeout=START_SECONDS)
        except TimeoutError as error:
            raise without_workers(address) from error
        yield Cluster(client, address)


def _connected(distributed: Any, place: Any, address: ClusterAddress) -> Any:
    """Connects from a thread of its own: to what listens and says nothing, Dask waits without end."""
    done: SimpleQueue[Any] = SimpleQueue()

    def connect() -> None:
        try:
            done.put(distributed.Client(place, timeout=PATIENCE, set_as_default=False))
        except Exception as error:
            done.put(error)

    Thread(target=connect, name="connect", daemon=True).start()
    try:
        found = done.get(timeout=START_SECONDS if address.workers else 3 * PATIENCE)
    except Empty:
        raise unreachable(address, "what listens there does not answer as a Dask scheduler does") from None
    if isinstance(found, Exception):
        raise unreachable(address, str(found) or type(found).__name__) from found
    return found


def _local(distributed: Any, address: ClusterAddress) -> Any:
    """Starts workers that only this process can talk to: other users of the machine have no key."""
    return distributed.LocalCluster(
        n_workers=address.workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        protocol="tls://",
        security=distributed.Security.temporary(),
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    )


def _libraries(address: ClusterAddress) -> tuple[Any, Any]:
    try:
        import dask.config
        import distributed
    except ImportError as error:
        raise ClusterError(
            "a cluster needs Dask, which is not installed",
            where=str(address),
            why=str(error),
            remedy="pip install 'medgraft[cluster]'",
        ) from error
    return dask.config, distributed
