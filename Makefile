# Cascade: everything that a person or a machine does with this repository. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

SWIFT ?= swift
FORMATTED := Sources Tests Package.swift

.PHONY: help deps deps-interop build release test ledger demo interop bench bench-quick fuzz drafts format lint clean

help: ## this list
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

deps: ## install what the build, the tests and the demo need (Debian 12 or later)
	@.ci/deps

deps-interop: ## ... and what `make interop` needs on top
	@.ci/deps interop

build: deps ## debug build of the programs and libraries
	$(SWIFT) build

release: deps ## optimised build, what `make demo` and `make interop` run
	$(SWIFT) build -c release --product cascade-relay
	$(SWIFT) build -c release --product cascade

test: deps ## build and run every test
	@.ci/test

ledger: ## compare Tests/SpecLedger with the drafts' sources in DRAFTS=directory
	@Tests/SpecLedger/check $(DRAFTS)

fuzz: deps ## run each fuzz target for FUZZ_SECONDS (60) seconds; what crashes one is kept and replayed by a test
	@.ci/fuzz

demo: release ## a live stream through a relay on this machine, 20 seconds
	@Interop/demo

interop: deps-interop release ## Cascade against other implementations; writes Interop/RESULTS.md
	@Interop/run

bench: deps-interop release ## cost and latency beside a peer and beside the floor; writes Interop/BENCHMARKS.md
	@Interop/bench

bench-quick: deps-interop release ## ... a sample of it in two minutes
	@Interop/bench --quick

drafts: build ## write the table of drafts into README.md, from the rules that the code goes by
	@{ sed '/^<!-- drafts -->$$/,$$d' README.md; echo '<!-- drafts -->'; .build/debug/cascade drafts; \
	    echo '<!-- drafts -->'; sed '1,/^<!-- drafts -->$$/d' README.md | sed '1,/^<!-- drafts -->$$/d'; } > .build/README.md
	@cp .build/README.md README.md

format: ## rewrite the sources to the house format
	$(SWIFT) format -i -r -p $(FORMATTED)

lint: ## check the house format
	$(SWIFT) format lint --strict -r -p $(FORMATTED)

clean: ## remove what building, testing and trying left behind
	rm -rf .build Interop/.venv Interop/.work demo-output
