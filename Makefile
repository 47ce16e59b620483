# What a contributor types. Nothing is needed but make, a POSIX shell and Python 3.11 or later;
# everything else is installed into .venv, at the versions of constraints.txt.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$python; break; }; done)

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := help
.PHONY: help demo test lint conformance bench fuzz golden pyz docs clean

help:
	@echo 'make demo    practice sheets and a small course: made, answered, graded, reported'
	@echo 'make test    lint, types, imports, then all tests'
	@echo 'make lint    lint, types, imports'
	@echo 'make conformance  every exercise over 200 seeds; make test takes fewer'
	@echo 'make bench   start-up, simulation and grading cost; fails over budget'
	@echo 'make fuzz    throw bytes at the readers of sheets, class files, zips and traces, FUZZ_SECONDS=$(FUZZ_SECONDS),'
	@echo '             and 20,000 scripts at epoll, simulated and real'
	@echo 'make golden  write down what the codes of new exercises draw'
	@echo 'make pyz     dist/oslab.pyz: oslab and what it needs in one file'
	@echo 'make docs    the documentation, in site/'
	@echo 'make clean   remove what make made'

$(READY): pyproject.toml constraints.txt
	@test -n '$(PYTHON)' || { echo 'Python 3.11 or later is needed; none was found.'; exit 1; }
	@test -x $(BIN)/python || { echo 'making $(VENV) with $(PYTHON)'; $(PYTHON) -m venv $(VENV); }
	@# --group came with pip 25.1
	$(BIN)/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable . --group dev
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps --only-binary :all: \
		--group oracles || echo 'tests that compare with libcachesim will be skipped'
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps \
		--group oracles-compiled 2>/dev/null || echo 'tests that compare with pycachesim will be skipped'
	@touch $@

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group docs
	@touch $@

demo: $(READY)
	@$(BIN)/python examples/demo.py

test: lint
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

conformance: $(READY)
	$(BIN)/oslab plugin check

bench: $(READY)
	$(BIN)/python benchmarks/replacement.py
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/io.py
	$(BIN)/python benchmarks/grading.py
	$(BIN)/python benchmarks/course.py
	$(BIN)/python benchmarks/startup.py

fuzz: $(READY)
	@for target in sheet classfile zip trace; do \
		$(BIN)/python "tests/fuzz/fuzz_$$target.py" --seconds $(FUZZ_SECONDS) || exit 1; done
	$(BIN)/python tests/fuzz/fuzz_epoll.py --scripts 20000

# Nothing that is written already is changed: that takes a new version of the problem type.
golden: $(READY)
	$(BIN)/oslab plugin check --seeds 50 --golden tests/golden

pyz: $(READY)
	$(BIN)/python tools/pyz.py dist/oslab.pyz

docs: $(DOCS_READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

clean:
	rm -rf $(VENV) build dist site demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
