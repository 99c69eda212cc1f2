"""Stage `prepare`: makes the image that a network takes out of every case in use, in shards.

A case goes to the shard `hash(case_id) mod shards`, so that a change of one case rewrites one file.
Rows of an earlier output (`MEDGRAFT_PREVIOUS`) are taken over where nothing that matters to them has
changed; they save work only: the bytes are those of a full run.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from stages.adapters.case import Adapter, Decoded, UnreadableError
from stages.adapters.covariate_columns import code_covariates
from stages.adapters.opened import AdapterRecord, open_adapter
from stages.adapters.raw import resolve_raw
from stages.components.content import content_sha256
from stages.components.preparation import fingerprint, prepare_case
from stages.components.shards import (
    Earlier,
    ShardRecord,
    Values,
    content_of,
    find_earlier,
    place,
    write_index,
    write_shard,
)
from stages.contracts.artifact import read_json, whole_folder, write_json
from stages.contracts.errors import DataError, guarded
from stages.contracts.feature import Feature
from stages.contracts.manifest import Domain, read_manifest
from stages.contracts.model import READING
from stages.contracts.params import load_params
from stages.contracts.preparation import Preparation, PrepareParams
from stages.contracts.previous import previous_output
from stages.contracts.stopwatch import Stopwatch


class PrepareStageParams(PrepareParams):
    """How a domain's cases are prepared, and with how many threads."""

    threads: Annotated[int, Field(ge=0)] = 0
    """Threads that decode and resize; 0 for one per core. Changes nothing but the time."""

    @property
    def of_case(self) -> PrepareParams:
        """What is done to every case: all but the threads."""
        return PrepareParams.model_validate(self.model_dump(exclude={"threads"}))


@dataclass(frozen=True)
class Shard:
    """One shard of prepared cases.

    Attributes:
        number: Of the shard.
        arrays: Each [n, ...], as `prepare_case` makes them of a case; None where the rows of the earlier
            output are the very same.
        anew: How many cases were prepared.
    """

    number: int
    arrays: dict[str, Values] | None
    anew: int


def prepare(
    index: pd.DataFrame,
    read: Callable[[str], Decoded],
    params: PrepareStageParams,
    earlier: Earlier | None = None,
) -> Iterator[Shard]:
    """Prepares the cases shard by shard, one shard in memory.

    Args:
        index: Cases in use, as `place` gives them.
        read: Gives the checked values of a case by its identifier.
        params: What to do to every case.
        earlier: Output whose rows may be taken over.

    Yields:
        The shards in their order.

    Raises:
        DataError: If a case cannot be prepared.
    """
    make = partial(_prepare_case, read, params.of_case)
    cases = index[["case_id", "shard"]].assign(content=content_of(index))
    shards = {int(str(number)): rows for number, rows in cases.groupby("shard")}
    with ThreadPoolExecutor(params.threads or os.cpu_count()) as pool:
        contents = [rows["content"].tolist() for rows in shards.values()]
        held = pool.map(earlier.holds, shards, contents) if earlier else [False] * len(shards)
        for (shard, rows), same in zip(shards.items(), list(held), strict=True):
            if same:
                yield Shard(shard, None, 0)
                continue
            places, arrays = earlier.rows(shard) if earlier else ({}, {})
            taken = np.array([places.get(content, -1) for content in rows["content"].tolist()])
            made = list(pool.map(make, rows.loc[taken < 0, "case_id"]))
            yield Shard(shard, _assembled(taken, arrays, made), len(made))


def _assembled(
    taken: NDArray[np.int64], earlier: dict[str, Values], made: list[dict[str, Values]]
) -> dict[str, Values]:
    """Puts the rows of a shard together.

    Args:
        taken: Row of the earlier shard, or -1 for one that was made anew.
        earlier: Arrays of the earlier shard.
        made: The new rows, in their order.
    """
    if not (taken >= 0).any():
        return {name: np.stack([case[name] for case in made]) for name in made[0]}
    arrays = {name: values[np.maximum(taken, 0)] for name, values in earlier.items()}
    for row, case in zip(np.flatnonzero(taken < 0), made, strict=True):
        for name, values in case.items():
            arrays[name][row] = values
    return arrays


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
    manifest = read_manifest(args.ingested / "manifest.parquet")
    reading = read_json(AdapterRecord, args.ingested / "adapter.json")
    adapter = open_adapter(resolve_raw(args.raw), reading.adapter)
    index, covariates = code_covariates(place(manifest, domain, params.shards), manifest, domain, params)
    mark = fingerprint(params.of_case)
    earlier = find_earlier(previous_output(args.out), mark)
    with whole_folder(args.out) as part:
        hashes, anew = {}, 0
        for shard in prepare(index, checked_reader(adapter, manifest), params, earlier):
            if shard.arrays is not None:
                hashes[shard.number] = write_shard(part, shard.number, shard.arrays)
            elif earlier:
                hashes[shard.number] = earlier.link(part, shard.number)
            anew += shard.anew
        record = ShardRecord(fingerprint=mark, index_sha256=write_index(part, index), shard_sha256=hashes)
        write_json(record, part / "shards.json")
        write_json(_preparation(domain, params.of_case, covariates), part / "preparation.json")
        if domain.features or covariates:  # a new table is read by the rules of this one
            write_json(reading, part / READING)
    print(f"{args.domain}: {anew} prepared, {len(index) - anew} taken over, {watch}")


def checked_reader(adapter: Adapter, manifest: pd.DataFrame) -> Callable[[str], Decoded]:
    """Gives a function that reads a case and makes sure that it is the one that ingestion saw."""
    cases, contents = manifest["case_id"].tolist(), content_of(manifest).tolist()
    known = dict(zip(cases, zip(manifest["path"].tolist(), contents, strict=True), strict=True))

    def read(case: str) -> Decoded:
        path, content = known[case]
        try:
            decoded = adapter.decode(path)
        except UnreadableError as error:
            raise _changed(case, str(error)) from error
        found = adapter.identity(path) or content_sha256(decoded.pixels)
        if found + ("" if decoded.mask is None else content_sha256(decoded.mask)) != content:
            raise _changed(case, "its content is another one")
        return decoded

    return read


def _prepare_case(read: Callable[[str], Decoded], params: PrepareParams, case: str) -> dict[str, Values]:
    decoded = read(case)
    try:
        return prepare_case(
            decoded.pixels, params, colour=decoded.colour, spacing=decoded.spacing, mask=decoded.mask
        )
    except ValueError as error:
        raise DataError(
            "a case cannot be prepared",
            where=case,
            why=str(error),
            remedy="change `intensity`, `size` or `spacing` in the section `prepare`, or leave the case out",
        ) from error


def _changed(case: str, why: str) -> DataError:
    return DataError(
        "a raw case is not what ingestion saw",
        where=case,
        why=why,
        remedy="restore the raw data (`dvc checkout`), or take them in anew: `medgraft run --force ingest`",
    )


def _preparation(domain: Domain, params: PrepareParams, covariates: tuple[Feature, ...]) -> Preparation:
    return Preparation(
        domain=domain.name,
        adapter=domain.adapter,
        task=domain.task,
        classes=domain.classes,
        features=domain.features,
        covariates=covariates,
        patients_known=domain.patients_known,
        params=params,
    )


if __name__ == "__main__":
    gc.freeze()  # what was imported stays: no collection has to walk over it
    sys.exit(guarded(main))
