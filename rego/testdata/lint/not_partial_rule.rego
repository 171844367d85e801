# input: {"server": {"kind": ""}}
# outcome: silent
package mcp.policy.not_partial_rule

level := "high" if input.server.kind == "remote"

level := "low" if input.server.kind == "process"

deny contains "the level is not low" if not level in {"low", "none"} # want: not-undefined
