# input: {"server": {"permissions": {"privileged": true}}}
package mcp.policy.object_subset_typo

deny contains "privileged" if object.subset(input.server.permissions, {"privileged": true})
