# input: {"config": {}}
package mcp.policy.absent_false

audited if input.config.audit.enabled == true

deny contains "no audit log" if not audited
