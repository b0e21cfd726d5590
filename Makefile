# The commands of this project; `make help` lists them. CI runs `make check` and `make test`.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Python 3.13 is what the Lambda runs; the code stays valid on the python3 that is there (3.11+).
PYTHON := $(shell for python in python3.13 python3 python3.12 python3.11; do \
	"$$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
VERSION := $(shell sed -n 's/^__version__ = "\(.*\)"$$/\1/p' layers/census/iflow_census/__init__.py)
SAM := PATH="$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 $(VENV)/sam/bin/sam

# Compiling the tests takes seconds, so bytecode is kept, in the place where every program finds it.
unexport PYTHONPYCACHEPREFIX PYTHONDONTWRITEBYTECODE

help: ## Show these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

$(READY): requirements/development.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with the venv module is needed"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		--no-deps --only-binary :all: -r requirements/development.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@

setup: $(READY) ## Make the private virtual environment (the other commands do it by themselves)

demo: $(READY) ## Run the census on three simulated tenants (FAIL=test breaks one of them)
	@$(BIN)/python -m tests.rehearsal.demo $(if $(FAIL),--fail $(FAIL))

# Some tests wait for a time-out, a program or a browser: more processes than cores use that time.
test: $(READY) $(VENV)/sam/ready ## Run the tests
	@$(BIN)/python -m pytest -n $$(($$(getconf _NPROCESSORS_ONLN) + 2)) --dist worksteal --cov --cov-report=term $(ARGS)

quick: $(READY) ## Run the unit tests except the slow ones, without coverage
	@$(BIN)/python -m pytest tests/unit -m "not slow" -n auto --dist worksteal \
		--hypothesis-profile=quick -q $(ARGS)

storm: $(READY) ## Run thousands of random fault storms in parallel (EXAMPLES=2000)
	@STORM_EXAMPLES=$(or $(EXAMPLES),2000) $(BIN)/python -m pytest tests/functional/test_storm.py \
		-n auto --dist worksteal $(ARGS)

mutants: $(READY) $(VENV)/sam/ready ## Change the code at random, and see whether a test notices (ARGS=--help)
	@$(BIN)/python -m tests.mutants $(ARGS)

check: $(READY) $(VENV)/sam/ready $(VENV)/checkov/ready ## Lint, types, import rules, template and workflows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(SAM) validate --lint --region eu-central-1
	@$(VENV)/sam/bin/cfn-lint --template template.yaml --regions eu-central-1 \
		--append-rules cfn_lint_serverless.rules
	@$(VENV)/checkov/bin/checkov --file template.yaml --framework cloudformation --skip-download \
		--compact --quiet
	@$(BIN)/jactionlint --strict-exit --no-hints
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms \
		.github/ISSUE_TEMPLATE/bug_report.yml .github/ISSUE_TEMPLATE/feature_request.yml
	@$(BIN)/pre-commit validate-config

format: $(READY) ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

columns: $(READY) ## Write the columns of the report into the template, the JSON Schema and the docs
	@$(BIN)/python -m tests.generated_columns

build: $(VENV)/sam/ready ## Build the Lambda and its layer into .aws-sam/
	@$(SAM) build

dist: $(READY) ## Build the wheel and the source distribution into dist/
	@$(BIN)/python -m build --no-isolation --outdir dist > /dev/null

package: $(VENV)/sam/ready ## Build dist/iflow-census-VERSION.zip, the stack ready for sam deploy
	@$(SAM) build --no-cached --build-dir build/stack
	@$(BIN)/python scripts/package.py build/stack dist/iflow-census-$(VERSION).zip

docs: $(READY) $(VENV)/docs/ready ## Build the documentation site into build/site
	@$(BIN)/python scripts/site_pages.py build/docs
	@NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --strict

release: $(READY) ## Build all files of a release into dist/ (TAG=v1.2.3)
	@rm -rf build dist
	@mkdir -p dist
	@$(BIN)/python scripts/release_notes.py "$(TAG)" > dist/notes.md
	@$(MAKE) dist package
	@cd dist && sha256sum *.whl *.tar.gz *.zip > SHA256SUMS && cat SHA256SUMS

clean: ## Remove what the other commands create: environments, builds, caches, demo-output
	@rm -rf $(VENV) .aws-sam build dist demo-output htmlcov .coverage .coverage.* .hypothesis \
		.mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

two-months: $(READY) ## Live two months on one folder, with a shifted clock (needs faketime)
	@$(BIN)/python -m tests.rehearsal.two_months

rehearse: package $(VENV)/rehearsal/ready ## Deploy the package to a local stand-in of AWS, and use it
	@$(BIN)/python -m tests.rehearsal.rehearse dist/iflow-census-$(VERSION).zip

# Programs whose dependencies conflict with those of the project.
$(VENV)/%/ready: requirements/%.txt | $(READY)
	@echo "Setting up $(VENV)/$* (once)"
	@$(PYTHON) -m venv $(VENV)/$*
	@$(VENV)/$*/bin/python -m pip install --quiet --disable-pip-version-check \
		--require-hashes --no-deps --only-binary :all: -r requirements/$*.txt
	@touch $@

bench: $(READY) ## Measure speed, requests and memory against the original algorithm and the floor
	@$(BIN)/python -m tests.rehearsal.bench $(ARGS)

UV_COMPILE := uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate

lock: ## Resolve the dependencies again and update requirements/ and the layer (needs uv)
	@$(UV_COMPILE) --universal --python-version 3.11 pyproject.toml --extra aws --extra cli \
		requirements/development.in -o requirements/development.txt
	@$(UV_COMPILE) --python-platform x86_64-manylinux_2_28 --python-version 3.13 pyproject.toml \
		--extra aws -c requirements/development.txt \
		--no-emit-package boto3 --no-emit-package botocore --no-emit-package jmespath \
		--no-emit-package python-dateutil --no-emit-package s3transfer --no-emit-package six \
		-o layers/census/requirements.txt
	@for name in checkov docs rehearsal sam; do \
		$(UV_COMPILE) --universal --python-version 3.11 requirements/$$name.in \
			-o requirements/$$name.txt || exit 1; \
	done

.PHONY: help setup demo test quick storm mutants check format columns build dist package docs
.PHONY: release clean two-months rehearse bench lock
