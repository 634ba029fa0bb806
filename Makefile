# The shop's few commands. Each makes its own .venv the first time.
PYTHON ?= python3
VENV := .venv
TYPESCRIPT := typescript@5.9.3
CODE := shop_server run_server.py indexes.py tests

.PHONY: run demo test check bench growth torture format

run: $(VENV)/.installed
	@$(VENV)/bin/python run_server.py

demo: $(VENV)/.installed
	@$(VENV)/bin/python run_server.py --demo

test: $(VENV)/.installed-tests
	@$(VENV)/bin/python -m pytest -n auto --dist=loadfile --no-loadscope-reorder

check: $(VENV)/.installed-tests
	@$(VENV)/bin/ruff format --check $(CODE)
	@$(VENV)/bin/ruff check $(CODE)
	@$(VENV)/bin/mypy
	@if command -v npx >/dev/null; then npx --yes -p $(TYPESCRIPT) tsc -p tests/browser/jsconfig.json; \
	  else echo "The pages' types were not checked: npm is not there"; fi
	@$(MAKE) --no-print-directory test

bench: $(VENV)/.installed-tests
	@$(VENV)/bin/python -m tests.bench.run $(OPTIONS)

growth: $(VENV)/.installed-tests
	@$(VENV)/bin/python -m tests.bench.growth $(OPTIONS)

torture: $(VENV)/.installed-tests
	@$(VENV)/bin/python -m tests.faults.torture $(OPTIONS)

format: $(VENV)/.installed-tests
	@$(VENV)/bin/ruff format $(CODE)
	@$(VENV)/bin/ruff check --fix $(CODE)

$(VENV)/.installed: requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "The shop needs Python 3.11 or newer: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "The shop needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1): make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "Installing what the shop needs into $(VENV), once ..."
	@$(PYTHON) -m venv $(VENV)
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-tests: $(VENV)/.installed tests/requirements.txt
	@echo "Installing what its tests need, once ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
