package mcp.policy.permissions.privileged_test

import data.mcp.lib
import data.mcp.policy.permissions.privileged

params := {"permissions.privileged": {"groups": ["platform"]}}

by(groups) := lib.input_with({
	"server": {"permissions": {"privileged": true}},
	"context": {"user": {"groups": groups}},
})

test_denied if {
	count(privileged.deny) == 1 with input as by(["staff"]) with data.mcp.settings.params as params
}

test_excepted_group if {
	count(privileged.deny) == 0 with input as by(["staff", "platform"]) with data.mcp.settings.params as params
}

test_plain_container if {
	count(privileged.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}
