# Steps are defined once, in .ci/run; this file gives them names to type.
.DEFAULT_GOAL := help
.PHONY: help build test race vet staticcheck fmt rego fuzz bench ci

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

build: ## build bin/mcp-runner, a static binary
	CGO_ENABLED=0 go build -trimpath -o bin/ ./cmd/mcp-runner

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

bench: ## run the benchmarks
	go test -run='^$$' -bench=. -benchmem ./...

ci: ## everything that CI runs
	.ci/run
