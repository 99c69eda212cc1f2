"""Stage `prepare`: makes the image that a network takes out of every case in use, in shards.

A case goes to the shard `hash(case_id) mod shards`, so that a change of one case rewrites one file.
Rows of an earlier output (`MEDGRAFT_PREVIOUS`) are taken over where nothing that matters to them has
changed; they save work only: the bytes are those of a full run.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from stages.adapters.case import Adapter, Pixels, UnreadableError
from stages.adapters.opened import AdapterRecord, open_adapter
from stages.adapters.raw import resolve_raw
from stages.components.content import content_sha256
from stages.components.preparation import fingerprint, prepare_image
from stages.components.shards import (
    Earlier,
    Images,
    ShardRecord,
    find_earlier,
    place,
    write_index,
    write_shard,
)
from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.errors import DataError, guarded
from stages.contracts.manifest import Domain, read_manifest
from stages.contracts.params import load_params
from stages.contracts.prepared import Preparation, PrepareParams
from stages.contracts.previous import previous_output


class PrepareStageParams(PrepareParams):
    """How a domain's cases are prepared, and with how many threads."""

    threads: Annotated[int, Field(ge=0)] = 0
    """Threads that decode and resize; 0 for one per core. Changes nothing but the time."""

    @property
    def of_case(self) -> PrepareParams:
        """What is done to every case: all but the threads."""
        return PrepareParams.model_validate(self.model_dump(exclude={"threads"}))


def prepare(
    index: pd.DataFrame,
    read: Callable[[str], Pixels],
    params: PrepareStageParams,
    earlier: Earlier | None = None,
) -> Iterator[tuple[int, Images, int]]:
    """Prepares the cases shard by shard, one shard in memory.

    Args:
        index: Cases in use, as `place` gives them.
        read: Gives the checked pixels of a case by its identifier.
        params: What to do to every case.
        earlier: Output whose rows may be taken over.

    Yields:
        Number of the shard, its images uint8 [n, channels, height, width], and how many were made anew.

    Raises:
        DataError: If a case cannot be prepared.
    """
    make = partial(_prepare_case, read, params.of_case)
    with ThreadPoolExecutor(params.threads or os.cpu_count()) as pool:
        for shard, rows in index.groupby("shard"):
            number = int(str(shard))
            known = earlier.images(number) if earlier else {}
            new = rows.loc[~rows["content_sha256"].isin(list(known)), "case_id"]
            made = dict(zip(new, pool.map(make, new), strict=True))
            pairs = zip(rows["case_id"], rows["content_sha256"], strict=True)
            yield number, np.stack([made[c] if c in made else known[h] for c, h in pairs]), len(made)


def main() -> None:
    """Runs the stage: `python -m stages.prepare --domain NAME --raw ... --ingested ... --out ...`."""
    parser = argparse.ArgumentParser(prog="stages.prepare", description=__doc__)
    parser.add_argument("--domain", required=True)
    for name in ("--raw", "--ingested", "--out"):
        parser.add_argument(name, type=Path, required=True)
    args = parser.parse_args()
    params = load_params(PrepareStageParams, f"prepare.{args.domain}")
    domain = read_json(Domain, args.ingested / "domain.json")
    manifest = read_manifest(args.ingested / "manifest.parquet")
    adapter = open_adapter(
        resolve_raw(args.raw), read_json(AdapterRecord, args.ingested / "adapter.json").adapter
    )
    index = place(manifest, domain.classes, params.shards)
    earlier = find_earlier(previous_output(args.out), fingerprint(params.of_case))
    with whole_folder(args.out) as part:
        shards, anew = {}, 0
        for shard, images, made in prepare(index, checked_reader(adapter, manifest), params, earlier):
            shards[shard] = write_shard(part, shard, images)
            anew += made
        record = ShardRecord(
            fingerprint=fingerprint(params.of_case),
            index_sha256=write_index(part, index),
            shard_sha256=shards,
        )
        write_json(record, part / "shards.json")
        write_json(_preparation(domain, params.of_case), part / "preparation.json")
    print(f"{args.domain}: {anew} prepared, {len(index) - anew} taken over", file=sys.stderr)


def checked_reader(adapter: Adapter, manifest: pd.DataFrame) -> Callable[[str], Pixels]:
    """Gives a function that reads a case and makes sure that it is the one that ingestion saw."""
    rows = manifest.set_index("case_id")
    paths, contents = rows["path"].to_dict(), rows["content_sha256"].to_dict()

    def read(case: str) -> Pixels:
        try:
            pixels = adapter.decode(paths[case]).pixels
        except UnreadableError as error:
            raise _changed(case, str(error)) from error
        if (adapter.identity(paths[case]) or content_sha256(pixels)) != contents[case]:
            raise _changed(case, "its content is another one")
        return pixels

    return read


def _prepare_case(read: Callable[[str], Pixels], params: PrepareParams, case: str) -> Images:
    try:
        return prepare_image(read(case), params)
    except ValueError as error:
        raise DataError(
            "a case cannot be prepared",
            where=case,
            why=str(error),
            remedy="change `intensity` or `channels` in params.yaml, or leave the case out",
        ) from error


def _changed(case: str, why: str) -> DataError:
    return DataError(
        "a raw case is not what ingestion saw",
        where=case,
        why=why,
        remedy="restore the raw data (`dvc checkout`), or take them in anew: `medgraft run --force ingest`",
    )


def _preparation(domain: Domain, params: PrepareParams) -> Preparation:
    return Preparation(
        domain=domain.name,
        adapter=domain.adapter,
        classes=domain.classes,
        patients_known=domain.patients_known,
        params=params,
    )


if __name__ == "__main__":
    sys.exit(guarded(main))
