package mcp.policy.clean_lists

import data.mcp.lib

known_tools := {"search", "read"}

deny contains {"msg": msg, "path": path} if {
	some i, tool in input.server.auth.tools
	not tool in known_tools
	msg := sprintf("tool %q is not known", [tool])
	path := sprintf("/server/auth/tools/%d", [i])
}

deny contains "no tool filter" if count(input.server.auth.tools) == 0

deny contains "no tool filter" if input.server.auth.tools == []

deny contains "search is missing" if not "search" in input.server.auth.tools

has_label(name) if {
	some label in input.server.labels
	label.name == name
	label.value != ""
}

deny contains "no team" if not has_label("team")

deny contains msg if {
	some required in ["owner", "ticket"]
	not has_label(required)
	msg := sprintf("label %s is missing", [required])
}

team := label.value if {
	some label in input.server.labels
	label.name == "team"
}

deny contains "no team" if not team

deny contains "team red" if team == "red"

deny contains "not of team blue" if not team == "blue"

labels := {label.name: label.value | some label in input.server.labels}

deny contains "no cost centre" if not labels["cost-centre"]

deny contains "wrong tier" if object.get(labels, "tier", "none") != "gold"

deny contains "wrong stage" if not object.get(labels, "stage", "") in {"prod", "staging"}

deny contains sprintf("mount %s", [mount.source]) if {
	some mount in input.server.mounts
	some directory in {"/etc", "/root"}
	lib.mounts_path(mount, directory)
	not mount.read_only
}

deny contains msg if {
	some i
	mount := input.server.mounts[i]
	not startswith(mount.resolved, "/srv/")
	msg := sprintf("mount %d of %s", [i, input.server.mounts[i].source])
}

deny contains msg if {
	some i
	input.server.mounts[i].source == "/"
	msg := sprintf("mount %d", [i])
}

deny contains "any mount" if input.server.mounts[_]

deny contains "a writable mount" if input.server.mounts[_].read_only == false

deny contains "a variable" if input.server.environment[_].name in {"DEBUG", "TRACE"}

literals := [variable | some variable in input.server.environment; variable.source == "literal"]

deny contains msg if {
	count(literals) > 3
	names := concat(", ", [variable.name | some variable in literals])
	msg := sprintf("%d literal variables: %s", [count(literals), names])
}

all_read_only if {
	every mount in input.server.mounts {
		mount.read_only
	}
	input.server.name != ""
}

deny contains "not all mounts are read-only" if {
	count(input.server.mounts) > 0
	not all_read_only
}

deny contains "a low port" if {
	some port in input.server.published_ports
	port.host_port < 1024
	port.host_port != 0
}

ports := {port.host_port | some port in input.server.published_ports}

deny contains "ports" if count(ports - {8080, 8443}) > 0

deny contains "ports" if ports & {22, 23} != set()

capabilities := {upper(capability) | some capability in input.server.permissions.capabilities}

deny contains sprintf("capability %s", [capability]) if {
	some capability in capabilities
	capability != "NET_BIND_SERVICE"
}

deny contains "capabilities" if not capabilities == {"CHOWN"}

deny contains "run" if input.server.command.args[0] == "run"

deny contains "an inspector" if {
	some i, arg in input.server.command.args
	arg == "--inspect"
	next := input.server.command.args[i + 1]
	next == "0.0.0.0"
}

deny contains sprintf("organisation %s", [parts[1]]) if {
	parts := split(input.server.image.repository, "/")
	count(parts) == 3
	parts[2] != "official"
}

deny contains "a mount elsewhere" if {
	some mount in input.server.mounts
	mount.target != "/data"
}

deny contains "a tool but search" if {
	some tool in input.server.auth.tools
	tool != "search"
}

deny contains "the one mount is the root directory" if {
	count(input.server.mounts) == 1
	input.server.mounts[0].source == "/"
}

place(mount, field) := lower(mount[field])

deny contains "a home" if {
	some mount in input.server.mounts
	some field in ["source", "resolved"]
	place(mount, field) == "/home"
}

deny contains "the socket's directory" if {
	some mount in input.server.mounts
	startswith("/var/run/docker.sock", mount.source)
}

deny contains {"msg": "a variable", "path": path} if {
	some i, _ in input.server.environment
	path := sprintf("/server/environment/%v/name", [i])
}
