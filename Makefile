# Every target makes its own virtual environment; nothing has to be installed first but Python and make.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUFF_PATHS := benchmarks compiler docs tests

KERNEL_TESTS := tests/unit/kernel $(wildcard tests/property/test_kernel_*.py)

.PHONY: demo test check unit kernel-coverage mutate soak bench golden docs format lock clean

demo: $(READY)  ## Watch one chunk of work from registration to the baseline
	@$(BIN)/dovetail demo

test: check unit kernel-coverage  ## Everything that must hold

check: $(READY)  ## Style, types, layers, and that the committed flows are fresh
	$(BIN)/ruff format --check $(RUFF_PATHS)
	$(BIN)/ruff check $(RUFF_PATHS)
	$(BIN)/ruff format --check --isolated flows
	$(BIN)/ruff check --isolated flows
	$(BIN)/mypy
	$(BIN)/mypy --no-incremental $(shell find flows -name '*.py')
	$(BIN)/lint-imports
	$(BIN)/dovetail check
	$(BIN)/dovetail compile --check

unit: $(READY)  ## The tests
	$(BIN)/pytest

kernel-coverage: $(READY)  ## That the kernel's own tests take every branch of it
	CI=true COVERAGE_FILE=$(VENV)/.coverage $(BIN)/pytest $(KERNEL_TESTS) \
		--ignore=tests/unit/kernel/test_linear_cost.py --cov=dovetail.kernel --cov-branch \
		--cov-report=term-missing:skip-covered --cov-fail-under=100

mutate: $(READY)  ## That the kernel's unit tests notice small changes of it; half an hour
	$(BIN)/python -m tests.support.mutants $(if $(ONLY),'$(ONLY)')

soak: $(READY)  ## The heavy proofs in full: hash seeds, mutated files, thousands of plays
	DOVETAIL_SOAK=1 $(BIN)/pytest tests/property/test_determinism.py tests/unit/rules/test_never_raises.py \
		tests/property/test_soundness.py $(wildcard tests/property/test_kernel_*.py)

bench: $(READY)  ## What compiling costs, beside floors measured in the same run
	$(BIN)/python -m benchmarks

golden: $(READY)  ## Write the golden files anew; look at the difference before committing it
	$(BIN)/pytest -n 0 tests/golden --snapshot-update
	$(BIN)/python tests/diagnostics/test_corpus.py

docs: $(READY)  ## Write the generated pages and the outputs that pages show anew
	$(BIN)/python -m docs.generate

format: $(READY)
	$(BIN)/ruff format $(RUFF_PATHS)
	$(BIN)/ruff check --fix $(RUFF_PATHS)

lock: $(READY)  ## Resolve the dependencies anew, for every platform, with hashes and no index
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
		--quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) .mutants .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .editors_cache

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Dovetail needs Python 3.11 or newer; set PYTHON=…" >&2; exit 2; }
	@echo "setting up $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
