# What a developer runs. Needed: make, git and a Python >= 3.10 with venv (PYTHON=python3.12 chooses another).

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Start-up without compiled bytecode takes several times as long.
unexport PYTHONDONTWRITEBYTECODE
# The tools below belong to this environment and to no other that may be active.
unexport PYTHONPATH VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help setup scan demo test lint format types rules pages unit bench clean

help: ## Show these targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name about; do \
	  printf '  %-8s %s\n' "$$name" "$$about"; done

setup: $(VENV)/.installed ## Make .venv with the program and all that its tests need

# Runs again only when pyproject.toml changes. The package itself is installed editable.
$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	  echo "clearway needs Python 3.10 or later; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing the program and its development tools into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python -m compileall -q scanner
	@touch $@

scan: setup ## Scan examples/: text here, HTML and SARIF in out/
	@mkdir -p out
	@$(BIN)/clearway scan examples -o text -o html=out/report.html -o sarif=out/report.sarif --exit-zero
	@echo
	@echo "Written: out/report.html, out/report.sarif"

demo: setup ## Deploy good and broken examples to a simulated AWS, and scan that: text here, HTML in out/
	@$(BIN)/python -m tools.demo

test: lint rules pages unit ## Everything that CI checks

lint: format types ## ruff and mypy

format: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

rules: setup
	$(BIN)/clearway rules check
	$(BIN)/clearway rules test

# The pages of the rules are generated: they must say what the rules say.
pages: setup
	@mkdir -p out && rm -rf out/pages
	$(BIN)/python -m scanner.policy.pages out/pages
	@git --no-pager diff --no-index --stat docs/rules out/pages || { \
	  echo "docs/rules is not current: run $(BIN)/python -m scanner.policy.pages docs/rules" >&2; exit 1; }

unit: setup
	$(BIN)/pytest --numprocesses=auto --dist=worksteal

bench: setup ## Measure against the peers (BENCH='--sizes 1,100' passes options)
	$(BIN)/python -m benchmarks --peers $(BENCH)

clean: ## Remove all that is made
	rm -rf $(VENV) build dist out .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -not -path './.git/*' -exec rm -rf {} +
