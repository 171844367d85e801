package gate_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/suite"
	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// OPA's index leaves out rules that cannot hold, and with them the builtins in
// them that fail: an error that strict evaluation would deny for is hidden. The
// policies that ship say the same with the index and without it, for every input
// that there is: every rule of theirs, which all of mcp.lib is for, and the decision.
func TestShippedPoliciesDoNotNeedTheIndex(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths and programs of the corpus are those of Unix")
	}
	sources := map[string]rego.LoadConfig{"starter": {FS: starterSource()}}
	for name, dir := range map[string]string{"cookbook": "../examples/cookbook", "example": "../examples/policy", "bundles/": "../testdata/decisions/bundles/*"} {
		dirs, err := filepath.Glob(dir)
		require.NoError(t, err)
		require.NotEmpty(t, dirs)
		for _, dir := range dirs {
			if dir, err = filepath.Abs(dir); len(dirs) > 1 {
				name = "bundles/" + filepath.Base(dir)
			}
			require.NoError(t, err)
			sources[name] = rego.LoadConfig{Dir: dir}
		}
	}
	few := append(goldenInputs(t), suiteInputs(t)...)
	inputs := slices.Clone(few)
	seen := map[string]bool{}
	b := newBypass(t)
	b.tryAll(t)
	for _, policy := range []string{"allow", "deny"} {
		sources["bypass/"+policy] = rego.LoadConfig{Dir: filepath.Join(b.root, "policy", policy)}
	}
	for _, in := range b.inputs {
		if text := toJSON(t, in); !seen[text] {
			seen[text] = true
			inputs = append(inputs, valueOf(t, text))
		}
	}

	compared, failed := 0, 0
	compare := func(name string, query oparego.PreparedEvalQuery, inputs []ast.Value) {
		for _, in := range inputs {
			with, withErr := everything(t, query, in, true)
			without, withoutErr := everything(t, query, in, false)
			require.Equal(t, withErr, withoutErr, name)
			require.Equal(t, with, without, name)
			compared++
			if withErr != "" {
				failed++
			}
		}
	}
	for name, cfg := range sources {
		compare(name, builtQuery(t, name, cfg, "x = data.mcp.gate.decision"), few)
		if !strings.HasPrefix(name, "bundles/") { // those do not ship
			compare(name, builtQuery(t, name, cfg, "x = data.mcp.policy"), inputs)
		}
	}
	require.Greater(t, len(sources), 6)
	require.Greater(t, len(inputs), 600)
	require.Less(t, failed, compared/2)
	soak.Report(t, "%d evaluations over %d inputs with rule indexing and without: 0 differences (%d fail both ways)", compared, len(inputs), failed)
}

// The comparison sees what the index hides.
func TestTheIndexHidesAnError(t *testing.T) {
	query := builtQuery(t, "contrived", rego.LoadConfig{FS: fstest.MapFS{"x.rego": {Data: []byte(`package mcp.policy.x

deny contains "m" if {
	to_number(input.server.name) > 1
	input.server.kind == "remote"
}
`)}}}, "x = data.mcp.policy")
	in := valueOf(t, `{"version": 1, "server": {"name": "no number", "kind": "container"}}`)
	_, err := everything(t, query, in, true)
	require.Empty(t, err)
	_, err = everything(t, query, in, false)
	require.Contains(t, err, "to_number")
}

// builtQuery prepares a query over a source and the Rego that ships, which `policy
// build` packs with it.
func builtQuery(t *testing.T, name string, cfg rego.LoadConfig, query string) oparego.PreparedEvalQuery {
	t.Helper()
	cfg.Name, cfg.InputSchema, cfg.Log = name, gate.InputSchema(), slog.New(slog.DiscardHandler)
	cfg.Permissions = rego.PermissionsIgnore
	var packed bytes.Buffer
	require.NoError(t, rego.Build(t.Context(), cfg, rego.BuildOptions{}, &packed))
	read, err := bundle.NewReader(&packed).Read()
	require.NoError(t, err)
	prepared, err := oparego.New(
		oparego.ParsedBundle(name, &read),
		oparego.Query(query),
		oparego.StrictBuiltinErrors(true),
	).PrepareForEval(t.Context())
	require.NoError(t, err)
	return prepared
}

// everything is all that the query says, or why it fails.
func everything(t *testing.T, query oparego.PreparedEvalQuery, in ast.Value, indexing bool) (result, failure string) {
	t.Helper()
	results, err := query.Eval(context.Background(), oparego.EvalParsedInput(in), oparego.EvalRuleIndexing(indexing))
	if err != nil {
		return "", err.Error()
	}
	require.Len(t, results, 1)
	return toJSON(t, results[0].Bindings), ""
}

// goldenInputs are the inputs of testdata/decisions.
func goldenInputs(t *testing.T) []ast.Value {
	t.Helper()
	files, err := filepath.Glob("../testdata/decisions/golden/*.input.json")
	require.NoError(t, err)
	var inputs []ast.Value
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		inputs = append(inputs, valueOf(t, string(text)))
	}
	return inputs
}

// suiteInputs are those of the cases in the suites that ship.
func suiteInputs(t *testing.T) []ast.Value {
	t.Helper()
	s, err := suite.Load("../rego/scaffold/repository/suites/servers.yaml")
	require.NoError(t, err)
	var inputs []ast.Value
	for _, c := range s.Cases {
		resolved, err := runner.ResolveAsWritten(t.Context(), c.Config, c.Command)
		require.NoError(t, err)
		inputs = append(inputs, valueOf(t, toJSON(t, inputFor(t, resolved))))
	}
	return inputs
}

func valueOf(t *testing.T, text string) ast.Value {
	t.Helper()
	v, err := ast.ValueFromReader(strings.NewReader(text))
	require.NoError(t, err)
	return v
}
