"""Recalled groups and splits are those of a full run, and only what a change touches is grouped anew."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.components.cases import grouping
from stages.components.cases.regrouping import fingerprint, regroup
from stages.contracts.manifest import texts
from stages.contracts.split import SplitParams

Row = tuple[str | None, str, str | None]
"""Patient, content and cluster of a case."""

NAMES = [f"case-{number:02d}" for number in range(8)]
FIELDS = (
    st.sampled_from([None, None, "p", "q"]),
    st.sampled_from([f"content-{letter}" for letter in "abcdef"]),
    st.sampled_from([None, "x", "y", "z"]),
)
CASES = st.dictionaries(st.sampled_from(NAMES), st.tuples(*FIELDS), min_size=4)
EDIT = st.one_of(
    *(st.tuples(st.just(place), values) for place, values in enumerate(FIELDS)),
    st.tuples(st.just(3), st.none()),
)
"""A field with its new value, or the place behind the last field, for a case that goes."""
EDITS = st.lists(st.tuples(st.sampled_from(NAMES), EDIT), min_size=1, max_size=3)
SOME = st.sets(st.sampled_from(NAMES), max_size=2)


def edited(cases: dict[str, Row], edits: list[tuple[str, tuple[int, str | None]]]) -> dict[str, Row]:
    """The cases after edits of single fields; a case that was not there comes with the new field."""
    now = dict(cases)
    for name, (place, value) in edits:
        row: list[str | None] = list(now.pop(name, (None, "content-new", None)))
        if place < len(row):
            row[place] = value
            now[name] = (row[0], str(row[1]), row[2])
    return now


def table_of(cases: dict[str, Row]) -> pd.DataFrame:
    """Cases in use, as `ingest` has them."""
    names = sorted(cases)
    columns = {
        name: texts([cases[case][place] for case in names])
        for place, name in enumerate(("patient_id", "content_sha256", "cluster"))
    }
    columns["split"] = texts([None] * len(names))
    return pd.DataFrame(columns, index=pd.Index(texts(names), name="case_id"))


def kept(
    cases: dict[str, Row], params: SplitParams, unused: set[str], dropped: set[str], resembling: bool
) -> pd.DataFrame:
    """What an earlier ingestion keeps: cases it did not use have no group, later exclusions no split."""
    table = table_of(cases)
    used = regroup(table[~table.index.isin(unused)], params, None, by_resemblance=resembling)
    table = table.assign(group_id=used["group_id"], split=used["split"])
    table.loc[table.index.isin(dropped), "split"] = None
    return table


@settings(max_examples=300, deadline=None)
@given(before=CASES, edits=EDITS, unused=SOME, dropped=SOME, resembling=st.booleans())
def test_groups_and_splits_of_a_changed_set_are_those_of_a_full_run(
    before: dict[str, Row],
    edits: list[tuple[str, tuple[int, str | None]]],
    unused: set[str],
    dropped: set[str],
    resembling: bool,
) -> None:
    params = SplitParams()
    earlier = kept(before, params, unused, dropped, resembling)
    table = table_of(edited(before, edits))
    expected = regroup(table, params, None, by_resemblance=resembling)
    pd.testing.assert_frame_equal(regroup(table, params, earlier, by_resemblance=resembling), expected)


def test_only_the_cluster_that_a_change_touches_is_grouped_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    cases: dict[str, Row] = {
        f"case-{number}": (None, f"content-{number}", f"{number // 2}") for number in range(8)
    }
    params = SplitParams()
    earlier = kept(cases, params, set(), set(), True)
    cases["case-0"] = (None, "content-new", "0")
    del cases["case-7"]
    grouped: list[str] = []
    real = grouping.group

    def spied(table: pd.DataFrame, salt: str, *, by_resemblance: bool) -> pd.Series[str]:
        grouped.extend(table.index)
        return real(table, salt, by_resemblance=by_resemblance)

    monkeypatch.setattr(grouping, "group", spied)
    regroup(table_of(cases), params, earlier, by_resemblance=True)
    assert grouped == ["case-0", "case-1", "case-6"]


def test_other_shares_another_salt_and_another_way_of_grouping_have_another_fingerprint() -> None:
    params = SplitParams()
    others = [SplitParams(val=0.1), SplitParams(salt="another"), SplitParams(folds=5)]
    marks = [fingerprint(one, by_resemblance=True) for one in (params, *others)]
    assert len({*marks, fingerprint(params, by_resemblance=False)}) == 5
