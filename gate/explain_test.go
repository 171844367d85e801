package gate_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

func TestExplain(t *testing.T) {
	const secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
	open := func(name, text string) *rego.Store {
		store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{
			Name: name, FS: fstest.MapFS{"x.rego": {Data: []byte(text)}}, InputSchema: gate.InputSchema(),
		}, Static: true, DenyUntilLoaded: true})
		require.NoError(t, err)
		return store
	}
	g, err := gate.New(gate.Config{
		Stores: []*rego.Store{
			open("first", "package mcp.policy.first\n\ndeny contains v.value if some v in input.server.environment"),
			open("broken", "package mcp.policy.broken\n\ndeny contains"),
			open("last", "package mcp.policy.last\n\ndeny contains \"x\" if input.server.kind == \"remote\""),
			open("data", "package mcp.policy.data\n\ntoken := \""+secret+"\"\n\ndeny contains {\"msg\": sprintf(\"y %s\", [t]), \"path\": sprintf(\"/%s\", [t])} if {\n\tt := token\n\tt != input.server.name\n}"),
		},
		Deadline: time.Minute,
	})
	require.NoError(t, err)
	in := gate.Input{Server: gate.Server{Kind: "process", Environment: []gate.Variable{{Name: "TOKEN", Source: "literal", Value: secret}}}}
	e, err := g.Explain(t.Context(), in)
	require.NoError(t, err) // first denies, which is a verdict
	require.False(t, e.Decision.Allowed)
	require.Len(t, e.Decision.Sources, 4)

	// What did not load has nothing to follow: the decision says why.
	require.Len(t, e.Sources, 3)
	require.Equal(t, "first", e.Sources[0].Source)
	require.Equal(t, gate.Redacted, e.Sources[0].Policies[0].Members[0].Msg)
	require.Equal(t, []string{"/server/environment"}, e.Sources[0].Policies[0].Inputs)
	require.Equal(t, "last", e.Sources[1].Source)
	require.Empty(t, e.Sources[1].Policies[0].Members)
	require.Equal(t, `input.server.kind == "remote"`, e.Sources[1].Policies[0].Rules[0].Stopped.Text)

	require.Equal(t, "y "+gate.Redacted, e.Sources[2].Policies[0].Members[0].Msg)
	text, err := json.Marshal(e)
	require.NoError(t, err)
	require.NotContains(t, string(text), secret)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, err = g.Explain(ctx, in)
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.NotNil(t, e)
	require.Empty(t, e.Sources)
}
