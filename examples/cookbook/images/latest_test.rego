package mcp.policy.images.latest_test

import data.mcp.lib
import data.mcp.policy.images.latest

image(fields) := lib.input_with({"server": {"image": fields}})

test_latest_warns if {
	count(latest.warn) == 1 with input as image({"tag": "latest"})
}

test_a_digest_beside_it_is_enough if {
	count(latest.warn) == 0 with input as image({"tag": "latest", "digest": "sha256:00"})
}

test_version if {
	count(latest.warn) == 0 with input as image({"tag": "1.2.3"})
}
