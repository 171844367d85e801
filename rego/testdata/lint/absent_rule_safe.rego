# input: {"server": {"kind": ""}}
package mcp.policy.absent_rule

default level := "none"

level := "high" if input.server.kind == "remote"

deny contains "the level is not high" if level != "high"
