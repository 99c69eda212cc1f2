"""Where stages that map over shards find other workers: it saves time, and must never change a byte."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from stages.contracts.errors import ClusterError, UsageError

CLUSTER = "MEDGRAFT_CLUSTER"
"""Names the cluster to a stage; no param, as it must not change what a result is called."""
PATIENCE = 5.0
"""Seconds that a scheduler has to answer."""
MOST_LOCAL = 1024

_LOCAL = re.compile(r"local:(\d{1,4})", re.ASCII)


@dataclass(frozen=True)
class ClusterAddress:
    """A Dask scheduler, or the wish for some worker processes on this machine.

    Attributes:
        url: `tcp://HOST:PORT` or `tls://HOST:PORT`; empty for workers on this machine.
        workers: Worker processes to start on this machine; 0 where a scheduler is named.
    """

    url: str = ""
    workers: int = 0

    def __str__(self) -> str:
        return self.url or f"local:{self.workers}"

    def require_answer(self) -> None:
        """Makes sure that something listens at the address.

        Raises:
            ClusterError: If nothing does within seconds.
        """
        if not self.url:
            return
        parts = urlsplit(self.url)
        try:
            socket.create_connection((parts.hostname, parts.port), PATIENCE).close()
        except OSError as error:
            raise unreachable(self, error.strerror or str(error)) from error


def parse_cluster(text: str) -> ClusterAddress:
    """Reads `local:N`, `tcp://HOST:PORT`, `tls://HOST:PORT` or `HOST:PORT`.

    Raises:
        UsageError: If it is none of them.
    """
    if local := _LOCAL.fullmatch(text):
        workers = int(local[1])
        if 0 < workers <= MOST_LOCAL:
            return ClusterAddress(workers=workers)
    else:
        url = text if "://" in text else f"tcp://{text}"
        try:
            parts = urlsplit(url)
            if parts.scheme in ("tcp", "tls") and parts.hostname and parts.port and not parts.path:
                return ClusterAddress(url=url)
        except ValueError:
            pass
    raise UsageError(
        f"'{text}' is no address of a cluster",
        where=f"--cluster, or the environment variable {CLUSTER}",
        why=f"it is neither local:N, with N from 1 to {MOST_LOCAL}, nor the address of a Dask scheduler",
        remedy="give local:2, tcp://HOST:8786 or tls://HOST:8786",
    )


def wanted_cluster() -> ClusterAddress | None:
    """Gives the cluster that the environment names; None where it names none.

    Raises:
        UsageError: If what it names is no address.
    """
    text = os.environ.get(CLUSTER)
    return parse_cluster(text) if text else None


def unreachable(address: ClusterAddress, why: str) -> ClusterError:
    """Makes the error for a scheduler that does not answer."""
    return ClusterError(
        "the cluster cannot be reached",
        where=str(address),
        why=why,
        remedy="start the scheduler (`dask scheduler`), correct the address, or run without --cluster",
    )
