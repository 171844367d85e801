# input: {"config": {}}
# outcome: silent
package mcp.policy.absent_false

deny contains "no audit log" if input.config.audit.enabled == false # want: absent-passes
