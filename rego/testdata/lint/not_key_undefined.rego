# input: {"config": {}}
# outcome: silent
package mcp.policy.not_key_undefined

approved := {"alice": true}

deny contains "nobody approved it" if not approved[input.config.approver] # want: not-undefined
