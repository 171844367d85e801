package mcp.policy.kubernetes.privileged_test

import data.mcp.lib
import data.mcp.policy.kubernetes.privileged

test_allowed_none if count(privileged.deny) == 0 with input as lib.input_with({})

# Those are for other policies to judge.
test_allowed_other_requests if {
	count(privileged.deny) == 0 with input as lib.input_with({"server": {
		"permissions": {"privileged": true},
		"kubernetes": {"host_network": true, "host_pid": true, "service_account": "default"},
	}})
}

test_denied if {
	privileged.deny == denied with input as lib.input_with({"server": {"kubernetes": {"privileged": true}}})
}

# A profile that says otherwise does not take it back.
test_hostile_profile if {
	privileged.deny == denied with input as lib.input_with({"server": {
		"permissions": {"profile": "none", "privileged": false},
		"kubernetes": {"privileged": true},
	}})
}

denied := {{"msg": "a container of the pod asks to run privileged", "path": "/server/kubernetes/privileged"}}
