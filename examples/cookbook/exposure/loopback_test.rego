package mcp.policy.exposure.loopback_test

import data.mcp.lib
import data.mcp.policy.exposure.loopback

test_open_endpoint if {
	count(loopback.deny) == 1 with input as lib.input_with({"server": {"endpoint": {"host": "0.0.0.0"}}})
}

test_loopback_endpoint if {
	endpoint := {"host": "127.0.0.1", "loopback": true}
	count(loopback.deny) == 0 with input as lib.input_with({"server": {"endpoint": endpoint}})
}

test_published_everywhere if {
	count(loopback.deny) == 1 with input as lib.input_with({"server": {"published_ports": [{"container_port": 80}]}})
}

test_published_here if {
	ports := [{"host_ip": "127.0.0.1", "container_port": 80}]
	count(loopback.deny) == 0 with input as lib.input_with({"server": {"published_ports": ports}})
}
