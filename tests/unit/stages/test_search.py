"""The search over sources and strategies, through the stages that climb its ladder."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stages import halve
from stages.components.networks.checkpoint import load_checkpoint
from stages.contracts.artifact import read_json
from stages.contracts.scores import Selection
from stages.contracts.search import DROPPED, ENTRY, Entry
from tests.unit.stages.chain import Chain

SEARCHED = {
    "full": {"kind": "full"},
    "linear": {"kind": "linear_probe"},
    "scratch_slow": {"kind": "scratch", "rate": 0.1},
    "scratch_fast": {"kind": "scratch", "rate": 3.0},
}
LADDER = (("rung0", "transferred"), ("rung1", "rungs/rung0"), ("rung2", "rungs/rung1"))


def search(chain: Chain, rung: str, after: str, strategy: str) -> int:
    return chain.run(
        halve,
        source="formula",
        strategy=strategy,
        after=after,
        transferred="transferred/formula",
        features="features/formula",
        prepared="prepared/target",
        out=f"rungs/{rung}/formula-{strategy}",
    )


def entries(chain: Chain, rung: str) -> dict[str, Entry]:
    return {name: read_json(Entry, chain.root / f"rungs/{rung}/formula-{name}" / ENTRY) for name in SEARCHED}


@pytest.fixture(scope="module")
def searched(built: Chain, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A workspace whose search is over; not to be changed."""
    chain = built.copy(tmp_path_factory.mktemp("searched"))
    chain.params["grid"] |= {"strategies": ["scratch", "lp_ft"], "searched": [*SEARCHED]}
    chain.params["strategies"] |= SEARCHED
    chain.params["halve"] = {"seconds": 1000, "metric": "accuracy"}
    for (rung, after), strategy in itertools.product(LADDER, SEARCHED):
        assert search(chain, rung, after, strategy) == 0
    for strategy, seed in itertools.product(SEARCHED, (0, 1)):
        assert chain.finetune(strategy, seed, rung="rungs/rung2") == 0
    assert chain.select() == chain.evaluate() == chain.package() == 0
    return chain


def test_each_rung_halves_the_controls_and_the_others_apart(searched: Chain) -> None:
    first, second = entries(searched, "rung0"), entries(searched, "rung1")
    assert all(one.score is not None and one.epochs == 2 for one in first.values())
    assert {name for name, one in first.items() if one.control} == {"scratch_slow", "scratch_fast"}
    for pair in (("full", "linear"), ("scratch_slow", "scratch_fast")):
        best = min(pair, key=lambda name: (-(first[name].score or 0), name))
        assert [name for name in pair if second[name].score is not None] == [best]
        assert second[best].epochs == 0, "nobody is left to compare it with, so it is not trained again"


def test_only_the_winners_are_trained_to_the_end_with_every_seed(searched: Chain) -> None:
    last = entries(searched, "rung2")
    for name, seed in itertools.product(SEARCHED, (0, 1)):
        folder = searched.root / f"finetuned/formula-{name}-{seed}"
        if last[name].score is None:
            assert [file.name for file in folder.iterdir()] == [DROPPED]
        else:
            assert load_checkpoint(folder)[0].training_cases == 20
    assert sum(one.score is not None for one in last.values()) == 2


def test_the_winners_stand_beside_the_listed_candidates_and_a_control_is_a_control(searched: Chain) -> None:
    last = {name for name, one in entries(searched, "rung2").items() if one.score is not None}
    selection = read_json(Selection, searched.root / "selection.json")
    assert {c.strategy for c in selection.candidates} == {"scratch", "lp_ft"} | last
    assert {c.strategy for c in selection.candidates if c.control} == {"scratch"} | {
        name for name in last if "scratch" in name
    }
    assert "scratch" in selection.scratch.strategy and "scratch" not in selection.selected.strategy


def test_the_same_search_gives_the_same_bytes(searched: Chain, tmp_path: Path) -> None:
    chain = searched.copy(tmp_path)
    before = chain.bytes_of("rungs/rung0")
    assert search(chain, "rung0", "transferred", "scratch_fast") == 0
    assert chain.bytes_of("rungs/rung0") == before


def test_fewer_seconds_are_fewer_epochs(searched: Chain, tmp_path: Path) -> None:
    chain = searched.copy(tmp_path)
    chain.params["halve"]["seconds"] = 1e-3
    assert search(chain, "rung0", "transferred", "full") == 0
    assert entries(chain, "rung0")["full"].epochs == 1


def test_a_training_says_how_long_it_took_beside_what_the_speed_in_params_predicts(
    searched: Chain, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chain, predicted = searched.copy(tmp_path), []
    for speed in (1e6, 2e6):
        chain.params["halve"]["speed"] = speed
        assert search(chain, "rung0", "transferred", "full") == 0
        said = re.search(
            r"full: \d+ epochs in \S+ s .*halve.speed (\S+) s were predicted", capsys.readouterr().out
        )
        assert said
        predicted.append(float(said[1]))
    assert 0 < predicted[1] == pytest.approx(predicted[0] / 2, rel=0.01)


def test_a_candidate_of_an_earlier_grid_is_not_looked_at(searched: Chain, tmp_path: Path) -> None:
    chain = searched.copy(tmp_path)
    stale = chain.root / "rungs/rung0/formula-wonder"
    stale.mkdir()
    (stale / ENTRY).write_text("{")
    before = chain.bytes_of("rungs/rung1")
    assert search(chain, "rung1", "rungs/rung0", "full") == 0
    assert chain.bytes_of("rungs/rung1") == before


def test_the_ladder_of_the_graph_has_as_many_rungs_as_share_the_seconds() -> None:
    graph = YAML(typ="safe").load(Path(__file__).parents[3] / "dvc.yaml")
    ladder = graph["vars"][0]["ladder"]
    assert len(ladder) == halve.RUNGS
    assert [(rung["name"], rung["after"]) for rung in ladder] == list(LADDER)
