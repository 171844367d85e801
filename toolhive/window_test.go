package toolhive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/toolhive"
)

// ToolHive asks several times for one start, in two processes: each has a policy of
// its own here, and all write to one file.
func TestOneRecordForOneStart(t *testing.T) {
	env := environment(t, evil)
	var policies []*toolhive.Policy
	for range 2 {
		policies = append(policies, env.policy(t))
	}
	asks := []*toolhive.Gate{policies[0].Servers(), policies[0].Servers(), policies[1].Servers()}
	for _, g := range asks {
		require.NoError(t, g.CheckCreateServer(t.Context(), server("good")))
	}
	records := env.records(t)
	require.Len(t, records, 1)
	require.Nil(t, records[0].Changed)

	changed := server("good")
	changed.CmdArgs = []string{"--other"}
	changed.Image = "ghcr.io/acme/other:v1"
	require.NoError(t, policies[1].Servers().CheckCreateServer(t.Context(), changed))
	records = env.records(t)
	require.Len(t, records, 2, "the input has changed between two questions")
	require.NotNil(t, records[1].Changed, "and the record says so")

	_, err := policies[0].Servers().Decide(t.Context(), server("other"))
	require.NoError(t, err)
	_ = policies[0].Servers().CheckCreateServer(t.Context(), server("other"))
	require.Len(t, env.records(t), 3, "another server is another question")
}
