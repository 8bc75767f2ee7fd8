# `make help` lists what there is to make. Everything is built in the one optimised profile, so that
# what is tested and measured is what people run.

CARGO ?= cargo
# The lock file is law; `make LOCKED= test` while dependencies are being changed.
LOCKED ?= --locked
FUZZ_SECONDS ?= 600
# How many sessions reports are measured over: 10000000 take ten minutes to make.
SESSIONS ?= 1000000
# Where the tests that need it have DuckDB.
DUCKDB = $(or $(CARGO_TARGET_DIR),target)/duckdb

.PHONY: help run demo test test-rust test-web test-dashboard test-duckdb screenshots dashboard bench bench-reports bench-load bench-dashboard fuzz docs clean tools browser

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | while IFS=: read -r name text; do \
		printf '%-14s %s\n' "$$name" "$$text"; done

run: dashboard ## build and run the server; data goes to ./playhead-data
	binary=$(call find,playhead) && exec "$$binary" serve

demo: dashboard ## the server with two days of simulated traffic, which goes on until it is stopped
	binary=$(call find,playhead) && exec ./dashboard/demo "$$binary"

test: test-rust test-web test-dashboard test-duckdb ## everything that must hold

# Builds a binary and says where cargo put it. Chosen together with a test of the workspace, it has
# the features of the tests: whatever is made first, nothing heavy is built a second time.
find = $$($(CARGO) build --release $(LOCKED) --workspace --bin $(1) --test cli \
	--message-format=json-render-diagnostics | \
	sed -n 's/.*"executable":"\([^"]*\/release\/$(1)\)".*/\1/p')

test-rust: tools dashboard ## format, lints, tests, docs, tidy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release $(LOCKED) --workspace --all-targets -- -D warnings
	$(CARGO) test --release $(LOCKED) --workspace --all-targets
	$(CARGO) test --release $(LOCKED) --workspace --doc
	@# With examples, of which there are none, features are those of the tests, and nothing is checked anew.
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release $(LOCKED) --workspace --no-deps --document-private-items \
		--lib --bins --examples
	xtask=$(call find,xtask) && "$$xtask" docs --check && "$$xtask" tidy

test-web: dashboard browser browser-tests/node_modules/.package-lock.json ## real clients in a real browser
	binary=$(call find,playhead) && \
	cd browser-tests && PLAYHEAD="$$binary" node --test --test-timeout=600000 --test-reporter=spec tests/*.test.js

test-dashboard: dashboard browser ## the dashboard: types, its pure parts, every page in a real browser
	cd dashboard && npx --no-install tsc
	cd dashboard && node run.mjs tests --test-reporter=spec
	binary=$(call find,playhead) && \
	cd dashboard && PLAYHEAD="$$binary" node run.mjs e2e --test-reporter=spec

test-duckdb: dashboard $(DUCKDB) ## reports against DuckDB on the files of the store
	binary=$(call find,playhead) && PLAYHEAD="$$binary" $(DUCKDB)/bin/python duckdb-tests/test_reports.py

screenshots: dashboard browser ## pictures of every page, to dashboard/dist/screenshots
	binary=$(call find,playhead) && \
	cd dashboard && PLAYHEAD="$$binary" node run.mjs e2e/screenshots.ts

bench-load: dashboard $(DUCKDB) ## what ingest costs, and acknowledgements and reports beside each other
	binary=$(call find,playhead) && bench=$(call find,playhead-bench) && PLAYHEAD="$$binary" BENCH="$$bench" \
		$(DUCKDB)/bin/python duckdb-tests/bench_load.py --sessions $(SESSIONS) $(if $(DATA),--data $(DATA))

bench-dashboard: dashboard browser ## what the page of now costs while an hour passes
	binary=$(call find,playhead) && \
	cd dashboard && export PLAYHEAD="$$binary" && node run.mjs e2e/cost.ts && node run.mjs e2e/heap.ts && \
	if [ -n "$(DATA)" ]; then node run.mjs e2e/first-screen.ts "$(DATA)"; fi

bench: dashboard ## measure against the baselines
	binary=$(call find,playhead) && bench=$(call find,playhead-bench) && BENCH_BINARY="$$binary" "$$bench"
	@$(MAKE) --no-print-directory bench-reports

bench-reports: dashboard $(DUCKDB) ## reports beside DuckDB over SESSIONS sessions, which stay in DATA if that is said
	binary=$(call find,playhead) && bench=$(call find,playhead-bench) && PLAYHEAD="$$binary" BENCH="$$bench" \
		$(DUCKDB)/bin/python duckdb-tests/bench_reports.py --sessions $(SESSIONS) $(if $(DATA),--data $(DATA))

# A fuzzer needs compiler flags that only nightly takes without being told; the sanitizers look for
# what code without `unsafe` cannot do. New finds go to fuzz/found, beside the corpus.
fuzz: ## fuzz each target for FUZZ_SECONDS; needs cargo-fuzz
	@$(CARGO) fuzz --version >/dev/null 2>&1 || \
		{ echo "cargo-fuzz is missing: cargo install cargo-fuzz"; exit 1; }
	@for target in decode edge log engine; do \
		mkdir -p fuzz/found/$$target; \
		RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run --sanitizer none $$target \
			fuzz/found/$$target fuzz/corpus/$$target -- -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

docs: ## write the generated pages anew
	$(CARGO) xtask docs
	UPDATE_EXPECT=1 $(CARGO) test --release $(LOCKED) --workspace --lib --test cli page

clean: ## remove what was built; data folders stay
	$(CARGO) clean

browser-tests/node_modules/.package-lock.json: browser-tests/package-lock.json
	cd browser-tests && npm ci

# What is built here is put into the binary when cargo builds that.
dashboard: dashboard/dist/app/index.html

dashboard/dist/app/index.html: dashboard/node_modules/.package-lock.json dashboard/index.html \
		dashboard/vite.config.ts $(shell find dashboard/src dashboard/public -type f)
	cd dashboard && npx --no-install vite build --logLevel warn

dashboard/node_modules/.package-lock.json: dashboard/package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: it comes with node, 20 or newer"; exit 1; }
	cd dashboard && npm ci
	@touch $@

# DuckDB from PyPI, in a folder of its own beside what cargo builds.
$(DUCKDB): duckdb-tests/requirements.txt
	@python3 -c 'import ensurepip, venv' 2>/dev/null || \
		{ apt-get update && apt-get install --yes --no-install-recommends python3-venv; } || \
		{ echo "python3 with venv is missing, and apt-get could not add it"; exit 1; }
	rm -rf $@ && python3 -m venv $@ && $@/bin/pip install --quiet --disable-pip-version-check \
		--requirement duckdb-tests/requirements.txt || { rm -rf $@; exit 1; }
	@touch $@

# Debian has all of it, node in a version that is new enough from 13 on.
browser:
	@missing=; for need in chromium:chromium node:nodejs npm:npm openssl:openssl; do \
		command -v $${need%:*} >/dev/null || missing="$$missing $${need#*:}"; done; \
	[ -z "$$missing" ] || { apt-get update && apt-get install --yes --no-install-recommends $$missing; } || \
		{ echo "missing, and apt-get could not add:$$missing"; exit 1; }

# rustfmt and clippy come with most toolchains; where they don't, rustup fetches them.
tools:
	@$(CARGO) fmt --version >/dev/null 2>&1 && $(CARGO) clippy --version >/dev/null 2>&1 || \
		rustup component add rustfmt clippy || \
		{ echo "rustfmt and clippy are missing, and rustup could not add them"; exit 1; }
