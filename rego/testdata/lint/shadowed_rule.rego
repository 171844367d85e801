# input: {"server": {"image": {"registry": "ghcr.io"}}}
# outcome: silent
package mcp.policy.shadowed_rule

default reviewed := false

reviewed if "reviewed" in {label.name | some label in input.server.labels}

warn contains "not reviewed" if not reviewed

trusted if {
	reviewed := true # want: shadowed-rule
	[reviewed] != []
}

deny contains "not reviewed" if not trusted
