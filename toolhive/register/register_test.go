package register_test

import (
	"testing"

	"github.com/stacklok/toolhive/pkg/registry"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/toolhive"
	_ "github.com/mcp-runner/mcp-runner/toolhive/register"
)

// This binary has the one line above, and nothing else, between it and ToolHive.
func TestImportRegistersBothGates(t *testing.T) {
	require.IsType(t, (*toolhive.Gate)(nil), thv.ActivePolicyGate())
	require.IsType(t, (*toolhive.RegistryGate)(nil), registry.ActivePolicyGate())

	t.Setenv("MCP_RUNNER_POLICY", t.TempDir()+"/absent")
	t.Setenv("MCP_RUNNER_DECISION_LOG", t.TempDir()+"/decisions.jsonl")
	err := registry.ActivePolicyGate().CheckDeleteRegistry(t.Context(), &registry.DeleteRegistryConfig{Name: "default"})
	require.ErrorContains(t, err, "absent", "the environment is that of the first question")
	require.ErrorIs(t, thv.EagerCheckCreateServer(t.Context(), nil), gate.ErrUndecided)
}
