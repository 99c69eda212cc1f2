from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor

from stages.components.grafting.alignment import Alignment, align
from stages.components.grafting.graft import graft
from stages.components.networks.mlp import FIRST
from stages.components.networks.network import GraftNetwork
from stages.contracts.errors import DataError
from stages.contracts.feature import Feature, units_of
from stages.contracts.ledger import Ledger
from tests.unit.stages.small_records import AGE, FEATURES, PAIN, SMOKES, STAGE, mlp_for, records_of


def network_of(features: Sequence[Feature], seed: int) -> GraftNetwork:
    return mlp_for(records_of({"train": 60}, features), seed)[1]


def aligned(source: Sequence[Feature], target: Sequence[Feature]) -> Alignment:
    ours, theirs = (torch.ones(len(units_of(features))) for features in (source, target))
    return align(source, ours, target, theirs)


def grafted(
    source: Sequence[Feature], target: Sequence[Feature], least: float = 0
) -> tuple[GraftNetwork, GraftNetwork, Ledger]:
    one, other = network_of(source, 1), network_of(target, 2)
    alignment = align(source, one.normalise.deviation, target, other.normalise.deviation)
    return one, other, graft("s", one.state_dict(), other, least, alignment=alignment)


def features_of(network: GraftNetwork, *cells: float) -> Tensor:
    with torch.inference_mode():
        return network.eval().features(torch.tensor([cells]))


def test_units_meet_by_name_whatever_their_order() -> None:
    found = aligned((PAIN, AGE), (AGE, STAGE))
    assert found.places == (4, 5, None, None)
    assert found.new == ("stage (I<II)", "stage is missing")
    assert found.left == ("pain=typical", "pain=other", "pain=none", "pain is missing")
    assert found.reason == (
        "2 of 4 units by name; new: stage (I<II), stage is missing; "
        "left behind: pain=typical, pain=other, pain=none, pain is missing"
    )


def test_at_most_five_units_are_named() -> None:
    many = tuple(Feature(name=f"x{n}", kind="number") for n in range(4))
    assert aligned((AGE,), (AGE, *many)).reason.endswith("x1 is missing, x2 and 3 more")


def test_values_of_a_category_meet_by_their_texts_and_not_by_their_codes() -> None:
    turned = PAIN.model_copy(update={"values": ("none", "severe", "typical")})
    assert aligned((PAIN,), (turned,)).places == (2, None, 0, 3)


def test_a_unit_that_taught_the_source_nothing_is_new_where_it_varies() -> None:
    silent, telling = torch.tensor([0.0, 0.0]), torch.tensor([9.0, 0.0])
    assert align((AGE,), silent, (AGE,), telling).places == (None, 1)
    assert align((AGE,), telling, (AGE,), silent).places == (0, 1)


def test_the_same_patient_gets_the_same_features_from_columns_in_another_order() -> None:
    source, target, ledger = grafted((AGE, SMOKES, PAIN), (PAIN, AGE, SMOKES))
    torch.testing.assert_close(features_of(source, 63, 1, 2), features_of(target, 2, 63, 1))
    entries = {entry.name: entry for entry in ledger.entries}
    assert entries[FIRST].action == entries["normalise.mean"].action == "adapted"
    assert ledger.coverage == 1


def test_as_many_but_other_units_are_not_mistaken_for_the_same() -> None:
    weight = Feature(name="weight", kind="number")
    source, target, ledger = grafted((AGE, SMOKES), (weight, SMOKES))
    first = target.get_parameter(FIRST)
    assert torch.equal(first[:, 2:], source.get_parameter(FIRST)[:, 2:])
    assert not torch.equal(first[:, :2], source.get_parameter(FIRST)[:, :2])
    assert 0 < first[:, :2].abs().max() < 0.1
    assert ledger.moved_parameters == ledger.backbone_parameters - 2 * len(first)
    assert target.normalise.mean[2] == source.normalise.mean[2]
    assert target.normalise.mean[0] == network_of((weight, SMOKES), 2).normalise.mean[0]


def test_the_same_features_are_moved_as_they_are() -> None:
    _, _, ledger = grafted(FEATURES, FEATURES)
    assert {e.action for e in ledger.entries if e.role != "specific"} == {"moved"}


def test_too_few_shared_units_are_an_error_that_names_the_coverage() -> None:
    with pytest.raises(DataError, match="of the backbone, less than 100%"):
        grafted((AGE,), (AGE, PAIN), least=1)
