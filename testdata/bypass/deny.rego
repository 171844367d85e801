# METADATA
# title: None of what is forbidden
# description: The deny-style policy of the corpus. Everything that is not forbidden is allowed.
package mcp.policy.servers

import data.mcp.lib

params := data.mcp.settings.params.servers

# --- what must not run

deny contains "the image is forbidden" if {
	input.server.image.registry == "docker.io"
	input.server.image.repository == "evil/server"
}

installed contains input.server.package

installed contains p if some p in input.server.packages

deny contains "the package is forbidden" if {
	some p in installed
	p.name == "evil-mcp"
}

deny contains sprintf("the package %q is from no registry", [p.name]) if {
	some p in installed
	p.name != ""
	p.ecosystem == ""
}

deny contains sprintf("the package %q has no exact version", [p.name]) if {
	some p in installed
	p.name != ""
	p.pinned == false
}

deny contains "the command line cannot be read" if input.server.source.opaque == true

forbidden_hosts := {"evil.example", "127.0.0.1", "::1", "localhost", "169.254.169.254"}

deny contains "the host is forbidden" if {
	some host in forbidden_hosts
	input.server.remote.host == host
}

# --- what it must not have

deny contains sprintf("variable %q is forbidden", [variable.name]) if {
	some variable in input.server.environment
	variable.name in params.variables
}

deny contains sprintf("mount %q is forbidden", [mount.source]) if {
	some mount in input.server.mounts
	some path in params.forbidden
	lib.mounts_path(mount, path)
}

deny contains "the container is privileged" if input.server.permissions.privileged == true

deny contains "the container has capabilities" if input.server.permissions.capabilities != []

deny contains "the container has the host's network" if lower(input.server.permissions.network.mode) == "host"

deny contains "the pod is not confined" if {
	some loose in [
		input.server.kubernetes.host_network,
		input.server.kubernetes.host_pid,
		input.server.kubernetes.privileged,
	]
	loose == true
}
