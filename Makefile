# nija-host. `make run` and `make test` are all that a fresh Debian machine with Swift, git and make needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
CONFIG ?= brokers.yaml
RELEASE := swift build -c release --static-swift-stdlib

.PHONY: run build test check format bench soak setup setup-test clean

run: build
	.build/release/nija-host --config $(CONFIG)

build: setup
	$(RELEASE)

# Installs by apt what is missing, and says so where it cannot.
setup:
	@scripts/setup run

setup-test:
	@scripts/setup test

test: setup-test
	@scripts/test

check: setup
	swift format lint --strict -r Package.swift Sources Tests
	scripts/check-imports

format:
	swift format -i -r Package.swift Sources Tests

# What takes too long for `test`: every cell of the fault matrix, every descriptor, ten minutes without answers, ten thousand kills.
soak: setup-test
	NIJA_MATRIX=all scripts/test --filter 'FaultMatrixTests|DescriptorConformanceTests'
	NIJA_MUTANTS=400 scripts/test --filter DescriptorMutationTests
	NIJA_OUTAGE_SECONDS=600 NIJA_LOST_REPLIES_SECONDS=300 scripts/test --filter 'FigureTests|FullDiskTests'
	NIJA_KILLS=10000 scripts/test --filter KillTests

bench: setup-test build
	python3 bench/run.py

clean:
	rm -rf .build .nija
