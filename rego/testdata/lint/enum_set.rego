# input: {"server": {"kind": "container"}}
# outcome: silent
package mcp.policy.enum_set

deny contains "containers" if input.server.kind in {"docker", "remote"} # want: enum-value
