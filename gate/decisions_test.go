package gate_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// Every config of testdata/decisions is asked of every bundle there. The golden
// files are the input of each config and the decision of each pair, without
// what differs from run to run.
func TestGoldenDecisions(t *testing.T) {
	root, stores := openDecisions(t)
	for _, file := range globbed(t, "configs/*.json") {
		name, in := decisionInput(t, file)
		// The interpreter is this machine's.
		shown := in
		if shown.Server.Command.Interpreter.Path != "" {
			shown.Server.Command.Interpreter = gate.Interpreter{Path: "/bin/sh", SHA256: "…"}
		}
		golden(t, "golden/"+name+".input.json", root, shown)
		for bundle, store := range stores {
			t.Run(name+"/"+bundle, func(t *testing.T) {
				d, err := newGate(t, store).Decide(t.Context(), in)
				if err != nil {
					require.ErrorIs(t, err, gate.ErrUndecided)
					require.NotEmpty(t, d.Errors)
				}
				d.ID, d.Time, d.Revision, d.Sources, d.Input = "", "", "", nil, nil
				golden(t, "golden/"+name+"."+bundle+".json", root, d)
			})
		}
	}
}

// openDecisions goes to testdata/decisions and opens the bundles there.
func openDecisions(t *testing.T) (root string, stores map[string]*rego.Store) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the process server is a shell script")
	}
	root, err := filepath.Abs("../testdata/decisions")
	require.NoError(t, err)
	root, err = filepath.EvalSymlinks(root)
	require.NoError(t, err)
	t.Chdir(root)
	stores = map[string]*rego.Store{}
	for _, dir := range globbed(t, "bundles/*") {
		store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: bundleConfig(dir)})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		stores[filepath.Base(dir)] = store
	}
	return root, stores
}

// bundleConfig is how a bundle of testdata/decisions is loaded.
func bundleConfig(dir string) rego.LoadConfig {
	return rego.LoadConfig{Name: filepath.Base(dir), Dir: dir, InputSchema: gate.InputSchema(), Permissions: rego.PermissionsIgnore, Log: slog.New(slog.DiscardHandler)}
}

// decisionInput is the input of one config of testdata/decisions.
func decisionInput(t *testing.T, file string) (name string, in gate.Input) {
	t.Helper()
	cfg, err := runner.LoadRunConfig(file)
	require.NoError(t, err)
	cfg, err = runner.Resolve(t.Context(), cfg)
	require.NoError(t, err)
	return strings.TrimSuffix(filepath.Base(file), ".json"), inputFor(t, cfg)
}

func globbed(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

// golden compares v with a file, in which $ROOT stands for root. With -update it
// writes the file.
func golden(t *testing.T, file, root string, v any) {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(v))
	text := strings.ReplaceAll(out.String(), root, "$ROOT")
	require.NotContains(t, text, "hunter2")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), text, "run: go test ./gate -run Golden -update")
}
