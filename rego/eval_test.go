package rego_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// A policy that fails denies by its name, and the others still answer.
func TestEvalErrors(t *testing.T) {
	const head = "package mcp.policy.broken\n\n"
	for name, tc := range map[string]struct{ module, want string }{
		"conflict": {
			head + "deny contains \"m\" if v == 1\n\nv := 1 if input.server.name\n\nv := 2 if input.server.name",
			"broken.rego:7: eval_conflict_error: rule data.mcp.policy.broken.v produced conflicting values",
		},
		"builtin error": {
			head + "deny contains \"m\" if to_number(input.server.name) > 1",
			"broken.rego:3: eval_builtin_error: to_number failed",
		},
		"builtin error in a shared module": {
			head + "deny contains \"m\" if data.corp.n > 1",
			"corp.rego:3: eval_builtin_error: to_number failed",
		},
		"operand of a wrong type": {
			head + "deny contains \"m\" if lower(object.get(input, [\"server\", \"args\"], \"\")) == \"x\"",
			"broken.rego:3: eval_type_error: lower: operand 1 must be string but got array",
		},
		"member without msg":   {head + "deny contains {}", "no msg"},
		"member of wrong type": {head + "deny contains 1", "neither a string nor an object"},
		"empty msg":            {head + "warn contains \"\"", "empty"},
		"unknown field":        {head + "deny contains {\"msg\": \"m\", \"severity\": \"low\"}", "a field other than"},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, files{
				"a.rego": denyBad, "broken.rego": tc.module,
				"corp.rego": "package corp\n\nn := to_number(input.server.name)",
			})
			r := eval(t, p, "bad")
			require.False(t, r.Allowed)
			require.Len(t, r.Errors, 1)
			require.Equal(t, "broken", r.Errors[0].Policy)
			require.Contains(t, r.Errors[0].Msg, tc.want)
			require.Len(t, r.Violations, 1)
			require.Equal(t, "a", r.Violations[0].Policy)

			require.False(t, eval(t, p, "good").Allowed, "an error denies without any violation")
		})
	}
}

func TestEvalErrorsDoNotQuoteTheInput(t *testing.T) {
	const secret = "s3cr3t-value"
	for _, call := range []string{
		`to_number(input.server.name)`, `json.unmarshal(input.server.name)`, `base64.decode(input.server.name)`,
		`time.parse_rfc3339_ns(input.server.name)`, `units.parse(input.server.name)`, `regex.match(concat("", ["(", input.server.name]), "x")`,
		`hex.decode(input.server.name)`, `yaml.unmarshal(concat("", ["{", input.server.name]))`, `semver.compare(input.server.name, "1.0.0")`,
		`io.jwt.decode(input.server.name)`, `net.cidr_contains(input.server.name, "1.1.1.1")`, `urlquery.decode(concat("", ["%zz", input.server.name]))`,
		`json.patch({}, [{"op": input.server.name}])`, `f(1)`, `{"k": v | some v in [1, input.server.name]}`,
	} {
		t.Run(call, func(t *testing.T) {
			p := mustLoad(t, files{"x.rego": "package mcp.policy.x\n\ndeny contains \"m\" if { v := " + call + "; v }\n\nf(x) := x\n\nf(x) := input.server.name if x"})
			r := eval(t, p, secret)
			require.NotEmpty(t, r.Errors)
			for _, e := range r.Errors {
				require.NotContains(t, e.Msg, secret)
			}
		})
	}
}

func TestEvalMembers(t *testing.T) {
	p := mustLoad(t, files{"x.rego": `# METADATA
# title: Title
# description: Description
# related_resources:
#   - ref: https://intranet.example/x
# custom:
#   severity: high
#   remediation: ask
#   enforcement: audit
package mcp.policy.x

deny contains {"msg": "b", "path": "/server/name", "details": {"n": 12345678901234567890, "s": {2, 1}}}

deny contains {"msg": "a", "remediation": "do"}

warn contains "c"
`})
	links := []string{"https://intranet.example/x"}
	r := eval(t, p, "x")
	require.True(t, r.Allowed)
	require.Empty(t, r.Errors)
	require.Len(t, r.Violations, 3)
	require.Equal(t, rego.Violation{
		Policy: "x", Source: "test", Level: "audit", Msg: "a", Severity: "high", Title: "Title", Remediation: "do",
		Links: links, Details: map[string]any{},
	}, r.Violations[0])
	require.Equal(t, "/server/name", r.Violations[1].Path)
	require.Equal(t, "ask", r.Violations[1].Remediation)
	require.JSONEq(t, `{"n": 12345678901234567890, "s": [1, 2]}`, toJSON(t, r.Violations[1].Details))
	require.Contains(t, toJSON(t, r.Violations[1].Details), "12345678901234567890")
}

func TestEvalSeesOtherPoliciesAndData(t *testing.T) {
	p := mustLoad(t, files{
		"a.rego":    denyBad,
		"b.rego":    "package mcp.policy.b\n\nwarn contains \"a denies\" if count(data.mcp.policy.a.deny) > 0",
		"data.yaml": "corp:\n  names: [worse]\n",
		"c.rego":    "package mcp.policy.c\n\ndeny contains \"named in data\" if input.server.name in data.corp.names",
	})
	require.Len(t, eval(t, p, "bad").Violations, 2)
	require.Equal(t, "named in data", eval(t, p, "worse").Violations[0].Msg)
}

func TestEvalCancelled(t *testing.T) {
	p := mustLoad(t, files{"a.rego": denyBad})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := p.Eval(ctx, server("good"))
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, r.Allowed)
}

// A policy that runs for ever ends with its context, and denies.
func TestEvalDeadline(t *testing.T) {
	p := mustLoad(t, files{"a.rego": `package mcp.policy.a

deny contains "m" if {
	some a in numbers.range(1, 10000)
	some b in numbers.range(1, 10000)
	some c in numbers.range(1, 10000)
	a + b + c < 0
	input.server.name
}`})
	ctx, cancel := context.WithTimeout(t.Context(), 50_000_000)
	defer cancel()
	r, err := p.Eval(ctx, server("good"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, r.Allowed)
}

func TestEvalNoInput(t *testing.T) {
	r, err := mustLoad(t, files{"a.rego": denyBad}).Eval(t.Context(), nil)
	require.ErrorContains(t, err, "no input")
	require.False(t, r.Allowed)
}

func TestEvalConcurrent(t *testing.T) {
	p := mustLoad(t, files{"a.rego": denyBad, "b.rego": strings.ReplaceAll(denyBad, "policy.a", "policy.b")})
	bad, good := server("bad"), server("good")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				for input, allowed := range map[ast.Value]bool{bad: false, good: true} {
					r, err := p.Eval(t.Context(), input)
					if err != nil || r.Allowed != allowed {
						t.Errorf("allowed %t, error %v", r.Allowed, err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkEval(b *testing.B) {
	p, err := load(b.Context(), files{"a.rego": denyBad})
	require.NoError(b, err)
	input := server("good")
	b.ReportAllocs()
	for b.Loop() {
		if r, err := p.Eval(b.Context(), input); err != nil || !r.Allowed {
			b.Fatal(r, err)
		}
	}
}
