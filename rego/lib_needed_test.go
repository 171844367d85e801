package rego_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A policy is compiled with what it needs of mcp.lib, however it names that.
func TestWhatIsNeededOfTheLibrary(t *testing.T) {
	const helpers = "package helpers\n\nimport data.mcp.lib\n\nhere(host) if lib.loopback(host)\n"
	for name, rule := range map[string]string{
		"imported":         "import data.mcp.lib\n\ndeny contains \"m\" if lib.loopback(\"::1\")",
		"under a name":     "import data.mcp.lib as l\n\ndeny contains \"m\" if l.loopback(\"::1\")",
		"the rule":         "import data.mcp.lib.loopback\n\ndeny contains \"m\" if loopback(\"::1\")",
		"from above":       "import data.mcp\n\ndeny contains \"m\" if mcp.lib.loopback(\"::1\")",
		"not imported":     "deny contains \"m\" if data.mcp.lib.loopback(\"::1\")",
		"in a string step": "deny contains \"m\" if data.mcp[\"lib\"].loopback(\"::1\")",
		"by a helper":      "import data.helpers\n\ndeny contains \"m\" if helpers.here(\"::1\")",
		"as a with":        "deny contains \"m\" if data.helpers.here(\"other\") with data.mcp.lib.loopback as true",
		"all of it":        "deny contains \"m\" if data.mcp.lib[_].server",
		"any of it":        "import data.mcp.lib\n\ndeny contains \"m\" if {\n\tsome name\n\tlib[name]\n\tname == \"empty_input\"\n}",
		"by a value":       "import data.mcp.lib\n\ndeny contains \"m\" if lib[input.server.name] != {}",
	} {
		t.Run(name, func(t *testing.T) {
			p := mustLoad(t, files{"x.rego": "package mcp.policy.x\n\n" + rule + "\n", "helpers.rego": helpers})
			r := eval(t, p, "empty_input")
			require.Empty(t, r.Errors)
			require.Len(t, r.Violations, 1)
		})
	}
	_, err := load(t.Context(), files{"x.rego": "package mcp.policy.x\n\nimport data.mcp.lib\n\ndeny contains \"m\" if lib.loopbak(\"::1\")\n"})
	require.ErrorContains(t, err, "data.mcp.lib.loopbak")
}
