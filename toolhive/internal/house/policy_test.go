package house_test

import (
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/mcp-runner/mcp-runner/toolhive"
)

var update = flag.Bool("update", false, "write the ConfigMap of the example anew")

// TestConfigMapIsThePolicy holds the example's ConfigMap equal to the files beside
// it, without their tests.
func TestConfigMapIsThePolicy(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(root(t), filepath.FromSlash(example), "policy")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var text strings.Builder
	text.WriteString("# Made from policy/: go test ./internal/house -run ConfigMap -update, in toolhive/.\n" +
		"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: mcp-policy\n  namespace: mcp\ndata:\n")
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), "_test.rego") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		text.WriteString("  " + entry.Name() + ": |\n")
		for line := range strings.Lines(string(data)) {
			if line != "\n" {
				text.WriteString("    ")
			}
			text.WriteString(line)
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "..", "policy-configmap.yaml"), []byte(text.String()), 0o644))
	}
	require.Equal(t, text.String(), read(t, example+"/policy-configmap.yaml"))
}

// TestConfigMapDecides mounts the example's ConfigMap as a kubelet does and asks
// about each of the example's servers as the proxy runner does, with the starter
// policies beside it.
func TestConfigMapDecides(t *testing.T) {
	t.Setenv("TOOLHIVE_RUNTIME", "kubernetes")
	dir := t.TempDir()
	version := filepath.Join(dir, "..2026_11_23_04_05_06.789")
	require.NoError(t, os.Mkdir(version, 0o755))
	require.NoError(t, os.Symlink(filepath.Base(version), filepath.Join(dir, "..data")))
	for name, text := range configMap(t).Data {
		require.NoError(t, os.WriteFile(filepath.Join(version, name), []byte(text), 0o644))
		require.NoError(t, os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
	}
	starter, err := library.Source(library.Default)
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	var stores []*rego.Store
	for _, load := range []rego.LoadConfig{
		{Name: gate.SourceSystem, Dir: dir, Permissions: rego.PermissionsIgnore}, // of the test's directory
		{Name: gate.SourceBuiltin, FS: starter, Profile: library.Default},
	} {
		load.InputSchema, load.Log = gate.InputSchema(), log
		store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: load, Static: true})
		require.NoError(t, err)
		defer func() { require.NoError(t, store.Close()) }()
		require.Empty(t, store.Policy().Warnings())
		stores = append(stores, store)
	}
	require.Equal(t, []string{"images.registry", "kubernetes.host_paths"}, stores[0].Policy().Policies())
	g, err := gate.New(gate.Config{Stores: stores, Log: log})
	require.NoError(t, err)
	policy := toolhive.New(g)
	defer func() { require.NoError(t, policy.Close()) }()
	servers := policy.Servers()

	decided := map[string][]string{}
	for _, o := range objects(t, "servers.yaml") {
		if o.kind() != "MCPServer" {
			continue
		}
		cfg := operatorConfig(t, o)
		d, err := servers.Decide(t.Context(), cfg)
		require.NoError(t, err)
		require.Empty(t, d.Errors)
		denied := []string{}
		for _, v := range d.Violations {
			if v.Level == "deny" {
				denied = append(denied, v.Source+" "+v.Policy)
				require.True(t, strings.Contains(read(t, example+"/README.md"), v.Msg), "the README does not show %q", v.Msg)
			}
		}
		require.Equal(t, len(denied) == 0, d.Allowed)
		if err := servers.CheckCreateServer(t.Context(), cfg); d.Allowed {
			require.NoError(t, err, o.name())
		} else {
			require.ErrorContains(t, err, "images.registry: image \"docker.io/evil/scraper:latest\" is not from an approved registry")
		}
		decided[o.name()] = denied
	}
	require.Equal(t, map[string][]string{
		"search":  {},
		"scraper": {"builtin exposure.unauthenticated", "system images.registry", "system kubernetes.host_paths"},
	}, decided)
}

// operatorConfig is the run config that ToolHive's operator makes of a custom
// resource, and the proxy runner puts to its gate: createRunConfigFromMCPServer of
// the operator's controllers, as far as the example has fields.
func operatorConfig(t *testing.T, o object) *thv.RunConfig {
	t.Helper()
	text, err := yaml.Marshal(o["spec"])
	require.NoError(t, err)
	var spec struct {
		Image, Transport   string
		ProxyPort, McpPort int
		OIDCConfigRef      *struct{ Name, Audience string }
		PodTemplateSpec    *corev1.PodTemplateSpec
	}
	require.NoError(t, yaml.UnmarshalStrict(text, &spec))
	options := []thv.RunConfigBuilderOption{
		thv.WithName(o.name()), thv.WithImage(spec.Image), thv.WithTransportAndPorts(spec.Transport, spec.ProxyPort, spec.McpPort),
		thv.WithProxyMode(types.ProxyMode(spec.Transport)), thv.WithHost("0.0.0.0"),
	}
	if ref := spec.OIDCConfigRef; ref != nil {
		const issuer = "https://kubernetes.default.svc"
		options = append(options, thv.WithOIDCConfig(issuer, ref.Audience, issuer+"/openid/v1/jwks", "", "", "", "", "", "", true, false, nil))
	}
	cfg, err := thv.NewOperatorRunConfigBuilder(t.Context(), nil, map[string]string{}, nil, options...)
	require.NoError(t, err)
	require.NoError(t, thv.PopulateMiddlewareConfigs(cfg))
	pod := corev1.PodTemplateSpec{}
	if spec.PodTemplateSpec != nil {
		pod = *spec.PodTemplateSpec
	}
	pod.Spec.ServiceAccountName = o.name() + "-sa"
	patch, err := json.Marshal(pod)
	require.NoError(t, err)
	cfg.K8sPodTemplatePatch = string(patch) // the proxy runner's --k8s-pod-patch
	return cfg
}

func configMap(t *testing.T) corev1.ConfigMap {
	t.Helper()
	var m corev1.ConfigMap
	decodeInto(t, "policy-configmap.yaml", &m)
	return m
}
