# Two commands: `make run` (the main job on the baseline scenario) and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
SCENARIO ?= scenarios/baseline.yaml

.PHONY: help run test quick lint types docs model-docs lock clean

help:
	@echo "make run     install what is needed into .venv, then run $(SCENARIO) (or SCENARIO=path)"
	@echo "make test    install the test tools too, then run all tests"
	@echo "make quick   the tests without the slow ones"
	@echo "make lint    ruff: format and lint"
	@echo "make types   pyright, strict on the package"
	@echo "make docs    build the documentation site into build/site"
	@echo "make model-docs   write the pages of docs/model and their diagrams anew"
	@echo "make lock    resolve the dependencies again into the two hashed locks (needs uv)"
	@echo "make clean   remove .venv and everything generated"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v=sys.version_info; sys.exit(0 if v >= (3, 11) else "tzsim needs Python 3.11 or newer; this is %d.%d. Point PYTHON at a newer one: make run PYTHON=python3.12" % v[:2])'
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing tzsim and the libraries it needs into $(VENV) (about a minute the first time) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo "Installing the test tools into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.run
	@echo "Running $(SCENARIO) ..."
	@$(BIN)/tzsim run $(SCENARIO)

test: $(VENV)/.dev
	@echo "Running all tests (tests that need programs or data not on this machine are skipped and counted) ..."
	@$(BIN)/python -m pytest -n 2

quick: $(VENV)/.dev
	@echo "Running the quick tests ..."
	@$(BIN)/python -m pytest -n 2 -m "not slow"

lint: $(VENV)/.dev
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: $(VENV)/.dev
	@$(BIN)/pyright

docs: $(VENV)/.dev
	@echo "Building the documentation site into build/site ..."
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

model-docs: $(VENV)/.dev
	@echo "Writing docs/model and docs/pictures/model (some minutes) ..."
	@$(BIN)/python docs/model_pages.py

lock:
	uv pip compile pyproject.toml --extra brief --group build $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --group dev $(LOCK) -c requirements.lock -o requirements-dev.lock
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header

clean:
	rm -rf $(VENV) out build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
