# `make` or `make help` lists the tasks.
GO       ?= go
PACKAGES ?= ./...

.DEFAULT_GOAL := help
.PHONY: help build install release demo servers test test-go test-php compat compose-test kubernetes-test loki-test release-test systemd-test fault simulate race fuzz bench bench-servers bench-php screenshots fixtures lint cover fmt clean

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/envelog, static
	@[ -e bin/envelog ] || echo 'Building bin/envelog. The first time, Go downloads and compiles some 570 packages: minutes on a small machine.'
	@CGO_ENABLED=0 GO='$(GO)' .ci/build -trimpath -o bin/envelog ./cmd/envelog

PREFIX ?= /usr/local
install: ## put bin/envelog into /usr/local/bin, which is in the PATH (PREFIX=... for elsewhere); needs `make build`, not Go
	@[ -e bin/envelog ] || { echo 'There is no bin/envelog yet: run `make build` first.' >&2; exit 1; }
	install -D -m 0755 bin/envelog '$(DESTDIR)$(PREFIX)/bin/envelog'

release: ## dist/: static binaries, .deb, .rpm, SBOM, checksums; the same bytes from the same commit
	deploy/packages/release.sh

demo: build ## see it work: no Redis, no PHP, no Docker
	@CGO_ENABLED=0 $(GO) run -trimpath ./cmd/envelog-demo

test: ## every test; installs redis-server, databases and PHP when it runs as root on Debian or Ubuntu
	@GO='$(GO)' PACKAGES='$(PACKAGES)' .ci/test

test-go: ## the tests that need nothing but Go
	$(GO) test $(PACKAGES)
	@echo "Left out: the tests with real Redis, PHP and databases (make test), with Docker (make compat, make compose-test), and make fault."

test-php: build ## php-handler with Symfony 5.4, 6.4, 7.4 and 8 (needs Docker); SUITES=trixie for one, MONOLOG_BUNDLE=... the real one
	ENVELOG_BIN=$(CURDIR)/bin/envelog php-handler/tests/run.sh $(SUITES)

compat: ## the tests against PHP again, with Symfony 5.4, 6.4 and 7.4 (needs Docker); SUITES=trixie for one
	compat/run.sh $(SUITES)

compose-test: ## compose.yaml from end to end: load, scale, stop, the way back (needs Docker)
	@.ci/docker debian:trixie-slim golang:1.26 redis:8
	TESTCONTAINERS_RYUK_DISABLED=true $(GO) test -tags docker -count=1 -timeout 15m -skip 'Release|Systemd' ./e2e

servers: ## the tests of the Redis transport inside other servers' images (needs Docker); IMAGES="redis:8.6"
	@.ci/docker redis:8 redis:8.6 valkey/valkey:9
	internal/redistest/servers.sh $(or $(IMAGES),redis:8 redis:8.6 valkey/valkey:9)

kubernetes-test: ## render the Helm chart and the Kustomize base, and have the code of the API server judge them
	cd deploy/kubernetes/verify && $(GO) test ./...

loki-test: ## read envelog's lines with the stages of Promtail and Alloy, as deploy/ configures them; builds much of Loki
	cd deploy/loki/verify && $(GO) test ./...

release-test: ## build a release twice, compare the bytes, and install the packages (needs Docker)
	@.ci/docker debian:trixie-slim
	$(GO) test -tags docker -count=1 -timeout 40m -run Release ./e2e

systemd-test: ## a real systemd in a container runs the unit (needs Docker, and cgroups of version 1)
	@.ci/docker debian:bookworm-slim
	$(GO) test -tags docker -count=1 -timeout 20m -run Systemd ./e2e

KILLS ?= 200
fault: ## break the chain in every way, count what came through, print the table; KILLS=5000 LOAD=0 SEED=42 EQUAL=200000 (Linux, root)
	@.ci/need
	$(GO) test -tags fault -count=1 -v -timeout 120m -parallel 6 ./fault $(if $(RUN),-run='$(RUN)') -kills=$(KILLS) $(if $(LOAD),-load=$(LOAD)) \
		$(if $(SEED),-seed=$(SEED)) $(if $(EQUAL),-equal-messages=$(EQUAL))

SEEDS ?= 100000
simulate: ## the sink and the protocols of Redis with faults at every step; SEEDS=1000000 runs more, SEED=4711 tells one of the sink
	$(GO) test ./internal/sink/simulation $(if $(SEED),,./internal/transport/simulation) -run='TestRegressions|TestSimulation|TestSeeds' \
		-count=1 -v -timeout 24h $(if $(SEED),-seed=$(SEED),-seeds=$(SEEDS))

race: ## every test under the race detector
	@.ci/need race
	$(GO) test -race -timeout 60m -tags integration,faults $(PACKAGES)

FUZZTIME ?= 30s
fuzz: ## fuzz every parser in turn, FUZZTIME each (30s)
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

bench: build ## messages/s, latency, CPU and memory beside PHP and beside draining, as tables; BENCHFLAGS="-rounds=7"
	@.ci/need
	$(GO) run ./bench $(BENCHFLAGS)

bench-servers: build ## the same, throughput alone, with other servers (needs Docker); IMAGES="redis:8.6"
	@.ci/docker $(or $(IMAGES),redis:8 redis:8.6 valkey/valkey:9)
	@for image in $(or $(IMAGES),redis:8 redis:8.6 valkey/valkey:9); do \
		$(GO) run ./bench -image=$$image -more=false -lines=false -only='drain,envelog --sync=never,envelog' $(BENCHFLAGS) || exit 1; done

bench-php: ## time in the request beside RotatingFileHandler and beside a dispatch a record, as ratios
	@.ci/need
	php -d opcache.enable_cli=1 -d disable_functions=pcntl_fork php-handler/bench/run.php $(BENCHFLAGS)

screenshots: ## draw the pictures of the page in docs/images again (needs chromium)
	$(GO) test -tags integration -count=1 -run Screenshots ./internal/web -screenshots=$(CURDIR)/docs/images

fixtures: ## record the fixtures again from real PHP (needs Docker)
	fixtures/recorder/record.sh

lint: ## golangci-lint, as configured in .golangci.yml; govulncheck where its database can be reached
	@GO='$(GO)' .ci/lint

cover: ## how much of each room the tests of `make test` run; the profile is in coverage.out
	@.ci/need
	@GO='$(GO)' PACKAGES='$(PACKAGES)' .ci/cover

fmt: ## gofmt
	gofmt -w $$(git ls-files '*.go')

clean: ## remove what make built
	rm -rf bin dist coverage.out
