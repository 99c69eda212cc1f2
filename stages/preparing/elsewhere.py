"""Makes shards on the workers of a cluster, which read the raw data where this process does."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from stages.adapters.case import Adapter
from stages.adapters.opened import AdapterRecord, open_adapter
from stages.adapters.raw.location import resolve_raw
from stages.components.compute.connection import open_cluster
from stages.components.compute.witness import Sight
from stages.components.preparation.preparation import fingerprint
from stages.components.preparation.shards import Earlier, find_earlier
from stages.contracts.artifact import read_json
from stages.contracts.cluster import ClusterAddress
from stages.contracts.preparation import PrepareParams
from stages.preparing.case import Source, make_case
from stages.preparing.shard import Rows, Shard, ShardPlan, make_shard

MANIFEST, ADAPTER = "manifest.parquet", "adapter.json"


@dataclass(frozen=True)
class Origin:
    """Where a worker finds what shards are made of; paths are absolute, so any working folder will do.

    Attributes:
        raw: Raw folder of the domain.
        ingested: Output of ingestion.
        earlier: Output whose rows may be taken over; None where there is none.
        params: What to do to every case.
        stamp: SHA-256 of the manifest: a worker that outlives a run opens changed raw data anew.
    """

    raw: Path
    ingested: Path
    earlier: Path | None
    params: PrepareParams
    stamp: str

    @property
    def sight(self) -> Sight:
        """What every worker must see as this process does."""
        return Sight((self.ingested / MANIFEST, self.ingested / ADAPTER), (self.raw,))


def origin_of(raw: Path, ingested: Path, earlier: Path | None, params: PrepareParams) -> Origin:
    """Describes what the shards of a domain are made of."""
    folder = ingested.absolute()
    stamp = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    return Origin(raw.absolute(), folder, earlier and earlier.absolute(), params, stamp)


def make_shards(address: ClusterAddress, origin: Origin, plans: Iterable[ShardPlan]) -> Iterator[Shard]:
    """Makes shards on the workers of a cluster, and gives them in their order.

    Raises:
        ClusterError: If the cluster cannot be reached, or a worker sees other files, code or packages.
        StageError: If shards were lost with one worker after the other.
        DataError: If a case cannot be prepared.
    """
    with open_cluster(address) as cluster:
        cluster.require_same(origin.sight)
        yield from cluster.map(work, origin, plans)


def work(origin: Origin, plan: ShardPlan) -> Shard:
    """Makes a shard; this is all that a worker runs."""
    adapter, earlier = _opened(origin)

    def make(sources: Iterable[Source]) -> Iterator[Rows]:
        return (make_case(adapter, origin.params, source) for source in sources)

    return make_shard(plan, make, earlier)


@lru_cache(maxsize=4)
def _opened(origin: Origin) -> tuple[Adapter, Earlier | None]:
    options = read_json(AdapterRecord, origin.ingested / ADAPTER).adapter
    adapter = open_adapter(resolve_raw(origin.raw), options)
    return adapter, find_earlier(origin.earlier, fingerprint(origin.params))
