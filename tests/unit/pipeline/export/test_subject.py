"""What is exported is taken as it was committed, each stage after those that it needs."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from pipeline.export.subject import Subject


def test_stages_come_after_those_whose_outputs_they_read(subject: Subject) -> None:
    names = [name for name, _ in subject.steps]
    assert sorted(names) == sorted(subject.record.made_by)
    for first, then in (
        ("ingest@target", "select"),
        ("transfer@imagenet", "select"),
        ("select", "evaluate"),
        ("evaluate", "package"),
    ):
        assert names.index(first) < names.index(then)


def test_the_graph_is_that_of_the_models_commit_unless_it_was_changed_since(
    subject: Subject, tmp_path: Path
) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    graph = tmp_path / "dvc.yaml"
    graph.write_text("stages: {}\n# as committed\n")
    subprocess.run([*git, "add", "dvc.yaml"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    shown = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    graph.write_text("stages: {}\n# as it is\n")
    for dirty, expected in (((), "as committed"), (("dvc.yaml",), "as it is")):
        code = subject.record.code.model_copy(update={"revision": shown.stdout.strip(), "dirty": dirty})
        record = subject.record.model_copy(update={"code": code})
        assert expected in replace(subject, root=tmp_path, record=record).graph()
