# nextwell. Two commands on a fresh machine: `make demo` and `make test`.

.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo
ARGS ?=
BENCH ?= encoder
# Tests run with every feature: this compiles the CUDA backend too (no toolkit needed).
FEATURES := --all-features

.PHONY: help demo build ui test lint rust-test ui-test browser-test bench sqlx setup clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: ## Install what is missing (Debian/Ubuntu packages, where allowed)
	@.ci/setup

ui: setup ui/dist/index.html ## Build the web UI

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund
	@touch $@

ui/dist/index.html: ui/node_modules/.package-lock.json ui/index.html $(shell find ui/src ui/public -type f 2>/dev/null)
	cd ui && npm run build
	@touch $@

build: ui ## Build the release binary with the UI inside
	$(CARGO) build --release -p nextwell

demo: build ## Five rounds on real data, then the web UI (ARGS=--exit to end instead)
	@$${CARGO_TARGET_DIR:-target}/release/nextwell demo $(ARGS)

test: setup ## Everything: format, lint, UI, browser and Rust tests
	@.ci/test

bench: build ## Benchmark beside its reference: make bench BENCH=encoder
	@.ci/bench $(BENCH)

sqlx: setup ## Regenerate the checked queries' offline data (.sqlx)
	@services/store/prepare.sh

clean: ## Remove what was built
	rm -rf target ui/dist ui/node_modules tests/browser/node_modules
