# martlet: `make demo` shows it, `make test` tests it; both set up all they need. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export MAKE_GOAL = $(firstword $(MAKECMDGOALS))

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: ## three real clusters as three nodes, real containers (KEEP=1: leave them running)
	@scripts/demo.sh

.PHONY: test
test: ## all tests: the fast suites, then end to end on real control planes
	@scripts/test.sh all

.PHONY: test-fast
test-fast: ## the fast suites only
	@scripts/test.sh fast

.PHONY: test-e2e
test-e2e: ## the end-to-end suite only
	@scripts/test.sh e2e

.PHONY: soak
soak: ## half an hour of late probes and a link that comes and goes (SOAK_LINKS=1800), then a long cut; ten minutes without martlet (SOAK_AWAY=600); an HPA's usual windows; streams silent for two hours (SOAK_IDLE=7200), copies of 1 GiB (WHAT=links,away,hpa,streams: which of them)
	@scripts/test.sh soak

.PHONY: test-tsan
test-tsan: ## the fast suites under the thread sanitizer
	@scripts/test.sh tsan

.PHONY: fuzz
fuzz: ## feeds the parsers of what others send what nobody thought of, each for FUZZ_SECONDS (60); finds go to the corpus
	@scripts/fuzz.sh

.PHONY: bench
bench: ## what martlet costs, as a ratio to the same work without it
	@scripts/bench.sh

.PHONY: bench-streams
bench-streams: ## exec and cp of 1 GiB through martlet and without it; what 200 open streams cost (MEBIBYTES=256: quicker; WHAT=relay: martlet alone)
	@scripts/bench-streams.sh

.PHONY: bench-scale
bench-scale: ## a hundred clusters in one process: memory, CPU, leases, and what three that misbehave do to the rest
	@scripts/bench-scale.sh

.PHONY: build
build: ## the release binaries, in .build/release
	@scripts/build.sh release

.PHONY: lint
lint: ## swift-format strict, import rules, warnings as errors
	@scripts/lint.sh

.PHONY: format
format: ## rewrites the sources as swift-format has it
	@swift format format --in-place --parallel --recursive --configuration .swift-format Package.swift Sources Tests Benchmarks

.PHONY: clean
clean: ## the build's output, and what a crashed run left: processes, mounts, namespaces, cgroups
	@scripts/clean.sh
