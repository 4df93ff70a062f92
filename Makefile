# The commands of this project; `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help build demo test test-long test-kubernetes bench fuzz check format install clean

FUZZ_SECONDS ?= 600

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

build:  ## build: programs in build/bin/, the Python package in build/python/
	@tools/install build
	@tools/build release

demo:  ## install what is missing, build, and serve the shop on http://127.0.0.1:8000
	@tools/install demo
	@tools/build release serving
	@exec tools/demo

test:  ## install what is missing, build, and run every test
	@tools/install test
	@tools/test

test-long:  ## the same, with the tests that take long
	@tools/install test
	@tools/test --long

test-kubernetes:  ## the tests on a real one-node Kubernetes (a part of test; needs root and Go)
	@tools/install test
	@tools/build release
	@build/venv/bin/python tests/kubernetes/run -q $(ARGUMENTS)

bench:  ## compare with other servers; writes docs/benchmarks.md (BENCH_SECONDS, BENCH_ONLY)
	@tools/install bench
	@tools/build release
	@build/venv-bench/bin/python tests/bench/run.py

fuzz:  ## fuzz the parsers for FUZZ_SECONDS (600)
	@tools/install test
	@tests/fuzz/run $(FUZZ_SECONDS)

check:  ## clang-format and clang-tidy over all sources
	@tools/install test
	@tools/format --check
	@tools/build release all unit_tests
	@tools/tidy --all

format:  ## lay out all sources by .clang-format
	@tools/format

install:  ## install the server and its extension into the active virtual environment
	@tools/install build
	python3 -m pip install .

clean:  ## remove what was built; virtual environments stay
	find build -mindepth 1 -maxdepth 1 ! -name 'venv*' -exec rm -rf {} +
