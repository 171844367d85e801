package toolhive

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/registry"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/canaries"
)

// telling denies, and says as much of the input as it is given.
const telling = `package mcp.policy.telling

deny contains {"msg": sprintf("%v", [input.server]), "path": "/server", "details": {"config": input.config}} if input.operation == "create_server"
deny contains sprintf("%v", [input.registry]) if input.operation != "create_server"
`

// heard is all that a policy over the environment tells while ask asks it.
func heard(t *testing.T, logDecisions bool, ask func(p *Policy) []error) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.rego"), []byte(telling), 0o644))
	file := filepath.Join(t.TempDir(), "decisions.jsonl")
	env := map[string]string{"HOME": dir, "XDG_STATE_HOME": t.TempDir(), gate.PolicyVariable: dir}
	if !logDecisions {
		env[gate.DecisionLogVariable] = file
	}
	var log, stderr bytes.Buffer
	p := FromEnvironment(Options{
		LookupEnv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Log:       slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), LogDecisions: logDecisions, Stderr: &stderr,
	})
	said := ""
	for _, err := range ask(p) {
		require.Error(t, err)
		said += err.Error() + "\n"
	}
	require.NoError(t, p.Close())
	if !logDecisions {
		records, err := os.ReadFile(file)
		require.NoError(t, err)
		said += string(records)
	}
	return said + log.String() + stderr.String()
}

// A secret in every place of ToolHive's run config, asked about as ToolHive asks:
// neither an error, which is the API's answer and the person's line, nor the
// record nor a log has one, at whatever question.
func TestCanariesOnTheWay(t *testing.T) {
	isolate(t)
	for _, kind := range []string{"remote", "image"} {
		for _, logDecisions := range []bool{false, true} {
			var c canaries.Set
			provider := held{values: func(string) string { return c.Word() }}
			cfg := fill(t, &c, kind)
			said := heard(t, logDecisions, func(p *Policy) (errs []error) {
				takeOn(t, cfg, provider, func(_ string, cfg *thv.RunConfig) {
					errs = append(errs, p.Servers().CheckCreateServer(t.Context(), cfg))
				})
				return errs
			})
			require.Greater(t, len(c.All), 50)
			require.Contains(t, said, "telling")
			c.RequireNone(t, map[string]string{kind: said})
		}
	}
}

// What cannot be read is said without what stands there.
func TestCanariesOfErrors(t *testing.T) {
	isolate(t)
	for name, spoil := range map[string]func(c *canaries.Set, cfg *thv.RunConfig){
		"remote URL": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.RemoteURL = "https://u:" + c.Word() + "@h:x/%zz?token=" + c.Word()
		},
		"remote URL, split": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.RemoteURL = "https://u:" + c.Word() + "\n@h/" + c.Token()
		},
		"image": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.Image = "https://u:" + c.Word() + "@h/" + c.Token() + ":::"
		},
		"reference": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.Image = "npx://" + c.Token() + "@@@"
		},
		"transport": func(c *canaries.Set, cfg *thv.RunConfig) { cfg.Transport = types.TransportType(c.Token()) },
		"secret":    func(c *canaries.Set, cfg *thv.RunConfig) { cfg.Secrets = []string{c.Token()} },
		"publish":   func(c *canaries.Set, cfg *thv.RunConfig) { cfg.Publish = []string{"8080:" + c.Token()} },
		"origin": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.AllowedOrigins = []string{"https://u:" + c.Word() + "@%zz"}
		},
		"middleware": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.MiddlewareConfigs = []types.MiddlewareConfig{{Type: "auth", Parameters: json.RawMessage(`"` + c.Token() + `"`)}}
		},
		"middleware, no JSON": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.MiddlewareConfigs = []types.MiddlewareConfig{{Type: "x", Parameters: json.RawMessage(c.Token())}}
		},
		"pod": func(c *canaries.Set, cfg *thv.RunConfig) { cfg.K8sPodTemplatePatch = `{"spec": "` + c.Token() + `"}` },
		"mount": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.PermissionProfile.Read = []permissions.MountDeclaration{permissions.MountDeclaration("/missing/" + c.Token() + ":/t")}
		},
		"host": func(c *canaries.Set, cfg *thv.RunConfig) {
			cfg.IsolateNetwork = true
			cfg.PermissionProfile.Network = &permissions.NetworkPermissions{Outbound: &permissions.OutboundNetworkPermissions{AllowHost: []string{c.Token() + " x"}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var c canaries.Set
			cfg := thv.NewRunConfig()
			cfg.Name, cfg.Image, cfg.Transport, cfg.Host = "srv", "ghcr.io/acme/srv:1", types.TransportTypeStdio, "127.0.0.1"
			cfg.PermissionProfile = permissions.BuiltinNoneProfile()
			spoil(&c, cfg)
			for _, logDecisions := range []bool{false, true} {
				said := heard(t, logDecisions, func(p *Policy) []error {
					_, err := p.Servers().Decide(t.Context(), cfg)
					errs := []error{p.Servers().CheckCreateServer(t.Context(), cfg)}
					if err != nil {
						errs = append(errs, err)
					}
					return errs
				})
				c.RequireNone(t, map[string]string{name: said})
			}
		})
	}
}

func TestCanariesOfRegistries(t *testing.T) {
	isolate(t)
	var c canaries.Set
	said := heard(t, false, func(p *Policy) (errs []error) {
		for _, cfg := range []registry.UpdateRegistryConfig{
			{URL: "https://u:" + c.Word() + "@h/?token=" + c.Word()}, {APIURL: "https://u:" + c.Word() + "@h:x/%zz"},
			{APIURL: "https://h/" + c.Token()}, {LocalPath: "/srv/" + c.Token() + "/r.json"}, {URL: "file://" + c.Token() + "%zz"},
		} {
			errs = append(errs, p.Registries().CheckUpdateRegistry(t.Context(), &cfg))
		}
		return append(errs, p.Registries().CheckDeleteRegistry(t.Context(), &registry.DeleteRegistryConfig{Name: c.Token()}))
	})
	c.RequireNone(t, map[string]string{"registry": said})
}
