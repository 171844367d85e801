package toolhive

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

// What runs in the middle is the list where there is one, whatever else a file of
// --from-config says.
func TestInputAuth(t *testing.T) {
	onDocker(t)
	typed, err := thv.ReadJSON(openFile(t, "testdata/everything.json"))
	require.NoError(t, err)
	require.Equal(t, gate.Auth{OIDC: true, Authz: true, Audit: true, Tools: []string{"read", "search"}}, mapped(t, typed).Server.Auth)
	typed.MiddlewareConfigs = []types.MiddlewareConfig{
		{Type: "mcp-parser"},
		{Type: "tool-filter", Parameters: json.RawMessage(`{"filter_tools":["a"]}`)}, // hides, and stops no call
	}
	require.Equal(t, gate.Auth{Tools: []string{}}, withTools(mapped(t, typed).Server.Auth))
	typed.OIDCConfig = nil
	typed.MiddlewareConfigs = []types.MiddlewareConfig{
		{Type: "auth", Parameters: json.RawMessage(`{"oidc_config":{"Issuer":"https://i.example"}}`)},
		{Type: "tool-call-filter", Parameters: json.RawMessage(`{"filter_tools":["b","a"]}`)},
		{Type: "audit"},
	}
	require.Equal(t, gate.Auth{OIDC: true, Audit: true, Tools: []string{"a", "b"}}, mapped(t, typed).Server.Auth)
}

func withTools(a gate.Auth) gate.Auth {
	a.Tools = append([]string{}, a.Tools...)
	return a
}

func openFile(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() }) // was only read
	return f
}

// A package runs in a container that ToolHive builds.
func TestInputPackage(t *testing.T) {
	onDocker(t)
	cfg := local(func(c *thv.RunConfig) {
		c.Image = "toolhivelocal/npx-server:20260101120000"
		c.PermissionProfile.Network.Mode = "host"
	})
	in, err := inputFor(t.Context(), cfg, "npx://@acme/server@1.2.3")
	require.NoError(t, err)
	s := in.Server
	require.Equal(t, gate.KindContainer, s.Kind)
	require.Equal(t, gate.Source{Reference: "npx://@acme/server@1.2.3", Scheme: "npx"}, s.Source)
	require.Equal(t, gate.Package{Ecosystem: "npm", Name: "@acme/server", Version: "1.2.3", Pinned: true}, s.Package)
	require.Zero(t, s.Image)
	require.Equal(t, "host", s.Permissions.Network.Mode)
	require.True(t, s.Permissions.Network.Outbound.AllowAll)
	require.Equal(t, "npx://@acme/server@1.2.3", in.Config["image"])

	before := *cfg
	before.Image = "npx://@acme/server@1.2.3" // as it is asked before the image is built
	require.Equal(t, toJSON(t, in), toJSON(t, mapped(t, &before)))
	require.Equal(t, "toolhivelocal/npx-server", mapped(t, cfg).Server.Image.Repository)
}

func TestInputEnvironment(t *testing.T) {
	onDocker(t)
	in := mapped(t, local(func(c *thv.RunConfig) {
		c.Transport, c.TargetPort, c.TargetHost = "streamable-http", 9, "127.0.0.1"
		c.EnvVars = map[string]string{"MCP_HOST": "0.0.0.0", "A": "1", "KEY": "the value"}
		c.Secrets = []string{"s,target=KEY"}
	}))
	require.Equal(t, []gate.Variable{
		{Name: "A", Source: "literal", Value: "1"},
		{Name: "FASTMCP_PORT", Source: "literal", Value: "9"},
		{Name: "KEY", Source: "secret"},
		{Name: "MCP_HOST", Source: "literal", Value: "127.0.0.1"},
		{Name: "MCP_PORT", Source: "literal", Value: "9"},
		{Name: "MCP_TRANSPORT", Source: "literal", Value: "streamable-http"},
	}, in.Server.Environment)
	require.Equal(t, []gate.Secret{{Name: "s", Target: "KEY"}}, in.Server.Secrets)
	require.NotContains(t, in.Config["env_vars"], "KEY")
}

// A flag that is off is there: ToolHive's own JSON leaves it out.
func TestInputFlags(t *testing.T) {
	onDocker(t)
	in := mapped(t, local(nil))
	for _, name := range []string{"isolate_network", "allow_docker_gateway", "trust_proxy_headers", "stateless", "debug", "strict_protocol_validation"} {
		require.Equal(t, false, in.Config[name], name)
	}
	require.Equal(t, true, mapped(t, local(func(c *thv.RunConfig) { c.IsolateNetwork = true })).Config["isolate_network"])
	require.Equal(t, false, mapped(t, local(func(c *thv.RunConfig) {
		c.IsolateNetwork, c.PermissionProfile.Network.Mode = true, "host"
	})).Config["isolate_network"], "nothing isolates the host's network")
}

func TestInputRemote(t *testing.T) {
	onDocker(t)
	remote := func(more string) gate.Server {
		cfg, err := thv.ReadJSON(strings.NewReader(`{"name":"r","transport":"streamable-http","remote_url":"https://MCP.example.com/x"` + more + `}`))
		require.NoError(t, err)
		return mapped(t, cfg).Server
	}
	s := remote(`,"image":"https://MCP.example.com/x","permission_profile":{"privileged":true,"read":["/etc"]}`)
	require.Equal(t, gate.KindRemote, s.Kind)
	require.Equal(t, "mcp.example.com", s.Remote.Host)
	require.Zero(t, s.Image)
	require.Empty(t, s.Mounts)
	require.False(t, s.Permissions.Privileged)
	require.Empty(t, s.PublishedPorts)
	for more, want := range map[string]bool{
		``: false,
		`,"remote_auth_config":{"use_pkce":true,"cached_client_id":"x"}`:                 false,
		`,"remote_auth_config":{"issuer":"https://i.example"}`:                           true,
		`,"remote_auth_config":{"bearer_token":"r,target=bearer_token"}`:                 true,
		`,"header_forward":{"add_plaintext_headers":{"X-Tenant":"a"}}`:                   false,
		`,"header_forward":{"add_headers_from_secret":{"X-Tenant":"a"}}`:                 true,
		`,"token_exchange_config":{"token_url":"https://t.example"}`:                     true,
		`,"middleware_configs":[{"type":"awssts","parameters":{}}]`:                      true,
		`,"token_exchange_config":{"token_url":"x"},"middleware_configs":[{"type":"x"}]`: false,
	} {
		require.Equal(t, want, remote(more).Remote.Authenticated, more)
	}
}

func TestInputProvenance(t *testing.T) {
	onDocker(t)
	in := mapped(t, local(func(c *thv.RunConfig) {
		c.RegistryServerName, c.RegistryURL, c.RegistryAPIURL = "io.acme/srv", "https://Registry.example.com", "https://registry.example.com/v0"
	}))
	require.Equal(t, gate.Provenance{RegistryServerName: "io.acme/srv", RegistryURL: "https://registry.example.com", RegistryAPIURL: "https://registry.example.com/v0"}, in.Server.Provenance)
}
