# Everything that a person does with this project. Needs Rust, Python 3.10 or later, and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

# What runs the template on this machine wants other versions than the tests: an environment of its own.
VENV_STACK  := .venv-stack
READY_STACK := $(VENV_STACK)/.ready

# The judges of the template are heavy and nobody else needs them: an environment of their own.
VENV_LINT  := .venv-lint
READY_LINT := $(VENV_LINT)/.ready

# What builds a release is heavy too.
VENV_RELEASE  := .venv-release
READY_RELEASE := $(VENV_RELEASE)/.ready
# Whom a release is for: make release ARCH=x86_64. The template deploys arm64.
ARCH ?= arm64

# What to hand on: make test PYTEST="-k delete -x"
PYTEST ?=
# What to hand on: make faults FAULTS="killed swept --stands 8"
FAULTS ?=
# What to hand on: make bench BENCH="requests fleet --debug"
BENCH ?=
# What to hand on: ACCEPT=yes make acceptance ACCEPTANCE="default endpoints"
ACCEPTANCE ?=

.DEFAULT_GOAL := help
.PHONY: help setup build schemas demo console test faults bench acceptance check lint-python lint-template deny \
        release release-check clean tools python

help: ## Shows this list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) $(READY_STACK) ## Makes the Python environments of the demo and the tests, in .venv and .venv-stack.

# With the tests, which share its dependencies then: built apart, half of them would be built twice.
build: tools ## Builds the function, and its tests, for this machine.
	cargo build --locked --workspace --bins --tests

schemas: $(READY) tools ## Writes the JSON Schemas, tables of pages and the table of limits anew, from what the code says.
	RINGFENCE_WRITE_SCHEMAS=1 cargo test --locked --workspace --bins --lib is_committed
	$(BIN)/python tools/permissions.py

demo: setup build ## Deploys the template to an emulated AWS and shows it at work. No account, no Docker.
	@$(BIN)/python tools/demo.py

console: setup build ## The same, kept up until Ctrl-C, to be tried out: prints where everything is.
	@$(BIN)/python tools/serve.py

test: setup build ## Runs every test, files side by side; of what can go wrong a sample, drawn with another seed each time.
	cargo test --locked --workspace --bins --lib
	$(BIN)/python -m pytest tests -n auto --dist loadfile --no-loadscope-reorder $(PYTEST)

faults: setup build ## Kills the function after every call, and makes every call fail, one at a time. Takes long.
	@$(BIN)/python tools/faults.py $(FAULTS)

bench: setup tools ## Measures speed, size and scale, of a release build. Takes long.
	@$(BIN)/python tools/bench.py $(BENCH)

acceptance: $(READY) ## Runs an environment for each option in a real account, and removes it. Costs money: needs ACCEPT=yes.
	@$(BIN)/python tools/acceptance.py $(ACCEPTANCE)

check: lint-python lint-template tools ## Checks formatting, lints, types, documentation and the template.
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items

lint-python: $(READY) ## Checks format, lints and types of the tests and tools.
	$(BIN)/ruff format --check
	$(BIN)/ruff check --quiet
	$(BIN)/mypy

lint-template: $(READY_LINT) ## Has SAM, cfn-lint, checkov, statelint and parliament judge the template and the state machines.
	@$(VENV_LINT)/bin/python tools/lint_template.py

deny: tools ## Checks licences and advisories of the dependencies; needs cargo-deny and the network.
	cargo deny --locked check

release: $(READY_RELEASE) tools ## Builds the zip that Lambda takes, with checksums and bill of materials, in dist/. Takes long.
	@$(VENV_RELEASE)/bin/python tools/release.py --arch $(ARCH)

release-check: $(READY) ## Starts that function, under QEMU where need be, and has it make and remove an environment.
	@$(BIN)/python tools/release_check.py --arch $(ARCH)

clean: ## Removes all that was built or set up.
	rm -rf target dist $(VENV) $(VENV_STACK) $(VENV_LINT) $(VENV_RELEASE) .aws-sam .pytest_cache
	find tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

tools:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust from https://rustup.rs" >&2; exit 1; }

$(READY): tests/requirements.txt | python
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	@touch $@

$(READY_STACK): tests/requirements-stack.txt | python
	$(PYTHON) -m venv --clear $(VENV_STACK)
	$(VENV_STACK)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements-stack.txt
	@touch $@

$(READY_LINT): tools/requirements-lint.txt | python
	$(PYTHON) -m venv --clear $(VENV_LINT)
	$(VENV_LINT)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tools/requirements-lint.txt
	@touch $@

$(READY_RELEASE): tools/requirements-release.txt | python
	$(PYTHON) -m venv --clear $(VENV_RELEASE)
	$(VENV_RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check --requirement tools/requirements-release.txt
	@touch $@

python:
	@command -v $(PYTHON) >/dev/null \
	  || { echo "$(PYTHON) is missing: install Python 3.10 or later, or name one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "$$($(PYTHON) --version) is too old: 3.10 or later is needed; name another one: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "$(PYTHON) cannot make virtual environments: install its venv package (Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
