package mcp.policy.clean_rules

import future.keywords.in

default allow := false

allow if {
	input.server.kind == "process"
	trusted
}

allow if input.server.kind == "remote"

trusted if input.server.command.sha256 in {"aa", "bb"}

deny contains "not allowed" if not allow

deny contains "not allowed" if allow == false

warn contains "not allowed" if allow != true

violations contains {"field": field, "text": text} if {
	some field in ["source", "resolved"]
	some mount in input.server.mounts
	text := mount[field]
	text == "/"
}

deny contains {"msg": msg, "details": {"field": v.field}} if {
	some v in violations
	msg := sprintf("%s is %s", [v.field, v.text])
}

messages["root"] := "the root directory" if input.server.mounts[_].source == "/"

messages["home"] := "a home" if input.server.mounts[_].source == "/home"

deny contains msg if some msg in messages

deny contains messages[key] if some key in ["root", "home"]

risk := sum([weight | some check, weight in weights; checks[check]])

weights := {"privileged": 5, "host_network": 3}

checks["privileged"] if input.server.permissions.privileged

checks["host_network"] if input.server.kubernetes.host_network

deny contains sprintf("risk %d", [risk]) if risk > 4

deny contains "bad" if {
	bad := [1 | some mount in input.server.mounts; mount.source == "/"]
	count(bad) > 0
}

deny contains "bad" if {
	good := [mount | some mount in input.server.mounts; startswith(mount.source, "/srv/")]
	count(good) != count(input.server.mounts)
}

deny contains "bad" if {
	found := {name | name := input.server.environment[_].name}
	missing := {"A", "B"} - found
	count(missing) > 0
}

deny contains "both" if {
	input.server.remote.port > 1024
	input.server.remote.port <= 2048
	input.server.remote.port != 1500
}

deny contains "both" if {
	some a in input.server.auth.tools
	some b in input.server.auth.tools
	a == "read"
	b == "write"
}

deny contains "both" if {
	input.server.labels[_].name == "a"
	input.server.labels[_].name == "b"
}

deny contains "long" if count(input.server.name) > 60

deny contains "loud" if upper(input.server.name) == input.server.name

deny contains "admin" if lower(input.server.name) in {"admin", "root"}

deny contains "a member with an odd name" if {
	object.keys(input.server.image) != {"reference", "registry", "repository", "tag", "digest", "id", "pinned"}
}

deny contains {"msg": "x", "remediation": "y", "path": "/config/anything/below", "details": {}} if input.server.kind == "remote"

deny contains "string order" if input.context.time > "2026-01-01T00:00:00Z"

is_remote := input.server.kind == "remote"

deny contains "remote" if is_remote

deny contains "remote" if not is_remote == false

deny contains "remote" if {
	remote := is_remote
	remote
}

# A function that is the condition and the message.
too_long(text, path) := {"msg": sprintf("%s is too long", [text]), "path": path} if count(text) > 100

deny contains too_long(input.server.name, "/server/name")

deny contains violation if violation := too_long(input.server.group, "/server/group")
