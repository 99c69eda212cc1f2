"""Stage `prepare`: makes the image that a network takes out of every case in use, in shards.

A case goes to the shard `hash(case_id) mod shards`, so that a change of one case rewrites one file.
Rows of an earlier output (`MEDGRAFT_PREVIOUS`) are taken over where nothing that matters to them has
changed; they save work only: the bytes are those of a full run. So are they on the workers of a cluster
(`MEDGRAFT_CLUSTER`).
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import Field

from stages.adapters.case import Adapter
from stages.adapters.opened import AdapterRecord, open_adapter
from stages.adapters.raw.location import resolve_raw
from stages.adapters.tables.covariate_columns import code_covariates
from stages.components.preparation.preparation import fingerprint
from stages.components.preparation.shards import (
    Earlier,
    ShardRecord,
    content_of,
    find_earlier,
    place,
    rows_by_shard,
    write_index,
    write_shard,
)
from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.cluster import wanted_cluster
from stages.contracts.errors import guarded
from stages.contracts.manifest import Domain, read_manifest
from stages.contracts.model import READING
from stages.contracts.params import load_params
from stages.contracts.preparation import Preparation, PrepareParams
from stages.contracts.previous import previous_output
from stages.contracts.stopwatch import Stopwatch
from stages.preparing.case import make_case
from stages.preparing.shard import Shard, ShardPlan, make_shard

MakeShards = Callable[[list[ShardPlan]], Iterator[Shard]]
"""Makes shards and gives them in their order."""


class PrepareStageParams(PrepareParams):
    """How a domain's cases are prepared, and with how many threads."""

    threads: Annotated[int, Field(ge=0)] = 0
    """Threads that decode and resize; 0 for one per core. Changes nothing but the time."""

    @property
    def of_case(self) -> PrepareParams:
        """What is done to every case: all but the threads."""
        return PrepareParams.model_validate(self.model_dump(exclude={"threads"}))


def prepare(
    plans: Sequence[ShardPlan],
    make: MakeShards,
    earlier: Earlier | None = None,
    threads: int = 0,
) -> Iterator[Shard]:
    """Prepares the cases shard by shard.

    Args:
        plans: What each shard is to hold.
        make: Makes the shards that an earlier output does not have as they are to be.
        earlier: Output whose shards may be taken over.
        threads: That read the earlier output; 0 for one per core.

    Yields:
        The shards in their order.

    Raises:
        DataError: If a case cannot be prepared.
    """
    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        same = list(
            pool.map(lambda plan: earlier.holds(plan.number, plan.contents) if earlier else False, plans)
        )
    made = make([plan for plan, held in zip(plans, same, strict=True) if not held])
    for plan, held in zip(plans, same, strict=True):
        yield Shard(plan.number, None, 0) if held else next(made)


def plans_of(index: pd.DataFrame, paths: pd.Series[str]) -> list[ShardPlan]:
    """Gives what each shard is to hold, in the order of their numbers.

    Args:
        index: Cases in use, as `place` gives them.
        paths: Where they lie, in the same order.
    """
    columns = [one.to_numpy(dtype=object) for one in (index["case_id"], paths, content_of(index))]
    return [
        ShardPlan(number, *(column[rows].tolist() for column in columns))
        for number, rows in rows_by_shard(index["shard"].to_numpy())
    ]


def here(
    adapter: Adapter, params: PrepareStageParams, earlier: Earlier | None, plans: Iterable[ShardPlan]
) -> Iterator[Shard]:
    """Makes shards one after the other, the cases of each on the threads of this process."""
    with ThreadPoolExecutor(params.threads or os.cpu_count()) as pool:
        for plan in plans:
            yield make_shard(plan, partial(pool.map, partial(make_case, adapter, params.of_case)), earlier)


def _maker(places: argparse.Namespace, params: PrepareStageParams, earlier: Earlier | None) -> MakeShards:
    """Gives what makes shards: the cluster that the environment names, or this process."""
    address = wanted_cluster()
    if address is None:
        options = read_json(AdapterRecord, places.ingested / "adapter.json").adapter
        return partial(here, open_adapter(resolve_raw(places.raw), options), params, earlier)
    from stages.preparing.elsewhere import make_shards, origin_of

    folder = earlier.folder if earlier else None
    return partial(make_shards, address, origin_of(places.raw, places.ingested, folder, params.of_case))


def main() -> None:
    """Runs the stage: `python -m stages.prepare --domain NAME --raw ... --ingested ... --out ...`."""
    parser = argparse.ArgumentParser(prog="stages.prepare", description=__doc__)
    parser.add_argument("--domain", required=True)
    for name in ("--raw", "--ingested", "--out"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    watch = Stopwatch()
    params = load_params(PrepareStageParams, f"prepare.{args.domain}")
    domain = read_json(Domain, args.ingested / "domain.json")
    mark = fingerprint(params.of_case)
    with ThreadPoolExecutor(1) as beside:
        finding = beside.submit(find_earlier, previous_output(args.out), mark)
        manifest = read_manifest(args.ingested / "manifest.parquet")
        earlier = finding.result()
    used = manifest[manifest["excluded_because"].isna()].reset_index(drop=True)
    index, covariates = code_covariates(place(used, domain, params.shards), manifest, domain, params)
    make = _maker(args, params, earlier)
    with whole_folder(args.out) as part, ThreadPoolExecutor(1) as beside:
        indexed = beside.submit(write_index, part, index)
        hashes, anew = {}, 0
        for shard in prepare(plans_of(index, used["path"]), make, earlier, params.threads):
            if shard.data is not None:
                hashes[shard.number] = write_shard(part, shard.number, shard.data)
            elif earlier:
                hashes[shard.number] = earlier.link(part, shard.number)
            anew += shard.anew
        record = ShardRecord(fingerprint=mark, index_blake3=indexed.result(), shard_blake3=hashes)
        write_json(record, part / "shards.json")
        write_json(Preparation.of(domain, params.of_case, covariates), part / "preparation.json")
        if domain.features or covariates:  # a new table is read by the rules of this one
            write_json(read_json(AdapterRecord, args.ingested / "adapter.json"), part / READING)
    print(f"{args.domain}: {anew} prepared, {len(index) - anew} taken over, {watch}")


if __name__ == "__main__":
    gc.freeze()  # what was imported stays: no collection has to walk over it
    sys.exit(guarded(main))
