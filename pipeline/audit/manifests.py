"""The manifests: by hash, by their counts, and case by case against the raw bytes."""

from __future__ import annotations

from collections import Counter

from pipeline.audit.finding import Check, Tally
from pipeline.audit.material import Material
from pipeline.audit.recheck import NOT_HERE, note
from pipeline.lineage.domains import read_intensities
from pipeline.lineage.record import DomainRecord
from stages.contracts.artifact import read_json
from stages.contracts.errors import DataError
from stages.contracts.examinations import EXAMINATIONS
from stages.contracts.findings import Findings
from stages.contracts.manifest import Domain, read_manifest
from stages.contracts.recheck import Answer


def check_manifests(material: Material, answer: Answer) -> Check:
    """Compares every domain's manifest with the record, and with the raw data.

    Args:
        material: Of the audit.
        answer: What the stages' code says of the cases' raw bytes.
    """
    tally = Tally("manifests", "cases and facts")
    for domain in material.record.domains:
        try:
            _check(material, domain, tally)
        except DataError as error:
            tally.differs(domain.manifest_path, f"{error.what}: {error.why}")
    note(answer, tally)
    return tally.check()


def _check(material: Material, domain: DomainRecord, tally: Tally) -> None:
    place = domain.manifest_path
    folder = place.rpartition("/")[0]
    stage = material.stages.get(f"ingest@{domain.name}")
    read = {dep.path: dep.md5 for dep in stage.inputs} if stage else {}
    tally.expect(f"record: {domain.name}.raw_md5", domain.raw_md5, read.get(domain.raw_path))
    files = {name: material.file(f"{folder}/{name}") for name in ("domain.json", "findings.json")}
    file = material.file(place)
    if file is None or any(one is None for one in files.values()):
        tally.skip(folder, NOT_HERE)
        return
    tally.expect(place, material.digests.sha256(file), domain.manifest_sha256, "its SHA-256")
    manifest = read_manifest(file)
    reasons = manifest["excluded_because"].dropna().tolist()
    tally.expect(f"{place}: excluded", dict(Counter(reasons)), domain.excluded, "the count")
    used = manifest[manifest["excluded_because"].isna()]
    for split, count in domain.splits.items():
        found = int((used["split"] == split).sum())
        tally.expect(f"{place}: {split}", found, count.cases, "the count of cases")
    facts = read_json(Domain, files["domain.json"] or file)
    for key in ("name", "adapter", "task", "classes", "patients_known"):
        tally.expect(f"{folder}/domain.json: {key}", getattr(facts, key), getattr(domain, key))
    _compare_distributions(material, domain, facts, tally)
    told = read_json(Findings, files["findings.json"] or file).findings
    severities = dict(Counter(str(one.severity) for one in told))
    tally.expect(f"{folder}/findings.json", severities, domain.findings, "the count by severity")


def _compare_distributions(material: Material, domain: DomainRecord, facts: Domain, tally: Tally) -> None:
    """Early records say nothing of them."""
    folder = domain.manifest_path.rpartition("/")[0]
    if domain.counts:
        tally.expect(f"{folder}/domain.json: counts", facts.counts, domain.counts)
    manifest, seen = material.file(domain.manifest_path), material.file(f"{folder}/{EXAMINATIONS}")
    if domain.intensities and manifest and seen:
        tally.expect(f"{folder}/{EXAMINATIONS}", read_intensities(manifest, seen), domain.intensities)
