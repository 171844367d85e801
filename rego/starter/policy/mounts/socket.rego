# METADATA
# title: No access to the socket of a container runtime
# description: >-
#   Whoever can talk to the socket of Docker, Podman or containerd can start a
#   container with the whole host in it, and so owns the host. A server must not
#   get such a socket, nor a directory that holds one.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: critical
#   remediation: >-
#     Take the mount out: remove the -v/--volume flag, or the entry of read or
#     write in the permission profile, that names it. A server that must control
#     containers can be given the address of a proxy that allows only what it needs.
#   owasp: [MCP02]
package mcp.policy.mounts.socket

import data.mcp.lib

# Where the sockets stand that belong to the whole host, or to root.
system_sockets := {
	"/var/run/docker.sock",
	"/run/docker.sock",
	"/run/podman/podman.sock",
	"/var/run/podman/podman.sock",
	"/run/containerd/containerd.sock",
	"/var/run/containerd/containerd.sock",
	"/run/k3s/containerd/containerd.sock",
	"/run/crio/crio.sock",
	"/var/run/crio/crio.sock",
	"/run/buildkit/buildkitd.sock",
	"/private/var/run/docker.sock",
}

# Those of users, and the directories that hold them. They end alike on every
# machine; what stands before is the home or the user's number.
user_sockets := concat("", [
	"(?i)(", concat("|", [
		`[/\\](docker|docker\.raw|podman|podman-machine-default-api|containerd|crio|buildkitd)\.sock`,
		`[/\\]pipe[/\\](docker_engine|dockerDesktopLinuxEngine|podman-machine-default)`,
		`^(/var)?/run/user(/[0-9]+(/podman|/containerd|/buildkit)?)?`,
		`/\.docker(/run|/desktop)?`,
		`/\.colima(/[^/]+)?`,
		`/\.lima(/[^/]+(/sock)?)?`,
		`/\.orbstack(/run)?`,
		`/\.rd`,
	]),
	")/*$",
])

# A mount of containers, or a host path of a pod.
mounts contains {"path": sprintf("/server/mounts/%d", [i]), "source": mount.source, "mount": mount} if {
	some i, mount in input.server.mounts
}

mounts contains {
	"path": sprintf("/server/kubernetes/host_paths/%d", [i]),
	"source": source,
	"mount": {"source": source, "resolved": source},
} if {
	some i, source in input.server.kubernetes.host_paths
}

exposing contains m if {
	some m in mounts
	some socket in system_sockets
	lib.mounts_path(m.mount, socket)
}

exposing contains m if {
	some m in mounts
	some field in ["source", "resolved"]
	regex.match(user_sockets, m.mount[field])
}

deny contains {"msg": msg, "path": m.path} if {
	some m in exposing
	msg := sprintf("mount %q gives access to the socket of a container runtime", [m.source])
}
