// Package lib holds the Rego that ships in the program: mcp.gate, the decision
// logic, and mcp.lib, which authors of policies may import.
package lib

import "embed"

// FS holds the modules of mcp.gate and mcp.lib, and not their tests, which stand
// beside them.
//
// Each file is named, because a pattern would take the tests along.
//
//go:embed mcp/gate/gate.rego mcp/gate/waivers.rego
//go:embed mcp/lib/host.rego mcp/lib/mounts.rego mcp/lib/test_input.rego
var FS embed.FS
