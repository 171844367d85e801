# input: {"server": {"image": {"registry": "ghcr.io"}}}
package mcp.policy.shadowed_rule

default reviewed := false

reviewed if "reviewed" in {label.name | some label in input.server.labels}

trusted if reviewed

deny contains "not reviewed" if not trusted
