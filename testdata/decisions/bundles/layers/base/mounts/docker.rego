package mcp.policy.mounts.docker

import data.mcp.lib

deny contains {"msg": msg, "path": sprintf("/server/mounts/%d", [i])} if {
	some i, mount in input.server.mounts
	lib.mounts_path(mount, "/var/run/docker.sock")
	msg := sprintf("it mounts %s", [mount.source])
}

warn contains "it listens for others" if {
	loopback := lib.loopback(input.server.endpoint.host)
	loopback == false
}
