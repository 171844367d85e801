# input: {"config": {}}
package mcp.policy.not_composite

approved if [input.server.name, input.config.owner] in {["search", "alice"]}

deny contains "not an approved pair" if not approved
