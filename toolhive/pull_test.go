package toolhive_test

import (
	"context"
	"net/http"
	"testing"

	regtypes "github.com/stacklok/toolhive-core/registry/types"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/runner/retriever"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

func TestEagerCheckCreateServer(t *testing.T) {
	_, k := judged(t, evil)
	requireDenied(t, thv.EagerCheckCreateServer(t.Context(), server("evil")), "evil: server evil is not approved")
	require.NoError(t, thv.EagerCheckCreateServer(t.Context(), server("demo")))
	require.Len(t, k.all(), 2)
}

func TestPullIsAfterTheDecision(t *testing.T) {
	home(t)
	for name, tc := range map[string]struct {
		server   string
		metadata regtypes.ServerMetadata
		recorder error
		pulls    int
		want     string
	}{
		"denied":          {server: "evil", want: "server creation blocked by policy: evil: server evil is not approved"},
		"allowed":         {server: "demo", pulls: 1},
		"not recorded":    {server: "demo", recorder: http.ErrServerClosed, want: "server creation blocked by policy: no verdict was reached: decision could not be recorded"},
		"from a registry": {server: "evil", metadata: &regtypes.ImageMetadata{}, want: "not approved"},
	} {
		t.Run(name, func(t *testing.T) {
			_, k := judged(t, evil)
			k.err = tc.recorder
			pulls := 0
			puller := func(context.Context, string) error { pulls++; return nil }
			cfg := server(tc.server)
			err := retriever.EnforcePolicyAndPullImage(t.Context(), cfg, tc.metadata, cfg.Image, puller, 0, false)
			require.Equal(t, tc.pulls, pulls)
			require.Len(t, k.all(), 1)
			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			requireForbidden(t, err, tc.want)
		})
	}
}

// ToolHive does not ask before the pull where its registry says that a server is
// remote: nothing is pulled then either, and Runner.Run asks.
func TestRemoteServerIsNotPulled(t *testing.T) {
	_, k := judged(t, evil)
	puller := func(context.Context, string) error { t.Error("pulled"); return nil }
	err := retriever.EnforcePolicyAndPullImage(t.Context(), server("evil"), &regtypes.RemoteServerMetadata{}, "", puller, 0, false)
	require.NoError(t, err)
	require.Empty(t, k.all())
}

// Runner.Run is the last to ask, and the only one in Kubernetes.
func TestRunnerAsks(t *testing.T) {
	home(t)
	p, k := judged(t, evil)
	cfg := server("evil")
	cfg.RemoteURL, cfg.Image = "https://mcp.example.com/mcp", ""
	err := thv.NewRunner(cfg, nil).Run(t.Context())
	requireDenied(t, err, "server creation blocked by policy: evil: server evil is not approved")
	require.Len(t, k.all(), 1)
	d, err := p.Servers().Decide(t.Context(), cfg)
	require.NoError(t, err)
	require.Equal(t, gate.OperationCreateServer, d.Input.Operation)
}
