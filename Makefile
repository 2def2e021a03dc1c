# Sungari's two commands are `make run` and `make test`; each sets up what it needs in .venv, without root.
#   make PYTHON=python3.12 …   another Python (3.11 or newer)
#   make REGION=my-region …    another region: a packaged one or a folder

PYTHON ?= python3
VENV   ?= .venv
REGION ?= northeast-fareast
OUT    ?= out

BIN     := $(VENV)/bin
RUNTIME := $(VENV)/.sungari-runtime
DEV     := $(VENV)/.sungari-dev
PIP     := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt
STUDY   := $(OUT)/$(notdir $(REGION))

.DEFAULT_GOAL := help
.PHONY: run test lint bench docs clean help

run: $(RUNTIME)  ## study the region: plans, appraisal, portfolio, sharing; print the answers, write all under out/
	@$(BIN)/sungari study $(REGION) --out $(STUDY) --workers 2
	@echo "To open it all in the browser: $(BIN)/sungari serve --region $(REGION) --study $(STUDY)"

test: $(DEV)  ## all tests, with coverage
	@$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest --numprocesses auto --maxprocesses 8
	@if ls .coverage.* >/dev/null 2>&1; then $(BIN)/python -m coverage combine --quiet; fi
	@$(BIN)/python -m coverage report --skip-covered --format=total | sed 's/^/coverage: /; s/$$/ %/'

lint: $(DEV)  ## ruff and mypy --strict
	$(BIN)/ruff check .
	$(BIN)/mypy --strict

bench: $(DEV)  ## times and memory, beside those of other tools
	@$(PIP) --editable '.[dev,bench]'
	$(BIN)/python -m benchmarks.run

docs: $(DEV)  ## write the generated pages of docs/ anew
	$(BIN)/python -m sungari.region.format_reference > docs/format.md

clean:  ## remove what was made, the environment included
	rm -rf $(VENV) $(OUT) .coverage .coverage.* htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##/make \1 \t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Sungari needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "This Python can't make a virtual environment (on Debian: the package python3-venv)." >&2; exit 1; }

$(RUNTIME): $(BIN)/python pyproject.toml constraints.txt
	@echo "Setting up $(VENV) …"
	@$(PIP) --editable .
	@$(BIN)/python -m sungari.show.assets
	@touch $@

$(DEV): $(RUNTIME)
	@echo "Setting up what the tests need …"
	@$(PIP) --editable '.[dev]'
	@$(BIN)/python -m tests.show.browser
	@touch $@
