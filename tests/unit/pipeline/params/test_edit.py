from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.params.edit import apply_edits
from stages.contracts.errors import ParamsError

TEXT = """\
# top
grid:
  seeds: [0, 1, 2]   # a list in one line
  strategies:
    - scratch   # the control
    - full
fit:
  rate:   0.1      # spaces stay
  name: "quoted"
  nothing:
"""


@pytest.mark.parametrize(
    ("edit", "old", "new"),
    [
        ("fit.rate=0.25", "0.1 ", "0.25 "),
        ("fit.rate=null", "0.1 ", "null "),
        ("grid.seeds=[7]", "[0, 1, 2]", "[7]"),
        ("grid.seeds.1=9", "[0, 1, 2]", "[0, 9, 2]"),
        ("grid.strategies.0=lp_ft", "scratch ", "lp_ft "),
        ("fit.name=plain", '"quoted"', "plain"),
    ],
)
def test_only_the_value_changes(edit: str, old: str, new: str) -> None:
    assert apply_edits(TEXT, [edit]) == TEXT.replace(old, new)


def test_a_list_over_several_lines_can_be_replaced() -> None:
    edited = apply_edits(TEXT, ["grid.strategies=[full]"])
    assert YAML(typ="safe").load(edited)["grid"]["strategies"] == ["full"]
    assert "# spaces stay" in edited


def test_an_empty_value_can_be_given_one() -> None:
    assert YAML(typ="safe").load(apply_edits(TEXT, ["fit.nothing=3"]))["fit"]["nothing"] == 3


def test_edits_add_up() -> None:
    edited = YAML(typ="safe").load(apply_edits(TEXT, ["fit.rate=2", "grid.seeds=[1]"]))
    assert (edited["fit"]["rate"], edited["grid"]["seeds"]) == (2, [1])


@pytest.mark.parametrize("key", ["fit.ratee", "nope", "fit.rate.deeper", "grid.seeds.9", "grid.seeds.x", ""])
def test_a_key_that_is_not_there_is_refused(key: str) -> None:
    with pytest.raises(ParamsError):
        apply_edits(TEXT, [f"{key}=1"])


def test_a_mistyped_key_gets_a_suggestion() -> None:
    with pytest.raises(ParamsError) as caught:
        apply_edits(TEXT, ["fit.rat=1"])
    assert caught.value.remedy == "did you mean 'fit.rate'?"


@settings(deadline=None, max_examples=50)
@given(
    st.one_of(
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text("abc: #'\"-[]{},", max_size=8),
        st.booleans(),
    )
)
def test_the_file_says_what_the_edit_says(value: object) -> None:
    edited = apply_edits(TEXT, [f"fit.rate={json.dumps(value)}"])
    assert YAML(typ="safe").load(edited)["fit"]["rate"] == value
