"""The folder of the site: whole or as it was, and never somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.site import folder
from pipeline.site.folder import MARK, replace_site
from stages.contracts.errors import UsageError

PAGES = {"index.html": "first", "models/a.html": "a"}


def contents(site: Path) -> dict[str, str]:
    return {
        file.relative_to(site).as_posix(): file.read_text()
        for file in site.rglob("*")
        if file.is_file() and file.name != MARK
    }


def test_a_later_site_takes_the_place_of_the_one_before_and_leaves_nothing_beside(tmp_path: Path) -> None:
    site = tmp_path / "deep" / "site"
    replace_site(site, PAGES)
    replace_site(site, {"index.html": "second"})
    assert contents(site) == {"index.html": "second"}
    assert [file.name for file in site.parent.iterdir()] == ["site"]


def test_an_empty_folder_is_taken_and_a_link_to_a_site_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    replace_site(tmp_path / "link", PAGES)
    replace_site(tmp_path / "link", PAGES)
    assert (tmp_path / "link").is_symlink()
    assert contents(tmp_path / "real") == PAGES


@pytest.mark.parametrize("mark", [None, "{}", '{"files": []'])
def test_a_folder_of_somebody_else_stays_as_it_is(tmp_path: Path, mark: str | None) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "index.html").write_text("years of work")
    if mark:
        (tmp_path / "thesis" / MARK).write_text(mark)
    with pytest.raises(UsageError, match="not a site of medgraft"):
        replace_site(tmp_path / "thesis", PAGES)
    assert contents(tmp_path / "thesis") == {"index.html": "years of work"}


def test_a_file_that_somebody_put_into_a_site_is_not_lost(tmp_path: Path) -> None:
    replace_site(tmp_path / "site", PAGES)
    (tmp_path / "site" / "models" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError) as caught:
        replace_site(tmp_path / "site", {"index.html": "second"})
    assert "models/notes.txt" in caught.value.why
    assert contents(tmp_path / "site") == PAGES | {"models/notes.txt": "mine"}


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("")
    with pytest.raises(UsageError, match="not a site"):
        replace_site(tmp_path / "site", PAGES)
    with pytest.raises(UsageError, match="cannot be written"):
        replace_site(tmp_path / "site" / "below", PAGES)


@pytest.mark.parametrize("step", ["_write", "part.replace"])
def test_the_older_site_survives_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    site = tmp_path / "site"
    replace_site(site, PAGES)
    real = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.name == ".site.new":
            raise OSError(5, "the disk is gone")
        return real(self, target)

    if step == "_write":
        (tmp_path / "blocked").write_text("")
        pages = {"index.html": "second", "../blocked/x.html": ""}
    else:
        monkeypatch.setattr(Path, "replace", refuse)
        pages = {"index.html": "second"}
    with pytest.raises(UsageError):
        replace_site(site, pages)
    assert contents(site) == PAGES
    assert not (tmp_path / ".site.new").exists()
    assert not (tmp_path / ".site.old").exists()


@pytest.mark.parametrize("killed", ["while writing", "between the renames"])
def test_what_a_kill_left_is_made_good_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: str
) -> None:
    site = tmp_path / "site"
    replace_site(site, PAGES)
    if killed == "while writing":
        folder._write(tmp_path / ".site.new", {"index.html": "half"})
    else:
        site.rename(tmp_path / ".site.old")
    replace_site(site, {"index.html": "second"})
    assert contents(site) == {"index.html": "second"}
    assert [file.name for file in tmp_path.iterdir()] == ["site"]
