package mcp.policy.permissions.root_test

import data.mcp.lib
import data.mcp.policy.permissions.root

test_allowed_somebody[user] if {
	some user in ["65532:65532", "1000", "app", "app:root", "1000:0", "10", "100:0", "rootless", "00x", "root1:root", "1:"]
	count(root.deny) == 0 with input as container(user)
}

test_allowed_what_is_no_container[kind] if {
	some kind in ["process", "remote", ""]
	count(root.deny) == 0 with input as lib.input_with({"server": {"kind": kind}})
	count(root.deny) == 0 with input as lib.input_with({"server": {"kind": kind, "permissions": {"user": "root"}}})
}

test_denied_root[user] if {
	some user in ["root", "0", "0:0", "root:root", "0:1000", "root:app"]
	root.deny == denied(user) with input as container(user)
}

test_denied_nobody_knows if {
	root.deny == unknown with input as container("")
}

test_denied_image_that_is_not_known if {
	root.deny == denied("root") with input as lib.input_with({"server": {"kind": "container", "permissions": {"user": "root"}}})
	root.deny == unknown with input as lib.input_with({"server": {"kind": "container"}})
}

test_hostile_spellings_of_zero[user] if {
	some user in ["00", "+0", "-0", "000:5", "+00:", "-0:root", ":", ":1000", ":root", "root:", "0:"]
	root.deny == denied(user) with input as container(user)
}

test_hostile_root_of_windows[user] if {
	some user in ["ContainerAdministrator", "containeradministrator"]
	root.deny == denied(user) with input as container(user)
}

container(user) := lib.input_with({"server": {
	"kind": "container",
	"image": {"reference": "acme/search:1", "registry": "docker.io", "repository": "acme/search", "tag": "1"},
	"permissions": {"user": user},
}})

denied(user) := {{
	"msg": sprintf("the server runs as root: its user is %q", [user]),
	"path": "/server/permissions/user",
}}

unknown := {{
	"msg": "nothing says who the server runs as, which with most images is root",
	"path": "/server/permissions/user",
}}
