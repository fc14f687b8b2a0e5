# Two commands matter: `make demo` (look at it) and `make test` (check everything). The rest are longer runs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
CARGO ?= cargo
CHROMIUM ?= /usr/bin/chromium
# The checks' Python packages live in an environment of their own, made anew when their list changes.
PYTHON := target/python/bin/python
ROUNDS ?= 200

.PHONY: help demo test tools format lint unit deny web docs kill e2e python clients models soak fuzz bench clean

help: ## Show the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## Build and start everything on loopback: Hilum, sandbox providers, sample app
	@echo "Building (some minutes the first time) …"
	$(CARGO) build --package hilum --locked
	@exec target/debug/hilum demo

test: tools format lint unit deny web docs kill e2e python clients ## Every check: format, lints, unit, API, kill, browser, clients, docs
	@echo "all checks passed"

tools: ## Install what the checks need and the machine lacks
	@missing=(); \
	command -v cc >/dev/null || missing+=(build-essential); \
	[ -x "$(CHROMIUM)" ] || missing+=(chromium); \
	command -v node >/dev/null || missing+=(nodejs npm); \
	python3 -c 'import ensurepip, ssl, venv' 2>/dev/null || missing+=(python3 python3-venv); \
	if [ $${#missing[@]} -gt 0 ]; then \
	  echo "installing: $${missing[*]}"; \
	  as_root=""; [ "$$(id -u)" = 0 ] || as_root="sudo"; \
	  $$as_root apt-get update -q && DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -q -y --no-install-recommends "$${missing[@]}"; \
	fi
	@cd e2e && npm ci --no-audit --no-fund --silent
	@cd clients/typescript && npm ci --no-audit --no-fund --silent
	@$(MAKE) --no-print-directory target/python/installed

target/python/installed: e2e/python/requirements.txt
	@rm -rf target/python && python3 -m venv target/python
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

format:
	$(CARGO) fmt --all --check

lint:
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

unit: ## Unit, API and property tests
	$(CARGO) test --workspace --locked --no-fail-fast

deny: ## Licences, sources and forbidden crates of the dependency graph
	node scripts/check-dependencies.mjs

web: tools ## Types and size of the browser scripts
	cd e2e && npm run --silent check

docs: ## Documentation builds without a warning; links and file sizes are right
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --lib --no-deps --locked --quiet
	node scripts/check-tree.mjs

kill: ## kill -9 rounds against the real binary: no acknowledged write is lost
	$(CARGO) build --package hilum --locked
	ROUNDS=$(ROUNDS) $(CARGO) test --package hilum --locked --test kill -- --ignored --nocapture

e2e: tools ## The browser suite against the real binary
	$(CARGO) build --package hilum --locked
	cd e2e && HILUM=../target/debug/hilum CHROMIUM=$(CHROMIUM) npm test

python: tools ## The official Python libraries against the real binary; types and lints of the Python code
	$(CARGO) build --package hilum --locked
	cd e2e/python && ../../$(PYTHON) -m ruff check && ../../$(PYTHON) -m mypy && HILUM=../../target/debug/hilum ../../$(PYTHON) -m pytest

models: tools ## Write the models of the client libraries from the description of this server
	$(CARGO) build --package hilum --locked
	target/debug/hilum openapi | node clients/models/generate.mjs

clients: tools ## The client libraries against the real binary: models, types, lints, tests
	$(CARGO) build --package hilum --locked
	target/debug/hilum openapi | node clients/models/generate.mjs --check
	cd clients/typescript && HILUM=../../target/debug/hilum npm test --silent
	cd clients/python && ../../$(PYTHON) -m ruff check && ../../$(PYTHON) -m ruff format --check && ../../$(PYTHON) -m mypy
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --force-reinstall ./clients/python
	cd clients/python && HILUM=../../target/debug/hilum ../../$(PYTHON) -m pytest

soak: ## A longer kill -9 run (ROUNDS=2000)
	$(MAKE) kill ROUNDS=2000

# Coverage-guided on the stable compiler: libFuzzer with LLVM's own instruments, no sanitiser, for there is no unsafe code.
FUZZ_FLAGS := -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing
HOST = $(shell $(CARGO) -vV | sed -n 's/^host: //p')
FUZZ ?= $(shell sed -n 's/^ *."\([a-z_]*\)", |data|.*/\1/p' fuzz/fuzz_targets/hilum.rs)
FUZZ_SECONDS ?= 600
SEEDS := $(wildcard crates/files/src/*/fixtures crates/providers/src/*/fixtures fuzz/seeds)

fuzz: ## Each parser under libFuzzer for ten minutes (FUZZ_SECONDS, FUZZ="names"): no crash, no hang, 512 MiB
	RUSTFLAGS="$(FUZZ_FLAGS)" $(CARGO) build --manifest-path fuzz/Cargo.toml --target-dir fuzz/target --release --locked --target $(HOST)
	for target in $(FUZZ); do \
	  echo "$$target, $(FUZZ_SECONDS) s"; \
	  mkdir -p fuzz/corpus/$$target fuzz/artifacts/$$target; \
	  HILUM_FUZZ=$$target fuzz/target/$(HOST)/release/hilum -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=512 -timeout=10 \
	    -max_len=65536 -print_final_stats=1 -verbosity=0 -artifact_prefix=fuzz/artifacts/$$target/ fuzz/corpus/$$target $(SEEDS); \
	done

bench: ## Speed beside its limits, one run each; figures go to docs/PERFORMANCE.md
	$(CARGO) build --release --package hilum --package hilum-bench
	for what in chunk ingest push apple fleet page poll export news resample webhooks session startup; do target/release/hilum-bench $$what; done

clean:
	$(CARGO) clean
	rm -rf e2e/node_modules clients/typescript/node_modules clients/typescript/dist clients/typescript/build hilum-demo
