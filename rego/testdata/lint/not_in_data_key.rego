# input: {"server": {"group": "new"}}
# outcome: silent
# data: {"teams": {"a": ["ghcr.io"]}}
package mcp.policy.not_in_data_key

import data.teams

deny contains "the team may not use this registry" if {
	not input.server.image.registry in teams[input.server.group] # want: not-undefined
}
