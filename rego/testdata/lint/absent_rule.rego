# input: {"server": {"kind": ""}}
# outcome: silent
package mcp.policy.absent_rule

level := "high" if input.server.kind == "remote"

deny contains "the level is not high" if level != "high" # want: absent-passes
