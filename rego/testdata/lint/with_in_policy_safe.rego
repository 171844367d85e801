# input: {"server": {"permissions": {"privileged": true}}}
package mcp.policy.with_in_policy

risky if input.server.permissions.privileged

deny contains "privileged" if risky
