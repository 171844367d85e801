# input: {"server": {"permissions": {"privileged": true}}}
package mcp.policy.boolean_string

deny contains "privileged" if input.server.permissions.privileged == true
