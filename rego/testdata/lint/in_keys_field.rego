# input: {"server": {"image": {"tag": "latest"}}}
# outcome: silent
package mcp.policy.in_keys_field

notes := {"latest": "it moves", "edge": "it moves"}

deny contains msg if {
	"latest" in notes # want: in-values
	msg := sprintf("tag %s", [input.server.image.tag])
}
