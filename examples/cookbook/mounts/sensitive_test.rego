package mcp.policy.mounts.sensitive_test

import data.mcp.lib
import data.mcp.policy.mounts.sensitive

params := {"mounts.sensitive": {"paths": ["/etc", "/root/.ssh"]}}

mounts(path) := lib.input_with({"server": {"mounts": [{"source": path, "resolved": path}]}})

test_sensitive[path] if {
	some path in ["/etc", "/etc/ssl", "/", "/root"]
	count(sensitive.deny) > 0 with input as mounts(path) with data.mcp.settings.params as params
}

test_harmless[path] if {
	some path in ["/srv/data", "/etcetera"]
	count(sensitive.deny) == 0 with input as mounts(path) with data.mcp.settings.params as params
}
