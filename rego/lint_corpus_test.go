package rego_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/lib"
)

// trap is a file of testdata/lint: NAME.rego does not do what its author means,
// NAME_safe.rego does. Both say what to ask them, and the trap says how it fails:
// silent, where its deny stays empty and that of the safe form does not; differs,
// where the two say different things; error, where the gate takes none of it.
type trap struct {
	name    string
	outcome string
	input   map[string]any
	data    map[string]any
	content string
}

var (
	header = regexp.MustCompile(`(?m)^# (input|outcome|data): (.*)$`)
	wanted = regexp.MustCompile(`# want( above)?: (.*)$`)
)

func readTrap(t *testing.T, file string) trap {
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	tr := trap{name: strings.TrimSuffix(filepath.Base(file), ".rego"), data: map[string]any{}, content: string(b)}
	for _, h := range header.FindAllStringSubmatch(tr.content, -1) {
		switch h[1] {
		case "outcome":
			tr.outcome = h[2]
		case "input":
			require.NoError(t, json.Unmarshal([]byte(h[2]), &tr.input))
		case "data":
			require.NoError(t, json.Unmarshal([]byte(h[2]), &tr.data))
		}
	}
	return tr
}

func (tr trap) files(t *testing.T) files {
	data, err := json.Marshal(tr.data)
	require.NoError(t, err)
	return files{"p.rego": tr.content, "data.json": string(data)}
}

// wants are the findings that the file asks for, as ROW RULE.
func (tr trap) wants() []string {
	want := []string{}
	for i, line := range strings.Split(tr.content, "\n") {
		if m := wanted.FindStringSubmatch(line); m != nil {
			row := i + 1
			if m[1] != "" {
				row--
			}
			for rule := range strings.FieldsSeq(m[2]) {
				want = append(want, fmt.Sprintf("%d %s", row, rule))
			}
		}
	}
	slices.Sort(want)
	return want
}

func traps(t *testing.T) map[string][2]trap {
	names, err := filepath.Glob("testdata/lint/*.rego")
	require.NoError(t, err)
	pairs := map[string][2]trap{}
	for _, name := range names {
		if strings.HasSuffix(name, "_safe.rego") {
			continue
		}
		tr := readTrap(t, name)
		pairs[tr.name] = [2]trap{tr, readTrap(t, strings.TrimSuffix(name, ".rego")+"_safe.rego")}
	}
	return pairs
}

// schemaWithEnums is the schema of the input, with the values of some fields.
func schemaWithEnums(t testing.TB) []byte {
	var doc map[string]any
	require.NoError(t, json.Unmarshal(inputSchema(t), &doc))
	at := func(path ...string) map[string]any {
		node := doc
		for _, p := range path {
			node = node[p].(map[string]any)
		}
		return node
	}
	server := at("properties", "server", "properties")
	server["kind"].(map[string]any)["enum"] = []any{"", "container", "process", "remote"}
	server["transport"].(map[string]any)["enum"] = []any{"", "stdio", "sse", "streamable-http"}
	at("properties", "server", "properties", "environment", "items", "properties", "source")["enum"] = []any{"literal", "secret", "host"}
	b, err := json.Marshal(doc)
	require.NoError(t, err)
	return b
}

func TestLintFindsEachTrap(t *testing.T) {
	schema := schemaWithEnums(t)
	pairs := traps(t)
	require.GreaterOrEqual(t, len(pairs), 60)
	found := map[string]bool{}
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			want := pair[0].wants()
			require.NotEmpty(t, want)
			findings := lint(t, pair[0], schema)
			require.Equal(t, want, places(findings), "%v", findings)
			for _, f := range findings {
				found[f.Rule] = true
				require.NotEmpty(t, f.Msg)
				require.NotEmpty(t, f.Text)
				require.NotZero(t, f.Col)
				require.Equal(t, pair[0].name, f.Policy)
			}
			require.Empty(t, lint(t, pair[1], schema))
		})
	}
	require.ElementsMatch(t, append(rego.LintRules(), "unknown-input-field"), slices.Collect(maps.Keys(found)), "every rule has a trap")
}

func lint(t *testing.T, tr trap, schema []byte) []rego.Finding {
	found, err := rego.Lint(t.Context(), tr.files(t).fs(), schema)
	require.NoError(t, err)
	return found
}

func places(found []rego.Finding) []string {
	list := []string{}
	for _, f := range found {
		list = append(list, fmt.Sprintf("%d %s", f.Row, f.Rule))
	}
	slices.Sort(list)
	return list
}

// The traps are traps: evaluated as stock OPA does, without the schema, they do
// not say what the safe form says.
func TestTrapsDoNotDeny(t *testing.T) {
	for name, pair := range traps(t) {
		t.Run(name, func(t *testing.T) {
			in := wholeInput(t, pair[0].input)
			require.Equal(t, pair[0].input, pair[1].input)
			safe := denied(t, pair[1], in)
			switch pair[0].outcome {
			case "silent":
				require.Empty(t, denied(t, pair[0], in))
				require.NotEmpty(t, safe)
			case "differs":
				require.NotEqual(t, denied(t, pair[0], in), safe)
			case "error":
				require.NotEmpty(t, decide(t, pair[0], in).Errors)
				require.NotEmpty(t, decide(t, pair[1], in).Violations)
			default:
				t.Fatalf("outcome %q", pair[0].outcome)
			}
		})
	}
}

// denied is the deny set of a policy.
func denied(t *testing.T, tr trap, in map[string]any) []any {
	pkg := strings.TrimSuffix(tr.name, "_safe")
	library := []func(*oparego.Rego){}
	for _, name := range []string{"mcp/lib/host.rego", "mcp/lib/mounts.rego"} {
		b, err := lib.FS.ReadFile(name)
		require.NoError(t, err)
		library = append(library, oparego.Module(name, string(b)))
	}
	rs, err := oparego.New(append(library,
		oparego.Module("p.rego", tr.content),
		oparego.Query("data.mcp.policy."+pkg+".deny"),
		oparego.Store(inmem.NewFromObject(tr.data)),
		oparego.Input(in))...).Eval(t.Context())
	require.NoError(t, err)
	require.Len(t, rs, 1)
	return rs[0].Expressions[0].Value.([]any)
}

func decide(t *testing.T, tr trap, in map[string]any) rego.Result {
	p, err := rego.Load(t.Context(), rego.LoadConfig{Name: "test", FS: tr.files(t).fs(), Log: quiet})
	require.NoError(t, err)
	res, err := p.Eval(t.Context(), ast.MustInterfaceToValue(in))
	require.NoError(t, err)
	return res
}

// wholeInput is an input with every field, empty but for those of patch.
func wholeInput(t *testing.T, patch map[string]any) map[string]any {
	var doc map[string]any
	require.NoError(t, json.Unmarshal(inputSchema(t), &doc))
	in := whole(doc, patch).(map[string]any)
	in["context"].(map[string]any)["time"] = "2026-01-01T00:00:00.000Z"
	return in
}

func whole(schema map[string]any, v any) any {
	switch schema["type"] {
	case "object":
		given, _ := v.(map[string]any)
		out := maps.Clone(given)
		if out == nil {
			out = map[string]any{}
		}
		properties, _ := schema["properties"].(map[string]any)
		for name, p := range properties {
			out[name] = whole(p.(map[string]any), given[name])
		}
		return out
	case "array":
		list, _ := v.([]any)
		out := []any{}
		for _, item := range list {
			out = append(out, whole(schema["items"].(map[string]any), item))
		}
		return out
	}
	if v != nil {
		return v
	}
	return map[any]any{"string": "", "integer": 0, "boolean": false}[schema["type"]]
}
