package mcp.policy.kubernetes.host_paths_test

import data.mcp.policy.kubernetes.host_paths

server(paths) := {"server": {"kubernetes": {"host_paths": paths}}}

test_no_host_path_is_allowed if {
	count(host_paths.deny) == 0 with input as server([])
}

test_host_path_is_denied if {
	host_paths.deny == {{
		"msg": `the pod asks for "/var/lib/kubelet" of its node`,
		"path": "/server/kubernetes/host_paths/0",
	}} with input as server(["/var/lib/kubelet"])
}
