// Package runner runs MCP servers and asks a policy gate before it creates one.
//
// A RunConfig says which server to create. Runner.Run resolves it, asks the
// gate that RegisterPolicyGate put in place, and sets the server up through a
// Runtime: a local process, or a proxy to a remote server. Without a gate every
// server is allowed.
//
// This package knows nothing of how a gate decides; package gate decides by
// policies written in Rego.
package runner
