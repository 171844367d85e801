package mcp.policy.permissions.limits_test

import data.mcp.lib
import data.mcp.policy.permissions.limits

test_allowed_both_limits if {
	count(limits.deny) == 0 with input as container({"memory_bytes": 1, "pids": 1})
	count(limits.deny) == 0 with input as container({"memory_bytes": 1073741824, "cpus": 0.5, "pids": 512})
}

test_allowed_what_is_no_container[kind] if {
	some kind in ["process", "remote", ""]
	count(limits.deny) == 0 with input as lib.input_with({"server": {"kind": kind}})
}

test_denied_no_limit if {
	limits.deny == {memory, pids} with input as container({"cpus": 2})
}

test_denied_one_limit if {
	limits.deny == {pids} with input as container({"memory_bytes": 1})
	limits.deny == {memory} with input as container({"pids": 1})
}

test_denied_image_that_is_not_known if {
	limits.deny == {memory, pids} with input as lib.input_with({"server": {"kind": "container"}})
}

# No runtime takes them for limits.
test_hostile_limits_below_zero if {
	limits.deny == {memory, pids} with input as container({"memory_bytes": -1, "pids": -1})
}

container(given) := lib.input_with({"server": {
	"kind": "container",
	"image": {"reference": "acme/search:1", "registry": "docker.io", "repository": "acme/search", "tag": "1"},
	"permissions": {"limits": given},
}})

memory := {"msg": "nothing limits the memory of the server", "path": "/server/permissions/limits/memory_bytes"}

pids := {"msg": "nothing limits how many processes the server starts", "path": "/server/permissions/limits/pids"}
