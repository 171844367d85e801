# input: {"server": {"mounts": [{"source": "/"}]}}
package mcp.policy.member_wrong_path

deny contains {"msg": "the root directory", "path": path} if {
	some i, mount in input.server.mounts
	mount.source == "/"
	path := sprintf("/server/mounts/%d", [i])
}
