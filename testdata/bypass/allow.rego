# METADATA
# title: Only what was granted
# description: The allow-style policy of the corpus. Everything that is not granted is denied.
package mcp.policy.servers

params := data.mcp.settings.params.servers

# --- what may run

granted_server if {
	input.server.kind == "container"
	input.server.image.registry == "ghcr.io"
	startswith(input.server.image.repository, "acme/")
	input.server.package.name == ""
	input.server.packages == []
}

granted_server if {
	input.server.kind == "process"
	input.server.package.ecosystem in {"npm", "pypi"}
	input.server.package.name == "good-mcp"
	input.server.package.version == "1.2.3"
	input.server.package.pinned == true
	input.server.packages == []
}

granted_server if {
	input.server.kind == "remote"
	input.server.remote.scheme == "https"
	input.server.remote.host == "mcp.example.com"
	input.server.remote.port == 443
	granted_path(input.server.remote.path)
}

granted_path("/mcp")

granted_path(path) if startswith(path, "/mcp/")

deny contains "the server is not granted" if not granted_server

deny contains "the command line cannot be read" if input.server.source.opaque == true

# --- what it may have

granted_variable(variable) if variable.name == "LOG_LEVEL"

granted_variable(variable) if {
	variable.name == "API_KEY"
	variable.source == "secret"
}

deny contains sprintf("variable %q is not granted", [variable.name]) if {
	some variable in input.server.environment
	not granted_variable(variable)
}

granted_mount(mount) if mount.resolved == params.granted

granted_mount(mount) if startswith(mount.resolved, sprintf("%s/", [params.granted]))

deny contains sprintf("mount %q is not granted", [mount.source]) if {
	some mount in input.server.mounts
	not granted_mount(mount)
}

deny contains "the container is privileged" if input.server.permissions.privileged == true

deny contains "the container has capabilities" if input.server.permissions.capabilities != []

granted_network if lower(input.server.permissions.network.mode) in {"", "bridge", "none"}

deny contains "the network is not granted" if not granted_network

deny contains "the pod is not confined" if {
	some loose in [
		input.server.kubernetes.host_network,
		input.server.kubernetes.host_pid,
		input.server.kubernetes.privileged,
	]
	loose == true
}
