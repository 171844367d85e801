package mcp.policy.images.content_test

import data.mcp.lib
import data.mcp.policy.images.content

settings := {"images.content": {"images": ["sha256:00", "sha256:11"]}}

test_allowed_digest if {
	count(content.deny) == 0 with input as image({"digest": "sha256:00", "id": "sha256:22"}) with data.mcp.settings.params as settings
	count(content.deny) == 0 with input as image({"digest": "sha256:11", "pinned": true}) with data.mcp.settings.params as settings
}

test_allowed_id if {
	count(content.deny) == 0 with input as image({"id": "sha256:11"}) with data.mcp.settings.params as settings
	count(content.deny) == 0 with input as image({"digest": "sha256:22", "id": "sha256:11"}) with data.mcp.settings.params as settings
}

test_allowed_no_image[kind] if {
	some kind in ["process", "remote", ""]
	count(content.deny) == 0 with input as lib.input_with({"server": {"kind": kind}}) with data.mcp.settings.params as settings
}

test_denied_other_content if {
	content.deny == denied(`"acme/search:1"`, "sha256:22, sha256:33") with input as image({"digest": "sha256:33", "id": "sha256:22"})
		with data.mcp.settings.params as settings
}

test_denied_tag_that_nobody_resolved if {
	content.deny == denied(`"acme/search:1"`, "nothing says what it is") with input as image({}) with data.mcp.settings.params as settings
}

test_denied_image_that_is_not_known if {
	content.deny == denied("that cannot be read from its command line", "nothing says what it is") with input as lib.input_with({"server": {"kind": "container"}})
		with data.mcp.settings.params as settings
}

# A digest in capitals, without its algorithm, or a part of it, is none.
test_hostile_spellings[digest] if {
	some digest in ["SHA256:00", "00", "sha256:0", "sha256:000", " sha256:00"]
	content.deny == denied(`"acme/search:1"`, digest) with input as image({"digest": digest}) with data.mcp.settings.params as settings
}

test_hostile_digest_in_the_name if {
	content.deny == denied(`"acme/search:sha256-00"`, "nothing says what it is") with input as image({"reference": "acme/search:sha256-00", "tag": "sha256-00"})
		with data.mcp.settings.params as settings
}

test_hostile_nothing_is_no_content if {
	content.deny == denied(`"acme/search:1"`, "nothing says what it is") with input as image({})
		with data.mcp.settings.params as {"images.content": {"images": [""]}}
}

test_params_absent_is_denied if {
	content.deny == denied(`"acme/search:1"`, "sha256:00") with input as image({"digest": "sha256:00"}) with data.mcp.settings.params as {}
}

test_params_empty_is_denied if {
	content.deny == denied(`"acme/search:1"`, "sha256:00") with input as image({"digest": "sha256:00"})
		with data.mcp.settings.params as {"images.content": {"images": []}}
}

image(fields) := lib.input_with({"server": {"kind": "container", "image": object.union(
	{"reference": "acme/search:1", "registry": "docker.io", "repository": "acme/search"},
	fields,
)}})

denied(label, what) := {{
	"msg": sprintf("the content of image %s is not approved: %s", [label, what]),
	"path": "/server/image/digest",
}}
