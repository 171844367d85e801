# input: {"server": {"image": {"reference": "evil/x"}}}
# outcome: silent
package mcp.policy.in_string

deny contains "evil" if "evil" in input.server.image.reference # want: not-a-collection
