package rego_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/util"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

func toJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

func TestDecodeResult(t *testing.T) {
	const violation = `{"policy": "x", "level": "LEVEL", "msg": "m", "path": "", "severity": "low", "title": "",
		"remediation": "", "links": [], "details": {}, "waiver": null}`
	for name, tc := range map[string]struct{ result, want string }{
		"not an object":      {`[]`, "want an object, not a list"},
		"null":               {`null`, "want an object, not null"},
		"empty":              {`{}`, "allowed is missing"},
		"allowed not bool":   {`{"allowed": "true", "violations": [], "warnings": [], "errors": []}`, "allowed is a string"},
		"errors missing":     {`{"allowed": true, "violations": [], "warnings": []}`, "errors is missing"},
		"violations null":    {`{"allowed": true, "violations": null, "warnings": [], "errors": []}`, "violations is null"},
		"unknown field":      {`{"allowed": true, "violations": [], "warnings": [], "errors": [], "x": 1}`, `unknown field "x"`},
		"warning not string": {`{"allowed": true, "violations": [], "warnings": [1], "errors": []}`, "want strings, not a number"},
		"error not object":   {`{"allowed": false, "violations": [], "warnings": [], "errors": ["x"]}`, "want an object, not a string"},
		"error unknown":      {`{"allowed": false, "violations": [], "warnings": [], "errors": [{"policy": "", "msg": "", "x": 1}]}`, `unknown field "x"`},
		"violation empty":    {`{"allowed": false, "violations": [{}], "warnings": [], "errors": []}`, "policy is missing"},
		"violation level":    {`{"allowed": false, "violations": [` + violation + `], "warnings": [], "errors": []}`, `level is "LEVEL"`},
		"waiver of another": {`{"allowed": true, "violations": [` + strings.NewReplacer("LEVEL", "deny", `"waiver": null`, `"waiver": {"policy": "y"}`).Replace(violation) +
			`], "warnings": [], "errors": []}`, `the waiver is not of policy "x"`},
		"waiver empty": {`{"allowed": true, "violations": [` + strings.NewReplacer("LEVEL", "deny", `"waiver": null`, `"waiver": {}`).Replace(violation) +
			`], "warnings": [], "errors": []}`, `the waiver is not of policy "x"`},
		"allowed with error": {`{"allowed": true, "violations": [], "warnings": [], "errors": [{"policy": "", "msg": "m"}]}`, "allowed is true, against"},
		"denied for nothing": {`{"allowed": false, "violations": [], "warnings": [], "errors": []}`, "allowed is false, against"},
	} {
		t.Run(name, func(t *testing.T) {
			var raw any
			require.NoError(t, json.Unmarshal([]byte(tc.result), &raw))
			r, err := rego.DecodeResult(raw)
			require.ErrorContains(t, err, tc.want)
			require.False(t, r.Allowed)
		})
	}
}

// Whatever decide might return, reading it ends in a result that keeps its own
// rules or in an error.
func FuzzDecodeResult(f *testing.F) {
	for _, seed := range []string{
		`{"allowed": true, "violations": [], "warnings": ["w"], "errors": []}`,
		`{"allowed": false, "violations": [], "warnings": [], "errors": [{"policy": "x", "msg": "m"}]}`,
		`{"allowed": false, "violations": [{"policy": "x", "level": "deny", "msg": "m", "path": "/a", "severity": "low", "title": "t",
			"remediation": "r", "links": ["l"], "details": {"k": [1.5]}, "waiver": null}], "warnings": [], "errors": []}`,
		`{"allowed": true, "violations": [{"policy": "x", "level": "deny", "msg": "m", "path": "", "severity": "low", "title": "",
			"remediation": "", "links": [], "details": {}, "waiver": {"policy": "x", "reason": "r"}}], "warnings": [], "errors": []}`,
		`{"allowed": true, "violations": [{"policy": "x", "level": "audit", "msg": "m", "path": "", "severity": "low", "title": "",
			"remediation": "", "links": [], "details": {}, "waiver": {}}], "warnings": [], "errors": []}`,
		`{"Allowed": true}`, `[]`, `null`, `"x"`, `1e999`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var raw any
		if util.UnmarshalJSON(data, &raw) != nil {
			return
		}
		r, err := rego.DecodeResult(raw)
		if err != nil {
			require.Equal(t, rego.Result{}, r)
			return
		}
		blocked := len(r.Errors) > 0
		for _, v := range r.Violations {
			require.Contains(t, []string{"deny", "warn", "audit"}, v.Level)
			require.NotEmpty(t, v.Policy)
			require.NotEmpty(t, v.Msg)
			if v.Waiver != nil {
				require.Equal(t, v.Policy, v.Waiver["policy"])
			}
			blocked = blocked || v.Level == "deny" && v.Waiver == nil
		}
		require.Equal(t, !blocked, r.Allowed)
	})
}
