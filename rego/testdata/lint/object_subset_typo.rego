# input: {"server": {"permissions": {"privileged": true}}}
# outcome: silent
package mcp.policy.object_subset_typo

deny contains "privileged" if object.subset(input.server.permissions, {"priviledged": true}) # want: unknown-key
