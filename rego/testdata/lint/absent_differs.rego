# input: {"config": {}}
# outcome: silent
package mcp.policy.absent_differs

deny contains "encryption is not strict" if input.config.encryption != "strict" # want: absent-passes
