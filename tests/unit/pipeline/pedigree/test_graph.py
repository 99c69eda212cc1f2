from __future__ import annotations

import io

import pytest

from pipeline.pedigree.graph import Graph, Node, make_graph
from pipeline.pedigree.mermaid import to_mermaid
from pipeline.pedigree.tree import print_tree
from tests.unit.pipeline.pedigree.stages import WEIGHTS, default_stages
from tests.unit.pipeline.trace.shelved import make_record


@pytest.fixture(scope="module")
def graph() -> Graph:
    return make_graph(default_stages(), WEIGHTS)


def nodes(graph: Graph) -> dict[str, Node]:
    return {node.key: node for node in graph.nodes}


def test_the_weights_descend_from_the_chosen_run_and_from_nothing_else(graph: Graph) -> None:
    kept = {node.key for node in graph.nodes if node.ancestor}
    assert {
        "finetune@imagenet-lp_ft-2",
        "transfer@imagenet",
        "import_source@imagenet",
        "data/raw/imagenet",
    } <= kept
    assert {"package", "select", "evaluate", "prepare@target", "ingest@target", "data/raw/target"} <= kept
    assert not {"train_source@formula", "transfer@formula", "data/raw/formula", "others-finetune"} & kept


def test_candidates_that_were_not_selected_are_one_node_that_names_them_all(graph: Graph) -> None:
    others = nodes(graph)["others-finetune"]
    assert others.subtitle == "17 others"
    assert len(others.stages) == 17
    assert set(graph.parents["select"]) == {"others-finetune", "finetune@imagenet-lp_ft-2"}


def test_what_the_model_does_not_need_is_left_out(graph: Graph) -> None:
    assert not [key for key in nodes(graph) if "hint" in key]


def test_every_way_back_ends_in_raw_data(graph: Graph) -> None:
    ends = {node.key for node in graph.nodes if not graph.parents.get(node.key)}
    assert ends == {"data/raw/target", "data/raw/formula", "data/raw/imagenet"}
    place = {node.key: number for number, node in enumerate(graph.nodes)}
    assert all(place[key] < place[parent] for key, found in graph.parents.items() for parent in found)


def test_the_tree_says_each_thing_once(graph: Graph) -> None:
    record = make_record({}, "1" * 64, "2026-01-01").model_copy(update={"made_by": default_stages()})
    out = io.StringIO()
    print_tree(record, graph, "toy v3", out)
    lines = out.getvalue().splitlines()
    assert lines[0] == "toy v3"
    assert lines[1].startswith("└── package  artifacts/model 000000000000")
    full = [line for line in lines if "prepare@target" in line and "(above)" not in line]
    assert len(full) == 1
    assert "params grid; 1 modules" in full[0]
    assert sum("data/raw/imagenet" in line for line in lines) == 1


def test_mermaid_has_a_node_and_a_line_for_each(graph: Graph) -> None:
    text = to_mermaid(graph, "toy v3")
    assert text.startswith('flowchart TD\n  model(["toy v3"])\n')
    edges = sum(map(len, graph.parents.values()))
    assert text.count(" --> ") == edges + 1
    assert '[["finetune<br/>17 others"]]' in text


def test_a_hostile_name_cannot_leave_its_label_in_mermaid() -> None:
    node = Node("x", "data", 'a"]; click n0 "javascript:1" <b>#', "", True, (), ())
    line = to_mermaid(Graph((node,), {}), 'm"').splitlines()[2]
    assert line.count('"') == 2
    assert "<b>" not in line
