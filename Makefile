# `make demo` plays a whole order, `make test` runs the tests, `make help` lists the rest.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?=
ARGS ?=
WORKERS ?= 2

venv := .venv/bin
installed := .venv/installed
shop := $(venv)/python -m saleor_bespoke.plugins.embedded
manage := $(venv)/python tools/manage.py
apps := saleor_bespoke bespoke_embedded
heading = printf '\n\033[1m%s\033[0m\n'

# Of a running shop: its endpoint, the payment provider's stand-in, and who may log in.
URL ?=
STRIPE ?= http://127.0.0.1:12111
ACCOUNTS ?= tests/journey/accounts.json

.PHONY: demo journey furnish test torture bench-files test-saleor check format schema migrations lock clean help

demo: $(installed)  ## start the embedded shop and play the journey (ARGS=--once, --port=N, --data-dir=DIR)
	@$(shop) demo $(ARGS)

journey: $(installed)  ## play the journey in a running shop (URL=<its GraphQL>, STRIPE=<provider>, ACCOUNTS=<log-ins>)
	$(if $(URL),,$(error Say which shop: make journey URL=<its GraphQL endpoint>))
	@$(venv)/python -m tests.journey.play --url "$(URL)" --stripe "$(STRIPE)" --accounts "$(ACCOUNTS)" $(ARGS)

furnish: $(installed)  ## make an empty Saleor ready for the journey (URL, SUPERUSER, PASSWORD, ACCOUNTS=<to write>)
	$(if $(URL),,$(error Say which shop: make furnish URL=<its GraphQL endpoint>))
	@$(venv)/python -m tests.journey.furnish --url "$(URL)" --superuser "$(SUPERUSER)" \
	    --password "$(PASSWORD)" --accounts "$(ACCOUNTS)"

test: $(installed)  ## run every test on an embedded PostgreSQL (ARGS=tests/craft for some)
	@$(venv)/python -m pytest --quiet -n $(WORKERS) $(ARGS)

torture: $(installed)  ## races, crashes and faults with their controls, about two hours (ARGS="stones --scale 0.1 --seed 7")
	@$(venv)/python -m tests.torture $(ARGS)

bench-files: $(installed)  ## measure how files are judged, cleaned, drawn and set (ARGS="corpus shapes")
	@$(venv)/python -m benchmarks $(ARGS)

test-saleor:  ## run the tests inside your Saleor (SALEOR_PYTHON=<its interpreter>, DATABASE_URL)
	@tools/test_saleor.sh "$(SALEOR_PYTHON)" $(ARGS)

check: $(installed)  ## everything a reviewer would run, then the tests
	@$(heading) 'Format';           $(venv)/ruff format --check --quiet || { echo 'Run: make format'; exit 1; }
	@$(heading) 'Lint';             $(venv)/ruff check
	@$(heading) 'Types';            $(venv)/mypy
	@$(heading) 'Import contracts'; $(venv)/lint-imports --no-logo
	@$(heading) 'Migrations';       $(manage) makemigrations --check --dry-run $(apps)
	@$(heading) 'Schema file';      $(shop) schema --check
	@$(heading) 'Tests';            $(MAKE) test

format: $(installed)  ## format the code and mend what the linter can mend
	@$(venv)/ruff format
	@$(venv)/ruff check --fix

schema: $(installed)  ## write schema.graphql
	@$(shop) schema

migrations: $(installed)  ## write missing migrations
	@$(manage) makemigrations $(apps)

lock:  ## choose the versions in requirements.txt anew (needs uv)
	@uv pip compile pyproject.toml --all-extras --constraint constraints.txt --universal \
	    --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	    --upgrade --quiet --output-file requirements.txt

clean:  ## remove what can be made again; the demo's data stay
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## list these targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(installed): requirements.txt pyproject.toml tools/setup.sh
	@tools/setup.sh $(PYTHON)
