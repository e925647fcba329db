.DEFAULT_GOAL := help
SHELL := /bin/sh

# Any of these will do; the first one found on the machine is used.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
	if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	then command -v $$p; break; fi; done)
BIN := .venv/bin
HOME_DIR ?= var
READY := .venv/ready
XDIST ?= 2

.PHONY: help run console test test-long check format lock clean dagster audit bench bench-quality bench-console bench-readers bench-changes bench-orders bench-fuzz bench-kills bench-faults bench-nation bench-reports evidence first-screen samples screenshots spark test-spark bench-spark bench-landing

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# uv installs side by side what pip installs one after the other; where it cannot reach the packages, pip does.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and was not found. Install one and try again."; exit 1; }
	@echo "Setting up .venv with $(PYTHON) (about two minutes, the first time only) ..."
	@$(PYTHON) -m venv --clear .venv
	@awk '/^[A-Za-z0-9]/ {wanted = /^uv==/} wanted' requirements.lock >.venv/uv.txt
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
	@touch $(READY)

run: $(READY) ## set up, lay a demo inbox if there is none, run one night
	@test -d $(HOME_DIR)/inbox || $(BIN)/returns demo --home $(HOME_DIR)
	@$(BIN)/returns nightly --home $(HOME_DIR)

test: $(READY) check ## set up, check the style and types, run the tests (fifteen minutes)
	@$(BIN)/python -m pytest -n $(XDIST) -m "not long" tests

test-long: $(READY) ## the tests that take minutes: faults, backups, ordinary changes, set aside; CI runs them too
	@$(BIN)/python -m pytest -n $(XDIST) -m long tests

check: $(READY) ## format, lint and type checks only
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project expectations/rules
	@$(BIN)/mypy

format: $(READY) ## put code and SQL into the house style
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/sqlfluff fix --disable-progress-bar dbt_project expectations/rules

console: $(READY) ## open the web pages on the home; lays the demo and runs a night where there is none
	@test -d $(HOME_DIR)/inbox || $(BIN)/returns demo --home $(HOME_DIR)
	@test -e $(HOME_DIR)/releases/current || $(BIN)/returns nightly --home $(HOME_DIR)
	@$(BIN)/python -m console serve --demo --home $(HOME_DIR)

dagster: $(READY) ## open Dagster's page on the home, with its schedule and sensor
	@test -d $(HOME_DIR)/dagster || { echo "There is no night in $(HOME_DIR) yet. Run one first: make run"; exit 1; }
	@DAGSTER_HOME=$(abspath $(HOME_DIR))/dagster RETURNS_HOME=$(abspath $(HOME_DIR)) $(BIN)/dagster dev -w workspace.yaml

evidence: $(READY) ## what the rules find in planted, real and known data, into docs/evidence.md (ten minutes)
	@$(BIN)/python -m benchmarks.evidence

screenshots: $(READY) ## the main pages of the console on the demo in the home, into docs/screenshots
	@$(BIN)/python -m benchmarks.screenshots --home $(HOME_DIR)

first-screen: $(READY) ## what make run prints, into the README
	@$(BIN)/python -m benchmarks.first_screen

samples: $(READY) ## one report of every kind, from the demo, into docs/samples
	@$(BIN)/python -m benchmarks.samples

bench: $(READY) ## how fast everything is, as ratios, into benchmarks/results.json (an hour)
	@$(BIN)/python -m benchmarks.bench

bench-quality: $(READY) ## how many planted mistakes the rules find, over several seeds
	@$(BIN)/python -m benchmarks.quality

bench-kills: $(READY) ## two hundred commands killed at random points, and a rebuild from nothing (hours)
	@$(BIN)/python -m benchmarks.kills

bench-faults: $(READY) ## a very small home: each piece damaged in each way, readers killed, writes failing, the clock wrong (an hour)
	@RETURNS_ALL_FAULTS=1 $(BIN)/python -m pytest tests/faults -q -s

bench-nation: $(READY) ## all rules and marts on two million organisation-years, against the bare SQL
	@$(BIN)/python -m benchmarks.nation

bench-spark: spark ## DuckDB and Spark side by side, and from which size on Spark is faster (hours)
	@$(BIN)/python -m benchmarks.engines compare --rows 100000 --rows 1000000 --rows 5000000

bench-landing: $(READY) ## up to five thousand returns landed by one process and by two (a quarter of an hour)
	@$(BIN)/python -m benchmarks.landing

bench-changes: $(READY) ## two hundred ordinary changes of the demo's returns: all published, all figures right (an hour)
	@$(BIN)/python -m benchmarks.changes

bench-orders: $(READY) ## the demo's returns in five hundred orders of arrival: the same marts (half an hour)
	@$(BIN)/python -m benchmarks.orders

bench-fuzz: $(READY) ## returns spoiled at random for ten minutes: each is read or refused with a reason
	@$(BIN)/python -m benchmarks.fuzz

bench-reports: $(READY) ## two hundred benchmarks of organisations, from the release in the home
	@$(BIN)/python -m benchmarks.reports --home $(HOME_DIR)

bench-console: $(READY) ## twenty people at once on ten thousand alerts, then five beside a night; DATABASE_URL says on which database
	@$(BIN)/python -m benchmarks.console_load --home $(HOME_DIR) --lists
	@$(BIN)/python -m benchmarks.console_load --home $(HOME_DIR)
	@$(BIN)/python -m benchmarks.console_load --home $(HOME_DIR) --people 5 --night

bench-readers: $(READY) ## four readers while two hundred releases are published
	@$(BIN)/python -m benchmarks.readers

spark: $(READY) ## set up the engine Spark beside DuckDB (400 MB; needs Java 17): docs/scale.md
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements-spark.lock 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@$(BIN)/python -c "from orchestration.spark_engine import needs; print(needs() or 'Spark is ready: returns nightly --engine spark')"

test-spark: spark ## the same figures on Spark, on this machine and on a cluster that loses a worker (half an hour)
	@RETURNS_TEST_SPARK=1 $(BIN)/python -m pytest tests/spark

lock: ## make requirements.lock and requirements-spark.lock again from the ranges in pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links --constraint locked-versions.txt --quiet --upgrade --output-file requirements.lock
	@$(MAKE) --no-print-directory requirements-spark.lock

# Only what the extra brings beside requirements.lock, in versions that go with it.
requirements-spark.lock: requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra dev --extra spark --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links --constraint requirements.lock --quiet | \
		awk 'NR == FNR {if (/==/) held[$$1] = 1; next} /^[A-Za-z0-9]/ {wanted = !($$1 in held)} wanted' requirements.lock - >$@

# The tool for the bill of materials stays out of .venv: what it brings makes dbt take 2 s longer to start.
audit: $(READY) ## known faults, licences and bill of materials of all packages, into audit/
	@mkdir -p audit && rm -f audit/*
	@$(BIN)/pip-licenses --format=csv --with-urls --output-file=audit/licences.csv >/dev/null
	@echo "Licences of all packages: audit/licences.csv"
	@$(BIN)/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py environment --pyproject pyproject.toml \
		--of JSON --output-reproducible --output-file audit/sbom.json $(BIN)/python
	@echo "Bill of materials (CycloneDX): audit/sbom.json"
	@$(BIN)/pip-audit --progress-spinner off --disable-pip --require-hashes -r requirements.lock \
		--format json --output audit/faults.json 2>audit/faults.log; code=$$?; \
	if [ $$code -eq 0 ]; then echo "Known faults: none (audit/faults.json)"; \
	elif [ -s audit/faults.json ]; then echo "Known faults: see audit/faults.json"; tail -1 audit/faults.log; exit 1; \
	else echo "Known faults were not looked up: the index cannot be reached (audit/faults.log)."; fi

clean: ## remove the environment and caches; leaves var/ alone
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache dbt_project/target
