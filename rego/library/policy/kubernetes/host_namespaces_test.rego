package mcp.policy.kubernetes.host_namespaces_test

import data.mcp.lib
import data.mcp.policy.kubernetes.host_namespaces

test_allowed_none if count(host_namespaces.deny) == 0 with input as lib.input_with({})

# Those are for other policies to judge.
test_allowed_other_requests if {
	count(host_namespaces.deny) == 0 with input as lib.input_with({"server": {
		"permissions": {"network": {"mode": "host"}},
		"kubernetes": {"privileged": true, "service_account": "default", "host_paths": ["/proc"]},
	}})
}

test_denied_network if {
	host_namespaces.deny == network with input as asking({"host_network": true})
}

test_denied_processes if {
	host_namespaces.deny == processes with input as asking({"host_pid": true})
}

# Each is denied whatever the other says.
test_hostile_both if {
	host_namespaces.deny == network | processes with input as asking({"host_network": true, "host_pid": true})
}

network := {{"msg": "the pod asks for the network of its node", "path": "/server/kubernetes/host_network"}}

processes := {{"msg": "the pod asks for the processes of its node", "path": "/server/kubernetes/host_pid"}}

asking(kubernetes) := lib.input_with({"server": {"kubernetes": kubernetes}})
