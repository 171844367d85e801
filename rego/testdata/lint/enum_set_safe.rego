# input: {"server": {"kind": "container"}}
package mcp.policy.enum_set

deny contains "containers" if input.server.kind in {"container", "remote"}
