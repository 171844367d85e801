package mcp.policy.permissions.writable_root_test

import data.mcp.lib
import data.mcp.policy.permissions.writable_root

test_allowed_read_only if {
	count(writable_root.deny) == 0 with input as container({"read_only_root": true})
}

test_allowed_what_is_no_container[kind] if {
	some kind in ["process", "remote", ""]
	count(writable_root.deny) == 0 with input as lib.input_with({"server": {"kind": kind}})
}

test_denied_writable if {
	writable_root.deny == denied with input as container({"read_only_root": false})
}

test_denied_image_that_is_not_known if {
	writable_root.deny == denied with input as lib.input_with({"server": {"kind": "container"}})
}

# Rights and profiles do not keep anybody from writing.
test_hostile_nothing_else_counts if {
	writable_root.deny == denied with input as container({"user": "65532", "profile": "none"})
}

container(permissions) := lib.input_with({"server": {
	"kind": "container",
	"image": {"reference": "acme/search:1", "registry": "docker.io", "repository": "acme/search", "tag": "1"},
	"permissions": permissions,
}})

denied := {{
	"msg": "the root file system of the container can be written",
	"path": "/server/permissions/read_only_root",
}}
