from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.params.tree import set_values

TEXT = """\
# top
grid:
  domains: [target]   # a list in one line
ingest:
  target:
    adapter: folder   # short
    bits: 8
  # about the source
  source:
    adapter:
      format: table
      file: a.csv   # goes with the subtree
# about preparing
prepare:
  target: {size: [64, 64]}
select:
  positive:   # none yet
"""


def set_in(text: str, **values: Any) -> str:
    return set_values(text, {key.replace("__", "."): value for key, value in values.items()})


def load(text: str) -> Any:
    return YAML(typ="safe").load(text)


@pytest.mark.parametrize(
    ("key", "value", "old", "new"),
    [
        ("grid.domains", ["target", "x"], "[target]", "[target, x]"),
        ("ingest.target.adapter", {"format": "table"}, "adapter: folder", "adapter: {format: table}"),
        ("select.positive", "yes", "positive:   #", 'positive: "yes"   #'),
        ("select.positive", "a: b", "positive:   #", 'positive: "a: b"   #'),
        ("prepare.target", {"size": [9, 9]}, "{size: [64, 64]}", "{size: [9, 9]}"),
        ("prepare.target.crop", "none", "[64, 64]}", "[64, 64], crop: none}"),
    ],
)
def test_only_the_value_changes(key: str, value: Any, old: str, new: str) -> None:
    assert set_values(TEXT, {key: value}) == TEXT.replace(old, new)


def test_a_value_that_is_so_already_leaves_the_text_alone() -> None:
    assert set_values(TEXT, {"ingest.target.bits": 8, "select.positive": None}) == TEXT


def test_a_whole_subtree_is_replaced() -> None:
    text = set_in(TEXT, ingest__source__adapter={"format": "folder"})
    assert "    adapter: {format: folder}\n# about preparing" in text
    assert "a.csv" not in text


def test_a_new_entry_stands_behind_the_others_and_before_the_comment_of_the_next_section() -> None:
    text = set_in(TEXT, ingest__mine={"adapter": {"format": "table"}, "split": {"val": 0.2}})
    lines = "  mine:\n    adapter: {format: table}\n    split: {val: 0.2}\n# about preparing"
    assert f"subtree\n{lines}" in text
    assert text.replace(lines, "# about preparing") == TEXT


def test_sections_that_are_missing_are_made() -> None:
    text = set_in(TEXT, train_source__mine={"network": {"name": "resnet18"}})
    assert text == TEXT + "train_source:\n  mine:\n    network: {name: resnet18}\n"


@pytest.mark.parametrize("text", ["", "a: {}\n", "a:\n", "{a: 1}\n", "a: [1]", "a:\n  - 1\n  - 2\n"])
def test_any_text_takes_a_value(text: str) -> None:
    assert load(set_in(text, a__b={"c": [1, None]}))["a"] == {"b": {"c": [1, None]}}


words = st.text("abyno:#'\" \n-", max_size=6)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), words),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abyn-", min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)
keys = st.lists(
    st.sampled_from(["grid", "ingest", "target", "source", "adapter", "x"]), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=100)
@given(keys, values)
def test_any_value_at_any_place_is_read_back_and_all_else_stays(path: list[str], value: Any) -> None:
    changed = load(set_values(TEXT, {".".join(path): value}))
    wanted = load(TEXT)
    at = wanted
    for part in path[:-1]:
        at[part] = at[part] if isinstance(at.get(part), dict) else {}
        at = at[part]
    at[path[-1]] = value
    assert json.dumps(changed) == json.dumps(wanted)


def test_the_projects_own_params_keep_their_comments() -> None:
    text = (Path(__file__).parents[4] / "params.yaml").read_text()
    changed = set_in(text, ingest__mine={"adapter": "folder"}, grid__domains=["target", "mine"])
    assert [line for line in text.splitlines() if "#" in line and line not in changed] == []
