from pathlib import Path

import pytest
from pydantic import Field

from stages.contracts.errors import ParamsError
from stages.contracts.params import Params, load_params


class Wheel(Params):
    spokes: int = 3


class Toy(Params):
    rate: float = Field(0.1, gt=0)
    epochs: int
    wheel: Wheel = Wheel()


def load(tmp_path: Path, text: str | bytes, section: str = "toy.a") -> Toy:
    file = tmp_path / "params.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_params(Toy, section, file)


def test_a_section_becomes_its_model(tmp_path: Path) -> None:
    assert load(tmp_path, "toy: {a: {epochs: 3}}") == Toy(epochs=3)


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ("toy: {a: {epochs: 3, rat: 1}}", "toy.a.rat", "did you mean 'rate'?"),
        ("toy: {a: {epochs: 3, wheel: {rate: 1}}}", "toy.a.wheel.rate", "did you mean 'toy.a.rate'?"),
        ("toy: {a: {epochs: 3, wheel: {gold: 1}}}", "toy.a.wheel.gold", "remove 'wheel.gold'"),
        ("toy: {a: {epochs: three}}", "toy.a.epochs", "correct the value"),
        ("toy: {a: {epochs: 3, rate: 0}}", "toy.a.rate", "correct the value"),
        ("toy: {a: {}}", "toy.a.epochs", "add 'epochs'"),
        ("toy: {a: }", "toy.a.epochs", "add 'epochs'"),
        ("toy: {aa: {}}", "toy.a", "did you mean 'aa'?"),
        ("toy: 3", "toy.a", "add the key 'a'"),
        ("toy: [", "params.yaml", "YAML"),
        ("3", "params.yaml", "section"),
        (b"\xff\xfe\xfa", "params.yaml", "YAML"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, where: str, hint: str) -> None:
    with pytest.raises(ParamsError) as caught:
        load(tmp_path, text)
    assert where in caught.value.where
    assert hint in caught.value.remedy
    assert caught.value.exit_code == 10


def test_a_missing_file_is_a_params_error(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="cannot be read"):
        load_params(Toy, "toy", tmp_path / "nowhere.yaml")
