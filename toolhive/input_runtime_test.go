package toolhive

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stacklok/toolhive/pkg/container/templates"
	"github.com/stacklok/toolhive/pkg/mcp"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

// What ToolHive puts into an image beside the package is seen, where it makes the
// image: before that, and after it by what is remembered.
func TestInputBuiltWith(t *testing.T) {
	onDocker(t)
	runtime := &templates.RuntimeConfig{
		BuildWith:  []string{"evil==1.0", "mcp>=1.27,<2", "Pkg[extra]==1.2.*", "evil==1.0"},
		RuntimeEnv: map[string]string{"PYTHONSTARTUP": "/x.py", "A": "of the image"},
	}
	require.NoError(t, runtime.ValidateFor(templates.TransportTypeUVX), "ToolHive takes it")
	cfg := local(func(c *thv.RunConfig) {
		c.Image, c.RuntimeConfig = "toolhivelocal/uvx-good-1-0:20260101120000", runtime
		c.EnvVars = map[string]string{"A": "of the container"}
	})
	dockerfile, err := templates.GetDockerfileTemplate(templates.TransportTypeUVX, templates.TemplateData{MCPPackage: "good@1.0", RuntimeConfig: runtime})
	require.NoError(t, err)
	require.Contains(t, dockerfile, `ENV PYTHONSTARTUP="/x.py"`)
	require.Contains(t, dockerfile, `--with 'evil==1.0'`)

	in, err := inputFor(t.Context(), cfg, "uvx://good@1.0")
	require.NoError(t, err)
	require.Equal(t, []gate.Package{
		{Ecosystem: "pypi", Name: "evil", Version: "1.0", Pinned: true},
		{Ecosystem: "pypi", Name: "mcp", Version: ">=1.27,<2"},
		{Ecosystem: "pypi", Name: "pkg", Version: "==1.2.*"},
	}, in.Server.Packages)
	require.Equal(t, []gate.Variable{
		{Name: "A", Source: "literal", Value: "of the container"},
		{Name: "MCP_TRANSPORT", Source: "literal", Value: "stdio"},
		{Name: "PYTHONSTARTUP", Source: "literal", Value: "/x.py"},
	}, in.Server.Environment)
	before := *cfg
	before.Image = "uvx://good@1.0"
	require.Equal(t, toJSON(t, in), toJSON(t, mapped(t, &before)))

	// ToolHive makes no image where one is named.
	in = mapped(t, cfg)
	require.Empty(t, in.Server.Packages)
	require.NotContains(t, toJSON(t, in.Server.Environment), "PYTHONSTARTUP")
}

// The engine splits NAME=VALUE at the first "=", wherever the name ends.
func TestInputRefusesNamesThatSplit(t *testing.T) {
	onDocker(t)
	for _, name := range []string{"NODE_OPTIONS=--require", "", "A\x00B"} {
		_, err := inputFor(t.Context(), local(func(c *thv.RunConfig) { c.EnvVars = map[string]string{name: "/x.js"} }), "")
		require.ErrorIs(t, err, gate.ErrUndecided, "%q", name)
		require.ErrorContains(t, err, "env_vars")
	}
}

// ToolHive's own variables win over a secret of the same name.
func TestInputOwnVariablesOverSecrets(t *testing.T) {
	onDocker(t)
	in := mapped(t, local(func(c *thv.RunConfig) {
		c.Transport, c.TargetPort, c.Secrets = "sse", 9, []string{"s,target=MCP_PORT"}
	}))
	require.Contains(t, in.Server.Environment, gate.Variable{Name: "MCP_PORT", Source: "literal", Value: "9"})
}

// The tools of the input are those that ToolHive's filter lets a call reach.
func TestInputToolsBehindOverrides(t *testing.T) {
	onDocker(t)
	for name, tc := range map[string]struct {
		filter []string
		names  map[string]string
		want   []string
	}{
		"no override":        {[]string{"read", "list"}, nil, []string{"list", "read"}},
		"another tool":       {[]string{"read"}, map[string]string{"delete": "read"}, []string{"delete"}},
		"its own name":       {[]string{"read"}, map[string]string{"read": "look"}, []string{"read"}},
		"the name it has":    {[]string{"look"}, map[string]string{"read": "look"}, []string{"read"}},
		"a description":      {[]string{"read"}, map[string]string{"read": ""}, []string{"read"}},
		"no filter":          {nil, map[string]string{"delete": "read"}, nil},
		"a name in a circle": {[]string{"a"}, map[string]string{"a": "b", "b": "a"}, []string{"b"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := local(func(c *thv.RunConfig) {
				c.ToolsFilter, c.ToolsOverride = tc.filter, map[string]thv.ToolOverride{}
				for tool, o := range tc.names {
					c.ToolsOverride[tool] = thv.ToolOverride{Name: o, Description: "x"}
				}
			})
			require.Equal(t, tc.want, mapped(t, cfg).Server.Auth.Tools)
			params := mcp.ToolFilterMiddlewareParams{FilterTools: tc.filter, ToolsOverride: map[string]mcp.ToolOverride{}}
			for tool, o := range tc.names {
				params.ToolsOverride[tool] = mcp.ToolOverride{Name: o, Description: "x"}
			}
			text, err := json.Marshal(params)
			require.NoError(t, err)
			cfg.MiddlewareConfigs = []types.MiddlewareConfig{{Type: mcp.ToolCallFilterMiddlewareType, Parameters: text}}
			require.Equal(t, tc.want, mapped(t, cfg).Server.Auth.Tools, "in the list of middleware")
			if len(tc.filter) > 0 {
				require.Equal(t, tc.want, reached(t, tc.filter, tc.names), "ToolHive's own filter")
			}
		})
	}
	two := mapped(t, local(func(c *thv.RunConfig) {
		c.ToolsFilter, c.ToolsOverride = []string{"x"}, map[string]thv.ToolOverride{"a": {Name: "x"}, "b": {Name: "x"}}
	}))
	require.Equal(t, []string{"a", "b"}, two.Server.Auth.Tools, "ToolHive takes either")
	filter := types.MiddlewareConfig{Type: mcp.ToolCallFilterMiddlewareType, Parameters: json.RawMessage(`{"filter_tools":["a"]}`)}
	_, err := inputFor(t.Context(), local(func(c *thv.RunConfig) { c.MiddlewareConfigs = []types.MiddlewareConfig{filter, filter} }), "")
	require.ErrorContains(t, err, "a second")
}

// reached are the tools that calls reach through ToolHive's own filter.
func reached(t *testing.T, filter []string, names map[string]string) []string {
	t.Helper()
	opts := []mcp.ToolMiddlewareOption{mcp.WithToolsFilter(filter...)}
	for tool, name := range names {
		opts = append(opts, mcp.WithToolsOverride(tool, name, "x"))
	}
	through, err := mcp.NewToolCallMappingMiddleware(opts...)
	require.NoError(t, err)
	found := map[string]bool{}
	server := through(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var call struct{ Params struct{ Name string } }
		if json.NewDecoder(r.Body).Decode(&call) == nil {
			found[call.Params.Name] = true
		}
	}))
	for _, name := range append(append(slices.Collect(maps.Keys(names)), slices.Collect(maps.Values(names))...), filter...) {
		call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"` + name + `"}}`
		r := httptest.NewRequest(http.MethodPost, "/mcp", strings.NewReader(call))
		r.Header.Set("Content-Type", "application/json")
		server.ServeHTTP(httptest.NewRecorder(), r)
	}
	return slices.Sorted(maps.Keys(found))
}

// What a secret-looking variable of an image holds is masked like any other.
func TestInputBuiltWithSecret(t *testing.T) {
	onDocker(t)
	in, err := inputFor(t.Context(), local(func(c *thv.RunConfig) {
		c.RuntimeConfig = &templates.RuntimeConfig{RuntimeEnv: map[string]string{"API_PASSWORD": "hunter2hunter2"}}
		c.K8sPodTemplatePatch = `{"spec":{"containers":[{"name":"mcp","env":[{"name":"DB_PASSWORD","value":"hunter2hunter2"}]}]}}`
	}), "npx://good@1.0.0")
	require.NoError(t, err)
	g, err := gate.New(gate.Config{})
	require.NoError(t, err)
	d, err := g.Decide(t.Context(), in)
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.NotNil(t, d.Input)
	require.False(t, bytes.Contains([]byte(toJSON(t, d)), []byte("hunter2")), toJSON(t, d))
}

// What an injector put into the files of env_file_dir is a secret, whatever it is
// called: ToolHive's runner in a cluster has read it when it asks.
func TestInputFilesOfSecrets(t *testing.T) {
	onDocker(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "db"), []byte("export PLACE=plain words\nOTHER=2\n"), 0o600))
	cfg := local(func(c *thv.RunConfig) { c.EnvFileDir, c.EnvVars = dir, map[string]string{"A": "1", "Z": "1"} })
	cfg, err := cfg.WithEnvFilesFromDirectory(dir)
	require.NoError(t, err)
	cfg.EnvVars["OTHER"] = "3" // not what is in the file
	require.Contains(t, toJSON(t, mapped(t, cfg)), "plain words", "on a workstation the person wrote it")

	t.Setenv("TOOLHIVE_RUNTIME", "kubernetes")
	in := mapped(t, cfg)
	require.NotContains(t, toJSON(t, in), "plain words")
	require.Equal(t, []gate.Variable{
		{Name: "A", Source: "literal", Value: "1"},
		{Name: "MCP_TRANSPORT", Source: "literal", Value: "stdio"},
		{Name: "OTHER", Source: "literal", Value: "3"},
		{Name: "PLACE", Source: "secret"},
		{Name: "Z", Source: "literal", Value: "1"},
	}, in.Server.Environment)
	require.Equal(t, "plain words", cfg.EnvVars["PLACE"], "the config is not changed")

	cfg.EnvFileDir = filepath.Join(dir, "db")
	_, err = inputFor(t.Context(), cfg, "")
	require.ErrorContains(t, err, "env_file_dir")
}
