# input: {"server": {"kind": "container"}}
package mcp.policy.enum_table

risk := {"container": "high", "process": "low"}

deny contains "high" if risk[input.server.kind] == "high"
