package mcp.policy.permissions.privileged_test

import data.mcp.lib
import data.mcp.policy.permissions.privileged

test_allowed_nothing if count(privileged.deny) == 0 with input as lib.input_with({})

test_allowed_other_permissions if {
	count(privileged.deny) == 0 with input as lib.input_with({"server": {
		"permissions": {"profile": "network", "capabilities": ["NET_BIND_SERVICE", "SYS_ADMINISTRATOR"]},
		"kubernetes": {"host_network": true},
	}})
}

test_denied_privileged if {
	privileged.deny == {{"msg": "the server asks to run privileged", "path": "/server/permissions/privileged"}} with input as lib.input_with({"server": {"permissions": {"privileged": true}}})
}

test_denied_privileged_pod if {
	privileged.deny == {{"msg": "the server asks to run privileged", "path": "/server/kubernetes/privileged"}} with input as lib.input_with({"server": {"kubernetes": {"privileged": true}}})
}

test_denied_processes_of_the_host if {
	privileged.deny == {{"msg": "the server asks for the process namespace of the host", "path": "/server/kubernetes/host_pid"}} with input as lib.input_with({"server": {"kubernetes": {"host_pid": true}}})
}

test_denied_capabilities_that_come_to_the_same[capability] if {
	some capability in [
		"ALL",
		"CAP_ALL",
		"CAP_DAC_READ_SEARCH",
		"CAP_SYS_ADMIN",
		"CAP_SYS_MODULE",
		"DAC_READ_SEARCH",
		"SYS_ADMIN",
		"SYS_MODULE",
	]
	privileged.deny == denied(capability) with input as adding(capability)
}

test_denied_each_by_its_place if {
	{v.path | some v in privileged.deny} == {
		"/server/permissions/privileged",
		"/server/permissions/capabilities/0",
		"/server/kubernetes/privileged",
		"/server/kubernetes/host_pid",
	} with input as lib.input_with({"server": {
		"permissions": {"privileged": true, "capabilities": ["ALL"]},
		"kubernetes": {"privileged": true, "host_pid": true},
	}})
}

test_hostile_letters[capability] if {
	some capability in ["all", "cap_all", "Sys_Admin", "cap_sys_admin"]
	privileged.deny == denied(capability) with input as adding(capability)
}

test_params_absent_is_denied_all_the_same if {
	privileged.deny == denied("ALL") with input as adding("ALL") with data.mcp.settings.params as {}
}

adding(capability) := lib.input_with({"server": {"permissions": {"capabilities": ["CHOWN", capability]}}})

denied(capability) := {{
	"msg": sprintf("the server asks for the capability %s", [capability]),
	"path": "/server/permissions/capabilities/1",
}}
