package mcp.lib_test

import data.mcp.lib

# Written out, so that a field that is lost is noticed.
test_input_with_nothing if {
	lib.input_with({}) == {
		"config": {},
		"context": {
			"environment": "",
			"host": {
				"arch": "",
				"name": "",
				"os": "",
			},
			"runner": {
				"name": "",
				"version": "",
			},
			"time": "",
			"user": {
				"groups": [],
				"name": "",
				"uid": "",
			},
		},
		"operation": "create_server",
		"registry": {
			"allow_private_ip": false,
			"api_url": "",
			"has_auth": false,
			"host": "",
			"local_path": "",
			"name": "",
			"resolved": "",
			"scheme": "",
			"url": "",
		},
		"server": {
			"auth": {
				"audit": false,
				"authz": false,
				"oidc": false,
				"tools": [],
			},
			"command": {
				"args": [],
				"interpreter": {
					"path": "",
					"sha256": "",
				},
				"path": "",
				"resolved": "",
				"sha256": "",
			},
			"endpoint": {
				"allowed_origins": [],
				"host": "",
				"loopback": false,
				"port": 0,
				"trust_proxy_headers": false,
			},
			"environment": [],
			"group": "",
			"image": {
				"digest": "",
				"id": "",
				"pinned": false,
				"reference": "",
				"registry": "",
				"repository": "",
				"tag": "",
			},
			"kind": "",
			"kubernetes": {
				"host_network": false,
				"host_paths": [],
				"host_pid": false,
				"privileged": false,
				"service_account": "",
			},
			"labels": [],
			"mounts": [],
			"name": "",
			"package": {
				"ecosystem": "",
				"name": "",
				"pinned": false,
				"version": "",
			},
			"packages": [],
			"permissions": {
				"capabilities": [],
				"limits": {
					"cpus": 0,
					"memory_bytes": 0,
					"pids": 0,
				},
				"network": {
					"inbound": {
						"hosts": [],
					},
					"isolated": false,
					"mode": "",
					"outbound": {
						"allow_all": false,
						"hosts": [],
						"ports": [],
					},
				},
				"privileged": false,
				"profile": "",
				"read_only_root": false,
				"user": "",
			},
			"provenance": {
				"registry_api_url": "",
				"registry_server_name": "",
				"registry_url": "",
				"verified": false,
			},
			"published_ports": [],
			"redactions": [],
			"remote": {
				"authenticated": false,
				"host": "",
				"path": "",
				"port": 0,
				"scheme": "",
				"url": "",
				"userinfo": false,
			},
			"secrets": [],
			"source": {
				"opaque": false,
				"opaque_reason": "",
				"reference": "",
				"scheme": "",
			},
			"transport": "",
		},
		"version": 1,
	}
}

test_members_of_lists_are_whole[name] if {
	some name, empty in {
		"environment": {
			"name": "",
			"redacted": false,
			"source": "",
			"value": "",
		},
		"labels": {
			"name": "",
			"value": "",
		},
		"mounts": {
			"read_only": false,
			"resolved": "",
			"source": "",
			"target": "",
		},
		"packages": {
			"ecosystem": "",
			"name": "",
			"pinned": false,
			"version": "",
		},
		"published_ports": {
			"container_port": 0,
			"host_ip": "",
			"host_port": 0,
		},
		"redactions": {
			"path": "",
			"reason": "",
		},
		"secrets": {
			"name": "",
			"target": "",
		},
	}
	lib.input_with({"server": {name: [{}, {}]}}).server[name] == [empty, empty]
}

test_strays_name_their_places if {
	lib.strays({"version": 2, "config": {"any": "thing"}}) == set()
	lib.strays({"server": {"nam": "x"}}) == {`["server", "nam"]`}
	lib.strays({"server": {"name": 1}}) == {`["server", "name"]`}
	lib.strays({"server": {"mounts": [{"source": "/a"}, {"sauce": "/a"}]}}) == {`["server", "mounts", "sauce"]`}
}
