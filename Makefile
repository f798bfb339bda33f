# What there is to do. Every step installs what it needs by name from its ordinary registry, pinned by a lock file.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

EVENTS ?= 1 10
NODE_MODULES := node_modules/.package-lock.json
BOTS := dist/bots.json
NAMES := dist/names.json
PARAMETERS := dist/parameters.json
AGENTS := dist/agents.json
TRACKER := dist/tracker/footfall.js
DASHBOARD := dist/dashboard/index.html
FRONT_END := $(BOTS) $(NAMES) $(PARAMETERS) $(TRACKER) $(DASHBOARD)

.PHONY: help run build test check bench engine clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

run: build ## Set up, build, and serve on http://127.0.0.1:8080 with data in ./data
	target/release/footfall serve

build: $(FRONT_END) ## Release binary at target/release/footfall
	cargo build --release --locked
	scripts/install-data.sh target/release/lib

test: $(FRONT_END) ## Every test: Rust, TypeScript, black box, browser
	scripts/need-chromium.sh
	scripts/need-python.sh
	$(MAKE) $(AGENTS)
	node scripts/test.mjs

check: $(FRONT_END) ## Fast: format, lint, unit tests
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	npx tsc --noEmit -p tracker-js
	npx tsc --noEmit -p dashboards
	npx tsc --noEmit -p dashboards/tsconfig.node.json
	cargo test --lib --locked

bench: build ## Benchmarks, each a ratio; EVENTS="1 10 100" for more millions of events than 1 and 10
	scripts/need-wrk.sh
	node bench/run.mjs
	node bench/reports.mjs $(EVENTS)

$(NODE_MODULES): package.json package-lock.json
	@scripts/need-node.sh
	npm ci --no-audit --no-fund
	node node_modules/esbuild/install.js
	@touch $@

$(BOTS): scripts/bot-list.mjs lists/bots.json $(NODE_MODULES)
	node scripts/bot-list.mjs $@

$(AGENTS): scripts/agents.mjs tests/agents/requirements.txt
	node scripts/agents.mjs $@

$(NAMES): scripts/names.mjs $(NODE_MODULES)
	node scripts/names.mjs $@

$(PARAMETERS): scripts/parameters.mjs $(NODE_MODULES)
	node scripts/parameters.mjs $@

$(TRACKER): scripts/compress.mjs $(shell find tracker-js -type f -not -path '*/test/*') $(NODE_MODULES)
	node tracker-js/build.mjs
	@touch $@

$(DASHBOARD): scripts/compress.mjs $(shell find dashboards -type f -not -path '*/test/*') $(NODE_MODULES)
	npx vite build dashboards --config dashboards/vite.config.ts
	node scripts/compress.mjs dist/dashboard
	@touch $@

clean: ## Remove what was built; data stays
	rm -rf target dist node_modules
