# Steps are defined once, in .ci/run; this file gives them names to type.
.DEFAULT_GOAL := help
.PHONY: help build toolhive test race vet staticcheck fmt rego fuzz soak bench ci

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

build: ## build bin/mcp-runner, a static binary
	CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/mcp-runner

toolhive: ## build bin/thv-gated and bin/thv-proxyrunner-gated; the first time for minutes
	cd toolhive && CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o ../bin/ ./cmd/...

test: ## run the tests
	go test ./...

race: ## run the tests with the race detector, shuffled
	.ci/run race

vet: ## go vet in every module
	.ci/run vet

staticcheck: ## staticcheck in every module
	.ci/run staticcheck

fmt: ## format the Go and the Rego code
	gofmt -w $$(git ls-files '*.go')
	go tool -modfile=tools/go.mod opa fmt --write rego examples

rego: ## check and test the policies with stock OPA
	.ci/run rego

fuzz: ## run every fuzz target for a counted number of executions
	.ci/run fuzz

# The packages whose tests repeat what they do.
soaked = $$(git grep -l '"github.com/mcp-runner/mcp-runner/internal/soak"' -- '*_test.go' | xargs -n 1 dirname | sort -u | sed 's,^,./,')

soak: ## run the tests that repeat what they do as often as they can, and print what they measured
	@report=$$(mktemp) && trap 'rm -f "$$report"' EXIT && export MCP_RUNNER_SOAK=1 MCP_RUNNER_SOAK_REPORT="$$report" && code=0 && \
	{ CGO_ENABLED=0 go test -count=1 -p=1 -timeout=60m $(soaked) || code=1; } && \
	{ CGO_ENABLED=1 go test -race -count=1 -timeout=60m -run='^TestConsistency$$' ./gate || code=1; } && \
	echo && sort "$$report" && exit $$code

bench: ## run the benchmarks
	go test -run='^$$' -bench=. -benchmem ./...

ci: ## everything that CI runs
	.ci/run
