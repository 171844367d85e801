package rego_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A member that is not of the contract's form denies as an error of its policy,
// in deny as in warn and at every level, and so does one beside a good member.
func TestMembersOfTheWrongShape(t *testing.T) {
	wrong := map[string]string{
		"null": `null`, "true": `true`, "false": `false`, "number": `0`, "list": `["m"]`, "empty list": `[]`, "set": `{"m"}`, "empty set": `set()`,
		"empty string": `""`, "empty object": `{}`, "no msg": `{"path": "/server"}`, "message": `{"message": "m"}`, "empty msg": `{"msg": ""}`,
		"null msg": `{"msg": null}`, "number msg": `{"msg": 1}`, "list msg": `{"msg": ["m"]}`, "object msg": `{"msg": {"a": "m"}}`, "boolean msg": `{"msg": true}`,
		"null path": `{"msg": "m", "path": null}`, "list path": `{"msg": "m", "path": ["server", "name"]}`, "path without a slash": `{"msg": "m", "path": "server/name"}`,
		"number path":      `{"msg": "m", "path": 1}`,
		"null details":     `{"msg": "m", "details": null}`,
		"list details":     `{"msg": "m", "details": ["d"]}`,
		"string details":   `{"msg": "m", "details": "d"}`,
		"set details":      `{"msg": "m", "details": {"d"}}`,
		"null remediation": `{"msg": "m", "remediation": null}`, "list remediation": `{"msg": "m", "remediation": ["r"]}`,
		"severity": `{"msg": "m", "severity": "low"}`, "level": `{"msg": "m", "level": "warn"}`, "waiver": `{"msg": "m", "waiver": {"policy": "a"}}`,
		"capital": `{"msg": "m", "Path": "/server"}`, "key is a number": `{"msg": "m", 1: "x"}`, "key is null": `{"msg": "m", null: "x"}`, "key is a list": `{"msg": "m", ["x"]: "x"}`,
	}
	for name, member := range wrong {
		t.Run(name, func(t *testing.T) {
			for _, set := range []string{"deny", "warn"} {
				for _, level := range []string{"deny", "warn", "audit"} {
					for _, beside := range []string{"", "\n\n" + set + ` contains "good"`} {
						p := mustLoad(t, files{
							"a.rego":    "package mcp.policy.a\n\n" + set + " contains " + member + beside,
							"ok.rego":   "package mcp.policy.ok\n\ndeny contains \"m\" if input.server.name == \"bad\"",
							"data.yaml": "mcp: {settings: {enforcement: {a: " + level + "}}}",
						})
						r := eval(t, p, "fine")
						require.False(t, r.Allowed)
						require.NotEmpty(t, r.Errors)
						for _, e := range r.Errors {
							require.Equal(t, "a", e.Policy)
							require.Contains(t, e.Msg, set)
						}
					}
				}
			}
		})
	}
	for name, member := range map[string]string{
		"string": `"m"`, "msg": `{"msg": "m"}`, "all": `{"msg": "m", "path": "/server/name", "details": {"a": [1, null]}, "remediation": "r"}`,
		"root": `{"msg": "m", "path": ""}`, "empty details": `{"msg": "m", "details": {}}`, "blank": `" "`,
	} {
		t.Run("good: "+name, func(t *testing.T) {
			r := eval(t, mustLoad(t, files{"a.rego": "package mcp.policy.a\n\ndeny contains " + member}), "fine")
			require.Empty(t, r.Errors)
			require.Len(t, r.Violations, 1)
			require.False(t, r.Allowed)
		})
	}
}
