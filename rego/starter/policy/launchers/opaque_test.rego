package mcp.policy.launchers.opaque_test

import data.mcp.lib
import data.mcp.policy.launchers.opaque

test_nothing_is_allowed if count(opaque.deny) == 0 with input as lib.input_with({})

test_what_can_be_read_is_allowed if {
	count(opaque.deny) == 0 with input as lib.input_with({"server": {
		"kind": "process",
		"source": {"reference": "npx", "scheme": "command"},
		"command": {"args": ["-y", "docker"]},
	}})
}

# Whatever it is called and whatever kind of server it is said to start.
test_what_cannot_be_read_is_denied[name] if {
	some name, c in {
		"docker": {"reference": "docker", "kind": "container"},
		"a wrapper": {"reference": "/usr/bin/sudo", "kind": "container"},
		"a process": {"reference": "npx", "kind": "process"},
		"no name": {"reference": "", "kind": ""},
	}
	violations := opaque.deny with input as lib.input_with({"server": {
		"kind": c.kind,
		"source": {"reference": c.reference, "scheme": "command", "opaque": true},
	}})
	violations == {{
		"msg": sprintf("%q launches a container, and what the container would get cannot be judged from its command line", [c.reference]),
		"path": "/server/source/reference",
	}}
}
