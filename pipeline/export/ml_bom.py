"""A CycloneDX 1.6 ML-BOM: the model, its data, and every library it was made with."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.export.libraries import required
from pipeline.export.model_card_json import model_card
from pipeline.export.subject import Subject
from stages.contracts.artifact import whole_file

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component

BOM = "ml-bom.cdx.json"


def write_bom(subject: Subject, folder: Path) -> None:
    """Writes the bill of materials, after holding it against CycloneDX's own schema.

    Args:
        subject: The model.
        folder: Where to write.
    """
    with required("cyclonedx-python-lib"):
        from cyclonedx.output.json import JsonV1Dot6
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    written = json.loads(JsonV1Dot6(_bom(subject)).output_as_string())
    # The library has no class for a model card.
    written["metadata"]["component"]["modelCard"] = model_card(subject)
    text = json.dumps(written, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise AssertionError(f"the ML-BOM breaks the schema of CycloneDX 1.6: {error}")
    with whole_file(folder / BOM) as part:
        part.write_text(text, encoding="utf-8")


def _bom(subject: Subject) -> Bom:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.tool import Tool

    record = subject.record
    bom = Bom(serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"medgraft:{record.identity}"))
    bom.metadata.timestamp = _moment(record.observed.written_at)
    bom.metadata.tools.tools.add(Tool(name="medgraft", version=record.code.version))
    model = bom.metadata.component = _model(subject)
    parts = [*_data(subject), *_libraries(subject)]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(model, parts)
    return bom


def _model(subject: Subject) -> Component:
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentType

    record = subject.record
    (first, *others) = record.model.weights.items()
    properties = {f"medgraft:weights:{file}": sha256 for file, sha256 in (first, *others)}
    properties |= {"medgraft:identity": record.identity, "medgraft:files:md5": record.model.files_md5}
    return Component(
        name=record.model.name,
        version=record.identity[:16],
        type=ComponentType.MACHINE_LEARNING_MODEL,
        bom_ref=f"model:{record.identity}",
        description=subject.model.intended_use,
        hashes=[] if others else [HashType(alg=HashAlgorithm.SHA_256, content=first[1])],
        properties=[Property(name=name, value=value) for name, value in properties.items()],
    )


def _data(subject: Subject) -> list[Component]:
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentType

    return [
        Component(
            name=domain.name,
            version=domain.raw_md5,
            type=ComponentType.DATA,
            bom_ref=f"data:{domain.name}",
            description="The manifest of the domain; the data themselves stay in the workspace.",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=domain.manifest_sha256)],
            properties=[
                Property(name=f"medgraft:{split}:{what}", value=str(count))
                for split, part in domain.splits.items()
                for what, count in (("cases", part.cases), ("groups", part.groups))
            ],
        )
        for domain in subject.record.domains
    ]


def _libraries(subject: Subject) -> list[Component]:
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    libraries = []
    for name, version in sorted(subject.record.software.packages.items()):
        purl = PackageURL("pypi", name=name, version=version)
        libraries.append(
            Component(
                name=name, version=version, type=ComponentType.LIBRARY, purl=purl, bom_ref=purl.to_string()
            )
        )
    return libraries


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
