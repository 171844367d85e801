# input: {"server": {"kind": "container"}}
# outcome: silent
package mcp.policy.enum_table

risk := {"contaner": "high", "process": "low"}

deny contains "high" if risk[input.server.kind] == "high" # want: enum-value
