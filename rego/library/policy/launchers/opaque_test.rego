package mcp.policy.launchers.opaque_test

import data.mcp.lib
import data.mcp.policy.launchers.opaque

test_allowed_nothing if count(opaque.deny) == 0 with input as lib.input_with({})

test_allowed_what_can_be_read[kind] if {
	some kind in ["process", "container"]
	count(opaque.deny) == 0 with input as lib.input_with({"server": {
		"kind": kind,
		"source": {"reference": "npx", "scheme": "command"},
		"command": {"args": ["-y", "docker"]},
	}})
}

# Whatever it is called and whatever kind of server it is said to start.
test_denied_what_cannot_be_read[name] if {
	some name, c in {
		"docker": {"reference": "docker", "kind": "container", "reason": "option --pid", "msg": "option --pid"},
		"a process": {"reference": "npx", "kind": "process", "reason": "option -c", "msg": "option -c"},
		"no reason": {"reference": "npx", "kind": "process", "reason": "", "msg": "nothing says why"},
		"no name": {"reference": "", "kind": "", "reason": "", "msg": "nothing says why"},
	}
	violations := opaque.deny with input as lib.input_with({"server": {
		"kind": c.kind,
		"source": {"reference": c.reference, "scheme": "command", "opaque": true, "opaque_reason": c.reason},
	}})
	violations == {{
		"msg": sprintf("what %q starts cannot be read from its command line: %s", [c.reference, c.msg]),
		"path": "/server/source/reference",
	}}
}

# Neither the name of the server nor its package makes a line that cannot be read
# a known one.
test_hostile_an_opaque_line_that_looks_known if {
	opaque.deny == {{
		"msg": "what \"npx\" starts cannot be read from its command line: option --registry",
		"path": "/server/source/reference",
	}} with input as lib.input_with({"server": {
		"name": "filesystem",
		"kind": "process",
		"source": {"reference": "npx", "scheme": "npx", "opaque": true, "opaque_reason": "option --registry"},
		"package": {"ecosystem": "npm", "name": "@modelcontextprotocol/server-filesystem", "version": "1.2.3", "pinned": true},
		"provenance": {"verified": true},
	}})
}

test_params_absent_is_denied_all_the_same if {
	count(opaque.deny) == 1 with input as lib.input_with({"server": {"source": {"opaque": true}}}) with data.mcp.settings.params as {}
}
