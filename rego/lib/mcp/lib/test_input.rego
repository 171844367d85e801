package mcp.lib

# METADATA
# description: >-
#   A whole input for a test that sets only what matters to it: every field of
#   the input, empty, with those of patch in its place; the members of lists in
#   patch are made whole too. A misspelled field or a value of another type makes
#   the result undefined, so the test fails.
#   For example: count(deny) == 1 with input as lib.input_with({"server": {"transport": "sse"}})
# scope: document
input_with(patch) := object.union(merged, {"server": whole_lists}) if {
	count(strays(patch)) == 0
	merged := object.union(empty_input, patch)
	whole_lists := {name: [object.union(empty, member) | some member in merged.server[name]] |
		some name, empty in empty_members
	}
}

# The places in patch that the input does not have, or has with another type.
strays(patch) := {sprintf("%v", [place]) |
	some found in [
		{place |
			walk(patch, [place, value])
			place[0] != "config"
			every step in place { is_string(step) }
			type_name(object.get(empty_input, place, null)) != type_name(value)
		},
		{array.concat(["server", name], place) |
			some name, empty in empty_members
			some member in patch.server[name]
			walk(member, [place, value])
			type_name(object.get(empty, place, null)) != type_name(value)
		},
	]
	some place in found
}

empty_input := {
	"version": 1,
	"operation": "create_server",
	"server": {
		"name": "",
		"group": "",
		"labels": [],
		"kind": "",
		"source": {"reference": "", "scheme": "", "opaque": false, "opaque_reason": ""},
		"image": {
			"reference": "",
			"registry": "",
			"repository": "",
			"tag": "",
			"digest": "",
			"id": "",
			"pinned": false,
		},
		"package": empty_package,
		"packages": [],
		"command": {
			"path": "",
			"resolved": "",
			"sha256": "",
			"interpreter": {"path": "", "sha256": ""},
			"args": [],
		},
		"remote": {
			"url": "",
			"scheme": "",
			"host": "",
			"port": 0,
			"path": "",
			"authenticated": false,
			"userinfo": false,
		},
		"transport": "",
		"endpoint": {
			"host": "",
			"port": 0,
			"loopback": false,
			"allowed_origins": [],
			"trust_proxy_headers": false,
		},
		"published_ports": [],
		"environment": [],
		"secrets": [],
		"redactions": [],
		"mounts": [],
		"permissions": {
			"profile": "",
			"privileged": false,
			"capabilities": [],
			"user": "",
			"read_only_root": false,
			"limits": {"memory_bytes": 0, "cpus": 0, "pids": 0},
			"network": {
				"mode": "",
				"isolated": false,
				"outbound": {"allow_all": false, "hosts": [], "ports": []},
				"inbound": {"hosts": []},
			},
		},
		"auth": {"oidc": false, "authz": false, "audit": false, "tools": []},
		"provenance": {
			"registry_server_name": "",
			"registry_url": "",
			"registry_api_url": "",
			"verified": false,
		},
		"kubernetes": {
			"host_network": false,
			"host_pid": false,
			"service_account": "",
			"host_paths": [],
			"privileged": false,
		},
	},
	"registry": {
		"name": "",
		"url": "",
		"api_url": "",
		"scheme": "",
		"host": "",
		"local_path": "",
		"resolved": "",
		"allow_private_ip": false,
		"has_auth": false,
	},
	"config": {},
	"context": {
		"time": "",
		"user": {"name": "", "uid": "", "groups": []},
		"host": {"name": "", "os": "", "arch": ""},
		"runner": {"name": "", "version": ""},
		"environment": "",
	},
}

# The members of the lists of objects in input.server.
empty_members := {
	"labels": {"name": "", "value": ""},
	"packages": empty_package,
	"published_ports": {"host_ip": "", "host_port": 0, "container_port": 0},
	"environment": {"name": "", "source": "", "value": "", "redacted": false},
	"secrets": {"name": "", "target": ""},
	"redactions": {"path": "", "reason": ""},
	"mounts": {"source": "", "resolved": "", "target": "", "read_only": false},
}

empty_package := {"ecosystem": "", "name": "", "version": "", "pinned": false}
