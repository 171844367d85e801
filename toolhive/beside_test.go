package toolhive_test

import (
	"context"
	"testing"

	"github.com/stacklok/toolhive-core/permissions"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/toolhive"
)

// The environment can name any image for the proxy of an isolated network.
func TestImageBesideTheServerIsAsked(t *testing.T) {
	const rules = `package mcp.policy.images

deny contains "evil image" if input.server.image.registry == "evil.example"
`
	for name, tc := range map[string]struct {
		env    map[string]string
		change func(*thv.RunConfig)
		asked  int
		want   string
	}{
		"ToolHive's own":         {asked: 1},
		"another":                {env: map[string]string{"TOOLHIVE_EGRESS_IMAGE": "evil.example/x:1"}, asked: 2, want: "evil image"},
		"another that is fine":   {env: map[string]string{"TOOLHIVE_EGRESS_IMAGE": "good.example/x:1"}, asked: 2},
		"that of the other kind": {env: map[string]string{"TOOLHIVE_ENVOY_IMAGE": "evil.example/x:1"}, asked: 1},
		"envoy": {
			env: map[string]string{"TOOLHIVE_NETWORK_PROXY": "envoy", "TOOLHIVE_ENVOY_IMAGE": "evil.example/x:1"}, asked: 2, want: "evil image",
		},
		"no isolation": {
			env: map[string]string{"TOOLHIVE_EGRESS_IMAGE": "evil.example/x:1"}, asked: 1,
			change: func(c *thv.RunConfig) { c.IsolateNetwork = false },
		},
		"the host's network": {
			env: map[string]string{"TOOLHIVE_EGRESS_IMAGE": "evil.example/x:1"}, asked: 1,
			change: func(c *thv.RunConfig) { c.PermissionProfile.Network.Mode = "host" },
		},
		"a remote server": {
			env: map[string]string{"TOOLHIVE_EGRESS_IMAGE": "evil.example/x:1"}, asked: 1,
			change: func(c *thv.RunConfig) { c.RemoteURL = "https://mcp.example/mcp" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			home(t)
			t.Setenv("TOOLHIVE_RUNTIME", "docker")
			for key, value := range tc.env {
				t.Setenv(key, value)
			}
			p, k := judged(t, rules)
			cfg := server("demo")
			cfg.IsolateNetwork = true
			cfg.PermissionProfile = &permissions.Profile{
				Network: &permissions.NetworkPermissions{Outbound: &permissions.OutboundNetworkPermissions{InsecureAllowAll: true}},
			}
			if tc.change != nil {
				tc.change(cfg)
			}
			err := thv.EagerCheckCreateServer(t.Context(), cfg)
			require.Len(t, k.all(), tc.asked)
			// Before a build, the image beside is not taken for what is built.
			_, built := p.AskBeforeBuild(t.Context(), toolhive.Build{Reference: "npx://pkg@1"}, func(ctx context.Context) error {
				return thv.ActivePolicyGate().CheckCreateServer(ctx, cfg)
			})
			if tc.want == "" {
				require.NoError(t, err)
				require.NoError(t, built)
				return
			}
			requireForbidden(t, err, tc.want)
			require.ErrorContains(t, built, tc.want)
			require.Equal(t, "demo-egress", k.all()[1].Input.Server.Name)
		})
	}
}
