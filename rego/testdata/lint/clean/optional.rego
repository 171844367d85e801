package mcp.policy.clean_optional

# The host's own configuration, read with care.

owner := object.get(input.config, "owner", "")

deny contains "no owner" if owner == ""

deny contains sprintf("owner %s", [owner]) if not endswith(owner, "@corp.example")

deny contains msg if {
	input.config.debug == true
	msg := sprintf("debug in %s", [input.server.name])
}

deny contains msg if {
	tier := input.config.tier
	tier in {"free", "trial"}
	msg := sprintf("tier %s", [tier])
}

deny contains msg if {
	is_string(input.config.stage)
	not input.config.stage in {"prod", "staging"}
	msg := sprintf("stage %s", [input.config.stage])
}

deny contains msg if {
	some name, value in input.config.headers
	not startswith(value, "Bearer ")
	msg := sprintf("header %s", [name])
}

deny contains "not audited" if not input.config.audit.enabled

deny contains "not audited" if not input.config.audit.enabled == true

reviewed if count(input.config.reviewers) >= 2

deny contains "not reviewed" if not reviewed

allowed_mode if input.config.mode != "open"

deny contains "mode" if not allowed_mode

deny contains "a template" if {
	input.server.permissions.privileged
	$"{input.config.name} is privileged" != ""
}

deny contains msg if {
	walk(input.config, [path, value])
	value == "password"
	msg := sprintf("%v", [path])
}

deny contains "expired" if {
	some label in input.server.labels
	label.name == "expires"
	regex.match(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$`, label.value)
	time.parse_rfc3339_ns(label.value) < time.parse_rfc3339_ns(input.context.time)
}

deny contains "outside of working hours" if {
	[hour, _, _] := time.clock(time.parse_rfc3339_ns(input.context.time))
	hour >= 22
}

deny contains "an old version" if {
	version := trim_prefix(input.server.package.version, "v")
	semver.is_valid(version)
	semver.compare(version, "1.2.3") < 0
}

options(value) := json.unmarshal(value) if json.is_valid(value)

deny contains "insecure" if {
	some variable in input.server.environment
	options(variable.value).insecure == true
}

half := x / 2 if x := count(input.server.mounts)

deny contains "many" if half > 3

private(host) if {
	net.cidr_is_valid(sprintf("%s/32", [host]))
	some network in ["10.0.0.0/8", "192.168.0.0/16"]
	net.cidr_contains(network, host)
}

deny contains "private" if private(input.server.remote.host)

deny contains "last year's" if input.context.time < "2026"

major(version) := to_number(parts[0]) if {
	regex.match(`^[0-9]+\.[0-9]+$`, version)
	parts := split(version, ".")
}

deny contains "an old major version" if major(input.server.image.tag) < 2
