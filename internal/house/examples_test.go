package house_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestExampleConfigsLoad(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root(t), "examples", "config", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		cfg, err := runner.LoadRunConfig(file)
		require.NoError(t, err)
		require.NoError(t, cfg.Validate(), file)
	}
}

// TestExamplePolicyDecides asks the gate, with examples/policy as its only
// source, about one server of each kind that the policies there know.
func TestExamplePolicyDecides(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	store, err := rego.Open(t.Context(), rego.StoreConfig{
		LoadConfig: rego.LoadConfig{
			Name:        "examples",
			Dir:         filepath.Join(root(t), "examples", "policy"),
			InputSchema: gate.InputSchema(),
			Permissions: rego.PermissionsIgnore, // a checkout is as its user has it
			Log:         log,
		},
		Static: true,
	})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	require.Equal(t, []string{"commands.allowed", "images.registry"}, store.Policy().Policies())
	require.Empty(t, store.Policy().Warnings())

	g, err := gate.New(gate.Config{Stores: []*rego.Store{store}, Log: log})
	require.NoError(t, err)
	self, err := os.Executable()
	require.NoError(t, err)
	for want, cfg := range map[string]*runner.RunConfig{
		"": {Image: "ghcr.io/acme/search:1.2.3"},
		`images.registry: image "evil/x" is not from an approved registry`: {Image: "evil/x"},
		"commands.allowed: ": {Command: self, CmdArgs: []string{"-y"}},
	} {
		cfg.SchemaVersion, cfg.Name, cfg.Transport = runner.CurrentSchemaVersion, "example", runner.TransportStdio
		resolved, err := runner.Resolve(t.Context(), cfg)
		require.NoError(t, err)
		err = g.CheckCreateServer(t.Context(), resolved)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		var denied *gate.DeniedError
		require.ErrorAs(t, err, &denied)
		require.ErrorContains(t, err, want)
	}
}
