# Everything a newcomer needs; a fresh machine has only Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Three for two cores: many tests wait for a process, a browser or a clock.
PYTEST = $(BIN)/pytest -n 3 --dist worksteal -m "not long"
READY := $(VENV)/.ready

.PHONY: fuzz audit run test test-postgresql test-postgresql-part test-long coverage screenshots check messages format bench clean

run: $(READY)  ## sandbox shops, the service, and a day of trade
	$(BIN)/backorder demo

test: $(READY)  ## every test
	HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(PYTEST)

coverage: $(READY)  ## the rules and the translators are tested in every branch
	HYPOTHESIS_PROFILE=covering $(PYTEST) tests/domain tests/adapters/*/test_*inbound.py tests/adapters/*/test_*samples.py --cov=connector.domain \
	  --cov=adapters.shopify.inbound --cov=adapters.woocommerce.inbound --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

test-postgresql: $(READY)  ## every test, and PostgreSQL is the database
	TEST_DATABASE=postgresql HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(PYTEST)

# Of each kind of test that goes to a database something, as all of them twice would take too long.
ON_BOTH := tests/cli/test_cli_database.py tests/cli/test_cli_supplies.py tests/jobs/test_embedded.py \
  tests/journeys/test_journey_day.py tests/journeys/test_traps_queue.py tests/services/test_amend_deaths.py \
  tests/services/test_sent_once.py tests/web/test_isolation.py tests/web/test_pages_supplies.py

test-postgresql-part: $(READY)  ## some journeys, pages and commands on PostgreSQL; the storage is tested on both anyway
	TEST_DATABASE=postgresql HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} $(PYTEST) $(ON_BOTH)

screenshots: $(READY)  ## make the pictures of the guides anew, with the words beside them; needs Chromium
	SCREENSHOTS=1 $(BIN)/pytest tests/browser/test_browser_pictures.py

test-long: $(READY)  ## the nightly profile: many more of everything
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -n 2 --dist worksteal

check: $(READY)  ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

UPDATE = -d connector/web/translations --width 120 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

messages: $(READY)  ## after a text of a page was changed: bring the translations' lists up to date
	@mkdir -p build
	$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k Sentence --no-location --sort-output --omit-header -o build/messages.pot .
	$(BIN)/pybabel -q extract -F babel.shopper.cfg -k N_ --no-location --sort-output --omit-header -o build/shopper.pot .
	$(BIN)/pybabel -q update -i build/messages.pot -l de $(UPDATE)
	for language in fr it es nl; do $(BIN)/pybabel -q update -i build/shopper.pot -l $$language $(UPDATE) || exit 1; done

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## the figures of docs/performance.md, each beside its yardstick
	$(BIN)/backorder bench

fuzz: $(READY)  ## 10,000,000 inputs that somebody might send; docs/security.md
	PYTHONPATH=.:tests:tests/web $(BIN)/python tests/fuzz/fuzz_long.py $(FUZZ)

audit: $(READY)  ## known holes in what is installed; asks the package index, so it needs the internet
	@mkdir -p build
	$(BIN)/pip freeze --quiet --exclude-editable > build/audited.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off --requirement build/audited.txt

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  (echo "Python 3.11 or newer is needed; try: make PYTHON=python3.11" && exit 1)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) data .pytest_cache .mypy_cache .ruff_cache .hypothesis
