from __future__ import annotations

import pytest

from stages.adapters.choosing.naming import Naming, find_id_column, find_naming

IDS = [f"{number:02d}a" for number in range(30)]


@pytest.mark.parametrize(
    ("prefix", "suffix"), [("", ""), ("png/", ".png"), ("", ".nii.gz"), ("a/01a/", ""), ("img_", "_T1.png")]
)
def test_the_prefix_and_suffix_of_every_file_are_found(prefix: str, suffix: str) -> None:
    files = [f"{prefix}{one}{suffix}" for one in IDS]
    assert find_naming(IDS, [*files, "readme.md", "LICENSE"]) == Naming(prefix, suffix, 30)


def test_numbers_that_are_parts_of_others_are_not_mistaken() -> None:
    ids = [str(number) for number in range(1, 121)]
    assert find_naming(ids, [f"img{one}.png" for one in ids]) == Naming("img", ".png", 120)


def test_the_naming_of_most_files_wins_and_says_of_how_many() -> None:
    files = [f"a/{one}.png" for one in IDS[:20]] + [f"b/{one}.png" for one in IDS[10:]]
    assert find_naming(IDS, files) == Naming("a/", ".png", 20)


@pytest.mark.parametrize("ids", [["x"], [""], []])
def test_identifiers_that_are_in_no_name_match_nothing(ids: list[str]) -> None:
    assert find_naming(ids, ["a.png"]) == Naming("", "", 0)


def test_the_column_of_identifiers_is_found_among_others() -> None:
    columns = {"age": [str(n) for n in range(30)], "scan": IDS, "sex": ["f", "m"] * 15}
    assert find_id_column(columns, [f"{one}.png" for one in IDS]) == "scan"
    assert find_id_column(columns, ["x.png"]) is None


def test_a_column_that_matches_less_than_half_is_none() -> None:
    assert find_id_column({"scan": IDS}, [f"{one}.png" for one in IDS[:14]]) is None
