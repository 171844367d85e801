# input: {"server": {"kind": "container"}}
# outcome: silent
package mcp.policy.enum_function

risk("docker") := "high" # want: enum-value

risk("process") := "low"

deny contains "high" if risk(input.server.kind) == "high"
