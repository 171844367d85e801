# METADATA
# title: No mount of the system's directories or of a whole home
# description: >-
#   A server with the root directory, a directory of the system such as /etc or
#   /proc, or a whole home can read every credential in it, and change what the
#   host runs next. A server gets the directory that it works on, and no more.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Mount only the directory that the server works on, read-only where it only
#     reads: change the -v/--volume flag, or the entry of read or write in the
#     permission profile, for example to -v /home/you/project:/project:ro.
#   owasp: [MCP02, MCP10]
package mcp.policy.mounts.root

import data.mcp.lib

# Denied as they stand; what lies below may be mounted. Drives and homes are known
# to mcp.lib.
directories := {
	"/bin/",
	"/dev/",
	"/etc/",
	"/lib/",
	"/lib64/",
	"/mnt/",
	"/run/",
	"/sbin/",
	"/usr/",
	"/usr/bin/",
	"/usr/lib/",
	"/usr/local/",
	"/usr/sbin/",
	"/var/lib/",
	"/var/run/",
	# macOS
	"/applications/",
	"/library/",
	"/private/",
	"/private/etc/",
	"/private/var/run/",
	"/volumes/",
	# Windows; its drives in WSL are in /mnt, those of Cygwin and Docker Desktop here.
	"/cygdrive/",
	"/host_mnt/",
	"/c:/program files/",
	"/c:/program files (x86)/",
	"/c:/programdata/",
	"/c:/windows/",
	"/c:/windows/system32/",
}

# Denied with all below: the kernel's own, and what it boots.
trees := {"/boot/", "/proc/", "/sys/"}

broad contains found if {
	some found in lib.host_paths(input.server)
	lib.mounts_whole_home(found)
}

broad contains found if {
	some found in lib.host_paths(input.server)
	count(lib.mounted(found) & directories) > 0
}

broad contains found if {
	some found in lib.host_paths(input.server)
	strings.any_prefix_match(lib.mounted(found), trees)
}

# The root of a process is that of the machine, but to ask for it by that name is
# to ask for the kernel's own.
broad contains found if {
	some found in lib.host_paths(input.server)
	some field in ["source", "resolved"]
	regex.match(`^/+proc/`, found[field])
}

deny contains {"msg": msg, "path": found.path} if {
	some found in broad
	msg := sprintf("mount %q opens a directory of the system or a whole home", [found.source])
}
