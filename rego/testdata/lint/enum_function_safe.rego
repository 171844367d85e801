# input: {"server": {"kind": "container"}}
package mcp.policy.enum_function

risk("container") := "high"

risk("process") := "low"

deny contains "high" if risk(input.server.kind) == "high"
