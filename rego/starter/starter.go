// Package starter holds the policies that ship in the program: what no server
// should get without someone having decided so.
package starter

import "embed"

// FS is a bundle: .manifest and the policies, and not their tests, which stand
// beside them.
//
// Each file is named, because a pattern would take the tests along.
//
//go:embed .manifest
//go:embed policy/exposure/unauthenticated.rego
//go:embed policy/launchers/opaque.rego
//go:embed policy/mounts/root.rego policy/mounts/socket.rego
//go:embed policy/permissions/host_network.rego policy/permissions/privileged.rego
//go:embed policy/remote/tls.rego
//go:embed policy/secrets/clear.rego
var FS embed.FS
