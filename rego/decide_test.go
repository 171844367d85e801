package rego_test

import (
	"encoding/json"
	"testing"

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
