package mcp.policy.remote.hosts_test

import data.mcp.lib
import data.mcp.policy.remote.hosts

params := {"remote.hosts": {"hosts": ["mcp.example.com"]}}

remote(scheme, host) := lib.input_with({"server": {"kind": "remote", "remote": {"scheme": scheme, "host": host}}})

test_on_the_list if {
	count(hosts.deny) == 0 with input as remote("https", "mcp.example.com") with data.mcp.settings.params as params
}

test_elsewhere if {
	count(hosts.deny) == 1 with input as remote("https", "mcp.example.com.evil.example") with data.mcp.settings.params as params
}

test_clear if {
	count(hosts.deny) == 1 with input as remote("http", "mcp.example.com") with data.mcp.settings.params as params
}

test_process_is_not_concerned if {
	count(hosts.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}
