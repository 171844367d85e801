# input: {"config": {}}
package mcp.policy.not_call_optional

ours if endswith(input.config.owner, "@corp.example")

deny contains "the owner is not of this company" if not ours
