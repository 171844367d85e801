package mcp.policy.mounts.writable_test

import data.mcp.lib
import data.mcp.policy.mounts.writable

params := {"mounts.writable": {"prefixes": ["/srv/mcp"]}}

mount(path, read_only) := lib.input_with({"server": {"mounts": [{"resolved": path, "read_only": read_only}]}})

test_granted[path] if {
	some path in ["/srv/mcp", "/srv/mcp/a"]
	count(writable.deny) == 0 with input as mount(path, false) with data.mcp.settings.params as params
}

test_denied[path] if {
	some path in ["/srv", "/srv/mcpx", "/"]
	count(writable.deny) == 1 with input as mount(path, false) with data.mcp.settings.params as params
}

test_read_only_is_not_concerned if {
	count(writable.deny) == 0 with input as mount("/data", true) with data.mcp.settings.params as params
}
