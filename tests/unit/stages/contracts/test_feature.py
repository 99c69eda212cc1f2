from __future__ import annotations

from stages.contracts.feature import Unit, units_of
from tests.unit.stages.small_records import AGE, PAIN, SMOKES, STAGE


def test_units_are_named_after_what_they_mean() -> None:
    assert units_of((AGE, PAIN)) == (
        Unit("age", 0, "value"),
        Unit("age is missing", 0, "missing"),
        Unit("pain=typical", 1, "equals", 0),
        Unit("pain=other", 1, "equals", 1),
        Unit("pain=none", 1, "equals", 2),
        Unit("pain is missing", 1, "missing"),
    )


def test_a_code_of_other_grades_is_another_unit() -> None:
    finer = STAGE.model_copy(update={"values": ("I", "Ia", "II")})
    assert units_of((STAGE,))[0].name == "stage (I<II)"
    assert units_of((finer,))[0].name != units_of((STAGE,))[0].name


def test_a_boolean_is_one_unit() -> None:
    assert [unit.name for unit in units_of((SMOKES,))] == ["smokes", "smokes is missing"]
