package mcp.policy.permissions.host_network_test

import data.mcp.lib
import data.mcp.policy.permissions.host_network

test_allowed_other_modes[mode] if {
	some mode in ["", "bridge", "none", "hosts", "my-host", "containers", "nsx", "my-container:x"]
	count(host_network.deny) == 0 with input as with_mode(mode)
}

test_hostile_letters[mode] if {
	some mode in ["Host", "HOST"]
	host_network.deny == denied("/server/permissions/network/mode") with input as with_mode(mode)
}

test_denied_pod if {
	host_network.deny == denied("/server/kubernetes/host_network") with input as lib.input_with({"server": {"kubernetes": {"host_network": true}}})
}

test_denied_host if {
	host_network.deny == denied("/server/permissions/network/mode") with input as with_mode("host")
}

test_denied_network_of_another[mode] if {
	some mode in ["container:db", "ns:/proc/1/ns/net", "container", "ns", "Container:db", "NS:/run/x"]
	host_network.deny == {{
		"msg": sprintf("the server asks for a network that is not its own: %s", [mode]),
		"path": "/server/permissions/network/mode",
	}} with input as with_mode(mode)
}

test_params_absent_is_denied_all_the_same if {
	host_network.deny == denied("/server/permissions/network/mode") with input as with_mode("host") with data.mcp.settings.params as {}
}

with_mode(mode) := lib.input_with({"server": {"permissions": {"network": {"mode": mode}}}})

denied(place) := {{"msg": "the server asks for the network of the host", "path": place}}
