# input: {"server": {"image": {"reference": "evil/x"}}}
package mcp.policy.in_string

deny contains "evil" if contains(input.server.image.reference, "evil")
