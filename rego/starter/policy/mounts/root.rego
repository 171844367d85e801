# METADATA
# title: No mount of the system's directories or of a whole home
# description: >-
#   A server with the root directory, a directory of the system such as /etc or
#   /proc, or a whole home can read every credential in it, and change what the
#   host runs next. A server gets the directory that it works on, and no more.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Mount only the directory that the server works on, read-only where it only
#     reads: change the -v/--volume flag, or the entry of read or write in the
#     permission profile, for example to -v /home/you/project:/project:ro.
#   owasp: [MCP02, MCP10]
package mcp.policy.mounts.root

# Denied as they stand. What lies below may be mounted.
directories := {
	"/",
	"/bin",
	"/boot",
	"/dev",
	"/etc",
	"/home",
	"/lib",
	"/lib64",
	"/proc",
	"/root",
	"/run",
	"/sbin",
	"/sys",
	"/usr",
	"/var",
	"/var/lib",
	"/var/run",
	# macOS
	"/library",
	"/private",
	"/private/etc",
	"/private/var",
	"/private/var/run",
	"/system",
	"/users",
}

# Denied with all below: the kernel's own, and what it boots.
trees := {"/boot", "/proc", "/sys"}

# A whole home, or a whole drive of Windows.
whole := `^((/var)?/home/[^/]+|/users/[^/]+|[a-z]:|[a-z]:[/\\]users|[a-z]:[/\\]users[/\\][^/\\]+|[a-z]:[/\\]windows)$`

# A mount of containers, or a host path of a pod, by each of its names. Letters
# in lower case and no slash at the end, as the tables above.
names contains {"path": sprintf("/server/mounts/%d", [i]), "source": mount.source, "name": name(mount[field])} if {
	some i, mount in input.server.mounts
	some field in ["source", "resolved"]
}

names contains {"path": sprintf("/server/kubernetes/host_paths/%d", [i]), "source": source, "name": name(source)} if {
	some i, source in input.server.kubernetes.host_paths
}

# The root directory is all slash.
name(source) := "/" if source == "/"

name(source) := lower(trim_right(source, `/\`)) if source != "/"

broad contains n if {
	some n in names
	n.name in directories
}

broad contains n if {
	some n in names
	some tree in trees
	startswith(n.name, sprintf("%s/", [tree]))
}

broad contains n if {
	some n in names
	regex.match(whole, n.name)
}

deny contains {"msg": msg, "path": n.path} if {
	some n in broad
	msg := sprintf("mount %q opens a directory of the system or a whole home", [n.source])
}
