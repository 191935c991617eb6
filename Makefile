# What a person or CI runs. `make help` lists it.

GO        ?= go
NPM       ?= npm
FUZZTIME  ?= 10s
CASES     ?= 100000
RACECASES ?= 200

GOLANGCI_VERSION := v2.15.0
# The policy is checked with the release of OPA that is built in.
OPA_VERSION       = $(shell $(GO) list -m -f '{{.Version}}' github.com/open-policy-agent/opa)
GOLANGCI          = $(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
OPA               = $(GO) run github.com/open-policy-agent/opa@$(OPA_VERSION)

# `./...` leaves folders called testdata and folders with a leading dot out.
TOOLS    := $(patsubst %/,./%,$(dir $(wildcard .ci/*/main.go)))
PACKAGES := ./... ./testdata
CHECKED  := $(PACKAGES) $(TOOLS)

.DEFAULT_GOAL := help
.PHONY: help setup console build demo demo-check test test-console console-screenshots lint-console race fuzz soak bench bench-setup bench-short bench-report bench-profile bench-go generate lint lint-go lint-rego \
        check-format check-tidy check-vet check-generated

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# --- set-up and build

# One folder, one lockfile. npm writes the stamp when it is done; package.json has to be older than it.
NPM_STAMP  := node_modules/.package-lock.json
NPM_STAMPS := $(patsubst %,testdata/%/$(NPM_STAMP),npm upstream audit netlify)

setup: $(NPM_STAMPS) ## fetch what the tests read and run (schemas, a sample upstream, audits, Netlify's engine, from npm)

testdata/%/node_modules/.package-lock.json: testdata/%/package.json testdata/%/package-lock.json testdata/%/.npmrc
	cd testdata/$* && $(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

# The console is files that are embedded. It is built when npm and its sources are here; a binary without it says so on its page.
WEB         := server/console/web
WEB_SOURCES  = $(shell find $(WEB) -type f -not -path '*/node_modules/*' -not -path '*/e2e/*' 2>/dev/null)
ifneq ($(and $(wildcard $(WEB)/package.json),$(shell command -v $(NPM) 2>/dev/null)),)
CONSOLE     := server/console/dist/index.html
endif

$(WEB)/$(NPM_STAMP): $(WEB)/package.json $(WEB)/package-lock.json
	cd $(WEB) && $(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

server/console/dist/index.html: $(WEB)/$(NPM_STAMP) $(WEB_SOURCES) docs/schemas/openapi.json
	cd $(WEB) && $(NPM) run build
	@touch $@ server/console/dist/.keep

console: $(CONSOLE) ## build the web console into server/console/dist (needs npm)

build: $(CONSOLE) ## build bin/fieldgate, with the console when npm is here
	$(GO) build -trimpath -o bin/fieldgate ./cmd/fieldgate

generate: ## write generated files again (JSON Schemas)
	$(GO) generate $(PACKAGES)

# --- try it

demo: build testdata/upstream/$(NPM_STAMP) ## guard the sample, compare what two tokens get, serve until Ctrl-C
	.ci/demo.sh

demo-check: build testdata/upstream/$(NPM_STAMP) ## the demo without a person: compares the answers, then ends
	.ci/demo.sh --check

# --- test

test: setup ## all tests
	$(GO) test $(PACKAGES)

# The browser tests drive Chromium, which is not fetched: on Debian, apt-get install chromium.
test-console: build testdata/upstream/$(NPM_STAMP) ## browser tests of the console (needs npm and Chromium)
	cd $(WEB) && node --test --test-concurrency=1 e2e/*.test.mjs

console-screenshots: build testdata/upstream/$(NPM_STAMP) ## take the pictures in docs/images/console again
	cd $(WEB) && SCREENSHOTS=../../../docs/images/console node --test --test-concurrency=1 e2e/pages.test.mjs
	@if command -v pngquant >/dev/null; then pngquant --quality=60-90 --ext .png --force docs/images/console/*.png; else echo "pngquant would make them smaller" >&2; fi

lint-console: $(WEB)/$(NPM_STAMP) ## eslint and the compiler on the console's sources
	cd $(WEB) && $(NPM) run lint

race: setup ## all tests under the race detector, with RACECASES cases a property (needs a C compiler)
	FIELDGATE_CASES=$(RACECASES) RAPID_CHECKS=$(RACECASES) $(GO) test -race -timeout 20m $(PACKAGES)

fuzz: ## every fuzz target of the module, FUZZTIME each
	GO='$(GO)' .ci/fuzz.sh $(FUZZTIME) $(PACKAGES)

soak: setup ## all tests with CASES cases a property
	FIELDGATE_SOAK=1 FIELDGATE_CASES=$(CASES) RAPID_CHECKS=$(CASES) $(GO) test -count=1 -timeout 6h $(PACKAGES)

# --- measure: a module of its own, so that peers are no dependencies

BENCH       := $(GO) run ./cmd/bench
BENCH_STAMP := bench/node/node_modules/.package-lock.json

bench/%/node_modules/.package-lock.json: bench/%/package.json bench/%/package-lock.json bench/%/.npmrc
	cd bench/$* && $(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

bench-setup: testdata/npm/$(NPM_STAMP) $(BENCH_STAMP) # what every benchmark reads and runs

bench: bench-setup bench/node/hive/node_modules/.package-lock.json ## measure beside peers (20 minutes; nginx if there is one) and write docs/performance.md
	cd bench && $(BENCH) run $(if $(ONLY),-only $(ONLY))

bench-short: bench-setup ## check that all sides answer alike, and that they can be measured
	cd bench && $(GO) test ./... && $(BENCH) short

bench-report: ## write docs/performance.md from the figures that are kept
	cd bench && $(BENCH) report

bench-profile: bench-setup ## write where the time goes into bench/profiles.txt and docs/performance.md
	cd bench && $(BENCH) profile

bench-go: setup ## the packages' own benchmarks
	$(GO) test -run '^$$' -bench . -benchmem $(PACKAGES)

# --- check

lint: check-format check-vet lint-go lint-rego ## all linters

lint-go: ## golangci-lint: import rules, style, mistakes
	$(GOLANGCI) run --allow-parallel-runners $(CHECKED)
	cd bench && $(GOLANGCI) run --allow-parallel-runners --config ../.golangci.yml ./...

lint-rego: ## opa: strict check, format, tests with full coverage, and mutants of the policy
	OPA='$(OPA)' GO='$(GO)' .ci/lint-rego.sh policies

check-vet:
	$(GO) vet $(CHECKED)
	cd bench && $(GO) vet ./...

check-format:
	.ci/check-format.sh

check-tidy:
	$(GO) mod tidy -diff
	cd bench && $(GO) mod tidy -diff

check-generated: ## fail when `make generate` would change a file
	MAKE='$(MAKE)' .ci/check-generated.sh
