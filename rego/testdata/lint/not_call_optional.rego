# input: {"config": {}}
# outcome: silent
package mcp.policy.not_call_optional

deny contains "the owner is not of this company" if {
	not endswith(input.config.owner, "@corp.example") # want: not-undefined
}
