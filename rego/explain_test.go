package rego_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

func jsonText(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	require.NoError(t, err)
	return string(data)
}

func explain(t *testing.T, policy, input string) rego.PolicyTrace {
	t.Helper()
	p, err := rego.Load(t.Context(), rego.LoadConfig{Name: "explained", FS: fstest.MapFS{"x.rego": {Data: []byte(policy)}}})
	require.NoError(t, err)
	e, err := p.Explain(t.Context(), ast.MustParseTerm(input).Value, nil)
	require.NoError(t, err)
	require.Equal(t, "explained", e.Source)
	require.Len(t, e.Policies, 1)
	return e.Policies[0]
}

const explained = `package mcp.policy.x

allowed := {"ghcr.io"}

approved if input.server.image.registry in allowed

deny contains {"msg": msg, "path": "/server/image"} if {
	not approved
	some i, v in input.server.environment
	v.source == "literal"
	msg := sprintf("variable %d, %s", [i, v.name])
}

deny contains "second" if {
	not approved
	input.server.kind == "process"
}

warn contains "remote" if input.server.kind == "remote"
`

func TestExplainViolations(t *testing.T) {
	e := explain(t, explained, `{"server": {"kind": "process", "image": {"registry": "docker.io"}, "environment": [
		{"name": "A", "source": "host"}, {"name": "B", "source": "literal"}]}}`)
	require.Empty(t, e.Error)
	require.Len(t, e.Members, 2)

	second, variable := e.Members[0], e.Members[1]
	require.Equal(t, "second", second.Msg)
	require.Equal(t, 14, second.Row)
	// approved was evaluated for the other rule, and is read here all the same.
	require.Equal(t, []string{"/server/image/registry", "/server/kind"}, second.Inputs)

	require.Equal(t, "deny", variable.Set)
	require.Equal(t, "variable 1, B", variable.Msg)
	require.Equal(t, "/server/image", variable.Path)
	require.Equal(t, "x.rego", variable.File)
	require.Equal(t, 7, variable.Row)
	require.Len(t, variable.Steps, 4)
	require.Equal(t, rego.Step{File: "x.rego", Row: 8, Text: "not approved", Values: []rego.Value{}}, variable.Steps[0])
	require.Equal(t, "some i, v in input.server.environment", variable.Steps[1].Text)
	require.Contains(t, variable.Steps[1].Values, rego.Value{Name: "i", Value: "1"})
	require.Contains(t, variable.Steps[2].Values, rego.Value{Name: "v.source", Value: `"literal"`})
	require.Contains(t, variable.Steps[3].Values, rego.Value{Name: "msg", Value: `"variable 1, B"`})
	require.Equal(t, []string{"/server/environment", "/server/image/registry"}, variable.Inputs)
	require.Equal(t, []string{"/server/environment", "/server/image/registry", "/server/kind"}, e.Inputs)
}

func TestExplainAllowed(t *testing.T) {
	e := explain(t, explained, `{"server": {"kind": "process", "image": {"registry": "ghcr.io"}, "environment": []}}`)
	require.Empty(t, e.Members)
	var stopped []string
	for _, r := range e.Rules {
		require.Equal(t, "x.rego", r.File)
		if !r.Held && r.Stopped != nil {
			stopped = append(stopped, r.Rule+" "+r.Stopped.Text)
		}
	}
	// The last is one that an index would leave out.
	require.Equal(t, []string{
		"mcp.policy.x.deny not approved",
		"mcp.policy.x.deny not approved",
		`mcp.policy.x.warn input.server.kind == "remote"`,
	}, stopped)
}

// A rule that only the index keeps from failing is no error of the explanation
// either.
func TestExplainWithIndex(t *testing.T) {
	const policy = `package mcp.policy.x

deny contains "x" if {
	to_number(input.server.name) > 3
	input.server.kind == "remote"
}

deny contains "y" if input.server.kind == "process"
`
	e := explain(t, policy, `{"server": {"name": "a", "kind": "process"}}`)
	require.Empty(t, e.Error)
	require.Len(t, e.Members, 1)
	e = explain(t, policy, `{"server": {"name": "a", "kind": "remote"}}`)
	require.Contains(t, e.Error, "x.rego:4: eval_builtin_error")
	require.NotContains(t, e.Error, `"a"`)
}

func TestExplainIsBounded(t *testing.T) {
	many := strings.Repeat(`{"name": "`+strings.Repeat("n", 1000)+`", "source": "literal"},`, 300)
	e := explain(t, explained, `{"server": {"kind": "", "image": {"registry": ""}, "environment": [`+strings.TrimSuffix(many, ",")+`]}}`)
	require.Len(t, e.Members, 100)
	require.Less(t, len(jsonText(t, e)), 500_000)
}

func TestExplainWithoutPolicy(t *testing.T) {
	s, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{Name: "empty", FS: fstest.MapFS{}}, DenyUntilLoaded: true, Static: true})
	require.NoError(t, err)
	_, err = s.Policy().Explain(t.Context(), ast.NewObject(), nil)
	require.ErrorIs(t, err, rego.ErrNoPolicy)
}
