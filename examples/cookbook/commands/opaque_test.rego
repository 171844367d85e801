package mcp.policy.commands.opaque_test

import data.mcp.lib
import data.mcp.policy.commands.opaque

test_opaque_is_denied if {
	count(opaque.deny) == 1 with input as lib.input_with({"server": {"source": {"opaque": true}}})
}

test_clear_is_allowed if {
	count(opaque.deny) == 0 with input as lib.input_with({"server": {"source": {"opaque": false}}})
}
