# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.in_keys_field

notes := {"latest": "it moves", "edge": "it moves"}

deny contains msg if {
	"latest" in object.keys(notes)
	msg := sprintf("tag %s", [input.server.image.tag])
}
