# `make` lists what there is. Everything sets itself up: a .venv, torch and the package, once.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PEERS := $(VENV)/ready-peers
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)

.PHONY: help demo test verify check format docs studio lock audit sbom clean

help:
	@echo 'make demo     two models from real data, through all five stages (about 5 minutes)'
	@echo 'make test     the test suite (at most 20 minutes on two cores)'
	@echo 'make check    ruff, ruff format, mypy'
	@echo 'make docs     the documentation as web pages in site/'
	@echo 'make studio   the studio, from studio/ into src/anew/server/static/ (needs Node 20.19 or later)'
	@echo 'make audit    known faults of what is installed, where a feed can be reached'
	@echo 'make sbom     what is installed, as CycloneDX, in out/'
	@echo 'make lock     renew requirements.lock'
	@echo 'make verify   the long checks: hours; it goes on where it stopped'

$(READY): pyproject.toml hatch_build.py src/anew/engine/kernel.cpp src/anew/engine/kernel_maps.h
	@test -n "$(PYTHON)" || { echo 'anew needs Python 3.11 or later; name it: make PYTHON=/path/to/python3'; exit 1; }
	@echo 'setting up .venv: torch and anew, once; this takes some minutes'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $@

$(PEERS): $(READY)
	$(BIN)/python -m pip install --quiet -e '.[dev,peers]'
	$(BIN)/python -m pip install --quiet --no-deps denoising-diffusion-pytorch ema-pytorch
	@touch $@

demo: $(READY)
	@$(BIN)/python examples/demo.py

test: $(READY)
	$(BIN)/python -m pytest -q --numprocesses logical --maxprocesses 8 --dist loadfile

verify: $(PEERS)
	$(BIN)/python tests/verify.py $(CHECKS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

docs: $(READY)
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --quiet --strict

# Its types come from the server's own description of itself, so that the two cannot drift.
studio: $(READY) studio/node_modules/ready
	cd studio && npm run --silent types && npm run --silent build

studio/node_modules/ready: studio/package.json studio/package-lock.json
	@command -v npm >/dev/null || { echo 'the studio is built by Node 20.19 or later, with npm'; exit 1; }
	cd studio && npm ci
	@touch $@

# What the server's container installs, with hashes; torch is left out, because each machine has its own.
lock: $(READY)
	test -x build/lock/bin/uv || { $(BIN)/python -m venv build/lock && build/lock/bin/pip install --quiet uv; }
	build/lock/bin/uv pip compile pyproject.toml --extra postgres --universal --python-version 3.11 --generate-hashes \
		--no-emit-package torch --excludes deploy/lock-without.txt --no-header --no-annotate --quiet -o requirements.lock

audit: $(READY)
	$(BIN)/python tests/audit.py || test $$? = 77

sbom: $(READY)
	test -x build/sbom/bin/cyclonedx-py || { $(BIN)/python -m venv build/sbom && build/sbom/bin/pip install --quiet cyclonedx-bom; }
	mkdir -p out
	build/sbom/bin/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible \
		--output-file out/sbom.json
	@echo out/sbom.json

clean:
	rm -rf build dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
