# input: {"server": {"image": {"tag": "latest"}}}
package mcp.policy.error_to_number

above if {
	regex.match(`^[0-9]+$`, input.server.image.tag)
	to_number(input.server.image.tag) > 2
}

deny contains "the tag is not above 2" if not above
