package lib_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego/lib"
)

func TestFSHoldsAllModulesAndNoTests(t *testing.T) {
	var want []string
	for _, name := range files(t, os.DirFS("."), "mcp") {
		if !strings.HasSuffix(name, "_test.rego") {
			want = append(want, name)
		}
	}
	require.NotEmpty(t, want)
	require.Equal(t, want, files(t, lib.FS, "."))
}

func files(t *testing.T, fsys fs.FS, root string) []string {
	t.Helper()
	var names []string
	require.NoError(t, fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	}))
	return names
}

// The decision logic is called from generated modules below data.mcp; a
// reference from it to there would be a recursion.
func TestGateRefersToNoDataOutsideItself(t *testing.T) {
	src, err := lib.FS.ReadFile("mcp/gate/gate.rego")
	require.NoError(t, err)
	module, err := ast.ParseModule("gate.rego", string(src))
	require.NoError(t, err)
	require.Empty(t, module.Imports)
	ast.WalkRefs(module.Rules, func(ref ast.Ref) bool {
		require.False(t, ref.HasPrefix(ast.DefaultRootRef), "%s: %s", ref[0].Location, ref)
		require.False(t, ref.HasPrefix(ast.InputRootRef), "%s: %s", ref[0].Location, ref)
		return false
	})
}

// Authors test with input_with, so it must have exactly the fields that the gate
// gives them.
func TestInputWithHasTheFieldsOfTheInput(t *testing.T) {
	data, err := os.ReadFile("../../gate/schema/input.json")
	require.NoError(t, err)
	var schema jsonSchema
	require.NoError(t, json.Unmarshal(data, &schema))
	want := schema.empty().(map[string]any)
	want["version"], want["operation"] = json.Number("1"), "create_server"
	require.Equal(t, want, inputWith(t, map[string]any{}))

	for name, field := range schema.Properties["server"].Properties {
		if field.Type != "array" || field.Items.Type != "object" {
			continue
		}
		got := inputWith(t, map[string]any{"server": map[string]any{name: []any{map[string]any{}}}})
		require.Equal(t, []any{field.Items.empty()}, got["server"].(map[string]any)[name], name)
	}
}

// jsonSchema is what the schema of the input uses of JSON Schema.
type jsonSchema struct {
	Type       string
	Properties map[string]jsonSchema
	Items      *jsonSchema
}

func (s jsonSchema) empty() any {
	switch s.Type {
	case "object":
		object := map[string]any{}
		for name, property := range s.Properties {
			object[name] = property.empty()
		}
		return object
	case "array":
		return []any{}
	case "boolean":
		return false
	case "integer", "number":
		return json.Number("0")
	default:
		return ""
	}
}

func inputWith(t *testing.T, patch map[string]any) map[string]any {
	t.Helper()
	options := []func(*rego.Rego){
		rego.Query("data.mcp.lib.input_with(input)"),
		rego.Input(patch),
		rego.StrictBuiltinErrors(true),
	}
	for _, name := range files(t, lib.FS, "mcp/lib") {
		src, err := lib.FS.ReadFile(name)
		require.NoError(t, err)
		options = append(options, rego.Module(name, string(src)))
	}
	results, err := rego.New(options...).Eval(t.Context())
	require.NoError(t, err)
	require.Len(t, results, 1)
	return results[0].Expressions[0].Value.(map[string]any)
}

// The same tests as `opa test mcp`, but a builtin that fails makes its test
// fail, and every line of the decision logic must have been evaluated.
func TestRego(t *testing.T) {
	modules, store, err := tester.Load([]string{"mcp"}, nil)
	require.NoError(t, err)
	coverage := cover.New()
	require.NoError(t, storage.Txn(t.Context(), store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		results, err := tester.NewRunner().
			SetStore(store).
			SetModules(modules).
			SetCoverageQueryTracer(coverage).
			RaiseBuiltinErrors(true).
			SetTimeout(time.Minute).
			RunTests(t.Context(), txn)
		if err != nil {
			return err
		}
		count := 0
		for result := range results {
			count++
			t.Run(path.Base(result.Package)+"."+result.Name, func(t *testing.T) {
				require.NoError(t, result.Error)
				require.True(t, result.Pass(), "%s\n%s", result.Location, result)
			})
		}
		require.NotZero(t, count)
		return nil
	}))
	report := coverage.Report(modules)
	for _, name := range slices.Sorted(maps.Keys(report.Files)) {
		if !strings.HasSuffix(name, "_test.rego") {
			require.Empty(t, report.Files[name].NotCovered, "%s", name)
		}
	}
}
