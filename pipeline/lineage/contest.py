"""Has challenger and champion scored on the same test cases: those that the workspace has now."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from pipeline.lineage.artifact_name import MODEL
from pipeline.lineage.decision import Comparison
from pipeline.lineage.record import LineageRecord
from pipeline.processes.stage_program import run_program
from pipeline.repro.retrieval import retrieve_folder
from pipeline.workspace import Workspace
from stages.contracts.artifact import read_json
from stages.contracts.comparison import ModelComparison
from stages.contracts.model import RECORD, Model

_PREPARED, _INGESTED, _RAW = "artifacts/prepared/target", "artifacts/ingested/target", "data/raw/target"
WHAT = "the models could not be compared"
_STAGE, _SECTION = "prepare@target", "prepare.target"


def compare_with_champion(
    workspace: Workspace, challenger: LineageRecord, champion: LineageRecord
) -> Comparison:
    """Scores the workspace's model and the champion on the test split of now.

    The champion's files come out of DVC's cache, or its remote; the workspace stays as it is. Where the
    champion's images are prepared otherwise, the cases are prepared for it anew, in a temporary folder.

    Args:
        workspace: The workspace, in which the challenger is up to date.
        challenger: Its record.
        champion: The champion's record.

    Raises:
        CacheError: If the champion's files are not to be had.
        MedgraftError: If the two cannot be compared, with the reason.
    """
    root, criteria = workspace.root, challenger.gate
    with tempfile.TemporaryDirectory(prefix="contest-", dir=workspace.state) as name:
        folder = Path(name)
        retrieve_folder(workspace, champion.model.files_md5, folder / "champion")
        prepared, cautions = _prepared_for(root, champion, folder)
        arguments = ["--challenger", str(root / MODEL), "--champion", str(folder / "champion")]
        arguments += ["--prepared", str(root / _PREPARED), "--champion-prepared", str(prepared)]
        arguments += ["--confidence", str(criteria.confidence), "--resamples", str(criteria.resamples)]
        metric = criteria.metric or challenger.evaluation.verdict_metric
        out = folder / "comparison.json"
        run_program(root, root, "stages.compare", [*arguments, "--metric", metric, "--out", str(out)], WHAT)
        compared = read_json(ModelComparison, out)
    return Comparison(
        champion=champion.identity,
        metric=compared.metric,
        difference=compared.difference[compared.metric],
        challenger_score=compared.challenger[compared.metric],
        champion_score=compared.champion[compared.metric],
        confidence=compared.confidence,
        resampled=compared.resampled,
        test_cases=compared.test_cases,
        test_groups=compared.test_groups,
        cautions=(*cautions, *_other_split(challenger, champion)),
    )


def _prepared_for(root: Path, champion: LineageRecord, folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Gives the test cases as the champion needs them, and what there is to say about it."""
    ours = read_json(Model, root / MODEL / RECORD).preparation
    theirs = read_json(Model, folder / "champion" / RECORD).preparation
    if ours.model_copy(update={"shards": theirs.shards}) == theirs:
        return root / _PREPARED, ()
    params = champion.made_by[_STAGE].params["params.yaml"][_SECTION]
    text = io.StringIO()
    YAML(typ="safe").dump({"prepare": {"target": params}}, text)
    (folder / "params.yaml").write_text(text.getvalue(), encoding="utf-8")
    out = folder / "prepared"
    places = ["--raw", str(root / _RAW), "--ingested", str(root / _INGESTED), "--out", str(out)]
    run_program(root, folder, "stages.prepare", ["--domain", "target", *places], WHAT)
    return out, ("each model saw the cases as it prepares them: their preparations differ",)


def _other_split(challenger: LineageRecord, champion: LineageRecord) -> tuple[str, ...]:
    """Says where test cases of now may have trained the champion: another salt, share or given split."""

    def split(record: LineageRecord) -> object:
        sections = record.made_by["ingest@target"].params.get("params.yaml", {})
        return sections.get("ingest.target", {}).get("split")

    if split(challenger) == split(champion):
        return ()
    return ("the split changed since: the champion may have been trained on test cases of now",)
