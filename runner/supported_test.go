package runner_test

import (
	"context"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// What policy may have allowed a server for is enforced, or the server does not
// start.
func TestSupported(t *testing.T) {
	object := jsontext.Value(`{}`)
	for field, change := range map[string]func(*runner.RunConfig){
		"oidc_config":                     func(c *runner.RunConfig) { c.OIDCConfig = object },
		"authz_config":                    func(c *runner.RunConfig) { c.AuthzConfig = object },
		"authz_config_path":               func(c *runner.RunConfig) { c.AuthzConfigPath = "/etc/authz.json" },
		"audit_config":                    func(c *runner.RunConfig) { c.AuditConfig = object },
		"tools_filter":                    func(c *runner.RunConfig) { c.ToolsFilter = []string{"read"} },
		"permission_profile":              func(c *runner.RunConfig) { c.PermissionProfile = &runner.PermissionProfile{} },
		"permission_profile_name_or_path": func(c *runner.RunConfig) { c.PermissionProfileNameOrPath = "none" },
		"allow_docker_gateway":            func(c *runner.RunConfig) { c.AllowDockerGateway = true },
		"target_port":                     func(c *runner.RunConfig) { c.TargetPort = 80 },
		"isolate_network":                 func(c *runner.RunConfig) { c.IsolateNetwork = true },
		"volumes":                         func(c *runner.RunConfig) { c.Volumes = []string{"/a:/b"} },
		"proxy_mode sse":                  func(c *runner.RunConfig) { c.ProxyMode = "sse" },
	} {
		t.Run(field, func(t *testing.T) {
			for _, cfg := range []*runner.RunConfig{{Command: "true"}, {RemoteURL: "https://mcp.example.com/mcp"}} {
				require.NoError(t, runner.Supported(cfg))
				change(cfg)
				require.ErrorContains(t, runner.Supported(cfg), "no "+field+" in this version")
				err := runner.New(runner.Options{}).Run(context.Background(), cfg, runner.Stdio{})
				require.ErrorContains(t, err, "no "+field+" in this version")
			}
		})
	}
	for _, c := range []struct {
		cfg  runner.RunConfig
		fine bool
	}{
		{runner.RunConfig{Command: "true", Transport: "stdio"}, true},
		{runner.RunConfig{Command: "true", Transport: "sse"}, false},
		{runner.RunConfig{Command: "true", Transport: "streamable-http"}, false},
		{runner.RunConfig{RemoteURL: "https://mcp.example.com/mcp", Transport: "stdio"}, false},
		{runner.RunConfig{RemoteURL: "https://mcp.example.com/mcp", Transport: "sse"}, true},
		{runner.RunConfig{RemoteURL: "https://mcp.example.com/mcp", Transport: "streamable-http"}, true},
	} {
		if err := runner.Supported(&c.cfg); c.fine {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, "no transport "+c.cfg.Transport+" in this version")
		}
	}
	require.ErrorIs(t, runner.Supported(&runner.RunConfig{Image: "alpine"}), runner.ErrNoContainerRuntime)
}
