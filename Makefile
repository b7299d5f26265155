# Every target installs what it needs first; a second call redoes nothing.
PROFILE ?= smoke
OUT ?= out/$(PROFILE)

.PHONY: help install reproduce test lint fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: ## Debian packages (root or sudo), npm packages, the pinned Node
	@./scripts/install.sh

reproduce: install ## run the paper's experiments and check its claims: PROFILE=smoke|quick|paper OUT=dir
	@bin/handoff-lab run all --profile $(PROFILE) --out $(OUT)

test: install ## unit, property and golden-packet tests, and the real thing in the lab kernel
	@./scripts/test.sh

lint: install ## types, style, import layers
	@node_modules/.bin/tsc -p .
	@node_modules/.bin/biome check

fuzz: install ## a million mutated packets against the codec
	@./scripts/with-node.sh test/fuzz/wire-fuzz.ts

clean: ## results of runs in out/ (the kernel stays in the cache)
	rm -rf out
