package toolhive

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// Every config of the shared testdata/decisions that is one of ToolHive's is
// asked of every bundle there: the decisions are those of mcp-runner, byte for
// byte. Not shared is what the two honestly do differently: an image without a
// permission profile, which mcp-runner gives no network and ToolHive cannot start;
// lists of hosts without isolate_network, which only mcp-runner enforces; an
// isolated server that may reach everything, which only ToolHive puts behind a
// proxy; limits, user and root file system, which only mcp-runner sets; a stdio
// server without a host, whose proxy ToolHive has listen on every address; and
// volumes, which ToolHive mounts from the profile alone.
func TestSharedDecisions(t *testing.T) {
	onDocker(t)
	root, err := filepath.Abs("../testdata/decisions")
	require.NoError(t, err)
	root, err = filepath.EvalSymlinks(root)
	require.NoError(t, err)
	t.Chdir(root)
	bundles, err := filepath.Glob("bundles/*")
	require.NoError(t, err)
	configs, err := filepath.Glob("configs/*.json")
	require.NoError(t, err)
	var asked, others []string
	for _, file := range configs {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		own, err := runner.LoadRunConfig(file)
		require.NoError(t, err)
		if own.Command != "" { // of which ToolHive's run config knows nothing
			others = append(others, name)
			continue
		}
		asked = append(asked, name)
		cfg, err := thv.ReadJSON(openFile(t, file))
		require.NoError(t, err)
		in := mapped(t, cfg)
		for _, dir := range bundles {
			bundle := filepath.Base(dir)
			t.Run(name+"/"+bundle, func(t *testing.T) {
				want, err := os.ReadFile("golden/" + name + "." + bundle + ".json")
				require.NoError(t, err)
				require.Equal(t, string(want), decided(t, root, dir, in))
			})
		}
	}
	require.Equal(t, []string{"process"}, others)
	require.Equal(t, []string{"image", "kubernetes", "listed", "mounts", "remote", "secrets", "thv-export"}, asked)
	require.Len(t, bundles, 9)
}

// decided is the decision of one bundle about in, as the golden files have it.
func decided(t *testing.T, root, dir string, in gate.Input) string {
	t.Helper()
	store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{
		Name: filepath.Base(dir), Dir: dir, InputSchema: gate.InputSchema(), Permissions: rego.PermissionsIgnore, Log: slog.New(slog.DiscardHandler),
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	g, err := gate.New(gate.Config{
		Deadline: time.Minute, Stores: []*rego.Store{store}, Log: slog.New(slog.DiscardHandler),
		Now:     func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }, // waivers expire
		Context: gate.Context{Runner: gate.Runner{Name: "mcp-runner", Version: "v1"}, Environment: "prod"},
	})
	require.NoError(t, err)
	d, err := g.Decide(t.Context(), in)
	if err != nil {
		require.ErrorIs(t, err, gate.ErrUndecided)
	}
	d.ID, d.Time, d.Revision, d.Sources, d.Input = "", "", "", nil, nil
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(d))
	text := strings.ReplaceAll(out.String(), root, "$ROOT")
	require.NotContains(t, text, "hunter2")
	return text
}
