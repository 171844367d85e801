# input: {"server": {"kind": "container"}}
# outcome: silent
package mcp.policy.enum_negated

process if not input.server.kind == "docker" # want: enum-value

deny contains "not a process" if not process
