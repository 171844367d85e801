package mcp.policy.exposure.ports_test

import data.mcp.lib
import data.mcp.policy.exposure.ports

test_allowed_nothing_published if {
	count(ports.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_on_this_machine[address] if {
	some address in ["127.0.0.1", "127.1.2.3", "::1"]
	count(ports.deny) == 0 with input as published(address, 8080) with data.mcp.settings.params as params
	count(ports.deny) == 0 with input as published(address, 1024) with data.mcp.settings.params as params
	count(ports.deny) == 0 with input as published(address, 0) with data.mcp.settings.params as params
}

test_allowed_port_on_the_list if {
	given := {"exposure.ports": {"ports": [443, 8080]}}
	count(ports.deny) == 0 with input as published("", 8080) with data.mcp.settings.params as given
	count(ports.deny) == 0 with input as published("0.0.0.0", 443) with data.mcp.settings.params as given
	count(ports.deny) == 0 with input as listening(443) with data.mcp.settings.params as given
}

test_allowed_listening[port] if {
	some port in [0, 1024, 8080, 65535]
	count(ports.deny) == 0 with input as listening(port) with data.mcp.settings.params as params
}

test_denied_on_other_addresses[address] if {
	some address in ["", "0.0.0.0", "::", "192.168.1.5", "fe80::1"]
	ports.deny == beyond(address, 0) with input as published(address, 8080) with data.mcp.settings.params as params
}

test_denied_low_port[port] if {
	some port in [1, 22, 80, 443, 1023]
	ports.deny == low(port, 0) with input as published("127.0.0.1", port) with data.mcp.settings.params as params
	ports.deny == own(port) with input as listening(port) with data.mcp.settings.params as params
}

test_denied_each_place if {
	ports.deny == ((beyond("", 1) | beyond("0.0.0.0", 2)) | low(80, 2)) | own(22) with input as lib.input_with({"server": {
		"endpoint": {"host": "127.0.0.1", "port": 22, "loopback": true},
		"published_ports": [
			{"host_ip": "127.0.0.1", "host_port": 8080, "container_port": 9000},
			{"host_ip": "", "host_port": 8081, "container_port": 9000},
			{"host_ip": "0.0.0.0", "host_port": 80, "container_port": 9000},
		],
	}})
		with data.mcp.settings.params as params
}

test_denied_other_port_than_the_listed if {
	given := {"exposure.ports": {"ports": [8443, 9000]}}
	ports.deny == beyond("", 0) with input as published("", 8080) with data.mcp.settings.params as given
	ports.deny == low(443, 0) with input as published("127.0.0.1", 443) with data.mcp.settings.params as given
	ports.deny == own(443) with input as listening(443) with data.mcp.settings.params as given
}

# Any free port of every address is as open as a named one.
test_hostile_any_free_port if {
	ports.deny == beyond("", 0) with input as published("", 0) with data.mcp.settings.params as params
}

test_hostile_addresses[address] if {
	some address in ["localhost.example", "127.0.0.1.example", "0", "127.1", "::ffff:10.0.0.1", "0:0:0:0:0:0:0:0"]
	ports.deny == beyond(address, 0) with input as published(address, 8080) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	ports.deny == beyond("", 0) | low(80, 0) with input as published("", 80) with data.mcp.settings.params as {}
	ports.deny == own(80) with input as listening(80) with data.mcp.settings.params as {}
}

params := {"exposure.ports": {"ports": []}}

published(address, port) := lib.input_with({"server": {"published_ports": [{
	"host_ip": address,
	"host_port": port,
	"container_port": 9000,
}]}})

listening(port) := lib.input_with({"server": {"endpoint": {"host": "127.0.0.1", "port": port, "loopback": true}}})

beyond(address, i) := {{
	"msg": sprintf("port 9000 of the container is published on %q, beyond this machine", [address]),
	"path": sprintf("/server/published_ports/%d/host_ip", [i]),
}}

low(port, i) := {{
	"msg": sprintf("port 9000 of the container is published on port %d, which belongs to a service of the system", [port]),
	"path": sprintf("/server/published_ports/%d/host_port", [i]),
}}

own(port) := {{
	"msg": sprintf("the runner would listen on port %d, which belongs to a service of the system", [port]),
	"path": "/server/endpoint/port",
}}
