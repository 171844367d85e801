package mcp.policy.permissions.privileged_test

import data.mcp.lib
import data.mcp.policy.permissions.privileged

test_nothing_asked_is_allowed if count(privileged.deny) == 0 with input as lib.input_with({})

test_other_permissions_are_allowed if {
	count(privileged.deny) == 0 with input as lib.input_with({"server": {
		"permissions": {"profile": "network", "capabilities": ["NET_BIND_SERVICE", "SYS_ADMINISTRATOR"]},
		"kubernetes": {"host_network": true},
	}})
}

test_privileged_is_denied if {
	places(privileged.deny) == {"/server/permissions/privileged"} with input as lib.input_with({"server": {"permissions": {"privileged": true}}})
}

test_privileged_pod_is_denied if {
	places(privileged.deny) == {"/server/kubernetes/privileged"} with input as lib.input_with({"server": {"kubernetes": {"privileged": true}}})
}

test_processes_of_the_host_are_denied if {
	places(privileged.deny) == {"/server/kubernetes/host_pid"} with input as lib.input_with({"server": {"kubernetes": {"host_pid": true}}})
}

test_capabilities_that_come_to_the_same_are_denied[capability] if {
	some capability in ["ALL", "all", "CAP_ALL", "SYS_ADMIN", "cap_sys_admin", "Sys_Admin"]
	places(privileged.deny) == {"/server/permissions/capabilities/1"} with input as lib.input_with({"server": {"permissions": {"capabilities": ["CHOWN", capability]}}})
}

places(violations) := {v.path | some v in violations}
