# input: {"server": {"kind": "container"}}
package mcp.policy.enum_negated

process if not input.server.kind == "container"

deny contains "not a process" if not process
