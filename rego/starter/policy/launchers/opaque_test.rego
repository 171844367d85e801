package mcp.policy.launchers.opaque_test

import data.mcp.lib
import data.mcp.policy.launchers.opaque

test_nothing_is_allowed if count(opaque.deny) == 0 with input as lib.input_with({})

test_what_can_be_read_is_allowed[kind] if {
	some kind in ["process", "container"]
	count(opaque.deny) == 0 with input as lib.input_with({"server": {
		"kind": kind,
		"source": {"reference": "npx", "scheme": "command"},
		"command": {"args": ["-y", "docker"]},
	}})
}

# Whatever it is called and whatever kind of server it is said to start.
test_what_cannot_be_read_is_denied[name] if {
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
