package mcp.policy.commands.content_test

import data.mcp.lib
import data.mcp.policy.commands.content

params := {"commands.content": {"sha256": ["00ff"]}}

process(digest) := lib.input_with({"server": {"kind": "process", "command": {"sha256": digest}}})

test_reviewed if {
	count(content.deny) == 0 with input as process("00ff") with data.mcp.settings.params as params
}

test_changed if {
	count(content.deny) == 1 with input as process("00fe") with data.mcp.settings.params as params
}

test_container_is_not_concerned if {
	count(content.deny) == 0 with input as lib.input_with({"server": {"kind": "container"}})
		with data.mcp.settings.params as params
}
