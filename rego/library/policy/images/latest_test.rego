package mcp.policy.images.latest_test

import data.mcp.lib
import data.mcp.policy.images.latest

test_allowed_version[tag] if {
	some tag in ["1", "1.2.3", "v1.2.3-alpine", "latest-2024", "main-0123456", "maintained", ""]
	count(latest.deny) == 0 with input as image(tag, false) with data.mcp.settings.params as params
}

# The digest chooses, whatever the tag says.
test_allowed_beside_a_digest[tag] if {
	some tag in ["latest", "main"]
	count(latest.deny) == 0 with input as image(tag, true) with data.mcp.settings.params as params
}

test_allowed_no_image if count(latest.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params

test_denied_tag_that_moves[tag] if {
	some tag in ["latest", "main", "nightly"]
	latest.deny == denied(tag) with input as image(tag, false) with data.mcp.settings.params as params
}

test_hostile_capitals[tag] if {
	some tag in ["Latest", "LATEST", "Main"]
	latest.deny == denied(tag) with input as image(tag, false) with data.mcp.settings.params as params
}

# The digest was resolved, and nobody asked for it.
test_hostile_digest_that_was_only_resolved if {
	latest.deny == denied("latest") with input as lib.input_with({"server": {"image": {
		"reference": "acme/search",
		"repository": "acme/search",
		"tag": "latest",
		"digest": "sha256:00",
	}}})
		with data.mcp.settings.params as params
}

test_params_absent_denied if {
	latest.deny == denied("latest") with input as image("latest", false) with data.mcp.settings.params as {}
}

params := {"images.latest": {"tags": ["main", "nightly"]}}

image(tag, pinned) := lib.input_with({"server": {"image": {
	"reference": "acme/search",
	"repository": "acme/search",
	"tag": tag,
	"pinned": pinned,
}}})

denied(tag) := {{
	"msg": sprintf(`image "acme/search" is taken by the tag %s, which moves`, [tag]),
	"path": "/server/image/tag",
}}
