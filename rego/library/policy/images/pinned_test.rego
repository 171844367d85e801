package mcp.policy.images.pinned_test

import data.mcp.lib
import data.mcp.policy.images.pinned

test_allowed_digest if {
	count(pinned.deny) == 0 with input as image({"digest": "sha256:00", "pinned": true})
}

test_allowed_tag_beside_a_digest if {
	count(pinned.deny) == 0 with input as image({"tag": "1.2.3", "digest": "sha256:00", "pinned": true})
}

test_allowed_no_image[kind] if {
	some kind in ["process", "remote", ""]
	count(pinned.deny) == 0 with input as lib.input_with({"server": {"kind": kind}})
}

test_denied_tag if {
	pinned.deny == denied(`"acme/search:1.2.3"`) with input as image({"tag": "1.2.3"})
}

test_denied_image_that_is_not_known if {
	pinned.deny == denied("that cannot be read from its command line") with input as lib.input_with({"server": {"kind": "container"}})
}

# The tag was resolved, but nobody asked for what it led to.
test_hostile_digest_that_was_only_resolved if {
	pinned.deny == denied(`"acme/search:1.2.3"`) with input as image({"tag": "1.2.3", "digest": "sha256:00", "id": "sha256:11"})
}

test_hostile_tag_that_looks_like_a_digest if {
	pinned.deny == denied(`"acme/search:1.2.3"`) with input as image({"tag": "sha256-00"})
}

# The policy has no params.
test_params_absent_denied if {
	pinned.deny == denied(`"acme/search:1.2.3"`) with input as image({"tag": "1.2.3"}) with data.mcp.settings.params as {}
}

image(fields) := lib.input_with({"server": {"kind": "container", "image": object.union(
	{"reference": "acme/search:1.2.3", "registry": "docker.io", "repository": "acme/search"},
	fields,
)}})

denied(label) := {{
	"msg": sprintf("image %s is not pinned by a digest", [label]),
	"path": "/server/image/digest",
}}
