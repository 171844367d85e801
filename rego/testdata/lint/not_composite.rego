# input: {"config": {}}
# outcome: silent
package mcp.policy.not_composite

deny contains "not an approved pair" if {
	not [input.server.name, input.config.owner] in {["search", "alice"]} # want: not-undefined
}
