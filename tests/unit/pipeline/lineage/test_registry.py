"""Versions and the champion as tags, read by GTO too."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.lineage.registry import champion, read_registry, read_versions, trailers
from pipeline.lineage.transaction import NewTag, commit_files, require_repository
from stages.contracts.errors import StageError, UsageError
from tests.unit.pipeline.lineage.repositories import commit_all, git, make_repository
from tests.unit.pipeline.report.built_workspace import digest

GRAPH = (
    "stages: {}\n# the model\nartifacts:\n  model:\n    path: artifacts/model\n    type: model\nplots: []\n"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_repository(tmp_path / "repository")
    (root / "dvc.yaml").write_text(GRAPH)
    commit_all(root)
    return root


def register(root: Path, number: int, name: str = "model") -> str:
    message = f"version {number}\n\n{trailers(digest(str(number)), digest('entry'))}"
    assigned = read_registry(root).assignments
    after = assigned[-1].time if assigned else 0
    tags = [
        NewTag(f"{name}@v{number}.0.0", message),
        NewTag(f"{name}#champion#{len(assigned) + 1}", message, after),
    ]
    return commit_files(root, {"lineage/log.jsonl": f"{number}\n".encode()}, f"version {number}", tags)


def test_without_tags_or_a_repository_there_is_no_champion(root: Path, tmp_path: Path) -> None:
    assert champion(root) is None
    assert (read_versions(tmp_path), champion(tmp_path)) == ((), None)


def test_the_version_that_was_made_champion_last_is_champion(root: Path) -> None:
    revisions = [register(root, number) for number in (1, 2)]
    versions = read_versions(root)
    assert [(one.number, one.revision, one.identity) for one in versions] == [
        (number, revision, digest(str(number))) for number, revision in zip((1, 2), revisions, strict=True)
    ]
    assert champion(root) == versions[1]
    git(root, "tag", "-a", "model#champion#3", "-m", "back", revisions[0])
    assert champion(root) == versions[0]


def test_gto_reads_the_same_champion_also_after_many_changes_within_a_second(root: Path) -> None:
    import gto.api

    for number in range(1, 12):
        register(root, number)
    state = gto.api.show(str(root))["model"]
    last = champion(root)
    assert last is not None and last.tag == "model@v11.0.0"
    assert (state["version"], state["stage"]) == ("v11.0.0", {"champion": "v11.0.0"})


def test_tags_of_others_and_lightweight_ones_do_not_count(root: Path) -> None:
    for name in ("model@v1.0.0", "model#champion#1"):
        git(root, "tag", name)
    for name in ("other@v2.0.0", "model@v1.2.3", "v3", "model#staging#1"):
        git(root, "tag", "-a", name, "-m", "x")
    found = read_registry(root)
    assert (found.versions, found.assignments) == ((), ())


def test_a_tag_that_gto_made_is_a_version_that_names_no_model(root: Path) -> None:
    import gto.api

    gto.api.register(str(root), "model", "HEAD", version="v1.0.0")
    (version,) = read_versions(root)
    assert (version.number, version.identity) == (1, None)


def test_the_name_is_that_of_dvc_yaml_and_below_the_root_has_the_folder(root: Path) -> None:
    (root / "dvc.yaml").write_text(GRAPH.replace("  model:", "  tumour:"))
    register(root, 1, "tumour")
    assert [one.tag for one in read_versions(root)] == ["tumour@v1.0.0"]
    inner = root / "inner"
    inner.mkdir()
    (inner / "dvc.yaml").write_text(GRAPH)
    register(inner, 1, "inner=model")
    assert champion(inner) is not None
    assert git(root, "show", "HEAD:inner/lineage/log.jsonl") == "1"


def test_a_commit_holds_its_files_and_what_was_there_and_nothing_that_is_staged(root: Path) -> None:
    (root / "staged.txt").write_text("of the user")
    git(root, "add", "staged.txt")
    commit = commit_files(root, {"lineage/log.jsonl": b"entry\n"}, "a decision")
    assert git(root, "ls-tree", "-r", "--name-only", commit).split() == ["dvc.yaml", "lineage/log.jsonl"]
    assert git(root, "diff", "--cached", "--name-only") == "staged.txt"
    assert not (root / "lineage").exists()


def test_a_tag_that_exists_undoes_commit_and_other_tags(root: Path) -> None:
    head = git(root, "rev-parse", "HEAD")
    git(root, "tag", "-a", "model#champion#1", "-m", "mine")
    with pytest.raises(StageError):
        commit_files(root, {"a": b"a"}, "m", [NewTag("model@v1.0.0", "m"), NewTag("model#champion#1", "m")])
    assert git(root, "rev-parse", "HEAD") == head
    assert git(root, "tag", "-l") == "model#champion#1"


def test_where_no_commit_can_be_made_it_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def why(root: Path) -> str:
        with pytest.raises(UsageError) as caught:
            require_repository(root)
        return caught.value.why

    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{name}_NAME", raising=False)
        monkeypatch.delenv(f"GIT_{name}_EMAIL", raising=False)
    monkeypatch.delenv("EMAIL", raising=False)
    plain = tmp_path / "plain"
    plain.mkdir()
    assert why(plain) == "this is no git repository"
    root = make_repository(tmp_path / "new", user=False)
    assert why(root) == "the repository has no commit yet"
    (root / "file").write_text("x")
    git(root, "add", "-A")
    git(root, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-q", "-m", "x")
    assert why(root) == "git does not know who you are"
    git(root, "config", "user.name", "A Tester")
    git(root, "config", "user.email", "tester@example.org")
    assert require_repository(root) == "A Tester <tester@example.org>"
