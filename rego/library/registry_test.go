package library_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

// registryOperations are questions that are about no server: for each, what it
// says of the input.
var registryOperations = []struct{ name, input string }{
	{"the public registry", `{"operation": "update_registry", "registry": {"api_url": "https://registry.modelcontextprotocol.io", "scheme": "https", "host": "registry.modelcontextprotocol.io"}}`},
	{"a registry in clear at a private address", `{"operation": "update_registry", "registry": {"url": "http://10.0.0.7/registry.json", "scheme": "http", "host": "10.0.0.7", "allow_private_ip": true, "has_auth": true}}`},
	{"a registry in a file", `{"operation": "update_registry", "registry": {"local_path": "/home/u/registry.json", "resolved": "/home/u/registry.json"}}`},
	{"a registry with a secret in its URL", `{"operation": "update_registry", "registry": {"url": "https://registry.modelcontextprotocol.io/?key=<redacted>", "scheme": "https", "host": "registry.modelcontextprotocol.io"},
		"server": {"redactions": [{"path": "/registry/url", "reason": "url"}]}}`},
	{"no registry by an update", `{"operation": "update_registry"}`},
	{"no registry by a deletion, in production", `{"operation": "delete_registry", "registry": {"name": "default"}, "context": {"environment": "prod"}}`},
}

// A policy about servers says nothing where there is none, whatever its params.
func TestPoliciesAboutServersAreSilentAboutRegistries(t *testing.T) {
	policies := map[string]*rego.Policy{"nothing approved": loadSource(t, nothingApproved(t))}
	for _, profile := range library.Names() {
		policies[profile] = load(t, profile)
	}
	for _, o := range registryOperations {
		in := inputWith(t, o.input)
		for profile, policy := range policies {
			result, err := policy.Eval(t.Context(), in)
			require.NoError(t, err)
			require.Empty(t, result.Errors)
			for _, level := range []string{rego.LevelDeny, rego.LevelWarn, rego.LevelAudit} {
				for _, policy := range violated(t, result, level) {
					known := strings.HasPrefix(policy, "registry.") || policy == "secrets.clear" && strings.Contains(o.input, "redactions")
					require.True(t, known, "%s: %s: %s", profile, o.name, policy)
				}
			}
		}
	}
}

// nothingApproved is the profile strict with empty lists, flags turned over, and
// a label that is required.
func nothingApproved(t *testing.T) fs.FS {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, content := range contents(t, source(t, "strict")) {
		fsys[name] = &fstest.MapFile{Data: []byte(content)}
	}
	var data struct {
		MCP struct {
			Settings map[string]map[string]any `json:"settings"`
		} `json:"mcp"`
	}
	require.NoError(t, json.Unmarshal(fsys["data.json"].Data, &data))
	changed := 0
	for name, params := range data.MCP.Settings["params"] {
		for param, value := range params.(map[string]any) {
			switch value := value.(type) {
			case []any:
				params.(map[string]any)[param] = []any{}
				changed++
			case bool:
				params.(map[string]any)[param] = !value && !strings.HasPrefix(name, "registry.")
				changed++
			}
		}
	}
	require.Greater(t, changed, 40)
	labels := data.MCP.Settings["params"]["governance.labels"].(map[string]any)
	labels["required"] = []any{map[string]any{"name": "owner", "values": []any{"x"}}}
	text, err := json.Marshal(data)
	require.NoError(t, err)
	fsys["data.json"].Data = text
	return fsys
}
