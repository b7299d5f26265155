# Every target installs what it needs first; a second call redoes nothing.
PROFILE ?= quick
EXPERIMENTS ?= all
EXPERIMENT ?= fig12
A ?= drain
B ?= drain+advance-rr
OUT ?= out/$(PROFILE)
BENCH ?=
WORDS ?=
# Of a run that is published, or that is measured again.
RUN ?=
NAME ?=
RESULTS ?=
SAMPLE ?=
WITH ?=
FORMAT ?= text
ROUNDS ?= 5
BASE ?= 50c40ed
SEED ?= 1
SEEDS ?=
MINUTES ?= 30
# Further options of a soak, as `bin/handoff-lab soak --help` lists them; what is empty is drawn.
LOSS ?=
JITTER ?=
DISTURBANCES ?=
VISITS ?=

RELEASE ?= trixie

.PHONY: help install doctor faults handoffs reproduce record-verdicts report compare publish verify test bench lint mutants fuzz soak machines docs-figures docs-claims docs-parameters docs-picture docs-faults docs-readme clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# What only tests need is not asked for.
reproduce record-verdicts report compare publish verify soak: NEEDS = run

install: ## Debian packages (root or sudo), npm packages, the pinned Node
	@./scripts/install.sh $(NEEDS)

doctor: ## what this machine can do, what is missing, and the remedy
	@bin/handoff-lab doctor

reproduce: install ## run the paper's experiments, check its claims: EXPERIMENTS=all|fig12|… PROFILE=quick|smoke|paper OUT=dir
	@bin/handoff-lab run $(EXPERIMENTS) --profile $(PROFILE) --clock virtual --clock elastic --out $(OUT)

record-verdicts: install ## make the verdicts of the finished run in OUT the recorded ones of its profile
	@bin/handoff-lab verdicts $(OUT) --record

report: install ## analyse the captures in OUT again and draw the report anew
	@bin/handoff-lab analyze $(OUT)

faults: install ## every single fault of every handoff variant, or some: FAULTS="--case NAME", FAULTS="--variant V"; LONG=1: all pairs of the usual one, too
	@bin/handoff-lab faults $(FAULTS)
	@$(if $(LONG),bin/handoff-lab faults --pairs,true)

# A thousand at each of thirteen points; what has run before is not run again, so it may be interrupted.
handoffs: install ## 13,000 seeded handoffs by the adaptive variant on bad networks, each beside the client that is not moved
	@bin/handoff-lab run atlas-rough --profile paper --variant none --variant adaptive --out out/handoffs

# The same folder again: what was run before is not run twice. A changed verdict (status 1) does not stop the comparison.
compare: install ## two handoff variants against each other: A=drain B=drain+advance-rr EXPERIMENT=fig12 PROFILE=quick|smoke|paper; all of an experiment: AGAINST=none EXPERIMENT=atlas
ifdef AGAINST
	@bin/handoff-lab run $(EXPERIMENT) --profile $(PROFILE) --out "out/compare/$(EXPERIMENT)-$(PROFILE)" || [ $$? -eq 1 ]
	@bin/handoff-lab compare "out/compare/$(EXPERIMENT)-$(PROFILE)" --against $(AGAINST)
else
	@bin/handoff-lab run $(EXPERIMENT) --profile $(PROFILE) --variant $(A) --variant $(B) --out "out/compare/$(EXPERIMENT)-$(A)-$(B)-$(PROFILE)" || [ $$? -eq 1 ]
	@bin/handoff-lab compare "out/compare/$(EXPERIMENT)-$(A)-$(B)-$(PROFILE)" --a $(A) --b $(B)
endif

publish: install ## a finished run of a clean commit becomes a folder of results/ that anybody can check: RUN=out/paper NAME=paper
	@bin/handoff-lab publish "$(RUN)" --name "$(NAME)"

verify: install ## cells of a published run measured again and compared: RESULTS=results/paper SAMPLE=20|all WITH=HEAD
	@bin/handoff-lab verify "$(RESULTS)" $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(WITH),--with $(WITH))

test: install ## unit, property and golden-packet tests, and the real thing in the lab kernel
	@./scripts/test.sh

bench: install ## how fast the lab is: BENCH="transfer start mininet sessions profile paper tcp compared" (default: all) FORMAT=text|markdown|json ROUNDS=5 BASE=commit
	@./scripts/with-node.sh bench/run-benchmarks.ts $(BENCH) --format $(FORMAT) --rounds $(ROUNDS) --base $(BASE)

lint: install ## types, style, who imports whom
	@node_modules/.bin/tsc -p .
	@node_modules/.bin/biome check
	@./scripts/with-node.sh --test --test-reporter=dot test/house/imports.test.ts test/house/timers.test.ts

mutants: install ## faults put into a copy of the sources, one by one: the tests notice each; WORDS=part of a name or file
	@./scripts/with-node.sh scripts/mutants.ts $(WORDS)

fuzz: install ## a million mutated packets against the codec
	@./scripts/with-node.sh test/fuzz/wire-fuzz.ts

soak: install ## the whole system for MINUTES=30 of handoffs, kills, returns drawn from SEED=1 or SEEDS=1..22; LOSS=% JITTER=ms DISTURBANCES=n VISITS=n
	@bin/handoff-lab soak $(if $(SEEDS),--seeds $(SEEDS),--seed $(SEED)) --minutes $(MINUTES) \
	  $(if $(LOSS),--loss $(LOSS)) $(if $(JITTER),--jitter $(JITTER)) \
	  $(if $(DISTURBANCES),--disturbances $(DISTURBANCES)) $(if $(VISITS),--visits $(VISITS))

machines: install ## another Debian release from nothing: the first command in it, and its captures against this machine's: RELEASE=trixie (root)
	@./scripts/machines.sh $(RELEASE)

docs-claims: ## docs/claims.md, from the claims of all experiments
	@./scripts/with-node.sh scripts/docs-claims.ts

docs-parameters: ## the tables of docs/parameters.md, from experiments/ and the published run of sensitivity
	@./scripts/with-node.sh scripts/docs-parameters.ts

docs-faults: ## docs/faults.md's table, from experiments/verdicts/fault-outcomes.csv, which `bin/handoff-lab faults --record` writes
	@./scripts/with-node.sh scripts/docs-faults.ts

docs-readme: ## README's first figures, from results/paper where it is published, else results/quick
	@./scripts/with-node.sh scripts/docs-readme.ts

docs-picture: install ## docs/figures/report.png: the first screen of results/quick/report.html, in Chromium
	@./scripts/with-node.sh scripts/report-picture.ts

docs-figures: install ## the sequence diagrams of docs/figures, from a run made for them
	@./scripts/with-node.sh scripts/docs-figures.ts

clean: ## results of runs in out/ (the kernel stays in the cache)
	rm -rf out
