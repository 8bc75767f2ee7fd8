# `make help` lists what there is to make. Everything is built in the one optimised profile, so that
# what is tested and measured is what people run.

CARGO ?= cargo
# The lock file is law; `make LOCKED= test` while dependencies are being changed.
LOCKED ?= --locked
FUZZ_SECONDS ?= 600

.PHONY: help run test test-rust test-web bench fuzz docs clean tools browser

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | while IFS=: read -r name text; do \
		printf '%-10s %s\n' "$$name" "$$text"; done

run: ## build and run the server; data goes to ./playhead-data
	$(CARGO) run --release $(LOCKED) --package playhead -- serve

test: test-rust test-web ## everything that must hold

test-rust: tools ## format, lints, tests, docs, tidy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release $(LOCKED) --workspace --all-targets -- -D warnings
	$(CARGO) test --release $(LOCKED) --workspace --all-targets
	$(CARGO) test --release $(LOCKED) --workspace --doc
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --release $(LOCKED) --workspace --no-deps --document-private-items
	$(CARGO) xtask docs --check
	$(CARGO) xtask tidy

# The binary is the one that the Rust tests run: built with all of the workspace, so that cargo does
# not build it a second time with fewer features. Cargo says where it is.
test-web: browser browser-tests/node_modules/.package-lock.json ## real clients in a real browser
	binary=$$($(CARGO) test --release $(LOCKED) --workspace --all-targets --no-run \
		--message-format=json-render-diagnostics | \
		sed -n 's/.*"executable":"\([^"]*\/release\/playhead\)".*/\1/p') && \
	cd browser-tests && PLAYHEAD="$$binary" node --test --test-timeout=600000 --test-reporter=spec tests/*.test.js

bench: ## measure against the baselines
	$(CARGO) build --release $(LOCKED) --package playhead
	$(CARGO) run --release $(LOCKED) --package playhead-bench

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
	UPDATE_EXPECT=1 $(CARGO) test --release $(LOCKED) --package playhead --test cli page

clean: ## remove what was built; data folders stay
	$(CARGO) clean

browser-tests/node_modules/.package-lock.json: browser-tests/package-lock.json
	cd browser-tests && npm ci

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
