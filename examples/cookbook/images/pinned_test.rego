package mcp.policy.images.pinned_test

import data.mcp.lib
import data.mcp.policy.images.pinned

image(fields) := lib.input_with({"server": {"image": object.union({"repository": "acme/search"}, fields)}})

test_tag_is_denied if {
	count(pinned.deny) == 1 with input as image({"tag": "1.2.3"})
}

test_digest_is_allowed if {
	count(pinned.deny) == 0 with input as image({"pinned": true})
}

test_no_image if {
	count(pinned.deny) == 0 with input as lib.input_with({})
}
