# Stale Love: every command that a person or a machine needs. `make help` lists them.
PYTHON ?= python3
PORT ?= 8000
DOWN ?= 60
PY := .venv/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:

.PHONY: on-one-machine test-pooler slow-clients help demo test check faults messages bench fonts editor-pictures screenshots html weights
.PHONY: lighthouse lock clean sbom audit licences scan
.DEFAULT_GOAL := help

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 17

.venv/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if (3, 11) <= v < (3, 14) else f"Stale Love needs Python 3.11, 3.12 or 3.13; {sys.executable} is {v.major}.{v.minor}. Name another: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv .venv

.venv/.demo: requirements/demo.txt | .venv/bin/python
	@echo "Installing what the demo needs (once) ..."
	@$(PIP_INSTALL) -r requirements/demo.txt
	@touch $@

.venv/.dev: requirements/dev.txt | .venv/bin/python
	@echo "Installing what the tests need (once) ..."
	@$(PIP_INSTALL) -r requirements/dev.txt
	@touch $@ .venv/.demo

demo: .venv/.demo  ## a running site on this machine (PORT=8000), with its own PostgreSQL
	@$(PY) manage.py demo --port $(PORT) --stop-with-parent

test: .venv/.dev  ## all tests, browser tests too where there is a Chromium
	@$(PY) -m pytest -n auto --dist worksteal $(ARGS)

check: .venv/.dev  ## formatter, linter, types, templates, migrations, deployment settings
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m djlint --check --lint templates
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) -m pytest -q tests/test_deployment_settings.py tests/test_safe_migrations.py
	@$(PY) deploy/audit.py

faults: .venv/.dev  ## live through every fault under load and print the table (DOWN=60; needs nginx)
	@$(PY) -m tests.faults --down $(DOWN) --json faults.json $(ARGS)

messages: .venv/.dev  ## gather the words to translate into locale/ (TO=de; needs gettext)
	@test -n "$(TO)" || { echo 'Name the language to translate into: make messages TO=de'; exit 1; }
	@mkdir -p locale
	@$(PY) manage.py makemessages --locale $(TO) --no-location --no-obsolete
	@$(PY) manage.py compilemessages --locale $(TO) --ignore '.venv'

bench: .venv/.dev  ## how fast the site is, beside a floor of the same run (ARGS="--help"); needs wrk and nginx
	@$(PY) -m tests.bench $(ARGS)

editor-pictures: .venv/.dev  ## the pictures of docs/editors.md, as the browser tests see the admin
	@EDITOR_PICTURES=docs/img BROWSER=required $(PY) -m pytest -q tests/browser/test_editors.py

screenshots: .venv/.dev  ## every page type on phone and desktop, light and dark (PAGES="home article" for a few)
	@$(PY) -m tests.browser.proof screenshots $(PAGES)

html: .venv/.dev  ## every page type through the Nu checker (needs java and npm)
	@$(PY) -m tests.browser.proof html $(PAGES)

weights: .venv/.dev  ## what each page type costs on the wire, as it is served in production
	@$(PY) -m tests.browser.proof weights $(PAGES)

lighthouse: .venv/.dev  ## Lighthouse on five page types, phone and desktop (needs npm)
	@$(PY) -m tests.browser.proof lighthouse $(PAGES)

fonts: .venv/.dev  ## cut static/fonts/ out of Newsreader (needs npm and a network)
	@npm pack --silent --pack-destination .venv @fontsource-variable/newsreader@5.3.0
	@tar -xzf .venv/fontsource-variable-newsreader-5.3.0.tgz -C .venv
	@$(PY) -m uv run --no-project --with "fonttools[woff]==4.68.0" deploy/subset_fonts.py .venv/package static/fonts

on-one-machine:  ## an empty Debian, set up as docs/operations.md says, and proof that it serves (root)
	@deploy/on-one-machine

test-pooler: .venv/.dev  ## the tests through PgBouncer in transaction mode (ARGS="tests/quiz …")
	@$(PY) -m tests.deploy.cluster $(ARGS)

slow-clients: .venv/.dev  ## 500 slow connections, and what ordinary readers notice of them
	@$(PY) -m tests.deploy.slow_clients $(ARGS)

lock: .venv/.dev  ## compile requirements/*.txt from pyproject.toml
	@for set in run s3 sentry redis demo dev; do \
	  case $$set in run) groups="";; s3|sentry|redis) groups="--extra $$set";; *) groups="--group $$set";; esac; \
	  $(PY) -m uv pip compile pyproject.toml $$groups --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --custom-compile-command "make lock" --quiet --output-file requirements/$$set.txt || exit 1; \
	done

sbom: .venv/.dev  ## list the parts of the running site in sbom.json (CycloneDX; needs a network)
	@$(PY) -m uv tool run --from "cyclonedx-bom>=7,<8" cyclonedx-py requirements requirements/run.txt --output-file sbom.json

audit: .venv/.dev  ## ask whether a locked part has a known weakness (needs a network)
	@$(PY) deploy/audit.py --required

licences: .venv/.dev  ## write docs/licences.md: under which licences the parts are
	@$(PY) deploy/licences.py > docs/licences.md

scan: .venv/.dev  ## attack a site of production's settings with wapiti and sqlmap (ARGS="--minutes 5")
	@$(PY) -m tests.scan $(ARGS)

clean:  ## remove the virtual environment and the demo's data
	rm -rf .venv .demo
