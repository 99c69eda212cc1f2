"""OpenLineage events (spec 2): what each stage read and wrote, as a catalogue of data takes it in."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.export.digests import Digests
from pipeline.export.libraries import required
from pipeline.export.subject import Subject
from pipeline.lineage.lock import LockedPath, LockedStage
from stages.contracts.artifact import whole_file

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent
    from openlineage.client.generated.base import DatasetFacet

EVENTS = "openlineage.jsonl"
_NAMESPACE = "medgraft"


def write_events(subject: Subject, folder: Path) -> None:
    """Writes a START and a COMPLETE event for the run and for each stage, one a line.

    The runs' identifiers follow from the model's identity: sent twice, they are the same runs.
    """
    with required("openlineage-python"):
        from openlineage.client.serde import Serde
    events = _Events(subject, Digests(subject.root))
    with whole_file(folder / EVENTS) as part, part.open("w", encoding="utf-8") as out:
        for event in events.all():
            out.write(Serde.to_json(event) + "\n")


@dataclass(frozen=True)
class _Events:
    subject: Subject
    digests: Digests

    @property
    def producer(self) -> str:
        return f"urn:medgraft:{self.subject.record.code.version}"

    def all(self) -> Iterator[RunEvent]:
        yield self._event("START", None, None)
        for name, stage in self.subject.steps:
            yield self._event("START", name, stage)
            yield self._event("COMPLETE", name, stage)
        yield self._event("COMPLETE", None, None)

    def _event(self, kind: str, name: str | None, stage: LockedStage | None) -> RunEvent:
        from openlineage.client.event_v2 import RunEvent, RunState

        observed = self.subject.record.observed
        ends = observed.ended_at or observed.written_at
        return RunEvent(
            eventType=RunState(kind),
            eventTime=(observed.started_at or ends) if kind == "START" else ends,
            run=self._run(name, stage),
            job=self._job(name, stage),
            inputs=[self._read(dep) for dep in stage.inputs] if stage else [],
            outputs=[self._wrote(out) for out in stage.outs] if stage and kind == "COMPLETE" else [],
            producer=self.producer,
        )

    def _run(self, name: str | None, stage: LockedStage | None) -> Run:
        from openlineage.client.event_v2 import Run
        from openlineage.client.generated import execution_parameters_run as execution
        from openlineage.client.generated import parent_run, processing_engine_run

        software = self.subject.record.software
        engine = processing_engine_run.ProcessingEngineRunFacet(
            version=self.subject.record.code.version, name="medgraft", producer=self.producer
        )
        if name is None or stage is None:
            return Run(self._identifier(None), {"processing_engine": engine})
        parameters = [execution.ExecutionParameter(key, key, value=value) for key, value in stage.values()]
        parameters.append(execution.ExecutionParameter("python", "python", value=software.python))
        parent = parent_run.ParentRunFacet(
            run=parent_run.Run(self._identifier(None)),
            job=parent_run.Job(_NAMESPACE, self.subject.record.model.name),
            producer=self.producer,
        )
        facet = execution.ExecutionParametersRunFacet(parameters, producer=self.producer)
        return Run(
            self._identifier(name),
            {"processing_engine": engine, "parent": parent, "executionParameters": facet},
        )

    def _job(self, name: str | None, stage: LockedStage | None) -> Job:
        from openlineage.client.event_v2 import Job
        from openlineage.client.generated import documentation_job, job_type_job

        kind = job_type_job.JobTypeJobFacet(
            processingType="BATCH",
            integration="MEDGRAFT",
            jobType="TASK" if stage else "DAG",
            producer=self.producer,
        )
        about = stage.command if stage else "From raw data to a packaged model"
        documentation = documentation_job.DocumentationJobFacet(description=about, producer=self.producer)
        whole = self.subject.record.model.name
        facets = {"jobType": kind, "documentation": documentation}
        return Job(_NAMESPACE, f"{whole}.{name}" if name else whole, facets)

    def _identifier(self, name: str | None) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"medgraft:{self.subject.record.identity}:{name or ''}"))

    def _read(self, locked: LockedPath) -> InputDataset:
        from openlineage.client.event_v2 import InputDataset

        return InputDataset("dvc", locked.path, facets=self._facets(locked))

    def _wrote(self, locked: LockedPath) -> OutputDataset:
        from openlineage.client.event_v2 import OutputDataset
        from openlineage.client.generated import output_statistics_output_dataset as statistics

        counts = statistics.OutputStatisticsOutputDatasetFacet(
            size=locked.size, fileCount=locked.nfiles, producer=self.producer
        )
        return OutputDataset("dvc", locked.path, {"outputStatistics": counts}, facets=self._facets(locked))

    def _facets(self, locked: LockedPath) -> dict[str, DatasetFacet]:
        """Says which bytes: DVC's hash is the version, and SHA-256 a tag where the workspace has them."""
        from openlineage.client.generated import dataset_version_dataset, tags_dataset

        version = dataset_version_dataset.DatasetVersionDatasetFacet(locked.md5, producer=self.producer)
        if not (sha256 := self.digests.of(locked)):
            return {"version": version}
        tag = tags_dataset.TagsDatasetFacetFields(key="sha256", value=sha256, source="medgraft")
        return {"version": version, "tags": tags_dataset.TagsDatasetFacet([tag], producer=self.producer)}
