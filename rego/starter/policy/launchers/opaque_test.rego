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
		"docker": {"reference": "docker", "kind": "container", "msg": "runs a container, and what it gets"},
		"a wrapper": {"reference": "/usr/bin/sudo", "kind": "container", "msg": "runs a container, and what it gets"},
		"a process": {"reference": "npx", "kind": "process", "msg": "cannot be read fully"},
		"no name": {"reference": "", "kind": "", "msg": "cannot be read fully"},
	}
	violations := opaque.deny with input as lib.input_with({"server": {
		"kind": c.kind,
		"source": {"reference": c.reference, "scheme": "command", "opaque": true},
	}})
	count(violations) == 1
	some violation in violations
	startswith(violation.msg, sprintf("the command line of %q %s", [c.reference, c.msg]))
	violation.path == "/server/source/reference"
}
