package mcp.policy.kubernetes.host_paths_test

import data.mcp.lib
import data.mcp.policy.kubernetes.host_paths

test_allowed_none if {
	count(host_paths.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_on_the_list[path] if {
	some path in ["/data/mcp", "/data/mcp/cache", "/srv/x", "/srv"]
	count(host_paths.deny) == 0 with input as asking([path]) with data.mcp.settings.params as params
}

test_allowed_with_the_root_on_the_list if {
	given := {"kubernetes.host_paths": {"paths": ["/"]}}
	count(host_paths.deny) == 0 with input as asking(["/", "/etc"]) with data.mcp.settings.params as given
}

test_denied_others[path] if {
	some path in ["/", "/etc", "/var/run/docker.sock", "/data", "/tmp"]
	host_paths.deny == denied(path, 0) with input as asking([path]) with data.mcp.settings.params as params
}

test_denied_each_place if {
	host_paths.deny == denied("/etc", 0) | denied("/var/lib/kubelet", 2) with input as asking(["/etc", "/data/mcp", "/var/lib/kubelet"])
		with data.mcp.settings.params as params
}

test_hostile_paths[path] if {
	some path in [
		"/data/mcp-evil",
		"/data/mcp~/x",
		"/opt/x",
		"/data/mcp/../../etc",
		"/data/mcp/..",
		"/DATA/mcp/x",
		"data/mcp",
		"x/data/mcp/y",
		".",
		"..",
		"",
	]
	host_paths.deny == denied(path, 0) with input as asking([path]) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	host_paths.deny == denied("/data/mcp", 0) with input as asking(["/data/mcp"]) with data.mcp.settings.params as {}
}

params := {"kubernetes.host_paths": {"paths": ["/data/mcp", "/srv", "/srv/", "/opt~"]}}

asking(paths) := lib.input_with({"server": {"kubernetes": {"host_paths": paths}}})

denied(path, i) := {{
	"msg": sprintf("the pod asks for %q of its node", [path]),
	"path": sprintf("/server/kubernetes/host_paths/%d", [i]),
}}
