# input: {"config": {}}
package mcp.policy.not_key_undefined

approved := {"alice": true}

ok if approved[input.config.approver]

deny contains "nobody approved it" if not ok
