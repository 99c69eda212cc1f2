"""The report and the site after a retraining."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.retraining.publication import REPORT, publish
from pipeline.retraining.settings import RetrainSettings, load_settings
from stages.contracts.errors import ParamsError, UsageError
from tests.unit.pipeline.report.built_workspace import Built, build_data, build_params


@pytest.fixture
def root(tmp_path: Path) -> Path:
    built = Built(tmp_path / "workspace")
    build_params(built)
    build_data(built)
    return built.root


def test_the_report_is_written_and_the_site_where_it_is_asked_for(root: Path) -> None:
    assert publish(root, RetrainSettings()) is None
    assert (root / REPORT).is_file()
    assert not (root / "artifacts" / "site").exists()
    assert publish(root, RetrainSettings(site="artifacts/site")) is None
    assert (root / "artifacts" / "site" / "index.html").is_file()


def test_a_site_that_cannot_be_written_is_told_and_undoes_nothing(root: Path) -> None:
    (root / "site").mkdir()
    (root / "site" / "mine.txt").write_text("")
    assert isinstance(publish(root, RetrainSettings(site="site")), UsageError)
    assert (root / REPORT).is_file()


def test_a_link_out_of_the_workspace_is_not_followed(root: Path) -> None:
    (root / "out").symlink_to(root.parent)
    assert isinstance(publish(root, RetrainSettings(site="out/site")), ParamsError)
    assert not (root.parent / "site").exists()


@pytest.mark.parametrize("name", ["/srv/www", "../www", "a/../../b", ".", ""])
def test_params_name_no_place_outside_of_the_workspace(tmp_path: Path, name: str) -> None:
    (tmp_path / "params.yaml").write_text(f"retrain: {{site: '{name}'}}\n")
    with pytest.raises(ParamsError, match="retrain"):
        load_settings(tmp_path)
