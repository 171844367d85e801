# input: {"server": {"permissions": {"privileged": true}}}
# outcome: silent
package mcp.policy.with_in_policy

risky if input.server.permissions.privileged

deny contains "privileged" if risky with input.server.permissions.privileged as false # want: with-outside-test
