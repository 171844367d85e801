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
//go:embed mcp/lib/address.rego
//go:embed mcp/lib/command_text.rego
//go:embed mcp/lib/endpoint.rego
//go:embed mcp/lib/home.rego
//go:embed mcp/lib/host.rego
//go:embed mcp/lib/identity.rego
//go:embed mcp/lib/images.rego
//go:embed mcp/lib/mounts.rego
//go:embed mcp/lib/names.rego
//go:embed mcp/lib/outbound.rego
//go:embed mcp/lib/packages.rego
//go:embed mcp/lib/remote.rego
//go:embed mcp/lib/test_input.rego
//go:embed mcp/lib/variables.rego
//go:embed mcp/lib/versions.rego
var FS embed.FS
