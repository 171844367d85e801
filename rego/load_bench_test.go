package rego_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A thousand policies of the usual size, each with its metadata and its test.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := files{"data.yaml": "mcp: {settings: {enforcement: {\"*\": warn}}}"}
			for i := range n {
				f[fmt.Sprintf("p%d.rego", i)] = benchPolicy(i)
				f[fmt.Sprintf("p%d_test.rego", i)] = benchTest(i)
			}
			fsys := f.fs()
			for b.Loop() {
				_, err := loadFS(b.Context(), fsys)
				require.NoError(b, err)
			}
		})
	}
}

func benchPolicy(i int) string {
	return fmt.Sprintf(`# METADATA
# title: Names are in order
# description: A server is not named as one of those that were withdrawn.
# related_resources:
#   - ref: https://intranet.example/names
# custom:
#   severity: high
#   remediation: Take another name.
#   owasp: [MCP04]
package mcp.policy.bench.p%d

withdrawn contains name if {
	some name in ["a", "b", "c"]
	name == input.server.name
}

deny contains {"msg": msg, "path": "/server/name"} if {
	some name in withdrawn
	msg := sprintf("the name %%q is withdrawn", [name])
}
`, i)
}

func benchTest(i int) string {
	return fmt.Sprintf(`package mcp.policy.bench.p%d_test

import data.mcp.policy.bench.p%d

test_withdrawn if {
	count(p%d.deny) == 1 with input as {"server": {"name": "a"}}
}
`, i, i, i)
}
