# data: {"mcp": {"settings": {"params": {"clean_params": {"registries": ["ghcr.io"], "hosts": {"a.example": {"port": 443}}, "max": 3, "teams": [{"name": "a", "tools": ["x"]}, {"name": "b"}]}}}}}
package mcp.policy.clean_params

params := data.mcp.settings.params.clean_params

approved if input.server.image.registry in params.registries

deny contains "not approved" if not approved

deny contains "not approved" if not input.server.image.registry in params.registries

deny contains "too many mounts" if count(input.server.mounts) > params.max

deny contains msg if {
	not count(input.server.labels) <= params.max
	msg := sprintf("more than %d labels", [params.max])
}

host_ok if {
	some host, entry in params.hosts
	host == input.server.remote.host
	entry.port == input.server.remote.port
}

deny contains "host" if {
	input.server.remote.host != ""
	not host_ok
}

deny contains "host" if {
	input.server.remote.host != ""
	not params.hosts[input.server.remote.host]
}

deny contains msg if {
	some team in params.teams
	team.name == input.server.group
	some tool in input.server.auth.tools
	not tool in object.get(team, "tools", [])
	msg := sprintf("team %s may not use %s", [team.name, tool])
}

default level(_) := "unknown"

level("container") := "high"

level("process") := "low"

deny contains "level" if level(input.server.kind) != "low"

deny contains "level" if not level(input.server.kind) in {"low", "unknown"}

kind_text := "a container" if {
	input.server.kind == "container"
} else := "a process" if {
	input.server.kind == "process"
} else := "a server"

deny contains sprintf("%s is privileged", [kind_text]) if input.server.permissions.privileged

scheme(url) := "tls" if startswith(url, "https://")

scheme(url) := "clear" if not startswith(url, "https://")

deny contains sprintf("%s: %s", [scheme(input.server.remote.url), input.server.remote.url]) if {
	not scheme(input.server.remote.url) == "tls"
	input.server.remote.url != ""
}
