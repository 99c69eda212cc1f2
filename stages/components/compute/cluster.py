"""Workers of a Dask cluster: proved to see and to be what this process does, and given work."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from stages.components.compute.witness import Sight, Witness, witness
from stages.contracts.cluster import PATIENCE, ClusterAddress, unreachable
from stages.contracts.errors import ClusterError, MedgraftError, StageError

if TYPE_CHECKING:
    from distributed import Client, Future

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")

START_SECONDS = 60.0
"""That workers have to appear, and that a cluster may be without any."""
_AHEAD = 2


class Cluster:
    """A connection to workers."""

    def __init__(self, client: Client, address: ClusterAddress) -> None:
        self._client, self._address = client, address

    def require_same(self, sight: Sight) -> None:
        """Makes sure that every worker sees the same files, and computes with the same code and packages.

        Raises:
            ClusterError: For the first worker that does not.
        """
        here = witness(sight)
        there: dict[str, Any] = self._client.run(witness, sight, on_error="return")
        for worker, found in sorted(there.items()):
            odd = here.difference(found) if isinstance(found, Witness) else f"it fails with {found!r}"
            if odd:
                raise ClusterError(
                    "a worker of the cluster cannot take part",
                    where=f"worker {worker} of {self._address}",
                    why=odd,
                    remedy="mount the workspace at the same path on every worker, install the same versions"
                    " there, and start the workers again",
                )

    def map(self, work: Callable[[C, T], R], common: C, items: Iterable[T]) -> Iterator[R]:
        """Gives `work(common, item)` of each item, in their order; a lost worker's items are done again.

        Args:
            work: A function of a module, which workers import by its name: no code travels.
            common: First argument, the same for all.
            items: The second arguments.

        Raises:
            MedgraftError: As `work` raises it, or because the workers are gone.
        """
        ahead = _AHEAD * max(1, sum(self._client.nthreads().values()))
        waiting: deque[Future] = deque()
        for item in items:
            waiting.append(self._client.submit(work, common, item, pure=False))
            if len(waiting) > ahead:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    def _result(self, future: Future) -> Any:
        from distributed import CancelledError, KilledWorker

        alone_since: float | None = None
        while True:
            try:
                return future.result(timeout=PATIENCE)
            except TimeoutError:
                there = bool(self._client.scheduler_info()["workers"])
                alone_since = None if there else alone_since or time.monotonic()
                if alone_since and time.monotonic() - alone_since > START_SECONDS:
                    raise without_workers(self._address) from None
            except MedgraftError:
                raise
            except KilledWorker as error:
                raise _lost(self._address) from error
            except (CancelledError, OSError) as error:
                raise unreachable(self._address, "its scheduler has gone") from error


def without_workers(address: ClusterAddress) -> ClusterError:
    """Makes the error for a cluster whose workers do not appear, or are all gone."""
    return ClusterError(
        "the cluster has no workers",
        where=str(address),
        why=f"none appeared within {START_SECONDS:g} s",
        remedy="start some: `dask worker ADDRESS`, with this medgraft installed",
    )


def _lost(address: ClusterAddress) -> StageError:
    return StageError(
        "a shard was lost with one worker after the other",
        where=str(address),
        why="each worker that had it was killed, as when memory runs out",
        remedy="give the workers more memory, or raise prepare.<domain>.shards, so that each is smaller",
    )
