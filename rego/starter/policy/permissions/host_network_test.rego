package mcp.policy.permissions.host_network_test

import data.mcp.lib
import data.mcp.policy.permissions.host_network

test_other_modes_are_allowed[mode] if {
	some mode in ["", "bridge", "none", "hosts", "my-host"]
	count(host_network.deny) == 0 with input as with_mode(mode)
}

test_host_is_denied[mode] if {
	some mode in ["host", "Host", "HOST"]
	host_network.deny == denied("/server/permissions/network/mode") with input as with_mode(mode)
}

test_host_network_of_a_pod_is_denied if {
	host_network.deny == denied("/server/kubernetes/host_network") with input as lib.input_with({"server": {"kubernetes": {"host_network": true}}})
}

with_mode(mode) := lib.input_with({"server": {"permissions": {"network": {"mode": mode}}}})

denied(place) := {{"msg": "the server asks for the network of the host", "path": place}}
