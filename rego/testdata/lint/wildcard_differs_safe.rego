# input: {"server": {"labels": []}}
package mcp.policy.wildcard_differs

has_team if {
	some label in input.server.labels
	label.name == "team"
}

deny contains "no label names the team" if not has_team
