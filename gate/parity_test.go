package gate_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	opabundle "github.com/open-policy-agent/opa/v1/bundle"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

// Every config of testdata/decisions is asked of every bundle there and of the
// starter policies: by the gate, by OPA as `opa eval --strict-builtin-errors -b`
// does on the built bundle, and by the gate on the built bundle.
func TestParityWithOPA(t *testing.T) {
	_, stores := openDecisions(t)
	store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: starterConfig()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	stores["starter"] = store
	inputs := map[string]gate.Input{}
	for _, file := range globbed(t, "configs/*.json") {
		name, in := decisionInput(t, file)
		inputs[name] = in
	}
	decided, refused := 0, 0
	for bundle, content := range builtBundles(t) {
		ask, publishedStore := askOPA(t, content, true), openBuilt(t, bundle, content)
		for name, in := range inputs {
			t.Run(name+"/"+bundle, func(t *testing.T) {
				want, undecided := newGate(t, stores[bundle]).Decide(t.Context(), in)
				got, err := ask(want.Input)
				if undecided == nil && len(want.Errors) == 0 {
					decided++
					require.NoError(t, err)
					require.JSONEq(t, shownDecision(t, want), got)
				} else if refused++; err == nil {
					// What mcp.gate itself says is an error, it says here too.
					require.JSONEq(t, shownDecision(t, want), got)
					require.Contains(t, got, `"allowed":false`)
				}

				published, undecidedToo := newGate(t, publishedStore).Decide(t.Context(), in)
				require.Equal(t, undecided == nil, undecidedToo == nil)
				require.Equal(t, want.Allowed, published.Allowed)
				require.Equal(t, want.Violations, published.Violations)
				require.Equal(t, want.Warnings, published.Warnings)
				require.Len(t, published.Errors, len(want.Errors)) // with another file before the line

				for _, part := range []string{"server", "context", "config"} {
					partial := asObject(t, want.Input)
					delete(partial, part)
					got, err := ask(partial)
					require.NoError(t, err)
					require.Contains(t, got, `"allowed":false`)
					require.Contains(t, got, part+" is required")
				}
			})
		}
	}
	require.Greater(t, decided, 30)
	require.Greater(t, refused, 4)
}

// Where OPA may pass over a builtin that fails, the policy falls silent: that is
// why the built bundle is asked with strict builtin errors.
func TestParityNeedsStrictBuiltinErrors(t *testing.T) {
	openDecisions(t)
	_, in := decisionInput(t, "configs/remote.json")
	bundle := builtBundles(t)["failing"]
	_, err := askOPA(t, bundle, true)(in)
	require.ErrorContains(t, err, "to_number")
	got, err := askOPA(t, bundle, false)(in)
	require.NoError(t, err)
	require.Contains(t, got, `"errors":[]`)
}

func starterConfig() rego.LoadConfig {
	cfg := bundleConfig("starter")
	cfg.Dir, cfg.FS = "", starterSource()
	return cfg
}

// builtBundles are the bundles of testdata/decisions, and the starter policies,
// as `mcp-runner policy build` writes them.
func builtBundles(t *testing.T) map[string][]byte {
	t.Helper()
	configs := []rego.LoadConfig{starterConfig()}
	for _, dir := range globbed(t, "bundles/*") {
		configs = append(configs, bundleConfig(dir))
	}
	bundles := map[string][]byte{}
	for _, cfg := range configs {
		var b bytes.Buffer
		require.NoError(t, rego.Build(t.Context(), cfg, rego.BuildOptions{}, &b))
		bundles[cfg.Name] = b.Bytes()
	}
	return bundles
}

// openBuilt opens a source that holds nothing but a built bundle.
func openBuilt(t *testing.T, name string, bundle []byte) *rego.Store {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "bundle.tar.gz"), bundle, 0o644))
	cfg := bundleConfig(dir)
	cfg.Name = name
	store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: cfg, Static: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// askOPA returns a function that asks OPA about an input.
func askOPA(t *testing.T, bundle []byte, strict bool) func(input any) (string, error) {
	t.Helper()
	b, err := opabundle.NewReader(bytes.NewReader(bundle)).Read()
	require.NoError(t, err)
	query, err := oparego.New(
		oparego.ParsedBundle("bundle", &b),
		oparego.Query("data.mcp.gate.decision"),
		oparego.StrictBuiltinErrors(strict),
	).PrepareForEval(t.Context())
	require.NoError(t, err)
	return func(input any) (string, error) {
		results, err := query.Eval(t.Context(), oparego.EvalInput(asObject(t, input)))
		if err != nil {
			return "", err
		}
		require.Len(t, results, 1)
		text, err := json.Marshal(results[0].Expressions[0].Value)
		require.NoError(t, err)
		return string(text), nil
	}
}

func asObject(t *testing.T, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(text, &object))
	return object
}

// shownDecision is a decision without what the gate adds.
func shownDecision(t *testing.T, d *gate.Decision) string {
	t.Helper()
	object := asObject(t, d)
	for _, key := range []string{"id", "time", "revision", "sources", "input"} {
		delete(object, key)
	}
	text, err := json.Marshal(object)
	require.NoError(t, err)
	return string(text)
}

func starterSource() fs.FS {
	fsys, err := library.Source(library.Default)
	if err != nil {
		panic(err)
	}
	return fsys
}
