# `make demo` and `make test` do all the set-up that a fresh machine needs.
PYTHON ?= python3
UV_VERSION := $(shell sed -n 's/^ *"uv==\(.*\)",$$/\1/p' pyproject.toml)
export UV_PYTHON_DOWNLOADS := never
# Trust what this machine trusts, as pip does.
export UV_SYSTEM_CERTS := true
BIN := .venv/bin
.DEFAULT_GOAL := help

.PHONY: help demo test check lint types unit docs setup engine clean audit second-opinion

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

demo: engine ## run the pipeline end to end on the embedded emulator
	@$(BIN)/inventory demo

test: engine check ## run every check and every test
	@$(BIN)/python -m pytest

check: lint types ## linters and types

lint: setup ## ruff: rules and format
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .

types: setup ## mypy, strict
	@$(BIN)/mypy --no-error-summary
	@for program in policies examples/*/; do \
	  (cd $$program && $(CURDIR)/$(BIN)/mypy --no-error-summary --config-file $(CURDIR)/pyproject.toml .) || exit 1; done

unit: setup ## the tests that need no engine
	@$(BIN)/python -m pytest tests/unit tests/functions

docs: engine ## write the pages that are generated
	@$(BIN)/python policies/rule_table.py > docs/policies.md
	@$(BIN)/python -m tests.access.page > docs/.access.md && mv docs/.access.md docs/access.md
	@$(BIN)/python -m tests.supply_chain.licences > docs/licences.md

audit: setup ## look for known vulnerabilities of the pinned packages (needs the network)
	@$(BIN)/uv audit --frozen

second-opinion: engine ## ask another simulator of IAM policies for every cell of docs/access.md (needs Node)
	@cd tests/access/second_opinion && npm ci --silent --ignore-scripts --no-audit --no-fund
	@$(BIN)/python -m tests.access.second_opinion

engine: setup ## find or build the Pulumi engine
	@$(BIN)/python -m local.engine

setup: .venv/.synced ## make the environment from the pinned packages

.venv/.synced: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else f"Python 3.11 to 3.13 is needed, {sys.executable} is {sys.version.split()[0]}; try: make PYTHON=python3.13")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || { echo "installing uv $(UV_VERSION)"; $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); }
	@echo "making the environment from uv.lock"
	@$(BIN)/uv sync --frozen --quiet
	@touch $@

clean: ## remove what was built and cached here
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
