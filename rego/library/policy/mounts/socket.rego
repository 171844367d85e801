# METADATA
# title: No access to the socket of a container runtime
# description: >-
#   Whoever can talk to the socket of Docker, Podman, containerd or a virtual machine
#   of theirs can start a container with the whole host in it, and so owns the host.
#   Read-only makes no difference to a socket. A server must not get one, nor a
#   directory that holds one.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: critical
#   remediation: >-
#     Take the mount out: remove the -v/--volume flag, or the entry of read or
#     write in the permission profile, that names it, for example
#     -v /var/run/docker.sock:/var/run/docker.sock. A server that must control
#     containers can be given the address of a proxy that allows only what it needs.
#   owasp: [MCP02]
package mcp.policy.mounts.socket

import data.mcp.lib

# Where the sockets stand that belong to the whole host, or to root, and the
# directories that hold nothing else.
system_sockets := {
	"/run/buildkit/",
	"/run/containerd/",
	"/run/crio/",
	"/run/docker/",
	"/run/dockershim.sock/",
	"/run/k0s/",
	"/run/k3s/",
	"/run/podman/",
	"/var/lib/docker/",
	"/var/lib/incus/",
	"/var/lib/lxd/",
	"/var/snap/lxd/common/",
	"/var/snap/microk8s/common/",
}

# Those of users, below their home.
user_sockets := {
	".colima/",
	".config/colima/",
	".docker/desktop/",
	".docker/run/",
	".finch/",
	".lima/",
	".local/share/containers/podman/",
	".minikube/",
	".orbstack/",
	".rd/",
	".sbx/",
	# macOS
	"library/containers/com.docker.docker/",
	"library/containers/com.apple.container/",
	"library/application support/rancher-desktop/",
	"library/group containers/hub8v9zq2e.dev.orbstack/",
}

# Wherever they stand they end alike; those of users also stand below /run/user.
anywhere := concat("", [
	"(?i)(", concat("|", [
		`[/\\](balena|balena-engine|docker|podman|containerd|crio|cri-dockerd|buildkitd|dockerd|nerdctl)([._-][^/\\]+)?\.sock(\.raw)?`,
		`^(npipe:)?[/\\]+([^/\\]+[/\\]+)?pipe([/\\]+(docker|podman|containerd|rancher|buildkit).*)?`,
		`^(/var)?/run/user(/[0-9]+(/podman|/containerd|/containerd-rootless|/docker|/buildkit|/buildkit-default)?)?`,
	]),
	`)[/\\]*$`,
])

exposing contains found if {
	some found in lib.host_paths(input.server)
	lib.mounts_any(found, system_sockets)
}

exposing contains found if {
	some found in lib.host_paths(input.server)
	lib.mounts_home(found, user_sockets)
}

exposing contains found if {
	some found in lib.host_paths(input.server)
	some field in ["source", "resolved"]
	regex.match(anywhere, found[field])
}

deny contains {"msg": msg, "path": found.path} if {
	some found in exposing
	msg := sprintf("mount %q gives access to the socket of a container runtime", [found.source])
}
