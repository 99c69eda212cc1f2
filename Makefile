# Every target but `clean` makes the environment `.venv` when it is missing or out of date.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.complete
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run test lint format deps bench soak faults clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(STAMP)  ## the environment, from exact versions

$(STAMP): pyproject.toml constraints.txt embedded.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "medgraft needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --no-deps --requirement embedded.txt
	touch $@

run: setup  ## the pipeline on the embedded data, and its report
	$(BIN)/medgraft run
	$(BIN)/medgraft report

test: setup  ## the tests
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

lint: setup  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## rewrite the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

deps: setup  ## the stages' code dependencies, written to dvc.yaml
	$(BIN)/python -m tests.conformance.code_dependencies

bench: setup  ## the benchmarks, some minutes each
	for file in $(filter-out benchmarks/soak%,$(wildcard benchmarks/*.py)); do $(BIN)/python $$file || exit 1; done

soak: setup  ## half an hour of scheduled retraining with kills, bad data, a full disk: make soak MINUTES=30 PERIOD=20
	$(BIN)/python benchmarks/soak.py --minutes $(or $(MINUTES),30) --period $(or $(PERIOD),20)

faults: setup  ## 200 kills at random moments
	MEDGRAFT_KILLS=200 $(BIN)/python -m pytest tests/faults

clean:  ## everything that can be made again, the cache and the data excepted
	rm -rf $(VENV) artifacts build *.egg-info .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
