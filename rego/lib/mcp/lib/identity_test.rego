package mcp.lib_test

import data.mcp.lib

test_identities[name] if {
	some name, c in {
		"nothing": {"server": {}, "want": set()},
		"package": {
			"server": {"kind": "process", "package": {"ecosystem": "npm", "name": "@a/b"}, "command": {"resolved": "/usr/bin/npx"}},
			"want": {"npm:@a/b"},
		},
		"image": {
			"server": {"kind": "container", "image": {"registry": "ghcr.io", "repository": "a/b"}, "command": {"resolved": "/usr/bin/docker"}},
			"want": {"image:ghcr.io/a/b"},
		},
		"package in a container": {
			"server": {"kind": "container", "package": {"ecosystem": "pypi", "name": "a"}},
			"want": {"pypi:a"},
		},
		"remote": {
			"server": {"kind": "remote", "remote": {"host": "mcp.example"}},
			"want": {"remote:mcp.example"},
		},
		"command": {
			"server": {"kind": "process", "command": {"resolved": "/opt/server"}},
			"want": {"command:/opt/server"},
		},
		"no command": {"server": {"kind": "process"}, "want": set()},
		"hidden": {
			"server": {"kind": "process", "source": {"opaque": true}, "command": {"resolved": "/opt/server"}},
			"want": set(),
		},
	}
	whole := lib.input_with({"server": c.server})
	lib.identities(whole.server) == c.want
}
