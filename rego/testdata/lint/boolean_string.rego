# input: {"server": {"permissions": {"privileged": true}}}
# outcome: silent
package mcp.policy.boolean_string

deny contains "privileged" if input.server.permissions.privileged == "true" # want: type-mismatch
