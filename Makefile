# What a newcomer needs: `make run`, then `make test`. Everything lands in .venv and .qbank.
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell $(p) -c 'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)))
BIN := .venv/bin
export QBANK_HOME ?= $(CURDIR)/.qbank
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false

.PHONY: run test bench damage chaos kills learners nights fuzz ui api stop clean lint types lock
.DEFAULT_GOAL := run

run: .venv/.run ## the sample exam through the whole pipeline, then a summary
	@$(BIN)/qbank run --sample

test: .venv/.dev ## all tests
	@$(BIN)/python -m pytest

bench: .venv/.dev ## figures beside their peers and limits; writes .qbank/bench.json; ARGS="--only cat|definitions|delivery|marts|nightly|selection --history N"
	@$(BIN)/python -m tests.benchmarks $(ARGS)

damage: .venv/.dev ## every kind of damage planted in good data, each to be caught by its check; ARGS="--only TEXT"
	@$(BIN)/python -m tests.damage $(ARGS)

chaos: .venv/.dev ## everything killed at random over 200,000 events; ARGS="--events N --kills N --seed N"
	@$(BIN)/python -m tests.chaos $(ARGS)

kills: .venv/.dev ## `qbank run` killed at random points; ARGS="--kills N --seed N"
	@$(BIN)/python -m tests.kills $(ARGS)

learners: .venv/.dev ## 50 learners take quizzes while the API is killed; ARGS="--learners N --length N --kills N --seed N"
	@$(BIN)/python -m tests.kills.learners $(ARGS)

nights: .venv/.dev ## thirty nights of banks whose truth is known, and a picture of them; ARGS="--banks N --nights N --seed N"
	@$(BIN)/python -m tests.nights $(ARGS)

fuzz: .venv/.dev ## a million hostile events through decoder and Postgres; ARGS="--payloads N --seed N"
	@$(BIN)/python -m tests.fuzz $(ARGS)

ui: .venv/.ui ## Dagster's web interface
	@$(BIN)/qbank ui

api: .venv/.api ## the delivery API
	@$(BIN)/qbank api

stop: ## the embedded server
	@if [ -x $(BIN)/qbank ]; then $(BIN)/qbank stop; fi

lint: .venv/.dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/.dev
	@$(BIN)/mypy

lock: ## pins anew from pyproject.toml; needs uv
	@requirements/compile.sh --upgrade

clean: ## stops the server, then removes .venv and .qbank
	@if [ -x $(BIN)/qbank ]; then $(BIN)/qbank stop --purge; fi
	@rm -rf .venv "$(QBANK_HOME)"

.venv/bin/python:
	@if [ -z "$(PYTHON)" ]; then echo "qbank needs Python 3.11 or newer: install it, or say which with make PYTHON=..."; exit 1; fi
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: install it (Debian: apt install python3-venv)"; exit 1; }

# One stamp for each set of pins: `run` is enough for the pipeline, each other set adds what it names.
.venv/.run .venv/.ui .venv/.api .venv/.dev: .venv/.%: requirements/%.txt pyproject.toml | .venv/bin/python
	@echo "Installing $$(grep -c '==' $<) pinned packages ($<) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@
