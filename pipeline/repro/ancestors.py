"""Which stages an artifact comes from, by DVC's own graph."""

from __future__ import annotations

from pipeline.repro.graph import open_repo, order_stages, read_graph
from pipeline.workspace import Workspace


def stages_behind(workspace: Workspace, stage: str) -> tuple[str, ...]:
    """Names a stage and all that it needs, without data under DVC, in the order of `dvc repro`.

    dvc.lock alone cannot say it: it keeps the entries of stages that are no longer in the graph.

    Raises:
        ParamsError: If dvc.yaml and params.yaml cannot be read together.
        UsageError: If there is no such stage.
    """
    repo = open_repo(workspace)
    try:
        ordered = order_stages(read_graph(repo), workspace.root, (stage,))
        return tuple(one.addressing for one in ordered if one.cmd)
    finally:
        repo.close()
