package gate

import (
	"fmt"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Variables of the environment that mean the same to every program with a gate,
// besides [PolicyVariable].
const (
	// KeyVariable names a file of public keys, as --policy-key of mcp-runner does.
	KeyVariable = "MCP_RUNNER_POLICY_KEY"
	// DecisionLogVariable names the file that decisions are written to; see
	// [DefaultDecisionLog] for where it is without.
	DecisionLogVariable = "MCP_RUNNER_DECISION_LOG"
	// EnvironmentVariable holds the operator's label of where a program runs, for
	// Context.Environment: prod, dev.
	EnvironmentVariable = "MCP_RUNNER_ENVIRONMENT"
)

// KeysFromEnvironment reads the public keys in the file that [KeyVariable] names,
// for SourcesConfig.Keys. They are nil where the variable is not set. One that is
// set and empty is an error: it must not switch the verification off.
func KeysFromEnvironment(lookup func(string) (string, bool)) (*rego.Keys, error) {
	file, set := lookup(KeyVariable)
	switch {
	case !set:
		return nil, nil
	case file == "":
		return nil, fmt.Errorf("%s is set and names no file", KeyVariable)
	}
	keys, err := rego.ReadKeys(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", KeyVariable, err)
	}
	return keys, nil
}
