# One verb a job. `make` alone lists them.

PYTHON ?= python3
JOBS   ?= 2

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
DEMO  := build/demo
SHOWN := src/chemoplan/examples/demo.fhir.json

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long lint bench bench-civicpy bench-matchengine spark check-knowledge docs docs-check lock changelog clean serve migration browser-tools lighthouse load faults

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## make .venv with the locked libraries and this package (PYTHON=python3.12 picks another Python)

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "make: $(PYTHON) is older than Python 3.11, which chemoplan needs; name a newer one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "installing the locked libraries into $(VENV) (a minute or two the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## plan for an invented person from a FHIR bundle: in the terminal and as a page
	@mkdir -p $(DEMO)
	@$(BIN)/chemoplan plan $(SHOWN)
	@$(BIN)/chemoplan plan $(SHOWN) --format html --output $(DEMO)/plan.html
	@echo; echo "The same plan as a page: $(DEMO)/plan.html"
	@if [ "$$(uname)" = Darwin ]; then open $(DEMO)/plan.html; \
	elif [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ] && command -v xdg-open >/dev/null; then xdg-open $(DEMO)/plan.html >/dev/null 2>&1 & \
	else echo "(no desktop here: open it in any browser)"; fi

serve: $(READY) ## the web application's demonstration on this machine (PORT=8000)
	@$(BIN)/chemoplan serve --demo --port $(or $(PORT),8000)

migration: $(READY) ## the next step of the web application's tables: make migration NAME="add a column"
	@$(BIN)/python tools/make_migration.py "$(NAME)"

TOOLS := tests/browser/tools

browser-tools: $(TOOLS)/node_modules/.ready ## axe for the tests of pages (npm); without npm those tests are skipped

$(TOOLS)/node_modules/.ready: $(TOOLS)/package-lock.json
	@if command -v npm >/dev/null; then \
		(cd $(TOOLS) && npm ci --silent && touch node_modules/.ready) || \
		echo "axe could not be installed: the tests that look for barriers with it will be skipped"; \
	else echo "npm is not here: the tests that look for barriers with axe will be skipped"; fi

lighthouse: ## Lighthouse for make test-long and make bench (npm, 190 MB)
	@cd $(TOOLS) && npm install --silent --no-save --no-package-lock lighthouse@12.8.2 && touch node_modules/.ready

test: lint browser-tools ## everything a change must pass: style, types, rooms, tests
	$(BIN)/python -m pytest -m "not long" -n $(JOBS) --dist worksteal

test-long: lint lighthouse ## the same with the long tests: 20,000 examples a property, fuzzing, the million-case sweep
	CHEMOPLAN_LONG=1 HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -m "long or not long" -n $(JOBS) --dist worksteal

lint: $(READY) ## style, types and rooms alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## speed and memory, as figures
	$(BIN)/python -m tests.bench

load: $(READY) ## 200 people on the web application for two minutes (DATABASE=postgresql+psycopg://... for a throwaway one)
	$(BIN)/python -m tests.load.users $(if $(DATABASE),--database $(DATABASE))

faults: $(READY) ## the server killed 200 times while people write (DATABASE= likewise)
	$(BIN)/python -m tests.faults.kill --kills 200 $(if $(DATABASE),--database $(DATABASE))

bench-civicpy: requirements/bench.txt ## civicpy in an environment of its own (build/bench), for `make bench` to measure against
	@$(PYTHON) -m venv build/bench
	@build/bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt

bench-matchengine: requirements/bench-matchengine.txt ## matchengine-V2 in one of its own (build/bench-matchengine), on an emulated database
	@$(PYTHON) -m venv build/bench-matchengine
	@build/bench-matchengine/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/bench-matchengine.txt

spark: $(READY) requirements/spark.txt ## add Spark to .venv for its tests (500 MB, a minute; needs Java 17)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/spark.txt

check-knowledge: $(READY) ## prove the invariants for all cases, or print a witness
	$(BIN)/chemoplan knowledge check

docs: $(READY) ## write the reference pages from the code
	$(BIN)/python tools/make_reference.py

docs-check: $(READY) ## are the reference pages what the code says?
	$(BIN)/python tools/make_reference.py --check

# uv resolves for every supported Python and platform at once. Pins stay unless UPGRADE=1.
LOCK := build/lock/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate $(if $(UPGRADE),--upgrade) --custom-compile-command "make lock"

lock: ## pin the libraries again, with hashes (UPGRADE=1 takes newer ones)
	@test -x build/lock/bin/uv || { $(PYTHON) -m venv build/lock && build/lock/bin/python -m pip install --quiet uv; }
	$(LOCK) pyproject.toml --extra all --output-file requirements/runtime.txt
	$(LOCK) pyproject.toml --extra all --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt
	$(LOCK) --group bench --output-file requirements/bench.txt
	$(LOCK) pyproject.toml --extra spark --constraint requirements/runtime.txt --output-file requirements/spark.txt
	$(LOCK) --group bench-matchengine --output-file requirements/bench-matchengine.txt
	@! grep -n '://' requirements/*.txt || { echo "make: a lock file names a registry"; exit 1; }

changelog: $(READY) ## gather changelog.d into CHANGELOG.md for a release
	$(BIN)/towncrier build --yes

clean: ## remove what make made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
