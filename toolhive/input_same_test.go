package toolhive

import (
	"bytes"
	"context"
	_ "embed" // everything.json
	"encoding/json"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/authserver"
	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	thv "github.com/stacklok/toolhive/pkg/runner"
	setup "github.com/stacklok/toolhive/pkg/runtime"
	"github.com/stacklok/toolhive/pkg/secrets"
	"github.com/stacklok/toolhive/pkg/transport/types"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/canaries"
)

//go:embed testdata/everything.json
var everythingJSON []byte

// held gives every secret a value of its own.
type held struct {
	secrets.Provider
	values func(name string) string
}

func (h held) GetSecret(_ context.Context, name string) (string, error) { return h.values(name), nil }

// engine creates nothing, and says so where it was asked to.
type engine struct{ rt.Deployer }

var errCreated = errors.New("the container would be created")

func (engine) DeployWorkload(
	_ context.Context, _, _ string, _ []string, _, labels map[string]string, _ *permissions.Profile, _ string, _ *rt.DeployWorkloadOptions, _ bool,
) (int, error) {
	// As both of ToolHive's own do.
	labels["toolhive-network-isolation"] = "false"
	if rt.IsKubernetesRuntime() {
		labels["app"], labels["toolhive"] = "srv", "true"
	}
	return 0, errCreated
}

// isolate makes ToolHive's own files those of the test.
func isolate(t *testing.T) {
	t.Helper()
	onDocker(t)
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, dir)
	}
	t.Chdir(dir)
}

func read(t *testing.T, text []byte) *thv.RunConfig {
	t.Helper()
	cfg, err := thv.ReadJSON(bytes.NewReader(text))
	require.NoError(t, err)
	return cfg
}

func written(t *testing.T, cfg *thv.RunConfig) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, cfg.WriteJSON(&out))
	return out.Bytes()
}

// takeOn does to cfg what ToolHive does between the first question about a server
// and the last, with its own functions, and calls ask at each.
func takeOn(t *testing.T, cfg *thv.RunConfig, provider secrets.Provider, ask func(at string, cfg *thv.RunConfig)) {
	t.Helper()
	ask("before the pull", cfg)
	cfg = read(t, written(t, cfg)) // as the worker does
	ask("in the worker", cfg)
	_, err := cfg.WithSecrets(t.Context(), provider, provider)
	require.NoError(t, err)
	ask("with secrets", cfg)
	if len(cfg.MiddlewareConfigs) == 0 {
		require.NoError(t, thv.PopulateMiddlewareConfigs(cfg))
	}
	ask("with middleware", cfg)
	if login := cfg.RemoteAuthConfig; login != nil {
		login.CachedRefreshTokenRef, login.CachedClientID, login.CachedTokenExpiry = "ref", "id", time.Now()
	}
	if cfg.RemoteURL == "" {
		_, err := setup.Setup(t.Context(), cfg.Transport, engine{}, cfg.ContainerName, cfg.Image, cfg.CmdArgs, cfg.EnvVars, cfg.ContainerLabels,
			cfg.PermissionProfile, cfg.K8sPodTemplatePatch, cfg.IsolateNetwork, cfg.AllowDockerGateway, cfg.IgnoreConfig, cfg.Host, cfg.TargetPort,
			cfg.TargetHost, cfg.Publish, nil, 0)
		require.ErrorIs(t, err, errCreated)
	}
	ask("after a crash", cfg)
}

// The input is one and the same at every question about a server.
func TestInputStaysTheSame(t *testing.T) {
	isolate(t)
	everything := func(change func(*thv.RunConfig)) *thv.RunConfig {
		cfg, err := thv.ReadJSON(bytes.NewReader(everythingJSON))
		require.NoError(t, err)
		if change != nil {
			change(cfg)
		}
		return cfg
	}
	for name, tc := range map[string]struct {
		cfg        *thv.RunConfig
		kubernetes string
	}{
		"remote": {cfg: everything(nil)},
		"remote, built": {cfg: everything(func(c *thv.RunConfig) {
			// As the builder leaves them: not what loading makes of them.
			c.IsolateNetwork, c.ProxyMode, c.SchemaVersion = true, "", ""
		})},
		"remote, middleware of flags": {cfg: everything(func(c *thv.RunConfig) {
			c.MiddlewareConfigs = []types.MiddlewareConfig{{Type: "auth", Parameters: json.RawMessage(`{}`)}, {Type: "mcp-parser", Parameters: json.RawMessage(`{}`)}}
		})},
		"remote, no tokens for others": {cfg: everything(func(c *thv.RunConfig) {
			c.EmbeddedAuthServerConfig.DisableUpstreamTokenInjection, c.UpstreamSwapConfig, c.TokenExchangeConfig, c.AWSStsConfig = true, nil, nil, nil
			c.AdditionalMiddlewareConfigs = nil
		})},
		"image":          {cfg: everything(container)},
		"image in a pod": {cfg: everything(container), kubernetes: "kubernetes"},
		"image over stdio": {cfg: everything(func(c *thv.RunConfig) {
			container(c)
			c.Transport, c.MiddlewareConfigs = types.TransportTypeStdio, nil
		})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TOOLHIVE_RUNTIME", tc.kubernetes)
			provider := held{values: func(name string) string { return "value of " + name }}
			var first string
			takeOn(t, tc.cfg, provider, func(at string, cfg *thv.RunConfig) {
				got := toJSON(t, mapped(t, cfg))
				require.NotContains(t, got, "value of", at)
				if first == "" {
					first = got
				}
				require.Equal(t, first, got, at)
			})
		})
	}
}

// container makes everything.json a server in a container.
func container(c *thv.RunConfig) {
	c.RemoteURL, c.Image, c.TargetHost = "", "ghcr.io/acme/srv:1", "127.0.0.1"
	c.RemoteAuthConfig, c.HeaderForward, c.AWSStsConfig = nil, nil, nil
	c.PermissionProfile.Network.Mode = ""
	c.EnvVars["MCP_PORT"] = "of the person's choice"
}

// Nobody's config is written to, from however many goroutines it is read.
func TestInputChangesNothing(t *testing.T) {
	onDocker(t)
	for _, change := range []func(*thv.RunConfig){func(*thv.RunConfig) {}, container} {
		cfg, err := thv.ReadJSON(openFile(t, "testdata/everything.json"))
		require.NoError(t, err)
		change(cfg)
		cfg.MiddlewareConfigs = []types.MiddlewareConfig{{Type: "auth", Parameters: json.RawMessage(`{}`)}}
		twin, err := thv.ReadJSON(openFile(t, "testdata/everything.json"))
		require.NoError(t, err)
		change(twin)
		twin.MiddlewareConfigs = []types.MiddlewareConfig{{Type: "auth", Parameters: json.RawMessage(`{}`)}}
		require.True(t, reflect.DeepEqual(twin, cfg))
		want := toJSON(t, mapped(t, cfg))
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				for range 20 {
					in, err := inputFor(context.Background(), cfg, "")
					if err != nil || toJSON(t, in) != want {
						t.Errorf("another input: %v", err)
					}
				}
			})
		}
		wait.Wait()
		require.True(t, reflect.DeepEqual(twin, cfg), "the config has changed")
		in := mapped(t, cfg)
		clear(in.Config)
		in.Server.Auth.Tools = append(in.Server.Auth.Tools[:0], "x")
		require.True(t, reflect.DeepEqual(twin, cfg), "the input shares memory with the config")
	}
}

// The types that are derived are those that ToolHive fills in itself.
func TestDerivedMiddleware(t *testing.T) {
	isolate(t)
	for _, change := range []func(*thv.RunConfig){func(*thv.RunConfig) {}, container, func(c *thv.RunConfig) {
		*c = thv.RunConfig{Name: "least", Transport: types.TransportTypeStdio, Image: "a", EmbeddedAuthServerConfig: &authserver.RunConfig{}}
	}} {
		cfg, err := thv.ReadJSON(bytes.NewReader(everythingJSON))
		require.NoError(t, err)
		change(cfg)
		before := typesOf(cfg)
		require.NoError(t, thv.PopulateMiddlewareConfigs(cfg))
		require.NotEmpty(t, cfg.MiddlewareConfigs)
		require.Equal(t, before, typesOf(cfg))
	}
	// Every type that ToolHive knows is one that this file has thought of.
	known := map[string]bool{
		"auth": true, "tokenexchange": true, "upstreamswap": true, "awssts": true, "obo": true, "bodylimit": true, "mcp-parser": true, "tool-filter": true,
		"tool-call-filter": true, "ratelimit": true, "usagemetrics": true, "telemetry": true, "authorization": true, "audit": true, "recovery": true,
		"header-forward": true, "strip-auth": true, "origin": true, "validating-webhook": true, "mutating-webhook": true,
	}
	for name := range thv.GetSupportedMiddlewareFactories() {
		require.True(t, known[name], "ToolHive has middleware that is new: does it say who may come in, or log in to a remote server? %s", name)
	}
}

// A secret in every place of ToolHive's run config that holds text, at the last
// question: nobody hears one.
func TestCanaries(t *testing.T) {
	isolate(t)
	for _, kind := range []string{"remote", "image"} {
		var c canaries.Set
		cfg := fill(t, &c, kind)
		provider := held{values: func(string) string { return c.Word() }}
		said := map[string]string{}
		takeOn(t, cfg, provider, func(at string, cfg *thv.RunConfig) {
			in, err := inputFor(t.Context(), cfg, "")
			require.NoError(t, err)
			g, err := gate.New(gate.Config{Stores: nil, Deadline: time.Minute})
			require.NoError(t, err)
			d, err := g.Decide(t.Context(), in)
			require.ErrorIs(t, err, gate.ErrUndecided) // there is no policy
			require.NotNil(t, d.Input, "%s: %s", at, toJSON(t, d))
			said[at] = toJSON(t, d)
			said[at+": error"] = err.Error()
		})
		require.Len(t, said, 10)
		require.Greater(t, len(c.All), 50)
		c.RequireNone(t, said)
	}
}
