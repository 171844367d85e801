package rego_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// What is outside of the policies is evaluated once for all of them, which none of
// them may notice.
func TestPoliciesShareWhatIsCommonAndNothingElse(t *testing.T) {
	const common = `package corp.names

current := input.server.name

number(text) := to_number(text)

both(x) := 1 if x

both(x) := 2 if x

outer := number(current)
`
	for name, tc := range map[string]struct {
		a, b   string // bodies of deny, of which b is asked second
		errors []string
		msg    string // of b
	}{
		"a with": {
			a: `names.current == "other" with input as {"server": {"name": "other"}}; m := "a"`,
			b: `m := names.current`, msg: "real",
		},
		"a with in a with": {
			a: `data.mcp.policy.a.inner with input as {"server": {"name": "other"}}; names.current == "real"; m := "a"`,
			b: `m := names.current`, msg: "real",
		},
		"a with that fails": {
			a: `names.outer == 1 with input as {"server": {"name": "other"}}; m := "a"`,
			b: `m := names.current`, msg: "real", errors: []string{"a"},
		},
		"a with that fails, of a function": {
			a: `bad with input as {"server": {"name": "other"}}; m := "a"`,
			b: `m := names.current`, msg: "real", errors: []string{"a"},
		},
		"a builtin that fails": {
			a: `names.number("x") == 1; m := "a"`,
			b: `names.number("x") == 1; m := "b"`, errors: []string{"a", "b"},
		},
		"a builtin that fails where one negates": {
			a: `not names.number("x"); m := "a"`,
			b: `not names.number("x"); m := "b"`, errors: []string{"a", "b"},
		},
		"a function that contradicts itself": {
			a: `names.both(true) == 1; m := "a"`,
			b: `names.both(true) == 1; m := "b"`, errors: []string{"a", "b"},
		},
		"equal names of rules": {
			a: `own == "a"; m := own`,
			b: `own == "b"; m := own`, msg: "b",
		},
	} {
		t.Run(name, func(t *testing.T) {
			policy := func(name, body string) string {
				return "package mcp.policy." + name + "\n\nimport data.corp.names\n\nown := \"" + name + "\"\n\n" +
					"inner if names.current == \"deep\" with input as {\"server\": {\"name\": \"deep\"}}\n\n" +
					"bad if {\n\tnames.current == \"other\"\n\tnames.both(true) == 1\n}\n\ndeny contains m if {\n\t" + body + "\n}\n"
			}
			p := mustLoad(t, files{"corp/names.rego": common, "a.rego": policy("a", tc.a), "b.rego": policy("b", tc.b)})
			for range 2 {
				r := eval(t, p, "real")
				var failed []string
				for _, e := range r.Errors {
					failed = append(failed, e.Policy)
				}
				require.Equal(t, tc.errors, failed)
				of := map[string]rego.Violation{}
				for _, v := range r.Violations {
					of[v.Policy] = v
				}
				require.Equal(t, tc.msg, of["b"].Msg)
			}
		})
	}
}
